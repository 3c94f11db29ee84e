"""The rights that the plugin introduces, and the roles that hold them unless a region says else."""

from dcc_core.api import Permission, Sensitivity

READ_DIRECTORY = "rcp_meetings.directory.read"
MANAGE_DIRECTORY = "rcp_meetings.directory.manage"
READ_SESSIONS = "rcp_meetings.session.read"
MANAGE_SESSIONS = "rcp_meetings.session.manage"
HOLD_SESSIONS = "rcp_meetings.session.hold"
ATTEND_SESSIONS = "rcp_meetings.session.attend"
LIST_CASES = "rcp_meetings.case.list"
REQUEST_CASES = "rcp_meetings.case.request"
REGISTER_CASES = "rcp_meetings.case.register"
READ_FICHES = "rcp_meetings.fiche.read"
WRITE_FICHES = "rcp_meetings.fiche.write"
SIGN_FICHES = "rcp_meetings.fiche.sign"
WRITE_ANY_FICHE = "rcp_forms.fiche.write"
"""Right of the forms plugin, which its own pages ask for."""

_PHYSICIANS = frozenset({"physician", "rcp_coordinator"})
_TEAM = frozenset({"rcp_coordinator", "rcp_secretary"})
_CARERS = frozenset({"physician", "treating_physician", "care_professional"})
_ATTENDING = _PHYSICIANS | {"rcp_participant", "rcp_secretary", "care_professional"}
_EVERYBODY = _ATTENDING | _CARERS | {"coordination_3c", "dsrc_expert", "regional_admin"}
_ADMINISTRATIVE = Sensitivity.ADMINISTRATIVE
_IDENTITY = Sensitivity.IDENTITY
_CLINICAL = Sensitivity.CLINICAL

PERMISSIONS: tuple[Permission, ...] = (
    Permission(READ_DIRECTORY, "Consulter l'annuaire des RCP", _ADMINISTRATIVE, _EVERYBODY),
    Permission(
        MANAGE_DIRECTORY,
        "Tenir l'annuaire des RCP et les règles de quorum",
        _ADMINISTRATIVE,
        frozenset({"coordination_3c", "dsrc_expert", "regional_admin"}),
    ),
    Permission(READ_SESSIONS, "Voir le calendrier des RCP", _ADMINISTRATIVE, _EVERYBODY),
    Permission(
        MANAGE_SESSIONS,
        "Créer, déplacer et annuler les séances",
        _ADMINISTRATIVE,
        _TEAM | {"coordination_3c"},
    ),
    Permission(HOLD_SESSIONS, "Animer une séance et noter les présents", _IDENTITY, _TEAM),
    Permission(ATTEND_SESSIONS, "Participer à une séance et répondre", _ADMINISTRATIVE, _ATTENDING),
    Permission(LIST_CASES, "Voir les patients inscrits à une RCP", _IDENTITY, _ATTENDING),
    Permission(
        REQUEST_CASES,
        "Demander la présentation d'un patient en RCP",
        _IDENTITY,
        _PHYSICIANS | {"treating_physician", "rcp_secretary"},
        needs_patient=True,
    ),
    Permission(
        REGISTER_CASES,
        "Inscrire, reporter ou retirer un patient",
        _IDENTITY,
        _PHYSICIANS | {"rcp_secretary"},
        needs_patient=True,
    ),
    Permission(
        READ_FICHES,
        "Lire la fiche d'un patient présenté en RCP",
        _CLINICAL,
        _ATTENDING | _CARERS,
        needs_patient=True,
    ),
    Permission(
        WRITE_FICHES,
        "Remplir la fiche d'un patient présenté en RCP",
        _CLINICAL,
        _PHYSICIANS | {"rcp_secretary"},
        needs_patient=True,
    ),
    Permission(
        SIGN_FICHES,
        "Signer et corriger les avis de RCP",
        _CLINICAL,
        frozenset({"rcp_coordinator"}),
        needs_patient=True,
    ),
)
