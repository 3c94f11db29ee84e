"""What the sandbox laboratory knows of the demonstration: its listener, and a few patients."""

from collections.abc import Sequence
from pathlib import Path

from dcc_core.api import (
    AuditContext,
    Core,
    IdentityStatus,
    PatientTraits,
    audit_context,
    find_people,
    get_patient,
    read_query,
)

PORT_FILE = "mllp.port"
"""File of the data folder in which the listener of a demonstration tells its port."""

_PREFIX = "DEMO"
_KNOWN = 6


def read_port(file: Path) -> int | None:
    """Port of the listener, None while it is not open."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def known_patients(core: Core) -> Sequence[PatientTraits]:
    """A few qualified patients of the demonstration, always the same; the search is audited."""
    with audit_context(AuditContext(via="sandbox")), core.session() as session:
        found = find_people(session, read_query(_PREFIX))
        known = (get_patient(session, hit.id).traits for hit in found.hits)
        qualified = [each for each in known if each.status is IdentityStatus.QUALIFIED]
    return qualified[:_KNOWN]
