"""What enters and what leaves: validated input of traits, and the views handed to callers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from sqlalchemy import Row

from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.identity import (
    DatePrecision,
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_core.patients.birth import BirthDate, parse_birth_date
from dcc_core.patients.fields import InseeCode, Line, Name, OptionalName, PastDate
from dcc_core.patients.status import attributes_of
from dcc_core.patients.tables import Patient

MAX_ITEMS = 20


class PatientIn(BaseModel):
    """Traits of an identity, as a person or a trusted source states them. The INS has no place
    here.

    ``birth_date`` is a date, or text as people write it: ``12/03/1957``, ``03/1957``, ``1957``;
    what is missing is replaced by the national rule and ``birth_date_precision`` tells. Without
    ``birth_given_names`` the first given name is the only one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    birth_family_name: Name
    first_given_name: Name
    birth_date: PastDate
    sex: Sex
    birth_given_names: tuple[Name, ...] = ()
    birth_date_precision: DatePrecision = DatePrecision.DAY
    birth_place_insee: InseeCode = ""
    used_family_name: OptionalName = ""
    used_given_name: OptionalName = ""
    address_lines: tuple[Line, ...] = ()
    postal_code: Line = ""
    city: Line = ""
    telecom: tuple[Line, ...] = ()
    deceased_on: PastDate | None = None

    @model_validator(mode="before")
    @classmethod
    def _expand_birth_date(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("birth_date"), str):
            return values
        known = parse_birth_date(values["birth_date"])
        if known is None:
            return values
        return {"birth_date_precision": known.precision, **values, "birth_date": known.value}

    @model_validator(mode="after")
    def _agree(self) -> "PatientIn":
        if not self.birth_given_names:
            object.__setattr__(self, "birth_given_names", (self.first_given_name,))
        elif self.birth_given_names[0] != self.first_given_name:
            raise PydanticCustomError(
                "PAT-013",
                "Le premier prénom doit ouvrir la liste des prénoms de naissance. Corrigez l'un"
                " des deux.",
            )
        if max(map(len, (self.birth_given_names, self.address_lines, self.telecom))) > MAX_ITEMS:
            raise PydanticCustomError(
                "PAT-014", "Une liste dépasse vingt lignes. Gardez celles du titre d'identité."
            )
        if self.deceased_on and self.birth_date_precision is DatePrecision.DAY:
            self._refuse_death_before_birth(self.deceased_on)
        return self

    def _refuse_death_before_birth(self, deceased_on: date) -> None:
        if deceased_on < self.birth_date:
            raise PydanticCustomError(
                "PAT-011", "Le décès est antérieur à la naissance. Vérifiez les deux dates."
            )

    @classmethod
    def from_traits(cls, traits: PatientTraits) -> "PatientIn":
        """Return the traits that a source states, checked.

        Raises:
            InvalidTraits: With every refusal at its field.
        """
        stated = {name: getattr(traits, name) for name in cls.model_fields}
        return read_patient({name: value for name, value in stated.items() if value is not None})


class InvalidTraits(InvalidInput):
    """Traits were refused; ``issues`` holds one refusal per field, the first one is also the
    error's own.
    """

    def __init__(self, issues: tuple[InvalidInput, ...]) -> None:
        first = issues[0]
        super().__init__(first.code, first.text, field=first.field)
        self.issues = issues


def read_patient(values: Mapping[str, Any]) -> PatientIn:
    """Check the traits of a form or a file.

    Raises:
        InvalidTraits: One French refusal with a stable code per field, without the values.
    """
    try:
        return PatientIn.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise InvalidTraits(tuple(_issue(detail) for detail in details)) from None


_GENERIC = {
    "missing": ("PAT-001", "Ce trait est obligatoire. Renseignez-le d'après le titre d'identité."),
    "extra_forbidden": ("PAT-009", "Ce champ n'est pas admis ici. Retirez-le."),
    "enum": ("PAT-010", "Cette valeur n'est pas dans la liste. Choisissez-en une de la liste."),
}
_DATE = (
    "PAT-005",
    "Cette date n'existe pas ou est illisible. Écrivez jj/mm/aaaa, mm/aaaa ou aaaa.",
)
_UNREADABLE = ("PAT-010", "Cette valeur est illisible. Saisissez-la de nouveau.")


def _issue(detail: ErrorDetails) -> InvalidInput:
    kind = detail["type"]
    field = str(detail["loc"][0]) if detail["loc"] else _FIELD_OF.get(kind, "")
    if kind.startswith("PAT-"):
        return InvalidInput(kind, detail["msg"], field=field)
    code, text = _DATE if kind.startswith("date") else _GENERIC.get(kind, _UNREADABLE)
    if kind == "missing" and field == "birth_date":
        text = "La date de naissance est obligatoire ; partielle, elle s'écrit mm/aaaa ou aaaa."
    return InvalidInput(code, text, field=field)


_FIELD_OF = {"PAT-011": "deceased_on", "PAT-013": "birth_given_names", "PAT-014": ""}


@dataclass(frozen=True, slots=True)
class PatientOut:
    """A patient as handed to pages, plugins and exports.

    Attributes:
        traits: Strict and complementary traits, identifiers, status and attributes.
        version: To send back with a change, so that nobody overwrites somebody else's.
        ins_mark: ``""``, ``NIA``, ``TEST`` or ``DEMO``, shown beside the matricule.
        merged_ids: Records that were merged into this one.
    """

    id: UUID
    traits: PatientTraits
    birth: BirthDate
    version: int
    ins_mark: str = ""
    merged_ids: tuple[UUID, ...] = ()

    @property
    def status(self) -> IdentityStatus:
        """Return the trust status."""
        return self.traits.status or IdentityStatus.PROVISIONAL

    @property
    def may_carry_ins(self) -> bool:
        """Tell whether the INS may leave with this patient's data (EXI SI 08)."""
        return (
            self.status is IdentityStatus.QUALIFIED
            and IdentityAttribute.HOMONYM not in self.traits.attributes
        )


def traits_of(
    patient: Patient | Row[Any], identifiers: tuple[PatientIdentifier, ...] = ()
) -> PatientTraits:
    """Return the traits of a stored patient; its current INS, if any, comes first."""
    return PatientTraits(
        birth_family_name=patient.birth_family_name,
        first_given_name=patient.first_given_name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        birth_given_names=tuple(patient.birth_given_names),
        birth_date_precision=patient.birth_date_precision,
        birth_place_insee=patient.birth_place_insee,
        used_family_name=patient.used_family_name,
        used_given_name=patient.used_given_name,
        identifiers=(*_current_ins(patient), *identifiers),
        status=patient.status,
        attributes=attributes_of(patient),
        deceased_on=patient.deceased_on,
        address_lines=tuple(patient.address_lines),
        postal_code=patient.postal_code,
        city=patient.city,
        telecom=tuple(patient.telecom),
    )


def _current_ins(patient: Patient | Row[Any]) -> tuple[PatientIdentifier, ...]:
    if patient.ins_matricule is None or patient.ins_system is None:
        return ()
    return (PatientIdentifier(patient.ins_system, patient.ins_matricule, "INS"),)
