"""Does a message follow the standard? A diagnosis for support, never a condition of storing.

hl7apy drops segments it does not expect without a word. Its verdict is therefore only given when it
read as many segments of each name as the message has; otherwise the check says that it is
incomplete.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message as CheckedMessage
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message as read_with_hl7apy
from hl7apy.validation import Validator

from dcc_lab_connectors.conformance.dictionary import (
    FieldRule,
    is_known_version,
    register_french_extensions,
    segment_rules,
)
from dcc_lab_connectors.hl7.envelope import read_envelope
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.hl7.message import Message, Segment, parse_message

_LONGEST_TEXT = 256 * 1024
_LONGEST_FIELD = 4096
_DATE = re.compile(r"\d{4}(\d{2}){0,5}(\.\d{1,4})?([+-]\d{4})?")
_NUMBER = re.compile(r"[+-]?\d*\.?\d+")
_SHAPES = {"DT": _DATE, "TS": _DATE, "DTM": _DATE, "NM": _NUMBER, "SI": _NUMBER}


class Status(StrEnum):
    """Result of a check."""

    VALID = "valid"
    INVALID = "invalid"
    INCOMPLETE = "incomplete"


class Rule(StrEnum):
    """What a segment breaks."""

    REQUIRED_FIELD = "required_field"
    CARDINALITY = "cardinality"
    UNKNOWN_FIELD = "unknown_field"
    DATATYPE = "datatype"
    SEGMENT = "segment"
    SYNTAX = "syntax"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one place, `PID[1]-5`; it quotes nothing of the message."""

    rule: Rule
    location: str

    @property
    def segment(self) -> str:
        """Segment and rank, `PID[1]`."""
        return self.location.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of a check. `reason` says why it is incomplete."""

    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""


def check_message(raw: bytes) -> Report:
    """Check a message against the tables of its version."""
    try:
        message = parse_message(raw)
    except Hl7SyntaxError as error:
        return Report(Status.INVALID, (Finding(Rule.SYNTAX, error.problem.location),))
    version = read_envelope(message).version
    if not is_known_version(version):
        return Report(Status.INCOMPLETE, reason="unknown_version")
    text = _projected(message)
    if len(text) > _LONGEST_TEXT:
        return Report(Status.INCOMPLETE, reason="too_long")
    register_french_extensions()
    try:
        parsed = read_with_hl7apy(text, VALIDATION_LEVEL.TOLERANT, find_groups=False)
    except HL7apyException as error:
        return Report(Status.INCOMPLETE, reason=type(error).__name__)
    if Counter(s.name for s in message) != Counter(str(s.name) for s in parsed.children):
        return Report(Status.INCOMPLETE, reason="segments_lost")
    findings = _table_findings(message, version)
    known = {finding.segment for finding in findings}
    findings += [found for found in _library_findings(parsed) if found.segment not in known]
    return Report(Status.INVALID if findings else Status.VALID, tuple(findings))


def _projected(message: Message) -> str:
    """Text that hl7apy can read: CR after each segment, long fields (documents) shortened."""
    return "\r".join(_project_segment(segment) for segment in message)


def _project_segment(segment: Segment) -> str:
    grammar = segment.grammar
    body = segment.raw.strip()
    if len(body) > _LONGEST_FIELD:
        parts = body.split(grammar.field_mark)
        body = grammar.field_mark.join(
            part if len(part) <= _LONGEST_FIELD else b"x" for part in parts
        )
    text = grammar.charset.decode(body).replace("\r", " ").replace("\n", " ")
    return segment.name + text[3:]


def _table_findings(message: Message, version: str) -> list[Finding]:
    """What the tables say of each field."""
    ranks: Counter[str] = Counter()
    findings = []
    for segment in message:
        ranks[segment.name] += 1
        place = f"{segment.name}[{ranks[segment.name]}]"
        rules = segment_rules(version, segment.name)
        for rule in rules:
            findings += [
                Finding(broken, f"{place}-{rule.number}") for broken in _broken(segment, rule)
            ]
        beyond = range(len(rules) + 1, len(segment) + 1) if rules else ()
        findings += [
            Finding(Rule.UNKNOWN_FIELD, f"{place}-{n}") for n in beyond if segment.field(n)
        ]
    return findings


def _broken(segment: Segment, rule: FieldRule) -> Iterator[Rule]:
    """Rules of one field that a segment breaks; MSH-1 and MSH-2 are the separators themselves."""
    field = segment.field(rule.number)
    if segment.name == "MSH" and rule.number <= 2:
        return
    if rule.is_required and not field:
        yield Rule.REQUIRED_FIELD
    excess = rule.maximum is not None and len(field.repetitions) > max(rule.maximum, 1)
    if excess or (rule.maximum == 0 and field):
        yield Rule.CARDINALITY
    shape = _SHAPES.get(rule.datatype)
    if shape and any(
        value and not shape.fullmatch(value)
        for value in (part.component(1).value for part in field.repetitions)
    ):
        yield Rule.DATATYPE


def _library_findings(parsed: CheckedMessage) -> Iterator[Finding]:
    """Segments that hl7apy refuses; its own text is dropped because it may quote values."""
    ranks: Counter[str] = Counter()
    for segment in parsed.children:
        ranks[segment.name] += 1
        if segment.name.startswith("Z"):
            continue
        try:
            Validator.validate(segment)
        except HL7apyException:
            yield Finding(Rule.SEGMENT, f"{segment.name}[{ranks[segment.name]}]")
