"""Plugins add commands to the groups of the core that are made for it."""

import click
import pytest

from dcc_core.cli.main import DccGroup


class _Root(DccGroup):
    """A root that remembers whether it asked the plugins."""

    asked = False

    def ask_plugins(self) -> None:
        self.asked = True


@pytest.mark.parametrize(
    ("name", "asked"), [("bench", True), ("documents", True), ("outbox", False)]
)
def test_plugins_are_asked_before_an_extended_group_is_used(name, asked):
    root = _Root("dcc")
    assert isinstance(root.get_command(click.Context(root), name), click.Group)
    assert root.asked is asked
