"""``dcc worker``: work the queues of the region, here and now, until told to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from dcc_core.cli.runtime import open_runtime
from dcc_core.jobs import Worker, collect_jobs, core_jobs, prepare_worker
from dcc_core.web.runtime import Runtime


@click.command("worker")
def command() -> None:
    """Deliver, receive and run scheduled jobs; several may run at once with PostgreSQL."""
    with open_runtime() as runtime, plugins_started(runtime), working(runtime) as worker:
        _stop_on_signal(worker)
        click.echo("dcc worker: working  (Ctrl-C stops it)")
        worker.wait()


@contextmanager
def plugins_started(runtime: Runtime) -> Iterator[None]:
    """Let the plugins open what they need while the block lasts.

    Raises:
        Exception: What a plugin raised: the process does not start without it.
    """
    runtime.dispatcher.tx("dcc_startup", core=runtime)
    try:
        yield
    finally:
        runtime.dispatcher.isolated("dcc_shutdown", core=runtime)


@contextmanager
def working(runtime: Runtime, *, after_s: float = 0.0) -> Iterator[Worker]:
    """Work the queues in threads of this process while the block lasts, from ``after_s`` seconds
    on.
    """
    own = core_jobs(
        settings=runtime.settings,
        region=runtime.region,
        dispatcher=runtime.dispatcher,
        clock=runtime.clock,
    )
    worker = prepare_worker(runtime.working, (*own, *collect_jobs(runtime.dispatcher)))
    worker.start(after_s=after_s)
    try:
        yield worker
    finally:
        worker.stop()


def _stop_on_signal(worker: Worker) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
