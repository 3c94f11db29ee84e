"""The worker: a few threads, each repeating one kind of step while there is something to do.

The same worker runs inside the web process and as ``dcc worker``, on as many hosts as wanted with
PostgreSQL. Killing it at any instant loses nothing: what it held is taken up again when the lease
ends.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from dcc_core.exchange.delivery import Handler, deliver_event, deliver_next
from dcc_core.exchange.inbound import process_next
from dcc_core.exchange.outbox import release_destination
from dcc_core.exchange.polling import poll_sources
from dcc_core.exchange.sending import deliver_document
from dcc_core.exchange.states import OutboxKind
from dcc_core.exchange.workshop import Workshop
from dcc_core.jobs.scheduler import Jobs, register_jobs, run_due_job

logger = logging.getLogger(__name__)

Step = Callable[[], bool]
"""Do one piece of work and return whether there was any."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One thread of a worker: what it repeats, and how long it rests when there is nothing to do.

    Attributes:
        rest_after_error_s: Rest when the step itself fails, for instance while the database is
            away.
    """

    name: str
    step: Step
    rest_s: float = 0.5
    rest_after_error_s: float = 5.0


EVENTS: Mapping[OutboxKind, Handler] = {OutboxKind.EVENT: deliver_event}
DOCUMENTS: Mapping[OutboxKind, Handler] = {OutboxKind.DOCUMENT: deliver_document}


def lanes_of(workshop: Workshop, jobs: Jobs = ()) -> tuple[Lane, ...]:
    """Return the lanes of a worker; a slow destination holds up no event and no message."""
    return (
        Lane("events", partial(deliver_next, workshop, EVENTS)),
        Lane("documents", partial(deliver_next, workshop, DOCUMENTS)),
        Lane("inbox", partial(process_next, workshop)),
        Lane("sources", partial(poll_sources, workshop), rest_s=5.0),
        Lane("jobs", partial(run_due_job, workshop, jobs), rest_s=5.0),
    )


class Worker:
    """Threads that work the lanes until they are told to stop."""

    def __init__(self, lanes: tuple[Lane, ...]) -> None:
        self._stop = threading.Event()
        self._first_rest_s = 0.0
        self._threads = [
            threading.Thread(
                target=self._work, args=(lane,), name=f"dcc-lane-{lane.name}", daemon=True
            )
            for lane in lanes
        ]

    def start(self, *, after_s: float = 0.0) -> None:
        """Start every lane; the first step comes after ``after_s`` seconds."""
        self._first_rest_s = after_s
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Ask every lane to end after the step at hand; safe in a signal handler."""
        self._stop.set()

    def stop(self, *, timeout_s: float = 10.0) -> None:
        """Ask every lane to end, and wait for them.

        What a step that does not end in time held is taken up again when its lease ends.
        """
        self.ask_to_stop()
        for thread in self._threads:
            thread.join(timeout_s)

    def wait(self) -> None:
        """Block until somebody asks to stop."""
        self._stop.wait()

    def _work(self, lane: Lane) -> None:
        self._stop.wait(self._first_rest_s)
        while not self._stop.is_set():
            self._stop.wait(self._rest_after(lane))

    def _rest_after(self, lane: Lane) -> float:
        try:
            return 0.0 if lane.step() else lane.rest_s
        except Exception as error:  # noqa: BLE001 - a lane survives a database that is away
            kind = type(error).__name__
            logger.warning("lane_failed", extra={"lane": lane.name, "error": kind})
            return lane.rest_after_error_s


def prepare_worker(workshop: Workshop, jobs: Jobs = ()) -> Worker:
    """Return a worker ready to start: jobs registered, deliveries to destinations that are back
    released.
    """
    with workshop.database.session() as session:
        register_jobs(session, jobs, now=workshop.clock(), timezone=workshop.region.timezone)
        for destination in workshop.parts.feeds:
            release_destination(session, destination, clock=workshop.clock)
    return Worker(lanes_of(workshop, jobs))
