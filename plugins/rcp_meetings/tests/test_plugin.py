"""The plugin keeps the contract of its hooks, and its migrations make its tables."""

from dcc_core.testing import contract_tests
from dcc_rcp_meetings.plugin import RcpMeetingsPlugin

test_contract = contract_tests(RcpMeetingsPlugin)
