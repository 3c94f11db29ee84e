"""A command, a job, a health check, an indicator and an audit sink."""

from collections.abc import Iterable

import click
from sqlalchemy import func
from sqlmodel import Session, col, select

from dcc_core.api import (
    AuditCopy,
    Figure,
    HealthCheck,
    HealthReport,
    HealthState,
    Indicator,
    Job,
    ReportPeriod,
)
from dcc_example.notes import drop_empty_notes
from dcc_example.tables import Note


@click.command("example")
def command() -> None:
    """Say that the example is installed."""
    click.echo("The example plugin is installed.")


CLEANING = Job("example.cleaning", "Supprimer les remarques vides", "30 3 * * *", drop_empty_notes)


def health_check(greeting: str) -> HealthCheck:
    """Return a check that always finds the plugin well."""
    report = HealthReport(HealthState.OK, greeting)
    return HealthCheck("example.self", "Exemple", lambda: report)


def _count(session: Session, period: ReportPeriod) -> Iterable[Figure]:
    within = col(Note.written_at).between(period.start, period.end)
    yield Figure(session.exec(select(func.count()).select_from(Note).where(within)).one())


COUNT = Indicator("example.notes", "Remarques écrites", "remarques", _count)


class Memory:
    """An audit sink that remembers the sequence numbers it received."""

    key = "example.memory"
    order = 900

    def __init__(self) -> None:
        self.received: set[int] = set()

    def emit(self, copy: AuditCopy) -> None:
        """Remember the line; receiving it twice changes nothing."""
        self.received.add(copy.sequence)
