"""How ready a case is to be discussed: a score and the name of each thing that is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from dcc_core.api import IdentityStatus, PatientOut
from dcc_rcp_forms.api import FicheOut, Level, Phase
from dcc_rcp_meetings.cases.models import CaseOut


class Weight(StrEnum):
    """What a missing thing prevents."""

    BLOCKS = "bloque"
    WARNS = "attention"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing, in words for the person who can bring it.

    Attributes:
        field: Field of the fiche to fill, empty when it is something else.
    """

    text: str
    weight: Weight
    field: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Score from 0 to 100 over what the preparation demands, and what is missing."""

    answered: int
    demanded: int
    lacks: tuple[Lack, ...]

    @property
    def score(self) -> int:
        """Return the share of what is demanded that is there, in percent, rounded down."""
        return 100 if self.demanded == 0 else self.answered * 100 // self.demanded

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing prevents the discussion."""
        return not any(lack.weight is Weight.BLOCKS for lack in self.lacks)


def readiness_of(
    case: CaseOut, fiche: FicheOut, patient: PatientOut, *, is_opposed: bool | None = False
) -> Readiness:
    """Return how ready a case is.

    Identity and information of the patient warn; opposition and missing answers block.

    Args:
        is_opposed: Whether the patient opposes the record; None when nobody asked them yet.
    """
    missing = fiche.state.missing_at(Phase.PREPARATION)
    lacks = (*_missing_answers(fiche, missing), *_about_patient(patient, is_opposed))
    if not case.presenter.get("name"):
        lacks = (*lacks, Lack("Présentateur non désigné", Weight.WARNS))
    answered = sum(1 for name in fiche.state.answered if _is_preparation(fiche, name))
    return Readiness(answered, answered + len(missing), lacks)


def _missing_answers(fiche: FicheOut, missing: tuple[str, ...]) -> Iterator[Lack]:
    labels = {field.id: field.label for field in fiche.loaded.form.fields()}
    for path in missing:
        name = path.split("[")[0]
        yield Lack(labels.get(name, name), Weight.BLOCKS, name)
    for error in fiche.state.errors:
        name = error.path.split("[")[0]
        weight = Weight.BLOCKS if error.level is Level.ERROR else Weight.WARNS
        yield Lack(f"{labels.get(name, name)} : {error.message}", weight, name)
    for alert in fiche.state.alerts:
        blocks = alert.blocks == "préparation"
        yield Lack(alert.message, Weight.BLOCKS if blocks else Weight.WARNS)


def _about_patient(patient: PatientOut, is_opposed: bool | None) -> Iterator[Lack]:
    if is_opposed:
        yield Lack("Le patient s'oppose au partage", Weight.BLOCKS)
    elif is_opposed is None:
        yield Lack("Information du patient non notée", Weight.WARNS)
    if patient.status is not IdentityStatus.QUALIFIED:
        yield Lack("Identité non qualifiée : l'avis n'ira pas au DMP", Weight.WARNS)
    if patient.traits.deceased_on is not None:
        yield Lack("Décès noté au dossier", Weight.BLOCKS)


def _is_preparation(fiche: FicheOut, name: str) -> bool:
    field = fiche.loaded.form.field(name)
    return field.phase is Phase.PREPARATION and field.required is not False
