"""Fill a demonstration: what the core and each plugin bring, once."""

from sqlalchemy import func
from sqlmodel import select

from dcc_core.audit import AuditEntry, record_event
from dcc_core.web.runtime import Runtime

_DONE = "demo.filled"


def fill_demo(runtime: Runtime, *, patients: int, seed: int) -> None:
    """Write the demonstration data unless an earlier start already did; all or nothing."""
    with runtime.session() as session:
        statement = select(func.count()).select_from(AuditEntry).where(AuditEntry.event == _DONE)
        if session.exec(statement).one():
            return
        runtime.dispatcher.tx("dcc_demo_data", session=session, seed=seed)
        record_event(session, _DONE, details={"patients": patients, "seed": seed})
