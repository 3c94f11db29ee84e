"""Keep what a session has loaded until it ends, so that one request reads each row once.

The identity map of SQLAlchemy is weak: a row that nobody holds is read again at the next ``get``.
Source:
SQLAlchemy 2 documentation, "Creating a Strong Referencing Identity Map".
"""

from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from dcc_core.db import Database

_HELD = "dcc_held"


def allow_holding(database: Database) -> None:
    """Let the sessions of a database hold what they load, those that are asked to."""
    if not event.contains(database.sessions, "loaded_as_persistent", _hold):
        event.listen(database.sessions, "loaded_as_persistent", _hold)


def hold_loaded(session: Session) -> None:
    """Hold every row that this session loads from now on."""
    session.info[_HELD] = []


def _hold(session: Any, row: object) -> None:
    held = session.info.get(_HELD)
    if held is not None:
        held.append(row)
