"""OBX as coded observations, each with the place it came from.

Source: HL7 v2.5 chapter 7, segments OBR, OBX, SPM; tables 0085 and 0125.
"""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from dcc_core.api import Coded, Observation, ObservationStatus, Quantity, Value
from dcc_lab_connectors.hl7.message import Field, Segment
from dcc_lab_connectors.hl7.timestamps import read_date, read_instant
from dcc_lab_connectors.profiles.codes import read_coded

_STATUSES = {
    "F": ObservationStatus.FINAL,
    "C": ObservationStatus.CORRECTED,
    "D": ObservationStatus.DELETED,
    "W": ObservationStatus.CANCELLED,
    "X": ObservationStatus.CANCELLED,
    "N": ObservationStatus.CANCELLED,
}
_CODED_TYPES = frozenset({"CE", "CWE", "CNE", "CF", "IS"})
_DATED_TYPES = frozenset({"DT", "TS", "DTM"})


def read_observation(obx: Segment, request: Segment, *, zone: tzinfo, locator: str) -> Observation:
    """Read one OBX; `request` is the OBR it answers, which dates it when OBX-14 is empty."""
    return Observation(
        code=read_coded(obx.field(3)),
        value=read_value(obx, zone),
        status=_STATUSES.get(obx.field(11).value.upper(), ObservationStatus.PRELIMINARY),
        unit=obx.field(6).component(1).value,
        reference_range=obx.field(7).value,
        abnormal=obx.field(8).component(1).value,
        observed_at=_observed_at((obx.field(14), request.field(7)), zone),
        specimen=_specimen(request.field(15)),
        locator=locator,
    )


def read_value(obx: Segment, zone: tzinfo) -> Value | None:
    """Value of OBX-5 in the type of OBX-2; text when it is not what it claims, None when empty."""
    kind, field = obx.field(2).value.upper(), obx.field(5)
    if not field or field.is_null:
        return None
    if kind == "NM":
        return _number(field.value, obx.field(6).component(1).value)
    if kind == "SN":
        return _structured_number(field)
    if kind in _CODED_TYPES:
        return read_coded(field)
    if kind in _DATED_TYPES:
        return _moment(field.component(1).value, zone) or field.value
    return "\n".join(part.text.strip() for part in field.repetitions)


def _number(text: str, unit: str) -> Value:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return Quantity(number, unit) if unit else number


def _structured_number(field: Field) -> str:
    """SN as it is read aloud: `> 10`, `1 : 128`, `2 - 4`."""
    parts = (field.component(n).value for n in range(1, 5))
    return " ".join(part for part in parts if part)


def _observed_at(fields: Iterable[Field], zone: tzinfo) -> date | datetime | None:
    moments = (_moment(field.component(1).value, zone) for field in fields)
    return next((moment for moment in moments if moment), None)


def _moment(text: str, zone: tzinfo) -> date | datetime | None:
    return read_date(text) if len(text) == 8 else read_instant(text, zone)


def _specimen(source: Field) -> str:
    kind = source.component(1)
    return kind.subcomponent(2).value or kind.subcomponent(1).value


def boolean_of(code: Coded) -> bool | None:
    """Y or N of the table expandedYes-NoIndicator, None for anything else."""
    return {"Y": True, "N": False}.get(code.code.upper())
