"""Bounds of the listener: what one partner, or all of them, may cost."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds, sizes in bytes.

    A frame has `frame_s` to arrive, longer only while it keeps up `minimum_rate` after `grace_s`: a
    20 MB report over a hospital line passes, one byte per second does not.
    """

    frame_bytes: int = 32 * MEBIBYTE
    head_bytes: int = 64 * 1024
    buffered_bytes: int = 128 * MEBIBYTE
    stray_bytes: int = 64
    idle_s: float = 300.0
    frame_s: float = 30.0
    grace_s: float = 10.0
    minimum_rate: float = 50_000.0
    write_s: float = 10.0
    connections: int = 1000
    connections_per_peer: int = 100
    pipelined: int = 64
    batch: int = 256

    def frame_deadline(self, started: float, received: int) -> float:
        """Instant, on the clock of `started`, after which the frame is given up."""
        return started + max(self.frame_s, self.grace_s + received / self.minimum_rate)
