"""The directory: declare, change, people, search; quorum rules by day."""

from datetime import date
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from dcc_core.api import Conflict, NotFound
from dcc_rcp_meetings.directory.models import Function, Organ, RcpKind, RcpOut
from dcc_rcp_meetings.directory.service import (
    change_rcp,
    declare_rcp,
    find_rcp,
    rcps_in_scopes,
    read_rcp,
    search_rcps,
    set_members,
)
from dcc_rcp_meetings.quorum.rules import national_definitions
from dcc_rcp_meetings.quorum.shelf import list_rules, publish_rule, rule_on

from .world import NOW, SURGEON, member, rcp_entry

BREAST = Organ(system="2.16.840.1.113883.6.96", code="76752008", label="sein")


def test_an_rcp_is_declared_changed_and_found(session: Session, rcp: RcpOut) -> None:
    entry = rcp_entry(organs=(BREAST,), place="Salle Joliot", capacity=12)
    changed = change_rcp(session, rcp.id, entry, now=NOW)
    assert (changed.place, changed.capacity, changed.organs) == ("Salle Joliot", 12, (BREAST,))
    assert find_rcp(session, "seno-chu") == read_rcp(session, rcp.id)
    for words in ("SENOLOGIE", "joliot sein", "toulouse", "76011113"):
        assert [one.id for one in search_rcps(session, words)] == [rcp.id], words
    assert search_rcps(session, "sein thorax") == ()
    assert search_rcps(session, kind=RcpKind.RARE) == ()
    assert search_rcps(session, active_on=date(2023, 1, 1)) == ()
    assert rcps_in_scopes(session, {"rcp:demo"}) == (rcp.id,)
    assert rcps_in_scopes(session, ()) == ()


def test_codes_are_unique_and_stay(session: Session, rcp: RcpOut) -> None:
    with pytest.raises(Conflict, match="RCP-201"):
        declare_rcp(session, rcp_entry(), now=NOW)
    with pytest.raises(Conflict, match="RCP-202"):
        change_rcp(session, rcp.id, rcp_entry(code="autre"), now=NOW)
    with pytest.raises(NotFound, match="RCP-200"):
        read_rcp(session, SURGEON_ID)


SURGEON_ID = UUID(int=1)


def test_people_are_replaced_as_a_whole(session: Session, rcp: RcpOut) -> None:
    assert len(rcp.members) == 4
    left = set_members(session, rcp.id, [member(SURGEON, Function.COORDINATOR)])
    assert [one.function for one in left.members] == [Function.COORDINATOR]
    assert left.having(Function.SECRETARY) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"code": "Séno"},
        {"name": ""},
        {"timezone": "Mars/Olympus"},
        {"video_url": "javascript:alert(1)"},
        {"active_until": date(2020, 1, 1)},
        {"capacity": 0},
        {"freshness": {"biologie": 0}},
        {"scope": "establishment:1"},
    ],
)
def test_senseless_entries_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rcp_entry(**change)


def test_the_day_of_the_session_chooses_the_version_of_the_rule(
    session: Session, rcp: RcpOut
) -> None:
    definition = dict(national_definitions()[0])
    regional = {**definition, "version": "2026-12", "en_vigueur_le": "2026-12-01"}
    assert publish_rule(session, regional, author="dsrc", now=NOW)[1]
    assert not publish_rule(session, regional, author="dsrc", now=NOW)[1]
    with pytest.raises(Conflict, match="RCP-104"):
        publish_rule(session, {**regional, "libellé": "Autre"}, author="dsrc", now=NOW)
    versions = [
        rule.version if (rule := rule_on(session, "standard-solide", day)) else None
        for day in (date(2023, 11, 30), date(2026, 11, 30), date(2026, 12, 1))
    ]
    assert versions == [None, "2023-12", "2026-12"]
    assert len(list_rules(session)) == 3
