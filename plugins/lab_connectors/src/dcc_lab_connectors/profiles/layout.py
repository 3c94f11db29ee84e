"""How the segments of a report belong together: requests, their documents, their results."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dcc_lab_connectors.hl7.message import Message, Segment
from dcc_lab_connectors.profiles.codes import (
    FLAGS,
    MAIL_SUBJECT,
    META_CODES,
    META_SYSTEM,
)

_FILE_TYPES = frozenset({"ED", "RP"})


@dataclass(slots=True)
class Item:
    """One OBX with the PRT and NTE that follow it. `index` counts the OBX of the message from 1."""

    obx: Segment
    order: Segment
    request: Segment
    index: int
    participants: list[Segment] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)

    @property
    def code(self) -> str:
        """OBX-3.1."""
        return self.obx.field(3).component(1).value

    @property
    def is_metadata(self) -> bool:
        """Whether it describes the transmission and not the patient."""
        system = self.obx.field(3).component(3).value
        is_mail = self.obx.field(3).component(2).value.startswith(MAIL_SUBJECT)
        return system == META_SYSTEM or self.code in META_CODES or is_mail

    @property
    def is_file(self) -> bool:
        """Whether it carries a document."""
        return self.obx.field(2).value.upper() in _FILE_TYPES and not self.is_metadata

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
        files=tuple(item for item in items if item.is_file),
        results=tuple(item for item in items if not item.is_file and not item.is_metadata),
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
                items.append(Item(segment, order, request, len(items) + 1))
            case "PRT" if items:
                items[-1].participants.append(segment)
            case "NTE" if items:
                items[-1].notes.append(segment)
    return items


def _read_flags(items: Iterable[Item]) -> dict[str, bool]:
    """Visibility and routing wishes; a flag said twice is set when either says so."""
    flags: dict[str, bool] = {}
    for item in items:
        if item.is_metadata and item.code in FLAGS:
            name = FLAGS[item.code]
            is_set = item.obx.field(5).component(1).value.upper() == "Y"
            flags[name] = flags.get(name, False) or is_set
    return flags
