"""Memory shared by all connections for frames on their way to the inbox."""

import asyncio


class ByteBudget:
    """A number of bytes that reservations draw from; the first `free` bytes of each cost nothing.

    Small messages therefore always pass, and large ones wait for each other instead of filling the
    memory. So that frames half received never wait for each other for ever, one reservation at a
    time may go on when the budget is empty: memory stays below the total plus one frame.
    """

    def __init__(self, total: int, free: int) -> None:
        self.free = free
        self._available = total
        self._is_priority_taken = False
        self._returned = asyncio.Event()

    def reservation(self) -> "Reservation":
        """Start an empty reservation."""
        return Reservation(self)

    async def take(self, size: int, deadline: float) -> bool:
        """Draw `size` bytes, or become the one that needs no more; say whether bytes were drawn.

        Raises:
            TimeoutError: nobody gave enough back before `deadline`.
        """
        while size > self._available and self._is_priority_taken:
            self._returned.clear()
            async with asyncio.timeout_at(deadline):
                await self._returned.wait()
        if size > self._available:
            self._is_priority_taken = True
            return False
        self._available -= size
        return True

    def give_back(self, size: int, *, priority: bool) -> None:
        """Return bytes, and the priority when it was held; wake those who wait."""
        self._available += size
        self._is_priority_taken = self._is_priority_taken and not priority
        self._returned.set()


class Reservation:
    """Bytes held for one frame, from its first chunk to its acknowledgement."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._held = 0
        self._has_priority = False

    async def grow_to(self, size: int, deadline: float) -> None:
        """Hold `size` bytes in all; TimeoutError when they are not free before `deadline`."""
        missing = size - self._budget.free - self._held
        if missing <= 0 or self._has_priority:
            return
        if await self._budget.take(missing, deadline):
            self._held += missing
        else:
            self._has_priority = True

    def release(self) -> None:
        """Give everything back; may be called twice."""
        held, had_priority = self._held, self._has_priority
        self._held, self._has_priority = 0, False
        if held or had_priority:
            self._budget.give_back(held, priority=had_priority)
