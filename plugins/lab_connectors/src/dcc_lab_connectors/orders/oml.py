"""OML^O21 2.5.1 written with hl7apy: one message per order.

Source: HL7 v2.5.1 chapter 4 (OML^O21, ORC, OBR, SPM); PAM-FR 2.11 for PID.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from dcc_core.api import Coded, IdentityStatus, PatientIdentifier, PatientTraits, Professional
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.escapes import escape
from dcc_lab_connectors.ins import INS_NIA

if TYPE_CHECKING:
    from hl7apy.core import Message as BuiltMessage
    from hl7apy.core import Segment as BuiltSegment

_SEPARATORS = Delimiters()
_VERSION = "2.5.1"
_RPPS_AUTHORITY = "ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO"
_STATUSES = {
    IdentityStatus.QUALIFIED: "VALI",
    IdentityStatus.VALIDATED: "VALI",
    IdentityStatus.RETRIEVED: "PROV",
    IdentityStatus.PROVISIONAL: "PROV",
}


class OrderControl(StrEnum):
    """What is asked (ORC-1, table 0119)."""

    NEW = "NW"
    CHANGE = "XO"
    CANCEL = "CA"


@dataclass(frozen=True, slots=True)
class Specimen:
    """The block or tube to analyse, as the pathology laboratory numbers it."""

    number: str
    kind: Coded
    collected_on: date | None = None


@dataclass(frozen=True, slots=True)
class MolecularOrder:
    """One prescription. `number` is ours and comes back in every answer and result."""

    number: str
    control: OrderControl
    ordered_at: datetime
    patient: PatientTraits
    analyses: tuple[Coded, ...]
    specimen: Specimen
    prescriber: Professional
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Applications and facilities of MSH-3 to MSH-6."""

    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str


def build_oml(order: MolecularOrder, route: Route, *, control_id: str, sent_at: datetime) -> bytes:
    """Write the order in UTF-8, segments ended by CR.

    The INS leaves with a qualified identity only (RNIV EXI SI 08); the laboratory then identifies
    the patient by the local number.
    """
    from hl7apy.core import Message as BuiltMessage

    message = BuiltMessage("OML_O21", version=_VERSION)
    _fill(
        message.msh,
        {
            3: _text(route.sending_application),
            4: _text(route.sending_facility),
            5: _text(route.receiving_application),
            6: _text(route.receiving_facility),
            7: _instant(sent_at),
            9: "OML^O21^OML_O21",
            10: _text(control_id),
            11: "P",
            12: _VERSION,
            17: "FRA",
            18: "UNICODE UTF-8",
        },
    )
    patient = message.add_group("OML_O21_PATIENT")
    _fill(patient.add_segment("PID"), _patient_fields(order.patient))
    for rank, analysis in enumerate(order.analyses, 1):
        _add_order(message, order, analysis, rank)
    text: str = message.to_er7(trailing_children=False)
    return text.rstrip("\r").encode() + b"\r"


def _add_order(message: "BuiltMessage", order: MolecularOrder, analysis: Coded, rank: int) -> None:
    number = _text(f"{order.number}-{rank}" if len(order.analyses) > 1 else order.number)
    prescriber = _professional(order.prescriber)
    group = message.add_group("OML_O21_ORDER")
    _fill(
        group.add_segment("ORC"),
        {1: order.control, 2: number, 4: _text(order.number), 9: _instant(order.ordered_at),
         12: prescriber},
    )  # fmt: skip
    request = group.add_group("OML_O21_OBSERVATION_REQUEST")
    _fill(
        request.add_segment("OBR"),
        {1: str(rank), 2: number, 4: _coded(analysis), 13: _text(order.reason), 16: prescriber},
    )
    specimen = request.add_group("OML_O21_SPECIMEN")
    _fill(
        specimen.add_segment("SPM"),
        {
            1: "1",
            2: _text(order.specimen.number),
            4: _coded(order.specimen.kind),
            17: _day(order.specimen.collected_on),
        },
    )


def _patient_fields(traits: PatientTraits) -> dict[int, str]:
    given = " ".join(traits.birth_given_names) or traits.first_given_name
    birth = f"{_text(traits.birth_family_name)}^{_text(traits.first_given_name)}^{_text(given)}"
    place = f"^^^^^^BDL^^{_text(traits.birth_place_insee)}" if traits.birth_place_insee else ""
    return {
        1: "1",
        3: "~".join(_identifiers(traits)),
        5: f"{birth}^^^^L",
        7: _day(traits.birth_date),
        8: traits.sex,
        11: place,
        32: _STATUSES.get(traits.status or IdentityStatus.PROVISIONAL, "PROV"),
    }


def _identifiers(traits: PatientTraits) -> Iterable[str]:
    for identifier in traits.identifiers:
        if identifier.kind != "INS":
            yield f"{_text(identifier.value)}^^^{_authority(identifier)}^PI"
        elif traits.status is IdentityStatus.QUALIFIED:
            kind = "NIA" if identifier.system == INS_NIA else "NIR"
            authority = f"ASIP-SANTE-INS-{kind}&{_text(identifier.system)}&ISO"
            yield f"{_text(identifier.value)}^^^{authority}^INS"


def _authority(identifier: PatientIdentifier) -> str:
    kind, _, finess = identifier.system.partition(":")
    return f"&{_text(finess)}&N" if kind == "finess" else f"&{_text(identifier.system)}&ISO"


def _professional(person: Professional) -> str:
    name = f"{_text(person.family_name)}^{_text(person.given_name)}"
    return f"{_text(person.national_id)}^{name}^^^^^^{_RPPS_AUTHORITY}^D^^^IDNPS"


def _coded(code: Coded) -> str:
    return f"{_text(code.code)}^{_text(code.label)}^{_text(code.system_name)}"


def _text(value: str) -> str:
    return escape(value.strip(), _SEPARATORS)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S%z")


def _day(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day else ""


def _fill(segment: "BuiltSegment", fields: dict[int, str]) -> None:
    """Set fields from ER7 text; empty ones are left out."""
    for number, value in fields.items():
        first, *others = value.split("~")
        if first:
            setattr(segment, f"{segment.name}_{number}".lower(), first)
        for repetition in others:
            segment.add_field(f"{segment.name}_{number}").value = repetition
