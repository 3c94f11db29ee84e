"""MLLP blocks: VT, content, FS CR (HL7 v2 transport specification, MLLP release 1)."""

from dataclasses import dataclass
from typing import Protocol

START = b"\x0b"
END = b"\x1c\r"
_RESTART = b"\x0bMSH"


class FramingLimits(Protocol):
    """The bounds that framing needs."""

    @property
    def frame_bytes(self) -> int:
        """Longest accepted content."""

    @property
    def head_bytes(self) -> int:
        """How much of a content that is too long is kept, to answer it."""

    @property
    def stray_bytes(self) -> int:
        """Bytes tolerated between two blocks."""


class NotMllpError(ValueError):
    """The partner does not speak MLLP; nothing can be answered."""


class FrameTooLongError(ValueError):
    """A content passed the limit; `head` is its beginning."""

    def __init__(self, head: bytes) -> None:
        super().__init__("MLLP frame too long")
        self.head = head


@dataclass(frozen=True, slots=True)
class Frame:
    """Content of one block.

    `abandoned` bytes before it were a block that the sender never ended.
    """

    content: bytes
    abandoned: int = 0


def wrap(content: bytes) -> bytes:
    """Make a block of `content`."""
    return START + content + END


class FrameDecoder:
    """Cuts a stream into frames, looking at each byte once."""

    def __init__(self, limits: FramingLimits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0

    @property
    def pending_bytes(self) -> int:
        """Bytes held of a frame that has begun and is not complete."""
        return len(self._buffer) if self._buffer.startswith(START) else 0

    def feed(self, data: bytes) -> None:
        """Add bytes from the wire."""
        self._buffer += data

    def next_frame(self) -> Frame | None:
        """Take the next complete frame, or None when more bytes are needed.

        Raises:
            NotMllpError: too many bytes outside a block.
            FrameTooLongError: the content passed the limit; the decoder is of no use afterwards.
        """
        if not self._at_start():
            return None
        end = self._buffer.find(END, self._scanned)
        content_bytes = (end if end >= 0 else len(self._buffer)) - len(START)
        if content_bytes > self._limits.frame_bytes:
            head = bytes(memoryview(self._buffer)[1 : 1 + self._limits.head_bytes])
            self._buffer = bytearray()
            raise FrameTooLongError(head)
        if end < 0:
            self._scanned = max(len(START), len(self._buffer) - 1)
            return None
        content = bytes(memoryview(self._buffer)[len(START) : end])
        del self._buffer[: end + len(END)]
        self._scanned = 0
        return _resynchronise(content)

    def _at_start(self) -> bool:
        """Drop what stands before VT."""
        start = self._buffer.find(START, 0, self._limits.stray_bytes + 1)
        if start < 0 and len(self._buffer) > self._limits.stray_bytes:
            raise NotMllpError
        if start > 0:
            del self._buffer[:start]
        return start >= 0


def _resynchronise(content: bytes) -> Frame:
    """Keep the whole message of a sender that was cut in mid-frame and began again."""
    restart = content.rfind(_RESTART)
    return Frame(content[restart + 1 :], restart) if restart >= 0 else Frame(content)
