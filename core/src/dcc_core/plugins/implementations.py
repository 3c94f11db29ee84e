"""Check that what a plugin implements is what the contract specifies, before it is ever called.

pluggy ignores a misspelt hook, accepts coroutines and drops defaulted arguments; each of these is a
feed that silently does nothing. Here they are problems with a remedy.
"""

import inspect
from collections.abc import Iterator
from typing import Any

from dcc_core.errors import Problem
from dcc_core.hooks import HOOKS, PROJECT
from dcc_core.plugins.discovery import nearest
from dcc_core.plugins.manifest import DccPlugin

PREFIX = "dcc_"


def check_implementations(plugin: type[DccPlugin]) -> Iterator[Problem]:
    """Yield a problem for every method named like a hook that pluggy would ignore or call
    wrongly.
    """
    for name, function in inspect.getmembers(plugin, inspect.isroutine):
        marked = hasattr(function, f"{PROJECT}_impl")
        if not name.startswith(PREFIX):
            if marked:
                yield _problem(
                    plugin, "DCC-P010", f"{name} is marked as a hook.", "Hooks start with dcc_."
                )
        elif name not in HOOKS:
            text = f"{name} is not a hook of this core.{nearest(name, HOOKS)}"
            yield _problem(
                plugin, "DCC-P009", text, "Correct the name; `dcc plugins hooks` lists them."
            )
        elif not marked:
            text = f"{name} is not marked, so it would never be called."
            yield _problem(plugin, "DCC-P010", text, "Put @hookimpl above it.")
        else:
            yield from _check_signature(plugin, name, function)


def _check_signature(plugin: type[DccPlugin], name: str, function: Any) -> Iterator[Problem]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        text = f"{name} is asynchronous; hooks are called synchronously."
        yield _problem(
            plugin, "DCC-P011", text, "Declare an object here and do slow work in a job or feed."
        )
    known = HOOKS[name].arguments
    for argument in list(inspect.signature(function).parameters.values())[1:]:
        if argument.kind in {argument.VAR_POSITIONAL, argument.VAR_KEYWORD}:
            text = f"{name} takes *{argument.name}; the contract names every argument."
            yield _problem(plugin, "DCC-P012", text, f"Take any of: {', '.join(known) or 'none'}.")
        elif argument.name not in known:
            hint = nearest(argument.name, known)
            text = f"{name} takes {argument.name}, which the hook does not give.{hint}"
            yield _problem(plugin, "DCC-P012", text, f"Take any of: {', '.join(known) or 'none'}.")
        elif argument.default is not argument.empty:
            text = (
                f"{name} gives {argument.name} a default value, which would replace the real one."
            )
            yield _problem(plugin, "DCC-P013", text, "Remove the default.")


def _problem(plugin: type[DccPlugin], code: str, text: str, remedy: str) -> Problem:
    return Problem(code, plugin.name, text, remedy)
