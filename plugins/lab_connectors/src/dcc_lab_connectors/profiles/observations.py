"""OBX as coded observations, each with the place it came from.

Source: HL7 v2.5 chapter 7, segments OBR, OBX, SPM; tables 0085 and 0125.
"""

from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from dcc_core.api import Observation, ObservationStatus, Quantity, Value
from dcc_lab_connectors.hl7.message import Field, Segment
from dcc_lab_connectors.hl7.timestamps import read_date, read_instant
from dcc_lab_connectors.profiles.codes import read_coded
from dcc_lab_connectors.profiles.layout import Item

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


def read_observation(item: Item, zone: tzinfo) -> Observation:
    """Read one OBX; the OBR that it answers dates it when OBX-14 is empty."""
    obx, request = item.obx, item.request
    return Observation(
        code=read_coded(item.coded),
        value=read_value(obx, zone),
        status=_STATUSES.get(obx.value(11).upper(), ObservationStatus.PRELIMINARY),
        unit=obx.value(6, 1),
        reference_range=obx.value(7),
        abnormal=obx.value(8, 1),
        observed_at=_moment(obx.value(14, 1), zone) or _moment(request.value(7, 1), zone),
        specimen=_specimen(request.field(15)),
        locator=item.locator,
    )


def read_value(obx: Segment, zone: tzinfo) -> Value | None:
    """Value of OBX-5 in the type of OBX-2; text when it is not what it claims, None when empty."""
    kind, text = obx.value(2).upper(), obx.value(5)
    if kind == "NM" and text:
        return _number(text, obx.value(6, 1))
    field = obx.field(5)
    if not field or field.is_null:
        return None
    if kind == "SN":
        return _structured_number(field)
    if kind in _CODED_TYPES:
        return read_coded(obx.values(5))
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


def _moment(text: str, zone: tzinfo) -> date | datetime | None:
    return read_date(text) if len(text) == 8 else read_instant(text, zone)


def _specimen(source: Field) -> str:
    if not source:
        return ""
    kind = source.component(1)
    return kind.subcomponent(2).value or kind.subcomponent(1).value
