"""What a person must be able to read: the plugin's purpose, its settings, its permissions."""

from collections.abc import Iterator

from dcc_core.config import Region, Settings
from dcc_core.errors import Problem
from dcc_core.plugins import PluginSet


def documentation_problems(
    region: Region, settings: Settings, plugins: PluginSet
) -> Iterator[Problem]:
    """Yield plugins without a sentence of purpose, and settings or permissions without a
    description.
    """
    for loaded in plugins.plugins:
        plugin = type(loaded.instance)
        if not (plugin.__doc__ or "").strip():
            yield Problem(
                "DCC-P024", loaded.name, "its class has no docstring.", "Say what it is for."
            )
        for name, field in plugin.settings_model.model_fields.items():
            if not field.description:
                text = f"setting {name} has no description."
                remedy = (
                    "Write Field(description=…): the reference and `dcc plugins show` print it."
                )
                yield Problem("DCC-P024", loaded.name, text, remedy)
        for permission in plugin.permissions:
            if not permission.label:
                text = f"permission {permission.code} has no label."
                yield Problem("DCC-P024", loaded.name, text, "Write its French label.")
