"""Plugins and regions: manifest, discovery, compatibility, ordered loading."""

from dcc_core.plugins.manifest import DccPlugin, PluginSettings, Quality

__all__ = ["DccPlugin", "PluginSettings", "Quality"]
