"""Between connections and the receiver: read, commit together, answer.

Frames that arrive while a commit runs share the next one; many partners then cost one disk flush.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from dcc_lab_connectors.hl7.ack import AckCode, Stamp, build_ack
from dcc_lab_connectors.hl7.errors import Condition, Problem
from dcc_lab_connectors.mllp.framing import Frame
from dcc_lab_connectors.mllp.peers import Peer
from dcc_lab_connectors.mllp.receiver import (
    Arrival,
    Outcome,
    Receiver,
    ReceiverUnavailableError,
    answer_code,
)
from dcc_lab_connectors.profiles.first_look import look_at

logger = logging.getLogger(__name__)

_GATHER_S = 0.002
_UNAVAILABLE = Problem(
    Condition.APPLICATION,
    "Le DCC ne peut rien enregistrer pour le moment : renvoyer ce message plus tard.",
)
_TOO_LONG = Problem(
    Condition.APPLICATION,
    "Le message dépasse la taille acceptée : réduire le document joint puis renvoyer le message.",
)


@dataclass(frozen=True, slots=True)
class _Job:
    frame: Frame
    peer: Peer
    is_partial: bool
    answer: asyncio.Future[bytes]


def examine(
    frame: Frame, peer: Peer, received_at: datetime, *, is_partial: bool = False
) -> Arrival:
    """Take the first look at a frame: can it be read, is it ours, may this peer send it."""
    seen = look_at(frame.content)
    if is_partial:
        kept = seen.message.header.raw if seen.message else b""
        problems: tuple[Problem, ...] = (_TOO_LONG,)
    else:
        kept = frame.content
        problems = seen.problems
        if seen.envelope and not problems:
            problems = peer.find_problems(seen.envelope)
    return Arrival(
        raw=kept,
        peer=peer,
        received_at=received_at,
        message=seen.message,
        envelope=seen.envelope,
        problems=problems,
        is_partial=is_partial,
        abandoned_bytes=frame.abandoned,
    )


class Intake:
    """Hands frames to the receiver in batches and gives back acknowledgements."""

    def __init__(
        self,
        receiver: Receiver,
        *,
        clock: Callable[[], datetime],
        new_control_id: Callable[[], str],
        batch: int = 256,
    ) -> None:
        self._receiver = receiver
        self._clock = clock
        self._new_control_id = new_control_id
        self._batch = batch
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(maxsize=batch)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="hl7-intake")
        self._task: asyncio.Task[None] | None = None
        self._usual = 1

    def start(self) -> None:
        """Begin to work; needs a running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Finish what was submitted, then stop."""
        await self._jobs.join()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._executor.shutdown()

    async def submit(
        self, frame: Frame, peer: Peer, *, is_partial: bool = False
    ) -> asyncio.Future[bytes]:
        """Queue a frame; the future is its acknowledgement. Waits while the queue is full."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        await self._jobs.put(_Job(frame, peer, is_partial, answer))
        return answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            jobs = await self._gather()
            answers = await loop.run_in_executor(self._executor, self._process, jobs)
            for job, answer in zip(jobs, answers, strict=True):
                if not job.answer.done():
                    job.answer.set_result(answer)
                self._jobs.task_done()
            self._usual = max(len(jobs) + self._jobs.qsize(), self._usual // 2)

    async def _gather(self) -> list[_Job]:
        """Frames for one commit: those that wait, and those that other senders are about to send.

        Senders that were answered together send again together: waiting a moment for the last of
        them costs less than a commit of its own. A sender alone never waits.
        """
        jobs = [await self._jobs.get()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GATHER_S):
                while len(jobs) < min(self._usual, self._batch):
                    jobs.append(await self._jobs.get())
        while len(jobs) < self._batch and not self._jobs.empty():
            jobs.append(self._jobs.get_nowait())
        return jobs

    def _process(self, jobs: Sequence[_Job]) -> list[bytes]:
        """Runs in the thread: everything that computes or blocks."""
        now = self._clock()
        arrivals = [examine(j.frame, j.peer, now, is_partial=j.is_partial) for j in jobs]
        outcomes = self._store(arrivals)
        return [self._answer(a, o) for a, o in zip(arrivals, outcomes, strict=True)]

    def _store(self, arrivals: Sequence[Arrival]) -> list[Outcome | None]:
        """Outcomes, None for what could not be stored; one bad arrival does not harm the others."""
        try:
            return list(self._receiver.store(arrivals))
        except ReceiverUnavailableError as error:
            logger.warning("hl7 intake unavailable: %s", type(error.__cause__ or error).__name__)
            return [None] * len(arrivals)
        except Exception as error:  # noqa: BLE001 - an unanswered frame would block its sender
            logger.error("hl7 intake failed on %d frames: %s", len(arrivals), type(error).__name__)  # noqa: TRY400
            if len(arrivals) == 1:
                return [None]
        return [outcome for arrival in arrivals for outcome in self._store([arrival])]

    def _answer(self, arrival: Arrival, outcome: Outcome | None) -> bytes:
        stamp = Stamp(self._clock(), self._new_control_id())
        if outcome is None:
            return build_ack(arrival.message, AckCode.RETRY, stamp, problems=(_UNAVAILABLE,))
        problems = arrival.problems + outcome.problems
        return build_ack(arrival.message, answer_code(arrival, outcome), stamp, problems=problems)
