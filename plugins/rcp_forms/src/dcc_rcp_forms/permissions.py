"""The rights of the plugin and the roles that hold them unless a region decides otherwise."""

from dcc_core.api import Permission, Sensitivity

READ = "rcp_forms.form.read"
EDIT = "rcp_forms.form.edit"
PUBLISH = "rcp_forms.form.publish"

_EXPERTS = frozenset({"dsrc_expert"})
_READERS = _EXPERTS | {
    "physician",
    "rcp_participant",
    "rcp_coordinator",
    "coordination_3c",
    "regional_admin",
}

STUDIO_PERMISSIONS = (
    Permission(
        READ, "Lire les formulaires et leurs versions", Sensitivity.ADMINISTRATIVE, _READERS
    ),
    Permission(EDIT, "Écrire et proposer un formulaire", Sensitivity.ADMINISTRATIVE, _EXPERTS),
    Permission(PUBLISH, "Relire et publier un formulaire", Sensitivity.ADMINISTRATIVE, _EXPERTS),
)

FICHE_READ = "rcp_forms.fiche.read"
FICHE_WRITE = "rcp_forms.fiche.write"

_WRITERS = frozenset({"physician", "rcp_coordinator"})

FICHE_PERMISSIONS = (
    Permission(
        FICHE_READ,
        "Lire les fiches RCP d'un patient",
        Sensitivity.CLINICAL,
        _WRITERS | {"rcp_participant"},
        needs_patient=True,
    ),
    Permission(
        FICHE_WRITE,
        "Remplir une fiche RCP",
        Sensitivity.CLINICAL,
        _WRITERS,
        needs_patient=True,
    ),
)
