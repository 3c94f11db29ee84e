"""What the listener asks of the inbox behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dcc_lab_connectors.hl7.ack import AckCode
from dcc_lab_connectors.hl7.envelope import Envelope
from dcc_lab_connectors.hl7.errors import Problem
from dcc_lab_connectors.hl7.message import Message
from dcc_lab_connectors.mllp.peers import Peer


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: exact bytes, and what a first look says.

    `message` and `envelope` are None when the bytes cannot be read. `problems` already condemn the
    message, which is stored all the same, as refused, so that support can see it. `is_partial`
    means that only the beginning was kept, because the whole was too long.
    """

    raw: bytes
    peer: Peer
    received_at: datetime
    message: Message | None = None
    envelope: Envelope | None = None
    problems: tuple[Problem, ...] = ()
    is_partial: bool = False
    abandoned_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an arrival, once committed.

    Problems found while storing make the answer AE.
    """

    is_duplicate: bool = False
    problems: tuple[Problem, ...] = ()


class ReceiverUnavailableError(Exception):
    """Nothing can be stored now; the sender is asked to come back (AR)."""


class Receiver(Protocol):
    """Stores arrivals durably.

    `store` returns one outcome per arrival, in order, and only when all are committed to disk. It
    is called from one thread at a time. When it raises, nothing was kept.

    Raises:
        ReceiverUnavailableError: database down, disk full.
    """

    def store(self, arrivals: Sequence[Arrival]) -> Sequence[Outcome]:
        """Commit the arrivals."""


def answer_code(arrival: Arrival, outcome: Outcome) -> AckCode:
    """AA when taken over, AE when it never will be, AR when a shorter or later attempt may pass."""
    if arrival.is_partial:
        return AckCode.RETRY
    return AckCode.ERROR if arrival.problems or outcome.problems else AckCode.ACCEPTED
