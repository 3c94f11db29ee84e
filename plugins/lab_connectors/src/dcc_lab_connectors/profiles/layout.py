"""How the segments of a report belong together: requests, their documents, their results."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dcc_lab_connectors.hl7.message import Message, Segment
from dcc_lab_connectors.profiles.codes import (
    FLAGS,
    MAIL_SUBJECT,
    META_CODES,
    META_SYSTEM,
)

_FILE_TYPES = frozenset({"ED", "RP"})


class Kind(StrEnum):
    """What an OBX is for."""

    FILE = "file"
    RESULT = "result"
    METADATA = "metadata"


@dataclass(slots=True)
class Item:
    """One OBX with the PRT and NTE that follow it.

    `index` counts the OBX of the message from 1; `coded` are the components of OBX-3.
    """

    obx: Segment
    order: Segment
    request: Segment
    index: int
    coded: list[str]
    kind: Kind
    participants: list[Segment] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Code of OBX-3."""
        return self.coded[0]

    @property
    def locator(self) -> str:
        """Place in the message, as support staff reads it."""
        return f"OBX[{self.index}]"


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything a report message holds, sorted by use."""

    files: tuple[Item, ...]
    results: tuple[Item, ...]
    flags: dict[str, bool]


def read_layout(message: Message) -> Layout:
    """Walk the segments once, in order."""
    items = _read_items(message)
    return Layout(
        files=tuple(item for item in items if item.kind is Kind.FILE),
        results=tuple(item for item in items if item.kind is Kind.RESULT),
        flags=_read_flags(items),
    )


def _read_items(message: Message) -> list[Item]:
    nothing = message.first("")
    order, request, items = nothing, nothing, list[Item]()
    for segment in message:
        match segment.name:
            case "ORC":
                order, request = segment, nothing
            case "OBR":
                request = segment
            case "OBX":
                coded = segment.values(3)
                kind = _classify(segment, coded)
                items.append(Item(segment, order, request, len(items) + 1, coded, kind))
            case "PRT" if items:
                items[-1].participants.append(segment)
            case "NTE" if items:
                items[-1].notes.append(segment)
    return items


def _read_flags(items: Iterable[Item]) -> dict[str, bool]:
    """Visibility and routing wishes; a flag said twice is set when either says so."""
    flags: dict[str, bool] = {}
    for item in items:
        if item.kind is Kind.METADATA and item.code in FLAGS:
            name = FLAGS[item.code]
            is_set = item.obx.field(5).component(1).value.upper() == "Y"
            flags[name] = flags.get(name, False) or is_set
    return flags


def _classify(obx: Segment, coded: list[str]) -> Kind:
    """Whether an OBX carries a document, a result, or describes the transmission."""
    code, label, system = (*coded[:3], "", "", "")[:3]
    if system == META_SYSTEM or code in META_CODES or label.startswith(MAIL_SUBJECT):
        return Kind.METADATA
    return Kind.FILE if obx.value(2).upper() in _FILE_TYPES else Kind.RESULT
