"""The region: what it runs, in order, and how it presents itself."""

from dcc_core.api import Branding, Establishment, PluginEntry, Region

region = Region(
    slug="ile_de_france",
    name="Île-de-France",
    insee_codes=("11",),
    timezone="Europe/Paris",
    plugins=(
        PluginEntry(name="rcp_forms"),
        PluginEntry(name="rcp_meetings"),
        PluginEntry(name="cda"),
        PluginEntry(name="dmp"),
        PluginEntry(name="lab_connectors"),
        PluginEntry(name="sso_psc"),
    ),
    branding=Branding(
        short_name="DCC Île-de-France",
        accent="#7a1f3d",
        accent_on="#ffffff",
        support_email="support@example.invalid",
    ),
    establishments=(
        Establishment(
            finess="750160012",
            name="CLCC Institut Curie",
            is_3c=True,
        ),
    ),
)
