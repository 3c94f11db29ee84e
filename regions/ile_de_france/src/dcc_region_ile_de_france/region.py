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
            finess="750100075",
            name="HU Saint Louis Site Saint Louis AP-HP",
            is_3c=False,
        ),
        Establishment(
            finess="750100125",
            name="HU Pitie Salpetriere AP-HP",
            is_3c=False,
        ),
        Establishment(
            finess="750160012",
            name="CLCC Institut Curie",
            is_3c=True,
        ),
        Establishment(
            finess="750803447",
            name="HU Paris Ouest Site G Pompidou AP-HP",
            is_3c=False,
        ),
        Establishment(
            finess="920000650",
            name="Hopital Foch",
            is_3c=False,
        ),
        Establishment(
            finess="940000664",
            name="Institut Gustave Roussy",
            is_3c=True,
        ),
    ),
)
