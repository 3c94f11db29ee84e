"""The contract between the core and its plugins: typed specifications, policies, dispatcher."""

from dcc_core.hooks.dispatch import Dispatcher, PluginFailure
from dcc_core.hooks.policies import PROJECT, Policy, hookimpl
from dcc_core.hooks.registry import HOOKS, HookSpec

__all__ = ["HOOKS", "PROJECT", "Dispatcher", "HookSpec", "PluginFailure", "Policy", "hookimpl"]
