"""Operation: jobs, health checks, indicators and copies of the audit."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Job:
    """Work that the scheduler runs; at-least-once, so it must be idempotent.

    Attributes:
        key: Unique, prefixed by the plugin's name.
        schedule: Cron expression (five fields) in the region's time zone.
        run: The work, in a transaction of its own.
        max_runtime_s: After this many seconds the run counts as failed and its claim is released.
        singleton: Whether one run at a time is allowed over all workers.
    """

    key: str
    label: str
    schedule: str
    run: Callable[[Session], None]
    max_runtime_s: int = 300
    singleton: bool = True
    order: int = 100


class HealthState(StrEnum):
    """State of a plugin or of something it depends on."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Answer of a health check; the text names systems and figures, never a patient."""

    state: HealthState
    text: str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A question about a dependency, answered within ``timeout_s`` seconds."""

    key: str
    label: str
    check: Callable[[], HealthReport]
    timeout_s: float = 2.0
    order: int = 100


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period, bounds in aware UTC, ``end`` excluded."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of an indicator; ``label`` names the category, empty for a single figure."""

    value: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A statistic of the region.

    Attributes:
        unit: What is counted (``fiches``, ``jours``).
        compute: Return the figures of a period, aggregated only.
        suppress_below: Counts under this number are not shown (statistical secrecy); 0 shows all.
    """

    key: str
    label: str
    unit: str
    compute: Callable[[Session, Period], Iterable[Figure]]
    suppress_below: int = 11
    order: int = 100


@dataclass(frozen=True, slots=True)
class AuditCopy:
    """One audit line as sinks receive it: ids and codes, no clinical content."""

    sequence: int
    at: datetime
    event: str
    outcome: str
    actor_id: UUID | None
    patient_id: UUID | None
    fields: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class AuditSink(Protocol):
    """A place that receives copies of the audit; the primary log stays the core's."""

    key: str
    order: int

    def emit(self, copy: AuditCopy) -> None:
        """Send one copy; called by the worker, again after a failure."""
