"""Everything that is logged during a call, at every level, by every library."""

import contextlib
import logging
from collections.abc import Iterator


class LogCapture(logging.Handler):
    """Keeps messages and tracebacks as text."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextlib.contextmanager
def captured_logs() -> Iterator[LogCapture]:
    root = logging.getLogger()
    level, capture = root.level, LogCapture()
    root.setLevel(logging.NOTSET)
    root.addHandler(capture)
    try:
        yield capture
    finally:
        root.removeHandler(capture)
        root.setLevel(level)
