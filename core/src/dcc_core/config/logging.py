"""The technical log: one line an event on standard error, JSON or readable on a terminal.

Code logs the name of what happened and the ids it concerns, as ``extra`` fields::

    logger.warning("plugin_failed", extra={"plugin": plugin, "error": kind})

Libraries are heard from WARNING on only: some write addresses with codes and tokens, or SQL, at
lower levels. An exception is logged by its type and place; its text may quote a patient.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from dcc_core.config.settings import Settings

_OURS = ("dcc", "dcc_core")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_request_id: ContextVar[str] = ContextVar("dcc_request_id", default="")


def configure_logging(settings: Settings) -> None:
    """Send the log of the process to standard error in the form that the settings ask for."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ReadableLines() if settings.log_format == "console" else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)


@contextmanager
def logged_request(request_id: str) -> Iterator[None]:
    """Name the request in every line that is logged within the block."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line: event, level, logger, time in UTC, request, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return json.dumps(described(record), ensure_ascii=False, default=str)


class ReadableLines(logging.Formatter):
    """Time, level, event and fields, for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        found = described(record)
        moment, level, event = found.pop("timestamp"), found.pop("level"), found.pop("event")
        fields = " ".join(f"{name}={value}" for name, value in found.items())
        return f"{moment} {level:<8} {event} {fields}".rstrip()


def described(record: logging.LogRecord) -> dict[str, Any]:
    """Return what one line says: the event, where and when, and its extra fields."""
    found: dict[str, Any] = {
        "event": record.getMessage(),
        "level": record.levelname.lower(),
        "logger": record.name,
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
    }
    if request_id := _request_id.get():
        found["request_id"] = request_id
    found.update((name, value) for name, value in vars(record).items() if name not in _STANDARD)
    if record.exc_info and record.exc_info[0]:
        found["exception"] = record.exc_info[0].__name__
        found["where"] = _place(record.exc_info[2])
    return found


def _place(trace: Any) -> str:
    """Return module and line of the innermost frame."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}" if trace else ""
