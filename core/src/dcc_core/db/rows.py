"""Rows without objects, for what every page reads.

A statement built once at import keeps its compiled form, and the mapper, which costs as much again
as the database, is left out.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, Row
from sqlmodel import Session


def read_rows(session: Session, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
    """Return the rows of a statement, what the session holds unwritten being written first."""
    session.flush()
    return session.connection().execute(statement, values).all()
