"""Acknowledgements, written by template in the separators and the charset of the request.

Source: HL7 v2.5 §2.9, volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2
(acquittement technique).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dcc_lab_connectors.hl7.charset import Charset, declared_codec
from dcc_lab_connectors.hl7.delimiters import MODIFIER_TILDE, Delimiters
from dcc_lab_connectors.hl7.errors import CONDITION_TEXT, Problem, code_in
from dcc_lab_connectors.hl7.escapes import escape
from dcc_lab_connectors.hl7.message import Grammar, Message

_PLAIN_GRAMMAR = Grammar(Delimiters(), Charset("utf-8"))
_COMMIT_MODES = frozenset({"AL", "ER", "SU"})
_UNPRINTABLE = re.compile(rb"[\x00-\x1f]")


class AckCode(StrEnum):
    """MSA-1. In enhanced mode (MSH-15 filled) the same three are written CA, CE, CR."""

    ACCEPTED = "AA"
    ERROR = "AE"
    RETRY = "AR"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one acknowledgement unique: its instant (aware) and its MSH-10."""

    instant: datetime
    control_id: str


def build_ack(
    request: Message | None, code: AckCode, stamp: Stamp, *, problems: tuple[Problem, ...] = ()
) -> bytes:
    """Build the acknowledgement of `request`; MSA-2 is empty when the request could not be read."""
    grammar = _answer_grammar(request)
    lines = [_header(request, grammar, stamp), _msa(request, grammar, code)]
    lines += [_err(problem, grammar) for problem in problems]
    return b"".join(line + b"\r" for line in lines)


def _answer_grammar(request: Message | None) -> Grammar:
    """The request's separators and declared charset, as far as every reader understands them."""
    if request is None:
        return _PLAIN_GRAMMAR
    codec = declared_codec(request.header.field(18).component(1).value) or "utf-8"
    separators = request.grammar.delimiters
    if separators.repetition == MODIFIER_TILDE:
        separators = replace(separators, repetition="~")
    written = separators.field + separators.encoding_characters
    usable = written.isascii() and len(set(written)) == len(written)
    return Grammar(separators if usable else Delimiters(), Charset(codec))


def _echo(request: Message | None, number: int, grammar: Grammar) -> bytes:
    """A field of the request as the answer repeats it: same bytes unless the separators changed."""
    if request is None:
        return b""
    field = request.header.field(number)
    theirs = replace(request.grammar.delimiters, repetition="~")
    is_same = theirs == replace(grammar.delimiters, repetition="~")
    text = field.raw if is_same else grammar.charset.encode(escape(field.text, grammar.delimiters))
    return _UNPRINTABLE.sub(b"", text).strip()


def _header(request: Message | None, grammar: Grammar, stamp: Stamp) -> bytes:
    separators = grammar.delimiters
    event = request.header.field(9).component(2) if request else None
    kind = ("ACK", escape(event.value, separators) if event else "", "ACK")
    charset = _echo(request, 18, grammar)
    is_known = request is not None and declared_codec(request.header.field(18).value) is not None
    fields = [
        grammar.charset.encode("MSH" + separators.field + separators.encoding_characters),
        *(_echo(request, number, grammar) for number in (5, 6, 3, 4)),
        stamp.instant.strftime("%Y%m%d%H%M%S%z").encode(),
        b"",
        grammar.charset.encode(separators.component.join(kind)),
        stamp.control_id.encode(),
        _echo(request, 11, grammar) or b"P",
        _echo(request, 12, grammar) or b"2.5",
        *([b""] * 4),
        _echo(request, 17, grammar) or b"FRA",
        charset if charset and is_known else b"UNICODE UTF-8",
    ]
    return grammar.field_mark.join(fields)


def _msa(request: Message | None, grammar: Grammar, code: AckCode) -> bytes:
    written = str(code)
    control_id = b""
    if request:
        control_id = _echo(request, 10, grammar)
        if request.header.field(15).value.upper() in _COMMIT_MODES:
            written = "C" + written[1]
    return grammar.field_mark.join((b"MSA", written.encode(), control_id))


def _err(problem: Problem, grammar: Grammar) -> bytes:
    separators = grammar.delimiters

    def coded(code: str, text: str, system: str) -> str:
        parts = (code, escape(text, separators), system)
        return separators.component.join(parts) if code else ""

    application = coded(problem.application or "", "", "HL70533")
    fields = (
        "ERR",
        "",
        problem.location.replace("^", separators.component),
        coded(problem.condition, CONDITION_TEXT[problem.condition], "HL70357"),
        "E",
        application,
        "",
        "",
        escape(problem.text, separators),
    )
    return grammar.charset.encode(separators.field.join(fields))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An acknowledgement that we received for a message that we sent."""

    code: str
    control_id: str
    conditions: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether the partner has taken the message over."""
        return self.code in {"AA", "CA"}

    @property
    def is_refused(self) -> bool:
        """Whether the partner will never take the message as it is."""
        return self.code in {"AE", "CE"}

    @property
    def may_retry(self) -> bool:
        """Whether the partner asks for the same message later."""
        return self.code in {"AR", "CR"}


def read_ack(message: Message) -> Acknowledgement:
    """Read MSA and the codes of ERR-3 (and ERR-5 when present)."""
    status = message.first("MSA")
    conditions = []
    for error in message.all("ERR"):
        conditions += [code for n in (3, 5) if (code := code_in(error.value(n, 1)))]
    return Acknowledgement(status.field(1).value, status.field(2).value, tuple(conditions))
