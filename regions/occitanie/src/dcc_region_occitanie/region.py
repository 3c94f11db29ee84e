"""The region: what it runs, in order, and how it presents itself."""

from dcc_core.api import Branding, Establishment, PluginEntry, Region

region = Region(
    slug="occitanie",
    name="Occitanie",
    insee_codes=("76",),
    timezone="Europe/Paris",
    plugins=(
        PluginEntry(name="rcp_forms"),
        PluginEntry(name="rcp_meetings"),
        PluginEntry(name="cda"),
        PluginEntry(name="dmp"),
        PluginEntry(
            name="lab_connectors",
            settings={
                "mllp_port": "2575",
                "sftp_port": "2222",
            },
        ),
        PluginEntry(name="sso_psc"),
    ),
    branding=Branding(
        short_name="DCC Occitanie",
        accent="#8c1d40",
        accent_on="#ffffff",
        support_email="support@example.invalid",
    ),
    establishments=(
        Establishment(
            finess="300782117",
            name="CHU Nimes Caremeau",
            is_3c=True,
        ),
        Establishment(
            finess="310025333",
            name="Oncopole CHU Toulouse",
            is_3c=False,
        ),
        Establishment(
            finess="310782347",
            name="Oncopole Claudius Regaud Toulouse",
            is_3c=False,
        ),
        Establishment(
            finess="310783048",
            name="Hopital Purpan CHU Toulouse",
            is_3c=True,
        ),
        Establishment(
            finess="310783055",
            name="Hopital De Rangueil CHU Toulouse",
            is_3c=False,
        ),
        Establishment(
            finess="340782036",
            name="Hopital St Eloi CHU Montpellier",
            is_3c=False,
        ),
        Establishment(
            finess="340785161",
            name="Hopital Lapeyronie CHU Montpellier",
            is_3c=True,
        ),
    ),
)
