"""The list of hooks, read from their specifications: the source of the dispatcher, the checks and
the reference.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dcc_core.hooks.policies import Policy, SpecOptions
from dcc_core.hooks.specs import FAMILIES


@dataclass(frozen=True, slots=True)
class HookSpec:
    """One hook: its name, family, arguments, options and documentation."""

    name: str
    family: str
    arguments: tuple[str, ...]
    signature: str
    options: SpecOptions
    documentation: str

    @property
    def policy(self) -> Policy:
        """Return the policy that governs the calls of this hook."""
        return self.options.policy


def _read(family: type, name: str) -> HookSpec:
    function = getattr(family, name)
    signature = inspect.signature(function)
    arguments = tuple(name for name in signature.parameters if name != "self")
    return HookSpec(
        name=name,
        family=family.__name__.removesuffix("Hooks").lower(),
        arguments=arguments,
        signature=f"{name}({', '.join(arguments)})",
        options=function.dcc_options,
        documentation=inspect.getdoc(function) or "",
    )


HOOKS: Mapping[str, HookSpec] = MappingProxyType(
    {
        name: _read(family, name)
        for family in FAMILIES
        for name in vars(family)
        if name.startswith("dcc_")
    }
)
"""Every hook of the contract by name, in the order of the reference."""
