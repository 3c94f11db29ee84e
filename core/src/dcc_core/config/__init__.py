"""Configuration: settings, region, secrets and the clock. The leftmost layer of the core."""

from dcc_core.config.clock import Clock, utc_now
from dcc_core.config.region import Branding, Establishment, PluginEntry, Region
from dcc_core.config.settings import Environment, Settings, load_settings

__all__ = [
    "Branding",
    "Clock",
    "Environment",
    "Establishment",
    "PluginEntry",
    "Region",
    "Settings",
    "load_settings",
    "utc_now",
]
