"""A message as its bytes, and a small way to ask it for fields.

Nothing is copied, normalised or dropped: joining the prefix and the segments gives back what was
received.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from dcc_lab_connectors.hl7.charset import Charset, detect_charset
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.errors import Condition, Hl7SyntaxError, Problem
from dcc_lab_connectors.hl7.escapes import unescape

_HEADER = re.compile(rb"\s*MSH", re.IGNORECASE)
_SEGMENT_NAME = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9]{2})")
_BARE_SEGMENT = re.compile(rb"[ \t]*[A-Z][A-Z0-9]{2}\s*\Z")
_LINE = re.compile(rb"[^\r\n]*")
NULL = b'""'
"""A value that the sender asks to delete."""

_NULL_TEXT = '""'
_SHORT = 4096

_Text = TypeVar("_Text", str, bytes)


class Grammar:
    """Separators and charset of one message; shared by its segments and fields.

    `field_mark`, `repetition`, `component` and `subcomponent` are the separators on the wire.
    """

    __slots__ = (
        "charset",
        "codec",
        "component",
        "delimiters",
        "escape",
        "field_mark",
        "repetition",
        "subcomponent",
    )

    def __init__(self, delimiters: Delimiters, charset: Charset) -> None:
        self.delimiters = delimiters
        self.charset = charset
        self.codec = charset.codec
        self.escape = delimiters.escape
        self.field_mark = charset.encode(delimiters.field)
        self.repetition = charset.encode(delimiters.repetition)
        self.component = charset.encode(delimiters.component)
        self.subcomponent = charset.encode(delimiters.subcomponent)

    def text(self, data: bytes) -> str:
        """Decode and unescape."""
        decoded = data.decode(self.codec, "replace")
        if self.escape not in decoded:
            return decoded
        return unescape(decoded, self.delimiters, self.codec)


@dataclass(slots=True)
class Field:
    """A field, one of its repetitions, or one of its components: any slice of a segment.

    Nobody changes one; it is not frozen because a message makes hundreds, and frozen ones cost
    three times as much to make.
    """

    raw: bytes
    grammar: Grammar

    def __bool__(self) -> bool:
        return bool(self.raw.strip())

    @property
    def is_null(self) -> bool:
        """Whether the sender asks to delete the value (`""`); empty leaves it unchanged."""
        return self.raw.strip() == NULL

    @property
    def text(self) -> str:
        """Exact text, escapes resolved."""
        return self.grammar.text(self.raw)

    @property
    def value(self) -> str:
        """Text without surrounding blanks; empty for the HL7 null."""
        raw = self.raw.strip()
        return self.grammar.text(raw).strip() if raw and raw != NULL else ""

    @property
    def values(self) -> list[str]:
        """Values of the components of the first repetition."""
        return [part.value for part in self.repetitions[0].components]

    @property
    def repetitions(self) -> tuple["Field", ...]:
        """Repetitions, at least one."""
        return self._split(self.grammar.repetition)

    def component(self, position: int) -> "Field":
        """Component `position` (from 1) of the first repetition; an empty field when absent."""
        return Field(_component(self.raw, self.grammar, position), self.grammar)

    def subcomponent(self, position: int) -> "Field":
        """Subcomponent `position` (from 1) of a component."""
        return Field(_nth(self.raw, self.grammar.subcomponent, position), self.grammar)

    @property
    def components(self) -> tuple["Field", ...]:
        """Components of this repetition."""
        return self._split(self.grammar.component)

    @property
    def subcomponents(self) -> tuple["Field", ...]:
        """Subcomponents of this component."""
        return self._split(self.grammar.subcomponent)

    def _split(self, mark: bytes) -> tuple["Field", ...]:
        return tuple([Field(part, self.grammar) for part in self.raw.split(mark)])


def _component(raw: bytes, grammar: Grammar, position: int) -> bytes:
    if grammar.repetition in raw:
        raw = raw.split(grammar.repetition, 1)[0]
    return _nth(raw, grammar.component, position)


def _nth(data: bytes, mark: bytes, position: int) -> bytes:
    parts = data.split(mark, position)
    return parts[position - 1] if len(parts) >= position else b""


@dataclass(slots=True)
class Segment:
    """One segment with its terminator; a line that begins no segment belongs to the one before.

    `name` is three upper-case characters.
    """

    raw: bytes
    grammar: Grammar
    name: str = ""
    _split: list[bytes] | None = field(default=None, init=False, repr=False, compare=False)
    _texts: list[str] | None = field(default=None, init=False, repr=False, compare=False)

    def field(self, number: int) -> Field:
        """Field `number` as the standard numbers it; an empty field when absent."""
        parts = self._parts
        return Field(parts[number] if number < len(parts) else b"", self.grammar)

    def value(self, number: int, position: int = 0) -> str:
        """Value of a field, or of component `position` of its first repetition."""
        text = self._text(number)
        if position and text:
            parts = self._first(text).split(self.grammar.delimiters.component, position)
            text = parts[position - 1] if len(parts) >= position else ""
        return self._clean(text)

    def values(self, number: int) -> list[str]:
        """Values of the components of the first repetition of a field."""
        parts = self._first(self._text(number)).split(self.grammar.delimiters.component)
        return [self._clean(part) for part in parts]

    def _first(self, text: str) -> str:
        mark = self.grammar.delimiters.repetition
        return text.split(mark, 1)[0] if mark in text else text

    def _clean(self, text: str) -> str:
        text = text.strip()
        if self.grammar.escape in text:
            return unescape(text, self.grammar.delimiters, self.grammar.codec).strip()
        return "" if text == _NULL_TEXT else text

    def _text(self, number: int) -> str:
        """Decoded field. A short segment is decoded once as a whole; not so one with a document."""
        if len(self.raw) > _SHORT:
            return self.field(number).raw.decode(self.grammar.codec, "replace")
        if self._texts is None:
            text = self.raw.decode(self.grammar.codec, "replace").rstrip("\r\n")
            mark = self.grammar.delimiters.field
            self._texts = self._fields(text.split(mark), mark)
        return self._texts[number] if number < len(self._texts) else ""

    @property
    def _parts(self) -> list[bytes]:
        if self._split is None:
            mark = self.grammar.field_mark
            self._split = self._fields(self.raw.rstrip(b"\r\n").split(mark), mark)
        return self._split

    def _fields(self, parts: list[_Text], mark: _Text) -> list[_Text]:
        """Number the fields: in MSH the separator itself is the first."""
        if self.name == "MSH":
            parts.insert(1, mark)
        return parts

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
    grammar = _read_grammar(raw, _first_line(raw, start))
    lines = _segment_lines(raw[start:] if start else raw, grammar)
    segments = tuple([Segment(line, grammar, _name_of(line)) for line in lines])
    if [segment.name for segment in segments].count("MSH") > 1:
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


def _first_line(raw: bytes, start: int) -> bytes:
    match = _LINE.match(raw, start)
    return match[0] if match else b""


def _name_of(line: bytes) -> str:
    match = _SEGMENT_NAME.match(line)
    return match[1].decode().upper() if match else ""


def _begins_segment(line: bytes, mark: bytes) -> bool:
    match = _SEGMENT_NAME.match(line)
    named = match is not None and line.startswith(mark, match.end())
    return named or _BARE_SEGMENT.match(line) is not None
