"""What is known of the request or job at hand and goes on every audit line it writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from dcc_core.hooks.contracts.access import Actor, Purpose

SYSTEM = Actor(account_id=None, roles=frozenset({"system"}))
"""The system itself: scheduled jobs, workers, command line."""


@dataclass(frozen=True, slots=True)
class AuditContext:
    """Who acts, from where and why.

    Attributes:
        correlation_id: Identifier of the request or job, also in the technical log.
        via: Channel: ``web``, ``api``, ``cli``, ``job``, or the key of an interface.
        source_ip: Address of the client, empty when there is none.
    """

    actor: Actor = SYSTEM
    purpose: Purpose = Purpose.CARE
    correlation_id: str = ""
    via: str = "job"
    source_ip: str = ""


_NOBODY = AuditContext()
_current: ContextVar[AuditContext] = ContextVar("dcc_audit_context", default=_NOBODY)


def current_context() -> AuditContext:
    """Return the context of the request or job at hand."""
    return _current.get()


@contextmanager
def audit_context(context: AuditContext) -> Iterator[None]:
    """Make ``context`` the current one for the block, and for the threads it hands its context
    to.
    """
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
