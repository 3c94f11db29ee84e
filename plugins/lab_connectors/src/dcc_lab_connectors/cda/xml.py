"""Safe XML and the HL7 v3 data types that headers and entries share.

Source: HL7 CDA R2 (2005), data types R1; CI-SIS volet "Structuration minimale" 1.16.
"""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from dcc_core.api import Coded, NullFlavor, Period, Quantity, Value
from dcc_lab_connectors.hl7.timestamps import read_date, read_instant

NS = {"v3": "urn:hl7-org:v3"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
Element = etree._Element


class NotCdaError(ValueError):
    """The bytes are not a CDA document that may be read."""


def parse_cda(content: bytes) -> Element:
    """Parse without external access; a document type declaration is refused (entity attacks).

    Raises:
        NotCdaError: not XML, not a ClinicalDocument, or a DTD.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotCdaError("not well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise NotCdaError("a document type declaration is not accepted")
    if root.tag != "{urn:hl7-org:v3}ClinicalDocument":
        raise NotCdaError("not a ClinicalDocument")
    return root


def path(step: str) -> str:
    """Path with each name in the HL7 v3 namespace: `author/time` becomes `v3:author/v3:time`."""
    return "/".join(name if name in {"", "."} else f"v3:{name}" for name in step.split("/"))


def find(element: Element, step: str) -> Element | None:
    """First element at `step`."""
    return element.find(path(step), NS)


def find_all(element: Element, step: str) -> list[Element]:
    """All elements at `step`."""
    return element.findall(path(step), NS)


def attribute(element: Element | None, step: str, name: str) -> str:
    """Attribute of the first element at `step` (`.` for the element itself), empty when absent."""
    found = element if element is None or step == "." else find(element, step)
    return (found.get(name, "") if found is not None else "").strip()


def text_of(element: Element | None) -> str:
    """Text of an element and all below, blanks collapsed."""
    if element is None:
        return ""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def read_oid(element: Element | None) -> str:
    """Identifier as one string: root, or root^extension."""
    root, extension = attribute(element, ".", "root"), attribute(element, ".", "extension")
    return f"{root}^{extension}" if extension else root


def read_code(element: Element | None) -> Coded | None:
    """Read a CD or CE, None when it carries no code."""
    if element is None or not element.get("code"):
        return None
    return Coded(
        code=element.get("code", ""),
        system=element.get("codeSystem", ""),
        label=element.get("displayName", ""),
        system_name=element.get("codeSystemName", ""),
        version=element.get("codeSystemVersion", ""),
        original_text=text_of(find(element, "originalText")),
        translations=tuple(
            code for code in map(read_code, find_all(element, "translation")) if code
        ),
    )


def read_null_flavor(element: Element | None) -> NullFlavor | None:
    """Null flavor of an element; one that the core does not know is `no information`."""
    flavor = attribute(element, ".", "nullFlavor")
    if not flavor:
        return None
    return NullFlavor(flavor) if flavor in set(NullFlavor) else NullFlavor.NO_INFORMATION


def read_time(element: Element | None) -> date | datetime | None:
    """Read a TS: a day when it has 8 digits, else an instant (UTC when it has no offset)."""
    value = attribute(element, ".", "value")
    return read_date(value) if len(value) == 8 else read_instant(value, UTC)


def read_time_as_instant(element: Element | None) -> datetime | None:
    """Read a TS as an instant; a day is its first moment."""
    return read_instant(attribute(element, ".", "value"), UTC)


def read_period(element: Element | None) -> Period:
    """Read an IVL_TS; a single value is an interval of one point."""
    if element is None:
        return Period()
    point = read_time(element)
    low, high = find(element, "low"), find(element, "high")
    return Period(point or read_time(low), point or read_time(high))


def read_value(element: Element | None) -> Value | None:
    """Read a value of any type that entries use; None when it says nothing."""
    if element is None:
        return None
    kind = element.get(XSI_TYPE, "").rpartition(":")[2]
    if kind in {"CD", "CE", "CV", "CS", "CO"}:
        return read_code(element) or read_null_flavor(element) or text_of(element) or None
    if kind in {"TS", "IVL_TS"}:
        return read_time(element) or read_null_flavor(element)
    number = element.get("value")
    if number is None:
        return read_null_flavor(element) or text_of(element) or None
    if kind == "BL":
        return number == "true"
    return _number(number, element.get("unit"))


def _number(text: str, unit: str | None) -> Value:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return Quantity(number, unit) if unit else number
