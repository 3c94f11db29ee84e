"""Two experts press at the same moment, on both databases: one wins, the other is told."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest

import dcc_rcp_forms.fiches.tables  # noqa: F401  known before the test databases are made
from dcc_core.api import AccessRules, Conflict, Database
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.access import Actor
from dcc_core.testing.clock import START
from dcc_core.testing.web import add_account
from dcc_core.users import build_policy
from dcc_rcp_forms.permissions import STUDIO_PERMISSIONS
from dcc_rcp_forms.studio.drafts import save_draft, start_draft
from dcc_rcp_forms.studio.people import Expert
from dcc_rcp_forms.studio.review import approve_draft, propose_draft, publish_draft

RULES = AccessRules(build_policy(STUDIO_PERMISSIONS), Dispatcher(), lambda *_: frozenset())
PRESSES = 4


@pytest.fixture
def experts(database: Database) -> list[Expert]:
    with database.session() as session:
        accounts = [add_account(session, "dsrc_expert", number=n) for n in (1, 2)]
    roles = frozenset({"dsrc_expert"})
    return [
        Expert(Actor(account, roles), f"Dr {n}", RULES, START) for n, account in enumerate(accounts)
    ]


@pytest.fixture
def draft(database: Database, experts: list[Expert]) -> UUID:
    with database.session() as session:
        return start_draft(session, form_id="testicule", expert=experts[0]).id


def at_once(database: Database, act: Callable[..., object]) -> tuple[int, list[str]]:
    """Run the same act in several transactions at once; return successes and refusals."""
    barrier = threading.Barrier(PRESSES)
    done: list[object] = []
    refused: list[str] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            with database.session() as session:
                found = act(session, number)
            done.append(found)
        except Conflict as error:
            refused.append(error.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PRESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return len(done), refused


def test_one_publication_wins(database: Database, experts: list[Expert], draft: UUID) -> None:
    author, reviewer = experts
    with database.session() as session:
        propose_draft(session, draft_id=draft, seen_revision=1, comment="", expert=author)
        approve_draft(session, draft_id=draft, comment="", expert=reviewer)
    done, refused = at_once(
        database, lambda session, _: publish_draft(session, draft_id=draft, expert=reviewer)
    )
    assert (done, refused) == (1, ["FRM-S19"] * (PRESSES - 1))


def test_one_save_wins(database: Database, experts: list[Expert], draft: UUID) -> None:
    done, refused = at_once(
        database,
        lambda session, number: save_draft(
            session, draft_id=draft, text=f"# {number}\n", seen_revision=1, expert=experts[0]
        ),
    )
    assert (done, refused) == (1, ["FRM-S10"] * (PRESSES - 1))
