"""A read session beside the caller's, for the code of plugins that runs apart."""

from sqlmodel import Session

from dcc_core.db.engine import READING


def read_apart(session: Session) -> Session:
    """Return a new read-only session on the database of ``session``, to be closed by the caller.

    Code that hangs keeps its own connection and none of the caller's locks. It sees what is
    committed, not what the caller is about to write.
    """
    return Session(session.get_bind().engine.execution_options(**READING))
