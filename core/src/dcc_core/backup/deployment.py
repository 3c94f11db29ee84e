"""The settings of a deployment as a backup keeps them: everything but secrets."""

from typing import Any

from pydantic import SecretStr
from sqlalchemy import make_url

from dcc_core.config import Settings
from dcc_core.plugins import PluginSet

HIDDEN = "***"


def settings_without_secrets(settings: Settings, plugins: PluginSet) -> dict[str, Any]:
    """Return the settings of the core and of each plugin, for the person who installs again.

    A secret, and the password of an address, show as ``***``.
    """
    core = {
        name: _shown(value) for name, value in settings if name not in {"plugins", "database_url"}
    }
    url = make_url(settings.effective_database_url).render_as_string(hide_password=True)
    per_plugin = {
        loaded.name: {name: _shown(value) for name, value in loaded.instance.settings}
        for loaded in plugins.plugins
    }
    return {**core, "database_url": url, "plugins": per_plugin}


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, dict):
        return {str(name): _shown(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
