"""What other plugins may use of this one."""

from dcc_rcp_meetings.cases.models import MOTIVES, CaseOut
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.cases.steps import list_cases, read_case
from dcc_rcp_meetings.directory.models import RcpOut
from dcc_rcp_meetings.directory.service import find_rcp, read_rcp, search_rcps
from dcc_rcp_meetings.sessions.models import SessionOut, SessionState
from dcc_rcp_meetings.sessions.service import list_sessions, read_session

__all__ = [
    "MOTIVES",
    "CaseOut",
    "CaseState",
    "RcpOut",
    "SessionOut",
    "SessionState",
    "find_rcp",
    "list_cases",
    "list_sessions",
    "read_case",
    "read_rcp",
    "read_session",
    "search_rcps",
]
