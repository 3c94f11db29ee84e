"""Call hooks according to their policy, so that one plugin's failure has exactly the declared
effect.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pluggy

from dcc_core.errors import DccError, PluginError, Problem, StartRefused
from dcc_core.hooks.answers import checked, duplicates, sort_key
from dcc_core.hooks.contracts.access import Deny
from dcc_core.hooks.contracts.forms import Issue, IssueLevel, Stage
from dcc_core.hooks.isolation import Isolation
from dcc_core.hooks.policies import PROJECT, Policy
from dcc_core.hooks.registry import HOOKS, HookSpec
from dcc_core.hooks.specs import FAMILIES

logger = logging.getLogger(__name__)
T = TypeVar("T")

DEADLINE_S = 4.0
"""How long an isolated call may take; a page answers within 5 s even when a plugin hangs."""


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A call that failed: the plugin, what was called, the kind of error. No message: it may hold
    patient data.
    """

    plugin: str
    call: str
    error: str


class Dispatcher:
    """Calls the hooks of the registered plugins, in the region's order.

    Attributes:
        failures: The last failure of each plugin since the start, shown by health and
            administration.
    """

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._pm = pluggy.PluginManager(PROJECT)
        for family in FAMILIES:
            self._pm.add_hookspecs(family)
        self._order: list[str] = []
        self._isolation = Isolation()
        self._deadline_s = deadline_s
        self._lock = threading.Lock()
        self._collected: dict[str, tuple[tuple[str, Any], ...]] = {}
        self._callers: dict[str, tuple[tuple[str, Callable[..., Any]], ...]] = {}
        self.failures: dict[str, PluginFailure] = {}

    @property
    def plugins(self) -> tuple[str, ...]:
        """Return the names of the registered plugins, in load order."""
        return tuple(self._order)

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin at the end of the order; the loader has checked it first."""
        self._pm.register(plugin, name)
        self._order.append(name)
        self._callers.clear()

    def implementers(self, hook: str) -> tuple[str, ...]:
        """Return the plugins that implement a hook, in load order."""
        return tuple(name for name, _ in self._implementations(_spec(hook)))

    def collect(self, hook: str, **arguments: Any) -> tuple[tuple[str, Any], ...]:
        """Return ``(plugin, element)`` pairs of a COLLECT hook, sorted by order, plugin order and
        identity. The plugins are asked once; later calls return the same objects.

        Raises:
            StartRefused: With every problem of every implementation.
        """
        spec = _expect(hook, Policy.COLLECT)
        if hook not in self._collected:
            self._collected[hook] = self._ask_all(spec, arguments)
        return self._collected[hook]

    def _ask_all(self, spec: HookSpec, arguments: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        problems: list[Problem] = []
        pairs: list[tuple[str, Any]] = []
        for plugin, call in self._implementations(spec):
            try:
                pairs.extend((plugin, item) for item in checked(spec, plugin, call(**arguments)))
            except Exception as error:  # noqa: BLE001 - every problem is listed, whatever its kind
                problems.append(_boot_problem(spec, plugin, error))
        problems.extend(duplicates(spec, pairs))
        if problems:
            raise StartRefused(problems)
        rank = {name: index for index, name in enumerate(self._order)}
        return tuple(sorted(pairs, key=lambda pair: sort_key(spec, rank, pair)))

    def first(self, hook: str, **arguments: Any) -> Any:
        """Return the first answer that is not None of a FIRST hook, None when nobody answers."""
        spec = _expect(hook, Policy.FIRST)
        for _, call in self._implementations(spec):
            answer = call(**arguments)
            if answer is not None:
                return answer
        return None

    def isolated(self, hook: str, **arguments: Any) -> tuple[tuple[str, Any], ...]:
        """Return ``(plugin, element)`` pairs of an ISOLATED hook; a failing plugin contributes
        nothing.
        """
        spec = _expect(hook, Policy.ISOLATED)
        pairs: list[tuple[str, Any]] = []
        for plugin, call in self._implementations(spec):
            answer = self.guard(
                plugin,
                hook,
                _asking(spec, plugin, call, arguments),
            )
            pairs.extend((plugin, item) for item in answer or ())
        return tuple(pairs)

    def guard(
        self, plugin: str, label: str, call: Callable[[], T], *, timeout_s: float | None = None
    ) -> T | None:
        """Run a contract method of a plugin apart: return None and record the failure when it fails
        or hangs.

        A method that answers None on purpose returns a value that the caller can tell apart.
        """
        try:
            return self._isolation.run(plugin, call, timeout_s=timeout_s or self._deadline_s)
        except Exception as error:  # noqa: BLE001 - the boundary between a plugin and the rest
            self.record_failure(plugin, label, error)
            return None

    def record_failure(self, plugin: str, call: str, error: BaseException) -> None:
        """Note that a plugin failed: its name, the call and the kind of error, nothing else."""
        kind = error.code if isinstance(error, DccError) else type(error).__name__
        with self._lock:
            self.failures[plugin] = PluginFailure(plugin, call, kind)
        logger.warning("plugin_failed", extra={"plugin": plugin, "call": call, "error": kind})

    def veto(self, hook: str, **arguments: Any) -> Deny | None:
        """Return the first refusal of a VETO hook; an exception, a wrong answer or a silence is a
        refusal.
        """
        spec = _expect(hook, Policy.VETO)
        for plugin, call in self._implementations(spec):
            try:
                answer = self._isolation.run(
                    plugin,
                    _asking(spec, plugin, call, arguments),
                    timeout_s=self._deadline_s,
                )
            except Exception as error:  # noqa: BLE001 - a plugin that cannot answer denies
                self.record_failure(plugin, hook, error)
                return Deny("plugin_failed", f"Le greffon {plugin} n'a pas pu vérifier ce droit.")
            if answer:
                refusal: Deny = answer[0]
                return refusal
        return None

    def gate(self, hook: str, *, stage: Stage, **arguments: Any) -> tuple[tuple[str, Issue], ...]:
        """Return ``(plugin, issue)`` pairs of a GATE hook; at stage ``sign`` a failure is a
        blocking issue.
        """
        spec = _expect(hook, Policy.GATE)
        pairs: list[tuple[str, Issue]] = []
        for plugin, call in self._implementations(spec):
            answer = self.guard(
                plugin,
                hook,
                _asking(spec, plugin, call, {"stage": stage, **arguments}),
            )
            if answer is not None:
                pairs.extend((plugin, issue) for issue in answer)
            elif stage is Stage.SIGN:
                pairs.append((plugin, _unchecked(plugin)))
        return tuple(pairs)

    def tx(self, hook: str, **arguments: Any) -> tuple[tuple[str, Any], ...]:
        """Call a TX hook inside the caller's transaction; whatever it raises rolls that transaction
        back.
        """
        spec = _expect(hook, Policy.TX)
        pairs: list[tuple[str, Any]] = []
        for plugin, call in self._implementations(spec):
            answer = call(**arguments)
            if answer is not None:
                pairs.extend((plugin, item) for item in checked(spec, plugin, answer))
        return tuple(pairs)

    def queued(self, hook: str, plugin: str, **arguments: Any) -> None:
        """Call a QUEUED hook of one plugin, from the worker; an exception makes the worker try
        again.
        """
        spec = _expect(hook, Policy.QUEUED)
        for name, call in self._implementations(spec):
            if name == plugin:
                call(**arguments)

    def _implementations(self, spec: HookSpec) -> tuple[tuple[str, Callable[..., Any]], ...]:
        """Return ``(plugin, caller)`` pairs in the region's order, found once per hook."""
        found = self._callers.get(spec.name)
        if found is None:
            impls = getattr(self._pm.hook, spec.name).get_hookimpls()
            by_plugin = {impl.plugin_name: _with_known_arguments(spec, impl) for impl in impls}
            found = tuple((name, by_plugin[name]) for name in self._order if name in by_plugin)
            self._callers[spec.name] = found
        return found


def _with_known_arguments(spec: HookSpec, impl: pluggy.HookImpl) -> Callable[..., Any]:
    """Return a caller that gives an implementation the arguments it takes, and no other."""
    function, names = impl.function, impl.argnames
    if set(names) == set(spec.arguments):
        return function

    def call(**arguments: Any) -> Any:
        return function(**{name: arguments[name] for name in names})

    return call


def _asking(
    spec: HookSpec, plugin: str, call: Callable[..., Any], arguments: dict[str, Any]
) -> Callable[[], list[Any]]:
    return lambda: checked(spec, plugin, call(**arguments))


def _spec(hook: str) -> HookSpec:
    return HOOKS[hook]


def _expect(hook: str, policy: Policy) -> HookSpec:
    spec = _spec(hook)
    if spec.policy is not policy:
        raise PluginError("DCC-P102", f"{hook} is a {spec.policy} hook, called as {policy}")
    return spec


def _boot_problem(spec: HookSpec, plugin: str, error: Exception) -> Problem:
    if isinstance(error, PluginError):
        return Problem(
            error.code, plugin, error.text, "Correct the plugin; see the hook reference."
        )
    return Problem(
        "DCC-P105",
        plugin,
        f"{spec.name} raised {type(error).__name__}: {error}",
        "Correct the plugin or its settings; run `dcc plugins show` for details.",
    )


def _unchecked(plugin: str) -> Issue:
    return Issue(
        code="DCC-P106",
        text=f"Le contrôle du greffon {plugin} n'a pas abouti : la signature attend sa réparation.",
        level=IssueLevel.BLOCKING,
    )
