"""Which role of the matrix a profession holds in a structure, by the rules of the region.

Without rules nobody receives a role by signing in: a person grants it. Codes are those of the
claims: profession TRE_G15 (``10`` médecin, ``21`` pharmacien, ``60`` infirmier), savoir-faire
(``SM54``), role of a person without profession, FINESS or SIRET of the structure.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field, model_validator

from dcc_core.api import ExternalIdentity, PluginSettings, ProfessionalActivity


class RoleRule(PluginSettings):
    """One rule; what it leaves empty it does not look at."""

    role: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="Role of the matrix.")
    profession: str = Field(default="", max_length=20, description="Code of the profession.")
    specialty: str = Field(default="", max_length=20, description="Code of the savoir-faire.")
    activity_role: str = Field(
        default="", max_length=40, description="Code of the role of a person without profession."
    )
    structures: frozenset[str] = Field(
        min_length=1, description="FINESS or SIRET of the structures where it holds."
    )

    @model_validator(mode="after")
    def _check(self) -> "RoleRule":
        if not (self.profession or self.activity_role):
            raise ValueError("a rule names a profession or an activity_role")
        return self

    def applies(self, activity: ProfessionalActivity) -> bool:
        """Tell whether the activity is one that the rule speaks of."""
        wanted = (
            (self.profession, activity.profession),
            (self.specialty, activity.specialty),
            (self.activity_role, activity.role),
        )
        is_it = all(not asked or asked == found for asked, found in wanted)
        return is_it and activity.structure_id in self.structures


def with_roles(identity: ExternalIdentity, rules: Sequence[RoleRule]) -> ExternalIdentity:
    """Return the identity with the role that the first fitting rule proposes for each activity."""
    if not rules:
        return identity
    activities = tuple(
        replace(activity, proposed_role=_role_of(activity, rules))
        for activity in identity.activities
    )
    return replace(identity, activities=activities)


def _role_of(activity: ProfessionalActivity, rules: Sequence[RoleRule]) -> str:
    return next((rule.role for rule in rules if rule.applies(activity)), "")
