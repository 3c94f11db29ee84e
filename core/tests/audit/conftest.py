from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlmodel import Session

from dcc_core.audit import (
    AuditContext,
    AuditKeys,
    audit_context,
    audit_keys,
    install_audit,
    record_event,
)
from dcc_core.db import Database
from dcc_core.hooks.contracts.access import Actor, Purpose
from dcc_core.testing.clock import MovableClock

KEYS = audit_keys(b"a secret of the tests, thirty-two characters at least")
PERSON = Actor(
    account_id=uuid4(),
    roles=frozenset({"physician"}),
    national_id="899900000001",
    session_id="s-1",
    acr="eidas1",
)


@pytest.fixture
def keys(database: Database) -> AuditKeys:
    """Install the keys before any session opens."""
    install_audit(database, KEYS)
    return KEYS


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


Writer = Callable[[Session, int], None]


@pytest.fixture
def write(keys: AuditKeys) -> Writer:
    """Write rows that look like a day's work, accents and quotes included."""
    patients = [uuid4() for _ in range(5)]

    def write_rows(session: Session, count: int) -> None:
        context = AuditContext(PERSON, Purpose.CARE, "req-1", "web", "192.0.2.1")
        with audit_context(context):
            for number in range(count):
                record_event(
                    session,
                    ["patient.read", "document.read", "document.export"][number % 3],
                    patient_id=patients[number % 5],
                    object_kind="document",
                    object_id=uuid4(),
                    object_version=number if number % 2 else None,
                    reason='l\'état « évolué » "aigu"' if number % 4 == 0 else "",
                    basis="presenter",
                    details={"champs": ["taille", "poids é"], "nombre": number, "vide": None},
                )

    return write_rows
