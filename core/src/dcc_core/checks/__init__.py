"""Checks of a region and its plugins against the contract, before anything runs."""

from dcc_core.checks.run import check_plugin, check_plugin_class, check_region

__all__ = ["check_plugin", "check_plugin_class", "check_region"]
