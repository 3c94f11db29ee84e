"""The rights that the core itself declares; plugins add theirs in their manifest."""

from dcc_core.hooks.contracts.access import Permission, Sensitivity

_CLINICAL = Sensitivity.CLINICAL
_IDENTITY = Sensitivity.IDENTITY
_ADMINISTRATIVE = Sensitivity.ADMINISTRATIVE
_TECHNICAL = Sensitivity.TECHNICAL


def _permission(
    code: str, label: str, sensitivity: Sensitivity, *, needs_patient: bool = False
) -> Permission:
    return Permission(code, label, sensitivity, needs_patient=needs_patient)


CORE_PERMISSIONS: tuple[Permission, ...] = (
    _permission("core.account.self", "Gérer son compte et ses sessions", Sensitivity.PUBLIC),
    _permission("core.patient.search", "Rechercher un patient", _IDENTITY),
    _permission(
        "core.identity.read", "Lire l'identité d'un patient", _IDENTITY, needs_patient=True
    ),
    _permission("core.identity.create", "Créer l'identité d'un patient", _IDENTITY),
    _permission(
        "core.identity.update",
        "Modifier les coordonnées et traits d'un patient",
        _IDENTITY,
        needs_patient=True,
    ),
    _permission(
        "core.identity.manage", "Qualifier, rapprocher et fusionner les identités", _IDENTITY
    ),
    _permission(
        "core.patient.read", "Ouvrir le dossier d'un patient", _CLINICAL, needs_patient=True
    ),
    _permission(
        "core.document.list",
        "Voir les titres des documents d'un patient",
        _ADMINISTRATIVE,
        needs_patient=True,
    ),
    _permission("core.document.read", "Lire un document", _CLINICAL, needs_patient=True),
    _permission(
        "core.document.write", "Déposer ou corriger un document", _CLINICAL, needs_patient=True
    ),
    _permission(
        "core.document.export", "Télécharger ou imprimer un document", _CLINICAL, needs_patient=True
    ),
    _permission(
        "core.opposition.manage",
        "Enregistrer l'opposition d'un patient",
        _IDENTITY,
        needs_patient=True,
    ),
    _permission(
        "core.care_team.manage",
        "Inviter un professionnel dans l'équipe de soins",
        _ADMINISTRATIVE,
        needs_patient=True,
    ),
    _permission(
        "core.audit.patient",
        "Voir qui a consulté le dossier d'un patient",
        _ADMINISTRATIVE,
        needs_patient=True,
    ),
    _permission("core.audit.read", "Consulter le journal des accès", _ADMINISTRATIVE),
    _permission("core.break_glass.review", "Contrôler les accès en urgence", _ADMINISTRATIVE),
    _permission("core.exchange.read", "Suivre les échanges", _TECHNICAL),
    _permission("core.exchange.manage", "Relancer ou suspendre un échange", _TECHNICAL),
    _permission("core.exchange.attach", "Rattacher un message à un patient", _IDENTITY),
    _permission("core.exchange.content", "Lire le contenu d'un message reçu", _CLINICAL),
    _permission("core.indicator.read", "Consulter les indicateurs", _ADMINISTRATIVE),
    _permission("core.admin.users", "Gérer les comptes et les demandes", _ADMINISTRATIVE),
    _permission("core.admin.roles", "Attribuer les rôles", _ADMINISTRATIVE),
    _permission("core.admin.organisations", "Gérer les établissements", _ADMINISTRATIVE),
    _permission("core.admin.settings", "Consulter les réglages", _TECHNICAL),
    _permission("core.admin.plugins", "Suivre les greffons", _TECHNICAL),
    _permission("core.admin.jobs", "Suivre les tâches planifiées", _TECHNICAL),
    _permission("core.api.docs", "Lire la documentation de l'API", _TECHNICAL),
)
"""Every permission of the core. Routes, roles and services refer to these codes."""
