import pytest

from dcc_core.hooks import HOOKS, Policy
from dcc_core.hooks.specs import FAMILIES
from dcc_core.testing.contract_hooks import HOOK_CONTRACTS
from dcc_core.testing.specifications import specification_problems


def test_the_first_version_of_the_contract_has_twenty_nine_hooks() -> None:
    first = [name for name, hook in HOOKS.items() if hook.options.since == "0.1"]
    assert len(first) == 29


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_typed_and_has_a_contract(name: str) -> None:
    function = next(getattr(family, name) for family in FAMILIES if hasattr(family, name))
    assert list(specification_problems(HOOKS[name], function)) == []


def test_what_is_collected_can_be_told_apart_or_is_a_route() -> None:
    anonymous = {
        name
        for name, hook in HOOKS.items()
        if hook.policy is Policy.COLLECT and not hook.options.unique
    }
    assert anonymous == {"dcc_routes"}


def test_no_contract_belongs_to_a_hook_that_does_not_exist() -> None:
    assert set(HOOK_CONTRACTS) == set(HOOKS)
