"""What a region runs, as plain facts: for a page, a comparison, a support call."""

from typing import Any

from pydantic import SecretStr

from dcc_core.config import Region
from dcc_core.plugins import LoadedPlugin, PluginSet
from dcc_core.plugins.discovery import core_version


def region_facts(region: Region, plugins: PluginSet) -> dict[str, Any]:
    """Return name, versions, plugins with settings, forms, establishments; secrets masked."""
    forms = plugins.dispatcher.collect("dcc_form_models", region=region)
    return {
        "slug": region.slug,
        "name": region.name,
        "timezone": region.timezone,
        "insee_codes": list(region.insee_codes),
        "core": core_version(),
        "plugins": {loaded.name: _plugin(loaded) for loaded in plugins.plugins},
        "absent": [problem.plugin for problem in plugins.absent],
        "forms": [f"{form.code} {form.version}" for _, form in forms],
        "features": dict(region.features),
        "establishments": [f"{place.finess} {place.name}" for place in region.establishments],
        "branding": region.branding.model_dump(),
    }


def _plugin(loaded: LoadedPlugin) -> dict[str, Any]:
    settings = {
        name: "***" if isinstance(value, SecretStr) else str(value)
        for name, value in loaded.instance.settings
    }
    return {"version": loaded.version, "optional": loaded.optional, "settings": settings}
