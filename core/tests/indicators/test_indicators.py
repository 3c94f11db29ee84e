"""Indicators count, and never let a small count be read or worked out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from dcc_core.db import Database
from dcc_core.errors import NotFound
from dcc_core.hooks import Dispatcher, hookimpl
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.hooks.contracts.ops import Figure, Indicator, Period
from dcc_core.indicators import collect_indicators, compute_indicator, suppress_small
from dcc_core.patients import create_patient
from dcc_core.records import FolderStore, bind_store, file_document
from dcc_core.testing.documents import demo_document
from dcc_core.testing.patients import demo_traits

YEAR = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
COUNTS = st.lists(st.integers(0, 60), max_size=8)


@given(COUNTS)
def test_a_small_count_is_never_shown_nor_deducible(counts: list[int]) -> None:
    shown = suppress_small([Figure(count, str(n)) for n, count in enumerate(counts)], 11)
    hidden = [count for count, figure in zip(counts, shown, strict=True) if figure.value is None]
    assert all(
        figure.value == 0 or figure.value >= 11 for figure in shown if figure.value is not None
    )
    others = [count for count in counts if count > 0]
    assert len(hidden) != 1 or len(others) == 1


@given(COUNTS)
def test_without_a_threshold_everything_is_shown(counts: list[int]) -> None:
    shown = suppress_small([Figure(count) for count in counts], 0)
    assert [figure.value for figure in shown] == counts


class Plugin:
    @hookimpl
    def dcc_indicators(self) -> list[Indicator]:
        def fail(session: Session, period: Period) -> list[Figure]:
            raise RuntimeError

        return [Indicator("a.broken", "En panne", "cas", fail)]


@pytest.fixture
def dispatcher() -> Dispatcher:
    dispatcher = Dispatcher()
    dispatcher.register(Plugin(), "a")
    return dispatcher


def compute(database: Database, dispatcher: Dispatcher, key: str) -> dict[str, float | None]:
    with database.session() as session:
        found = compute_indicator(
            session,
            key,
            indicators=collect_indicators(dispatcher),
            dispatcher=dispatcher,
            period=YEAR,
        )
    return {figure.label: figure.value for figure in found.figures}


def test_documents_are_counted_by_class(
    database: Database, dispatcher: Dispatcher, tmp_path: Path
) -> None:
    bind_store(database, FolderStore(tmp_path))
    with database.session() as session:
        patient = create_patient(session, demo_traits()).id
        for number in range(12):
            file_document(session, demo_document(), patient_id=patient)
            if number < 11:
                file_document(session, demo_document(document_class="PPS"), patient_id=patient)
    assert compute(database, dispatcher, "core.documents") == {"FRCP": 12, "PPS": 11}


def test_flows_are_counted_without_secrecy(database: Database, dispatcher: Dispatcher) -> None:
    from dcc_core.exchange import receive_message

    with database.session() as session:
        receive_message(session, RawMessage("lab", "1", b"1"))
    assert compute(database, dispatcher, "core.messages") == {"received": 1}
    assert compute(database, dispatcher, "core.deliveries") == {}


def test_a_broken_indicator_says_so(database: Database, dispatcher: Dispatcher) -> None:
    with database.session() as session:
        found = compute_indicator(
            session,
            "a.broken",
            indicators=collect_indicators(dispatcher),
            dispatcher=dispatcher,
            period=YEAR,
        )
    assert (found.is_available, found.figures) == (False, ())
    with pytest.raises(NotFound, match="IND-001"):
        compute(database, dispatcher, "a.unknown")
