"""A message as its bytes, and a small way to ask it for fields.

Nothing is copied, normalised or dropped: joining the prefix and the segments gives back what was
received.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dcc_lab_connectors.hl7.charset import Charset, detect_charset
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.errors import Condition, Hl7SyntaxError, Problem
from dcc_lab_connectors.hl7.escapes import unescape

_HEADER = re.compile(rb"\s*MSH", re.IGNORECASE)
_SEGMENT_NAME = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9]{2})")
_BARE_SEGMENT = re.compile(rb"[ \t]*[A-Z][A-Z0-9]{2}\s*\Z")
_NULL = b'""'


@dataclass(frozen=True)
class Grammar:
    """Separators and charset of one message; shared by its segments and fields."""

    delimiters: Delimiters
    charset: Charset

    @cached_property
    def field_mark(self) -> bytes:
        """Field separator on the wire."""
        return self.charset.encode(self.delimiters.field)

    def marks(self) -> tuple[bytes, bytes, bytes]:
        """Repetition, component and subcomponent separators on the wire."""
        return self._marks

    @cached_property
    def _marks(self) -> tuple[bytes, bytes, bytes]:
        encode = self.charset.encode
        separators = self.delimiters
        return (
            encode(separators.repetition),
            encode(separators.component),
            encode(separators.subcomponent),
        )

    def text(self, data: bytes) -> str:
        """Decode and unescape."""
        decoded = self.charset.decode(data)
        if self.delimiters.escape not in decoded:
            return decoded
        return unescape(decoded, self.delimiters, self.charset.codec)


@dataclass(frozen=True, slots=True)
class Field:
    """A field, one of its repetitions, or one of its components: any slice of a segment."""

    raw: bytes
    grammar: Grammar

    def __bool__(self) -> bool:
        return bool(self.raw.strip())

    @property
    def is_null(self) -> bool:
        """Whether the sender asks to delete the value (`""`); empty leaves it unchanged."""
        return self.raw.strip() == _NULL

    @property
    def text(self) -> str:
        """Exact text, escapes resolved."""
        return self.grammar.text(self.raw)

    @property
    def value(self) -> str:
        """Text without surrounding blanks; empty for the HL7 null."""
        raw = self.raw.strip()
        return self.grammar.text(raw).strip() if raw and raw != _NULL else ""

    @property
    def repetitions(self) -> tuple["Field", ...]:
        """Repetitions, at least one."""
        return self._split(self.grammar.marks()[0])

    def component(self, position: int) -> "Field":
        """Component `position` (from 1) of the first repetition; an empty field when absent."""
        repetition, component, _ = self.grammar.marks()
        raw = self.raw if repetition not in self.raw else self.raw.split(repetition, 1)[0]
        return self._nth(raw, component, position)

    def subcomponent(self, position: int) -> "Field":
        """Subcomponent `position` (from 1) of a component."""
        return self._nth(self.raw, self.grammar.marks()[2], position)

    @property
    def components(self) -> tuple["Field", ...]:
        """Components of this repetition."""
        return self._split(self.grammar.marks()[1])

    @property
    def subcomponents(self) -> tuple["Field", ...]:
        """Subcomponents of this component."""
        return self._split(self.grammar.marks()[2])

    def _split(self, mark: bytes) -> tuple["Field", ...]:
        return tuple(Field(part, self.grammar) for part in self.raw.split(mark))

    def _nth(self, data: bytes, mark: bytes, position: int) -> "Field":
        parts = data.split(mark, position)
        return Field(parts[position - 1] if len(parts) >= position else b"", self.grammar)


@dataclass(frozen=True)
class Segment:
    """One segment with its terminator; a line that begins no segment belongs to the one before."""

    raw: bytes
    grammar: Grammar

    @cached_property
    def name(self) -> str:
        """Three upper-case characters."""
        match = _SEGMENT_NAME.match(self.raw)
        return match[1].decode().upper() if match else ""

    @cached_property
    def _parts(self) -> list[bytes]:
        parts = self.raw.rstrip(b"\r\n").split(self.grammar.field_mark)
        if self.name == "MSH":
            parts.insert(1, self.grammar.field_mark)
        return parts

    def field(self, number: int) -> Field:
        """Field `number` as the standard numbers it; an empty field when absent."""
        parts = self._parts
        return Field(parts[number] if number < len(parts) else b"", self.grammar)

    def __len__(self) -> int:
        """Number of the last field."""
        return len(self._parts) - 1


@dataclass(frozen=True)
class Message:
    """A message that begins with MSH."""

    raw: bytes
    prefix: bytes
    segments: tuple[Segment, ...]
    grammar: Grammar

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.segments[0]

    def all(self, name: str) -> tuple[Segment, ...]:
        """Segments called `name`, in order."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def first(self, name: str) -> Segment:
        """First segment called `name`; one without fields when the message has none."""
        found = (segment for segment in self.segments if segment.name == name)
        return next(found, Segment(b"", self.grammar))

    def has(self, name: str) -> bool:
        """Whether a segment is called `name`."""
        return any(segment.name == name for segment in self.segments)


def parse_message(raw: bytes) -> Message:
    """Cut `raw` into segments.

    CR, LF and CRLF end a segment; blank lines, trailing blanks, lower-case names and unknown
    segments are accepted.

    Raises:
        Hl7SyntaxError: no MSH, unusable separators, or a second MSH.
    """
    match = _HEADER.match(raw)
    if match is None:
        raise _syntax(Condition.SEQUENCE, "Le message ne commence pas par un segment MSH.")
    start = match.end() - 3
    grammar = _read_grammar(raw, raw[start:].splitlines()[0])
    segments = tuple(Segment(line, grammar) for line in _segment_lines(raw[start:], grammar))
    if sum(segment.name == "MSH" for segment in segments) > 1:
        raise _syntax(Condition.SEQUENCE, "Le bloc contient plusieurs segments MSH.")
    return Message(raw, raw[:start], segments, grammar)


def _syntax(condition: Condition, fact: str) -> Hl7SyntaxError:
    remedy = "Envoyer un message HL7 v2 par bloc, MSH en tête."
    return Hl7SyntaxError(Problem(condition, f"{fact} {remedy}", "MSH^1"))


def _read_grammar(raw: bytes, header: bytes) -> Grammar:
    """Delimiters and charset; the charset comes first, as it reads the delimiters."""
    mark = header[3:4]
    if not mark or not mark.isascii():
        raise _syntax(Condition.DATA_TYPE, "Le séparateur MSH-1 est absent ou illisible.")
    fields = header.split(mark)
    declared = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""
    characters = fields[1]
    charset = detect_charset(raw, re.split("[~\ufffd]", declared)[0])
    delimiters = Delimiters.declared(mark.decode(), charset.decode(characters))
    return Grammar(delimiters, charset)


def _segment_lines(body: bytes, grammar: Grammar) -> list[bytes]:
    """Cut after each line end that is followed by the beginning of a segment."""
    lines: list[bytes] = []
    for line in body.splitlines(keepends=True):
        if not lines or _begins_segment(line, grammar.field_mark):
            lines.append(line)
        else:
            lines[-1] += line
    return lines


def _begins_segment(line: bytes, mark: bytes) -> bool:
    match = _SEGMENT_NAME.match(line)
    named = match is not None and line.startswith(mark, match.end())
    return named or _BARE_SEGMENT.match(line) is not None
