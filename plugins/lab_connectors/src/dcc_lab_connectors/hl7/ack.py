"""Acknowledgements, written by template in the separators and the charset of the request.

Source: HL7 v2.5 §2.9, volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2
(acquittement technique).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dcc_lab_connectors.hl7.charset import Charset
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.errors import CONDITION_TEXT, Problem
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
    grammar = request.grammar if request else _PLAIN_GRAMMAR
    lines = [_header(request, grammar, stamp), _msa(request, grammar, code)]
    lines += [_err(problem, grammar) for problem in problems]
    return b"".join(line + b"\r" for line in lines)


def _header(request: Message | None, grammar: Grammar, stamp: Stamp) -> bytes:
    separators = grammar.delimiters
    date = stamp.instant.strftime("%Y%m%d%H%M%S%z")

    def echo(number: int, default: str = "") -> bytes:
        raw = request.header.field(number).raw if request else b""
        return _UNPRINTABLE.sub(b"", raw).strip() or grammar.charset.encode(default)

    event = request.header.field(9).component(2).raw if request else b""
    kind = (b"ACK", _UNPRINTABLE.sub(b"", event), b"ACK")
    fields = [
        grammar.charset.encode("MSH" + separators.field + separators.encoding_characters),
        *(echo(number) for number in (5, 6, 3, 4)),
        date.encode(),
        b"",
        grammar.marks()[1].join(kind),
        stamp.control_id.encode(),
        echo(11, "P"),
        echo(12, "2.5"),
        *([b""] * 4),
        echo(17, "FRA"),
        echo(18, "UNICODE UTF-8"),
    ]
    return grammar.field_mark.join(fields)


def _msa(request: Message | None, grammar: Grammar, code: AckCode) -> bytes:
    written = str(code)
    control_id = b""
    if request:
        control_id = _UNPRINTABLE.sub(b"", request.header.field(10).raw).strip()
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
    def may_retry(self) -> bool:
        """Whether the partner asks for the same message later."""
        return self.code in {"AR", "CR"}


def read_ack(message: Message) -> Acknowledgement:
    """Read MSA and the codes of ERR-3 (and ERR-5 when present)."""
    status = message.first("MSA")
    conditions = []
    for error in message.all("ERR"):
        conditions += [f.component(1).value for f in (error.field(3), error.field(5)) if f]
    return Acknowledgement(status.field(1).value, status.field(2).value, tuple(conditions))
