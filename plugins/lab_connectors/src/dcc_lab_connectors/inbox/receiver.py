"""Stores arrivals in the core's inbox: one transaction for all that arrived together."""

import hashlib
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from dcc_core.api import Clock, InboundOutcome, RawMessage, Reception, receive_messages
from dcc_lab_connectors.hl7.envelope import content_digest
from dcc_lab_connectors.hl7.errors import Problem
from dcc_lab_connectors.inbox.admission import Admission
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome, ReceiverUnavailableError
from dcc_lab_connectors.profiles.parser import HL7_MEDIA_TYPE, REFUSED

logger = logging.getLogger(__name__)

SOURCE_PREFIX = "lab_connectors.mllp."
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_ID = 200


class InboxReceiver:
    """The listener's receiver over `receive_message`."""

    def __init__(
        self,
        open_session: Callable[[], AbstractContextManager[Session]],
        clock: Clock,
        admission: Admission | None = None,
    ) -> None:
        self._open_session = open_session
        self._clock = clock
        self._admission = admission

    def store(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Commit the arrivals in one transaction.

        Raises:
            ReceiverUnavailableError: the database does not answer or its disk is full.
        """
        try:
            with self._open_session() as session:
                found = [self._find_problems(session, arrival) for arrival in arrivals]
                kept = receive_messages(
                    session,
                    [_reception(*pair) for pair in zip(arrivals, found, strict=True)],
                    clock=self._clock,
                )
        except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
            raise ReceiverUnavailableError from error
        return [
            Outcome(outcome is InboundOutcome.DUPLICATE, problems)
            for outcome, problems in zip(kept, found, strict=True)
        ]

    def _find_problems(self, session: Session, arrival: Arrival) -> tuple[Problem, ...]:
        return self._admission.find_problems(session, arrival) if self._admission else ()


def _reception(arrival: Arrival, problems: tuple[Problem, ...]) -> Reception:
    condemned = replace(arrival, problems=arrival.problems + problems) if problems else arrival
    return Reception(to_raw_message(condemned), fingerprint(arrival))


def to_raw_message(arrival: Arrival) -> RawMessage:
    """Name the message as the core keeps it; `meta` says why it was refused, if it was."""
    meta = {"peer": arrival.peer.key}
    if arrival.problems:
        meta[REFUSED] = ",".join(str(problem.condition) for problem in arrival.problems)
    if arrival.is_partial:
        meta["partial"] = "true"
    if arrival.abandoned_bytes:
        meta["abandoned_bytes"] = str(arrival.abandoned_bytes)
    return RawMessage(
        source=f"{SOURCE_PREFIX}{arrival.peer.key}",
        message_id=_storable(arrival.envelope.control_id if arrival.envelope else ""),
        content=arrival.raw,
        media_type=HL7_MEDIA_TYPE,
        meta=meta,
    )


def fingerprint(arrival: Arrival) -> str:
    """What makes a repetition of the same message: sender and content, not the date of sending.

    MSH-3 and MSH-4 are part of the content. A beginning kept of a message that was too long never
    equals the whole.
    """
    if arrival.message is None or arrival.is_partial:
        return hashlib.sha256(b"partial" + arrival.raw).hexdigest()
    return content_digest(arrival.message)


def _storable(control_id: str) -> str:
    """MSH-10 as a database accepts it; one that is too long keeps its beginning and a digest."""
    clean = _UNSTORABLE.sub("?", control_id)
    if len(clean) <= _LONGEST_ID:
        return clean
    digest = hashlib.sha256(clean.encode()).hexdigest()[:16]
    return f"{clean[: _LONGEST_ID - 17]}~{digest}"
