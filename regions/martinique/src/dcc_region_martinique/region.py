"""The region: what it runs, in order, and how it presents itself."""

from dcc_core.api import Branding, Establishment, PluginEntry, Region

region = Region(
    slug="martinique",
    name="Martinique",
    insee_codes=("02",),
    timezone="America/Martinique",
    plugins=(
        PluginEntry(name="rcp_forms"),
        PluginEntry(name="rcp_meetings"),
        PluginEntry(name="cda"),
        PluginEntry(name="dmp"),
        PluginEntry(name="lab_connectors"),
        PluginEntry(name="sso_psc"),
    ),
    form_packs=("dcc_region_martinique:forms",),
    branding=Branding(
        short_name="DCC Martinique",
        accent="#0b5d4e",
        accent_on="#ffffff",
        support_email="support@example.invalid",
    ),
    establishments=(
        Establishment(
            finess="970211215",
            name="CHU De Martinique Site P.Zobda Quitman",
            is_3c=True,
        ),
        Establishment(
            finess="970211231",
            name="CHU De Martinique Site Mangot Vulcin",
            is_3c=False,
        ),
        Establishment(
            finess="970211249",
            name="CHU De Martinique Site De Clarac",
            is_3c=False,
        ),
        Establishment(
            finess="970211256",
            name="CHU De Martinique Site Mere Enfant",
            is_3c=False,
        ),
    ),
)
