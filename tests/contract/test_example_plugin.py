from dcc_example.plugin import ExamplePlugin

from dcc_core.hooks import HOOKS
from dcc_core.testing import contract_tests

test_contract = contract_tests(ExamplePlugin)


def test_the_example_implements_every_hook() -> None:
    missing = [name for name in HOOKS if not hasattr(ExamplePlugin, name)]
    assert missing == []
