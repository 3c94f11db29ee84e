"""The region: what it runs, in order, and how it presents itself."""

from dcc_core.api import Branding, Establishment, PluginEntry, Region

region = Region(
    slug="bretagne",
    name="Bretagne",
    insee_codes=("53",),
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
        short_name="DCC Bretagne",
        accent="#1f2a44",
        accent_on="#ffffff",
        support_email="support@example.invalid",
    ),
    establishments=(
        Establishment(
            finess="290000058",
            name="CHRU Brest Site Hopital Morvan",
            is_3c=True,
        ),
        Establishment(
            finess="290004324",
            name="CHRU Brest Site Hopital Cavale Blanche",
            is_3c=False,
        ),
        Establishment(
            finess="350000741",
            name="CHRU Rennes Site Pontchaillou",
            is_3c=True,
        ),
        Establishment(
            finess="350002812",
            name="C.R.L.C.C. Eugene Marquis",
            is_3c=False,
        ),
        Establishment(
            finess="350007084",
            name="CHRU Rennes Site Hopital Sud",
            is_3c=False,
        ),
    ),
)
