"""What the registry holds of a document, read from the answer to a stored query."""

from dataclasses import dataclass

from lxml import etree

from dcc_dmp.standards import xds

_RIM = f"{{{xds.RIM}}}"


@dataclass(frozen=True, slots=True)
class RegisteredEntry:
    """A document entry at the registry.

    Attributes:
        entry_uuid: Identifier of this version of the metadata; updates name it.
        logical_id: Identifier over all versions of the metadata.
        status: Availability.
        version: Version of the metadata, from 1.
        size_bytes: Size of the document.
    """

    entry_uuid: str
    logical_id: str
    status: str
    unique_id: str
    hash_sha1: str
    version: int
    size_bytes: int

    @property
    def is_current(self) -> bool:
        """Whether the document is neither replaced nor deleted."""
        return self.status == xds.APPROVED


def read_entries(answer: etree._Element) -> tuple[RegisteredEntry, ...]:
    """Return the document entries of a query response, newest metadata first."""
    found = [_entry(one) for one in answer.iter(f"{_RIM}ExtrinsicObject")]
    return tuple(sorted(found, key=lambda entry: -entry.version))


def _entry(element: etree._Element) -> RegisteredEntry:
    identifier = element.get("id", "")
    version = element.find(f"{_RIM}VersionInfo")
    number = version.get("versionName", "1") if version is not None else "1"
    return RegisteredEntry(
        entry_uuid=identifier,
        logical_id=element.get("lid", identifier),
        status=element.get("status", ""),
        unique_id=_unique_id(element),
        hash_sha1=_slot(element, "hash"),
        version=int(number) if number.isdecimal() else 1,
        size_bytes=int(size) if (size := _slot(element, "size")).isdecimal() else 0,
    )


def _unique_id(element: etree._Element) -> str:
    for one in element.findall(f"{_RIM}ExternalIdentifier"):
        if one.get("identificationScheme") == xds.ENTRY_UNIQUE_ID:
            return one.get("value", "")
    return ""


def _slot(element: etree._Element, name: str) -> str:
    for slot in element.findall(f"{_RIM}Slot"):
        if slot.get("name") == name:
            return slot.findtext(f"{_RIM}ValueList/{_RIM}Value") or ""
    return ""
