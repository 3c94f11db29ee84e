from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from dcc_core.audit import AuditEntry, record_event
from dcc_core.audit.canonical import SEPARATOR, canonical_json, clean, line_of
from dcc_core.audit.log import AUDIT_TABLE
from dcc_core.audit.sealer import read_rows
from dcc_core.db import Database

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
details = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text | st.lists(text, max_size=3),
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    reason=text,
    known=details,
    patient=st.none() | st.uuids(),
    version=st.none() | st.integers(0, 2**31 - 1),
)
def test_database_and_python_give_the_same_text(
    database: Database,
    reason: str,
    known: dict[str, str],
    patient: UUID | None,
    version: int | None,
) -> None:
    with database.session() as session:
        number = record_event(
            session,
            "patient.read",
            patient_id=patient,
            object_version=version,
            reason=reason,
            details=known,
        )
    with database.session() as session:
        (row,) = read_rows(session, AUDIT_TABLE.c.sequence == number)
        entry = session.exec(select(AuditEntry).where(AuditEntry.sequence == number)).one()
        assert row.line == line_of(entry.model_dump())
        assert row.line.count(SEPARATOR) == 17
        assert entry.details == known


def test_instants_are_written_in_utc_with_six_decimals() -> None:
    zoned = datetime(2026, 7, 1, 2, 0, tzinfo=UTC) - timedelta(hours=3)
    entry = AuditEntry(at=zoned, event="e", outcome="success", actor={}, purpose="care", details={})
    assert SEPARATOR.join(["", "2026-06-30 23:00:00.000000", "e"]) in line_of(entry.model_dump())


def test_json_has_one_text() -> None:
    assert canonical_json({"b": 1, "a": "é\n"}) == '{"a":"é\\n","b":1}'


def test_control_characters_never_reach_a_field() -> None:
    assert clean("a\x1fb\x00c\nd\u202ee", 7) == "a b c d"


def test_row_can_never_hold_the_separator(session: Session) -> None:
    number = record_event(session, "x.y", reason=f"a{SEPARATOR}b", details={"k": SEPARATOR})
    (row,) = read_rows(session, AUDIT_TABLE.c.sequence == number)
    assert row.line.count(SEPARATOR) == 17
