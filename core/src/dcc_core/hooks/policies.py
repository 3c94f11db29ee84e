"""What happens around a hook: when it is called, and what an exception or an absent answer
means.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import pluggy

PROJECT = "dcc"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a method of a plugin as the implementation of the hook of the same name."""

F = TypeVar("F", bound=Callable[..., Any])


class Policy(StrEnum):
    """The seven ways in which a hook is called.

    ``COLLECT``: once at boot, results flattened and sorted, duplicates refused; an exception
        refuses the start.
    ``FIRST``: the first answer that is not None; an exception propagates.
    ``ISOLATED``: each plugin apart and against the clock; an exception degrades that plugin only.
    ``VETO``: an exception or a silence past the deadline denies; None abstains.
    ``GATE``: every implementation runs; before signature a failure blocks, while drafting it
        degrades.
    ``TX``: inside the caller's transaction; an exception rolls everything back.
    ``QUEUED``: after commit, from the outbox, at least once; a failure is tried again, then shown
        as a dead letter.
    """

    COLLECT = "collect"
    FIRST = "first"
    ISOLATED = "isolated"
    VETO = "veto"
    GATE = "gate"
    TX = "tx"
    QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class SpecOptions:
    """What the specification of a hook says beside its signature.

    Attributes:
        item: Type that each answer (or each element of an iterable answer) must have; None when it
            answers nothing.
        many: Whether an implementation answers with an iterable.
        unique: Attributes that together identify an element; two elements with the same values are
            refused.
        since: Version of the core that introduced the hook.
    """

    policy: Policy
    item: type[Any] | None
    many: bool
    unique: tuple[str, ...]
    since: str


def spec(
    policy: Policy,
    *,
    item: type[Any] | None = None,
    many: bool = False,
    unique: tuple[str, ...] = (),
    since: str = "0.1",
) -> Callable[[F], F]:
    """Mark a function as the specification of a hook, with the policy that governs its calls."""
    options = SpecOptions(policy, item, many, unique, since)

    def mark(function: F) -> F:
        function.dcc_options = options  # type: ignore[attr-defined]  # read back by hooks.registry
        return hookspec(function, firstresult=policy is Policy.FIRST)

    return mark
