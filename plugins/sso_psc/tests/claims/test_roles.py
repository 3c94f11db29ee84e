import pytest
from pydantic import ValidationError

from dcc_core.api import ExternalIdentity, ProfessionalActivity
from dcc_sso_psc.claims.roles import RoleRule, with_roles
from dcc_sso_psc.settings import SsoPscSettings

_HERE, _THERE = "990000010", "990000028"


def rule(role: str = "physician", **asked: object) -> RoleRule:
    return RoleRule.model_validate({"role": role, "structures": [_HERE], **asked})


def proposed(activity: ProfessionalActivity, *rules: RoleRule) -> str:
    identity = ExternalIdentity("p", "s", "899700000000", "DÉMO", "Anne", activities=(activity,))
    return with_roles(identity, rules).activities[0].proposed_role


def test_nothing_is_proposed_by_default() -> None:
    assert SsoPscSettings().roles == ()
    assert proposed(ProfessionalActivity(_HERE, "CHU", profession="10")) == ""


@pytest.mark.parametrize(
    ("activity", "role"),
    [
        (ProfessionalActivity(_HERE, "CHU", profession="10"), "physician"),
        (ProfessionalActivity(_THERE, "CLCC", profession="10"), ""),
        (ProfessionalActivity(_HERE, "CHU", profession="60"), "care_professional"),
        (ProfessionalActivity(_HERE, "CHU", profession="21"), ""),
        (ProfessionalActivity(_HERE, "CHU", role="350"), "rcp_secretary"),
        (ProfessionalActivity(_HERE, "CHU", profession="10", specialty="SM36"), "rcp_participant"),
        (ProfessionalActivity("", ""), ""),
    ],
)
def test_first_rule_that_fits_profession_and_structure_counts(
    activity: ProfessionalActivity, role: str
) -> None:
    rules = (
        rule("rcp_participant", profession="10", specialty="SM36"),
        rule(profession="10"),
        rule("care_professional", profession="60"),
        rule("rcp_secretary", activity_role="350"),
    )
    assert proposed(activity, *rules) == role


@pytest.mark.parametrize(
    "changes",
    [{}, {"specialty": "SM36"}, {"profession": "10", "structures": []}, {"role": "../admin"}],
)
def test_rules_that_would_fit_everybody_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rule(**changes)
