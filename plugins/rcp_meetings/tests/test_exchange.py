"""The directory as CSV: out and back the same, faults by line, nothing half done."""

import pytest
from sqlmodel import Session

from dcc_core.api import InvalidInput
from dcc_rcp_meetings.directory.exchange import export_directory, import_directory
from dcc_rcp_meetings.directory.models import RcpOut
from dcc_rcp_meetings.directory.service import change_rcp, read_rcp, search_rcps

from .world import NOW, rcp_entry


def test_what_goes_out_comes_back_the_same(session: Session, rcp: RcpOut) -> None:
    text = export_directory(search_rcps(session))
    report = import_directory(session, text, now=NOW)
    assert (report.created, report.changed, report.faults) == (0, 1, ())
    assert read_rcp(session, rcp.id) == rcp


def test_one_fault_and_nothing_is_written(session: Session, rcp: RcpOut) -> None:
    text = export_directory(search_rcps(session))
    line = text.splitlines()[1]
    bad = [line.replace("seno-chu", "thorax-chu"), line.replace("seno-chu", "Mauvais Code")]
    report = import_directory(session, "\n".join([text.splitlines()[0], *bad]), now=NOW)
    assert (report.created, [fault.line for fault in report.faults]) == (0, [3])
    assert len(search_rcps(session)) == 1
    good = import_directory(session, "\n".join([text.splitlines()[0], bad[0]]), now=NOW)
    assert good.created == 1
    twice = import_directory(session, "\n".join([text.splitlines()[0], line, line]), now=NOW)
    assert "répété" in twice.faults[0].text


def test_a_cell_never_starts_a_formula(session: Session, rcp: RcpOut) -> None:
    change_rcp(session, rcp.id, rcp_entry(name="=1+1 RCP"), now=NOW)
    assert ";'=1+1 RCP;" in export_directory(search_rcps(session))


@pytest.mark.parametrize("text", ["", "nom;type\nx;y", "x" * 2_000_001])
def test_another_file_is_refused(session: Session, text: str) -> None:
    with pytest.raises(InvalidInput, match="RCP-210"):
        import_directory(session, text, now=NOW)
