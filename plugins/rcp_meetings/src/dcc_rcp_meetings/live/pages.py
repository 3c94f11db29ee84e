"""The screen of a session: whole, the parts that changed, or without names for the projector."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from dcc_core.api import CurrentPage, Html, Page, Transaction, live_position
from dcc_rcp_meetings.cases.states import REASON_LABELS, CaseState
from dcc_rcp_meetings.live.answers import decision_values
from dcc_rcp_meetings.live.board import Board, next_rcps, read_board
from dcc_rcp_meetings.live.drafts import draft_key
from dcc_rcp_meetings.live.key_facts import cards_of, figures_of, question_of
from dcc_rcp_meetings.permissions import LIST_CASES

SCREEN = "/seances/{session_id:uuid}/en-direct"
NO_CASE = UUID(int=0)
_PROJECTED = "projection"


@get(SCREEN, name="rcp_meetings.live", opt={"permission": LIST_CASES}, sync_to_thread=True)
def screen(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    dossier: FromQuery[UUID | None] = None,
    vue: FromQuery[str] = "",
) -> Html:
    """Show the session: agenda, case, decision, quorum, presence."""
    position = live_position(session)
    is_projected = vue == _PROJECTED
    board = read_board(page, session, session_id, wanted=dossier, is_projected=is_projected)
    values = screen_values(session, board)
    return page.render(
        "rcp_meetings/live/screen.html",
        position=position,
        is_projected=is_projected,
        draft_key="" if is_projected else draft_key(page),
        **values,
    )


@get(
    f"{SCREEN}/parties",
    name="rcp_meetings.live.parts",
    opt={"permission": LIST_CASES, "passive": True},
    sync_to_thread=True,
)
def parts(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    dossier: FromQuery[UUID | None] = None,
    affiche: FromQuery[UUID | None] = None,
    vue: FromQuery[str] = "",
) -> Html:
    """Show again the parts that follow the session; the case too when it is another one.

    ``dossier`` is the case to show, nothing for the one being discussed; ``affiche`` the one shown.
    """
    is_projected = vue == _PROJECTED
    board = read_board(
        page,
        session,
        session_id,
        wanted=dossier,
        is_projected=is_projected,
        already=affiche or NO_CASE,
    )
    shown = board.shown.case.id if board.shown else NO_CASE
    return page.render(
        "rcp_meetings/live/parts.html",
        is_projected=is_projected,
        is_other=shown != (affiche or NO_CASE),
        **screen_values(session, board),
    )


def screen_values(session: Session, board: Board) -> dict[str, Any]:
    """Return what the templates of the screen need."""
    viewed = board.viewed
    case = board.shown.case if board.shown else None
    about: dict[str, Any] = {"question": "", "figures": (), "cards": ()}
    if viewed is not None:
        about = {
            "question": question_of(viewed.fiche),
            "figures": figures_of(viewed.fiche),
            "cards": cards_of(viewed.fiche),
            **decision_values(viewed.fiche),
        }
    return {
        "board": board,
        "meeting": board.meeting,
        "viewed": viewed,
        "case": case,
        "next_rcps": next_rcps(session, case) if case else (),
        "reasons": [(reason.value, label) for reason, label in REASON_LABELS.items()],
        "to_sign": sum(1 for line in board.lines if line.case.state is CaseState.DRAFTED),
        **about,
    }


def screen_of(page: Page, session_id: UUID) -> str:
    """Return the address of the screen."""
    return page.at("rcp_meetings.live", session_id=session_id)


ROUTES = (screen, parts)
"""Route handlers of this module."""
