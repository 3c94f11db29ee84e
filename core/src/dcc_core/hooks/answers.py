"""Check what implementations answer, against what the specification of the hook allows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dcc_core.errors import PluginError, Problem
from dcc_core.hooks.registry import HookSpec

MAX_ITEMS = 10_000
"""More elements than this in one answer are a defect of the plugin, not data."""

Pair = tuple[str, Any]
"""The name of a plugin and one element that it brought."""


def checked(spec: HookSpec, plugin: str, answer: Any) -> list[Any]:
    """Return the elements of an answer.

    Raises:
        PluginError: ``DCC-P103`` when the answer is not what the specification announces.
    """
    if answer is None:
        return []
    if not spec.options.many:
        return [_of_right_type(spec, plugin, answer)]
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise _wrong(spec, plugin, f"answered {type(answer).__name__}, an iterable is expected")
    elements: list[Any] = []
    for element in answer:
        elements.append(_of_right_type(spec, plugin, element))
        if len(elements) > MAX_ITEMS:
            raise _wrong(spec, plugin, f"answered more than {MAX_ITEMS} elements")
    return elements


def duplicates(spec: HookSpec, pairs: list[Pair]) -> Iterator[Problem]:
    """Yield a problem for each element whose identity another element already has."""
    owners: dict[tuple[str, ...], str] = {}
    for plugin, item in pairs if spec.options.unique else ():
        identity = _identity(spec, item)
        if identity not in owners:
            owners[identity] = plugin
            continue
        yield Problem(
            "DCC-P104",
            plugin,
            f"{spec.name} brings {', '.join(identity)}, already brought by {owners[identity]}.",
            "Rename one of them or take one of the plugins out of the region.",
        )


def sort_key(spec: HookSpec, rank: Mapping[str, int], pair: Pair) -> tuple[Any, ...]:
    """Return the place of an element: its own ``order``, then its plugin's rank, then its
    identity.
    """
    plugin, item = pair
    return (getattr(item, "order", 100), rank[plugin], _identity(spec, item))


def _of_right_type(spec: HookSpec, plugin: str, element: Any) -> Any:
    expected = spec.options.item
    if expected is None and not spec.options.many:
        raise _wrong(spec, plugin, f"answered a {type(element).__name__}, None is expected")
    if expected is not None and not isinstance(element, expected):
        raise _wrong(
            spec, plugin, f"answered a {type(element).__name__}, a {expected.__name__} is expected"
        )
    return element


def _identity(spec: HookSpec, item: Any) -> tuple[str, ...]:
    return tuple(str(getattr(item, name)) for name in spec.options.unique)


def _wrong(spec: HookSpec, plugin: str, text: str) -> PluginError:
    return PluginError("DCC-P103", f"{spec.name} {text}", plugin=plugin)
