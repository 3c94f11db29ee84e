"""Keep what a session has loaded until it ends, so that one request reads each row once.

The identity map of SQLAlchemy is weak: a row that nobody holds is read again at the next ``get``.
Source:
SQLAlchemy 2 documentation, "Creating a Strong Referencing Identity Map".
"""

from typing import Any

from sqlalchemy import event
from sqlmodel import Session

_HELD = "dcc_held"


def hold_loaded(session: Session) -> None:
    """Hold every row that this session loads from now on."""
    held: list[Any] = session.info.setdefault(_HELD, [])
    event.listen(session, "loaded_as_persistent", lambda _session, row: held.append(row))
