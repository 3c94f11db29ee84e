"""The audit: one append-only row per access, in the transaction of the access."""

from dcc_core.audit.context import AuditContext, audit_context
from dcc_core.audit.log import record_event
from dcc_core.audit.tables import AuditEntry, Outcome

__all__ = ["AuditContext", "AuditEntry", "Outcome", "audit_context", "record_event"]
