"""HL7 version 3 data types as CDA R2 writes them (TS, IVL_TS, CD, BL, INT, REAL, PQ…)."""

from datetime import UTC, date, datetime
from decimal import Decimal

from dcc_cda.standards.terminologies import NAMES
from dcc_cda.xml import Xml, element
from dcc_core.api import Coded, Moment, NullFlavor, PartialDate, Period, Quantity, Value


def timestamp(moment: Moment) -> str:
    """Return a TS value with the precision the moment has; an instant always carries its offset."""
    if isinstance(moment, PartialDate):
        return f"{moment.year:04}{moment.month:02}" if moment.month else f"{moment.year:04}"
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"{aware:%Y%m%d%H%M%S%z}"
    return f"{moment:%Y%m%d}"


def time_element(name: str, moment: Moment | None, *, absent: str = "UNK") -> Xml:
    """Return one TS element, with a null flavour when there is no moment."""
    if moment is None:
        return element(name, nullFlavor=absent)
    return element(name, value=timestamp(moment))


def effective_time(effective: Period | Moment | None, *, absent: str = "NAV") -> Xml:
    """Return ``effectiveTime`` as an interval, an instant or a null flavour."""
    if effective is None:
        return element("effectiveTime", nullFlavor=absent)
    if not isinstance(effective, Period):
        return element("effectiveTime", value=timestamp(effective))
    return element(
        "effectiveTime",
        time_element("low", effective.low),
        time_element("high", effective.high) if effective.high is not None else None,
    )


def coded(name: str, code: Coded | None, *content: Xml | None, absent: str = "NA") -> Xml:
    """Return a CD or CE element; ``content`` comes after the original text."""
    if code is None:
        return element(name, *content, nullFlavor=absent)
    return _concept(name, code, None, *content)


def value_element(
    value: Value, *, reference: str = "", absent_type: str = "CD", name: str = "value"
) -> Xml:
    """Return a typed ``value``. Text is a CD whose original text points at the narrative, as the
    volets ask.
    """
    pointer = element("reference", value=f"#{reference}") if reference else None
    match value:
        case NullFlavor():
            words = element("originalText", pointer) if pointer and absent_type == "CD" else None
            return element(name, words, xsi_type=absent_type, nullFlavor=value.value)
        case bool():
            return element(name, xsi_type="BL", value="true" if value else "false")
        case int() if absent_type == "CO":
            return element(name, xsi_type="CO", code=str(value))
        case int():
            return element(name, xsi_type="INT", value=str(value))
        case Decimal():
            return element(name, xsi_type="REAL", value=format(value, "f"))
        case Quantity():
            return element(name, xsi_type="PQ", value=format(value.value, "f"), unit=value.unit)
        case date() | PartialDate():
            return element(name, xsi_type="TS", value=timestamp(value))
        case Coded():
            return _concept(name, value, "CD", pointer=pointer)
        case str():
            return element(name, element("originalText", pointer or value), xsi_type="CD")


def _concept(
    name: str, code: Coded, xsi_type: str | None, *content: Xml | None, pointer: Xml | None = None
) -> Xml:
    words = code.original_text or pointer
    return element(
        name,
        element("originalText", words) if words else None,
        *content,
        *(_concept("translation", other, None) for other in code.translations),
        xsi_type=xsi_type,
        code=code.code,
        codeSystem=code.system,
        codeSystemName=code.system_name or NAMES.get(code.system),
        codeSystemVersion=code.version or None,
        displayName=code.label or None,
    )
