"""Plugins and regions: manifest, discovery, compatibility, ordered loading."""

from dcc_core.plugins.discovery import find_region, installed_plugins, installed_regions
from dcc_core.plugins.loader import LoadedPlugin, PluginSet, load_plugins
from dcc_core.plugins.manifest import DccPlugin, PluginSettings, Quality

__all__ = [
    "DccPlugin",
    "LoadedPlugin",
    "PluginSet",
    "PluginSettings",
    "Quality",
    "find_region",
    "installed_plugins",
    "installed_regions",
    "load_plugins",
]
