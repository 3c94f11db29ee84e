"""One connection: read frames as they come, answer them in order."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from dcc_lab_connectors.mllp.budget import ByteBudget, Reservation
from dcc_lab_connectors.mllp.framing import (
    Frame,
    FrameDecoder,
    FrameTooLongError,
    NotMllpError,
    wrap,
)
from dcc_lab_connectors.mllp.intake import Intake
from dcc_lab_connectors.mllp.limits import Limits
from dcc_lab_connectors.mllp.peers import Peer

logger = logging.getLogger(__name__)

CHUNK = 256 * 1024


class Connection:
    """Serves one partner until it leaves, stays silent too long or breaks the rules."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        peer: Peer,
        intake: Intake,
        limits: Limits,
        budget: ByteBudget,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._intake = intake
        self._limits = limits
        self._budget = budget
        self._reservation = budget.reservation()
        self._answers: asyncio.Queue[asyncio.Future[bytes] | None] = asyncio.Queue(limits.pipelined)

    async def serve(self) -> None:
        """Run until the end of the connection, and leave it closed."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read_frames())
                tasks.create_task(self._answer_in_order())
        except* (OSError, TimeoutError) as errors:
            logger.info("mllp peer %s takes no answer: %s", self._peer.key, errors.exceptions[0])
            self._writer.transport.abort()
        finally:
            self._reservation.release()
            await self._close()

    def stop(self) -> None:
        """Take no new bytes; frames already complete are stored and answered."""
        transport: asyncio.BaseTransport = self._writer.transport
        if isinstance(transport, asyncio.ReadTransport):
            transport.pause_reading()
        self._reader.feed_eof()

    async def _read_frames(self) -> None:
        try:
            async for frame, reservation in self._frames():
                await self._submit(frame, reservation)
        except FrameTooLongError as error:
            await self._submit(Frame(error.head), self._budget.reservation(), is_partial=True)
            await self._answers.join()
            await self._drain_input()
        except (NotMllpError, TimeoutError, OSError) as error:
            logger.info("mllp peer %s dropped: %s", self._peer.key, type(error).__name__)
        await self._answers.put(None)

    async def _submit(
        self, frame: Frame, reservation: Reservation, *, is_partial: bool = False
    ) -> None:
        answer = await self._intake.submit(frame, self._peer, is_partial=is_partial)
        answer.add_done_callback(lambda _: reservation.release())
        await self._answers.put(answer)

    async def _frames(self) -> AsyncIterator[tuple[Frame, Reservation]]:
        """Complete frames until the partner leaves."""
        loop = asyncio.get_running_loop()
        decoder = FrameDecoder(self._limits)
        started = loop.time()
        while True:
            while (frame := decoder.next_frame()) is not None:
                complete, self._reservation = self._reservation, self._budget.reservation()
                yield frame, complete
                started = loop.time()
            pending = decoder.pending_bytes
            if pending:
                deadline = self._limits.frame_deadline(started, pending)
                await self._reservation.grow_to(pending + CHUNK, deadline)
                data = await self._read(deadline)
            else:
                data = await self._read(loop.time() + self._limits.idle_s)
                started = loop.time()
            if not data:
                return
            decoder.feed(data)

    async def _read(self, deadline: float) -> bytes:
        async with asyncio.timeout_at(deadline):
            return await self._reader.read(CHUNK)

    async def _answer_in_order(self) -> None:
        while (answer := await self._answers.get()) is not None:
            self._writer.write(wrap(await answer))
            async with asyncio.timeout(self._limits.write_s):
                await self._writer.drain()
            self._answers.task_done()

    async def _drain_input(self) -> None:
        """Read on for a while: closing over unread input would destroy the answer on its way."""
        deadline = asyncio.get_running_loop().time() + self._limits.grace_s
        remaining = 2 * self._limits.frame_bytes
        with contextlib.suppress(TimeoutError, OSError):
            while remaining > 0 and (data := await self._read(deadline)):
                remaining -= len(data)

    async def _close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._limits.write_s):
                await self._writer.wait_closed()
