"""The audit: one append-only row per access, in the transaction of the access."""

from dcc_core.audit.context import AuditContext, audit_context
from dcc_core.audit.guards import role_statements
from dcc_core.audit.keys import AuditKeys, audit_keys, install_audit
from dcc_core.audit.log import record_event, record_events
from dcc_core.audit.tables import AuditEntry, Outcome

__all__ = [
    "AuditContext",
    "AuditEntry",
    "AuditKeys",
    "Outcome",
    "audit_context",
    "audit_keys",
    "install_audit",
    "record_event",
    "record_events",
    "role_statements",
]
