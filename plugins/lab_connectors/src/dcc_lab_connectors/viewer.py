"""A message as a person reads it: segments, fields with their names, values."""

from dataclasses import dataclass, replace

from dcc_lab_connectors.conformance.dictionary import field_name
from dcc_lab_connectors.hl7.envelope import read_envelope
from dcc_lab_connectors.hl7.message import Field, Message

_LONGEST_VALUE = 200
IDENTIFYING = frozenset({"MSH", "EVN", "PID", "PD1", "MRG", "ZFD", "MSA", "ERR"})
"""Segments of the envelope and of the identity: what attaching a message needs."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field that has a value. `is_shortened` when only its beginning is shown."""

    number: int
    name: str
    value: str
    is_shortened: bool = False


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One segment; `rank` counts those of the same name from 1."""

    name: str
    rank: int
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A field that two versions of a message fill differently."""

    location: str
    name: str
    before: str
    after: str

    @property
    def identifies(self) -> bool:
        """Whether the field is of a segment that says who, and nothing of the care."""
        return self.location[:3] in IDENTIFYING


def view_message(message: Message) -> tuple[SegmentView, ...]:
    """Segments in order, with the fields that have a value."""
    version = read_envelope(message).version
    ranks: dict[str, int] = {}
    views = []
    for segment in message:
        rank = ranks[segment.name] = ranks.get(segment.name, 0) + 1
        fields = (
            _view_field(n, field_name(version, segment.name, n), segment.field(n))
            for n in range(1, len(segment) + 1)
            if segment.field(n)
        )
        views.append(SegmentView(segment.name, rank, tuple(fields)))
    return tuple(views)


def hide_content(segments: tuple[SegmentView, ...]) -> tuple[SegmentView, ...]:
    """The same segments, those about the care without their values."""
    return tuple(
        segment
        if segment.name in IDENTIFYING
        else replace(segment, fields=tuple(replace(f, value="") for f in segment.fields))
        for segment in segments
    )


def compare_messages(before: Message, after: Message) -> tuple[Change, ...]:
    """Fields that differ between two versions, in the order of the later one."""
    old, new = _by_location(before), _by_location(after)
    locations = [*new, *(location for location in old if location not in new)]
    return tuple(
        Change(location, *_both(old.get(location), new.get(location)))
        for location in locations
        if old.get(location) != new.get(location)
    )


def _both(old: FieldView | None, new: FieldView | None) -> tuple[str, str, str]:
    known = new or old
    name = known.name if known else ""
    return name, old.value if old else "", new.value if new else ""


def _by_location(message: Message) -> dict[str, FieldView]:
    return {
        f"{segment.name}[{segment.rank}]-{field.number}": field
        for segment in view_message(message)
        for field in segment.fields
    }


def _view_field(number: int, name: str, field: Field) -> FieldView:
    """Raw text of a field; a long one (a document) is shown by its beginning and its size."""
    if len(field.raw) <= _LONGEST_VALUE:
        return FieldView(number, name, field.grammar.charset.decode(field.raw))
    beginning = field.grammar.charset.decode(field.raw[:_LONGEST_VALUE])
    return FieldView(number, name, f"{beginning}… ({len(field.raw)} octets)", is_shortened=True)
