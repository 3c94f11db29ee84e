"""What every hook specification must have; the suite asks it of each, and of a planted bad one."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from dcc_core.hooks import HookSpec
from dcc_core.testing.contract_hooks import HOOK_CONTRACTS


def specification_problems(hook: HookSpec, function: Callable[..., Any]) -> Iterator[str]:
    """Yield what a hook lacks: documentation, contract test, types; or what it has too much."""
    if not hook.documentation.endswith("."):
        yield "documentation"
    if hook.name not in HOOK_CONTRACTS:
        yield "contract"
    signature = inspect.signature(function)
    if signature.return_annotation is inspect.Signature.empty:
        yield "return type"
    for argument in list(signature.parameters.values())[1:]:
        if argument.annotation is inspect.Parameter.empty:
            yield f"type of {argument.name}"
        if argument.default is not inspect.Parameter.empty:
            yield f"default of {argument.name}"
