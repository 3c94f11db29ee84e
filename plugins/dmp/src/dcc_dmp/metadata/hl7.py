"""HL7 v2.5 composite types as XDS metadata writes them (XCN, XON, CX, CE)."""

from datetime import UTC, date, datetime, time

from dcc_core.api import (
    Coded,
    Moment,
    Organisation,
    PartialDate,
    PatientIdentifier,
    PatientTraits,
    Professional,
)
from dcc_dmp.standards.dmp import ORGANISATIONS, PROFESSIONALS

_SEPARATORS = str.maketrans({"^": " ", "&": " ", "|": " ", "~": " ", "\\": " "})


def plain(text: str) -> str:
    """Return text without the separators of the encoding."""
    return " ".join(text.translate(_SEPARATORS).split())


def person(professional: Professional) -> str:
    """Return a professional as XCN."""
    names = f"{plain(professional.family_name)}^{plain(professional.given_name)}"
    return f"{professional.national_id}^{names}^^^^^^&{PROFESSIONALS}&ISO^D^^^IDNPS"


def institution(organisation: Organisation) -> str:
    """Return an organisation as XON."""
    name = plain(organisation.name)
    return f"{name}^^^^^&{ORGANISATIONS}&ISO^IDNST^^^{organisation.national_id}"


def identifier(one: PatientIdentifier, kind: str) -> str:
    """Return a patient identifier as CX; ``kind`` is NH for an INS, PI for a local one."""
    return f"{one.value}^^^&{one.system}&ISO^{kind}"


def concept(code: Coded) -> str:
    """Return a code as CE."""
    return f"{code.code}^{plain(code.label)}^{code.system}"


def patient_info(traits: PatientTraits) -> tuple[str, ...]:
    """Return the traits as PID lines."""
    lines = [f"PID-5|{plain(traits.birth_family_name)}^{plain(traits.first_given_name)}^^^^^L"]
    if traits.birth_date:
        lines.append(f"PID-7|{traits.birth_date:%Y%m%d}")
    lines.append(f"PID-8|{traits.sex.value}")
    return tuple(lines)


def instant(moment: Moment | None) -> datetime | None:
    """Return a moment as an instant: a day begins at midnight UTC, a partial date is not one."""
    if moment is None or isinstance(moment, PartialDate):
        return None
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, time(), UTC) if isinstance(moment, date) else None


def timestamp(moment: datetime) -> str:
    """Return a DTM: UTC, to the second, without offset."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}"
