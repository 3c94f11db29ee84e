"""Authorisation: plugins may restrict, never widen."""

from collections.abc import Iterable
from uuid import UUID

from dcc_core.hooks.contracts.access import Actor, BreakGlassRule, Deny, Subject
from dcc_core.hooks.policies import Policy, spec


class AccessHooks:
    """Vetoes and rules of emergency access."""

    @spec(Policy.VETO, item=Deny)
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        """Return a refusal of an access that the core would permit, None to abstain.

        Nothing that this hook returns can permit what the core denies. An exception denies.
        """
        raise NotImplementedError

    @spec(Policy.ISOLATED, item=BreakGlassRule, many=True)
    def dcc_break_glass_rules(self, actor: Actor, patient_id: UUID) -> Iterable[BreakGlassRule]:
        """Return justifications to choose from, or a prohibition, for emergency access to a
        patient.
        """
        raise NotImplementedError
