"""What answers make of a form at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.language.model import Level, Phase


@dataclass(frozen=True, slots=True)
class Missing:
    """A required answer that is not there; `path` names a field or a cell (`examens[0].date`)."""

    path: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class FieldError:
    """An answer that cannot stand as it is."""

    path: str
    message: str
    level: Level


@dataclass(frozen=True, slots=True)
class FiredAlert:
    """An alert whose condition is true."""

    id: str
    message: str
    level: Level
    blocks: str


@dataclass(frozen=True, slots=True)
class FormState:
    """The state of a fiche.

    Attributes:
        visible: ids shown, in form order.
        values: known values of visible fields, computed ones included.
        absences: declared absences.
        answered: ids somebody answered, an absence included, in form order.
    """

    visible: tuple[str, ...]
    values: Mapping[str, Any]
    absences: Mapping[str, str]
    answered: tuple[str, ...]
    missing: tuple[Missing, ...]
    errors: tuple[FieldError, ...]
    alerts: tuple[FiredAlert, ...]

    def missing_at(self, phase: Phase) -> tuple[str, ...]:
        """Return what must be answered before the end of a phase."""
        return tuple(item.path for item in self.missing if item.phase.rank <= phase.rank)

    def blockers(self, step: str) -> tuple[FiredAlert, ...]:
        """Return the alerts that forbid `préparation` or `validation`.

        What blocks the preparation blocks the validation too.
        """
        steps = ("préparation",) if step == "préparation" else ("préparation", "validation")
        return tuple(alert for alert in self.alerts if alert.blocks in steps)

    def can_end(self, phase: Phase) -> bool:
        """Tell whether nothing missing, wrong or blocking stands against the end of a phase."""
        step = "préparation" if phase is Phase.PREPARATION else "validation"
        wrong = any(error.level is Level.ERROR for error in self.errors)
        return not (wrong or self.missing_at(phase) or self.blockers(step))
