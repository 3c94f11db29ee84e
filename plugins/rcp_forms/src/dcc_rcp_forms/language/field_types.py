"""Types of field that plugins bring beyond the built-in ones (hook `dcc_field_types`).

In rules such a field behaves like the built-in type its Python type is closest to; the plugin
draws its control, says how a value reads, and its Python type judges what was typed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from typing import Annotated, get_args, get_origin

from dcc_core.api import FieldType
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.language.nodes import Scalar

_HOOK = "dcc_field_types"
_KINDS = ((bool, FieldKind.YES_NO), ((int, float), FieldKind.NUMBER), (date, FieldKind.DATE))


class FieldTypes:
    """The types of this process: those of the installed plugins, asked for once, and those added.

    A form without such a field never asks: plugins are not imported for it.
    """

    def __init__(self) -> None:
        self._added: dict[str, FieldType] = {}

    def add(self, types: Iterable[FieldType]) -> None:
        """Make types known beside those of the installed plugins."""
        self._added |= {item.key: item for item in types}

    def find(self, key: str) -> FieldType | None:
        """Return a type by its name in the language, None when no plugin brings it."""
        return self._added.get(key) or _installed().get(key)


FIELD_TYPES = FieldTypes()


def built_in_kind(extension: FieldType) -> FieldKind:
    """Return the built-in type that stands for this one in rules."""
    python_type = extension.python_type
    if get_origin(python_type) is Annotated:
        python_type = get_args(python_type)[0]
    if isinstance(python_type, type):
        for classes, kind in _KINDS:
            if issubclass(python_type, classes):
                return kind
    return FieldKind.TEXT


def extension_named(written: object) -> FieldType | None:
    """Return the plugin's type that a file names, None for a built-in or an unknown one."""
    if not isinstance(written, Scalar) or written.text in set(FieldKind):
        return None
    return FIELD_TYPES.find(written.text)


@cache
def _installed() -> Mapping[str, FieldType]:
    found: dict[str, FieldType] = {}
    for entry in entry_points(group="dcc.plugins"):
        plugin = entry.load()
        if hasattr(plugin, _HOOK):
            found |= {item.key: item for item in getattr(plugin(plugin.settings_model()), _HOOK)()}
    return found
