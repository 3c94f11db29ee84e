"""HL7 version 3 data types as CDA R2 writes them (TS, IVL_TS, CD, BL, INT, REAL, PQ…)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

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
        return Xml(f'<{name} nullFlavor="{absent}"/>')
    return Xml(f'<{name} value="{timestamp(moment)}"/>')


def effective_time(effective: Period | Moment | None, *, absent: str = "NAV") -> Xml:
    """Return ``effectiveTime`` as an interval, an instant or a null flavour."""
    if not isinstance(effective, Period):
        return time_element("effectiveTime", effective, absent=absent)
    high = time_element("high", effective.high) if effective.high is not None else ""
    return Xml(f"<effectiveTime>{time_element('low', effective.low)}{high}</effectiveTime>")


CONCEPTS_KEPT = 4096
"""How many written codes are remembered: forms say the same few hundred things."""


def coded(name: str, code: Coded | None, *content: Xml | None, absent: str = "NA") -> Xml:
    """Return a CD or CE element; ``content`` comes after the original text."""
    if code is None:
        return element(name, *content, nullFlavor=absent)
    return _concept(name, code, None, *content) if content else _plain_concept(name, code)


def value_element(
    value: Value, *, reference: str = "", absent_type: str = "CD", name: str = "value"
) -> Xml:
    """Return a typed ``value``. Text is a CD whose original text points at the narrative, as the
    volets ask.
    """
    pointer = Xml(f'<reference value="#{reference}"/>') if reference else None
    match value:
        case NullFlavor():
            words = element("originalText", pointer) if pointer and absent_type == "CD" else None
            return element(name, words, xsi_type=absent_type, nullFlavor=value.value)
        case bool():
            return Xml(f'<{name} xsi:type="BL" value="{"true" if value else "false"}"/>')
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
            return _pointing_concept(name, value, pointer)
        case str():
            return element(name, element("originalText", pointer or value), xsi_type="CD")


@lru_cache(CONCEPTS_KEPT)
def _plain_concept(name: str, code: Coded) -> Xml:
    return _concept(name, code, None)


def _pointing_concept(name: str, code: Coded, pointer: Xml | None) -> Xml:
    """Return a CD whose original text is its own words, or else where the narrative has them."""
    if code.original_text or pointer is None:
        return _concept(name, code, "CD")
    before, after = _concept_around(name, code)
    return Xml(f"{before}<originalText>{pointer}</originalText>{after}")


@lru_cache(CONCEPTS_KEPT)
def _concept_around(name: str, code: Coded) -> tuple[str, str]:
    """Return a CD in two halves, before its original text and after it."""
    bare = _concept(name, code, "CD")
    if bare.endswith("/>") and not code.translations:
        return f"{bare[:-2]}>", f"</{name}>"
    opening = bare.index(">") + 1
    return bare[:opening], bare[opening:]


def _concept(name: str, code: Coded, xsi_type: str | None, *content: Xml | None) -> Xml:
    words = code.original_text
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
