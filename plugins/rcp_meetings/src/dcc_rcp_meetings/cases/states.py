"""The workflow of a case: its states, and the only steps between them."""

from enum import StrEnum

from dcc_core.api import Conflict, InvalidInput


class CaseState(StrEnum):
    """Where a case stands."""

    REQUESTED = "demandee"
    REGISTERED = "inscrite"
    PREPARED = "preparee"
    POSTPONED = "reportee"
    WITHDRAWN = "retiree"
    IN_SESSION = "en_seance"
    DISCUSSED = "discutee"
    RECORDED = "enregistree"
    DRAFTED = "redigee"
    VALIDATED = "validee"
    DISSEMINATED = "diffusee"
    RECTIFIED = "rectifiee"


STATE_LABELS = {
    CaseState.REQUESTED: "Demande",
    CaseState.REGISTERED: "Inscrit",
    CaseState.PREPARED: "Préparé",
    CaseState.POSTPONED: "Reporté",
    CaseState.WITHDRAWN: "Retiré",
    CaseState.IN_SESSION: "En discussion",
    CaseState.DISCUSSED: "Discuté",
    CaseState.RECORDED: "Enregistré",
    CaseState.DRAFTED: "Avis à signer",
    CaseState.VALIDATED: "Avis signé",
    CaseState.DISSEMINATED: "Diffusé",
    CaseState.RECTIFIED: "Avis rectifié",
}

_S = CaseState
_WAITING = frozenset({_S.REGISTERED, _S.PREPARED, _S.POSTPONED, _S.WITHDRAWN})
STEPS: dict[CaseState, frozenset[CaseState]] = {
    _S.REQUESTED: frozenset({_S.REGISTERED, _S.POSTPONED, _S.WITHDRAWN}),
    _S.REGISTERED: _WAITING - {_S.REGISTERED} | {_S.REQUESTED, _S.IN_SESSION, _S.RECORDED},
    _S.PREPARED: _WAITING - {_S.PREPARED} | {_S.REQUESTED, _S.IN_SESSION, _S.RECORDED},
    _S.POSTPONED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.IN_SESSION: _WAITING | {_S.DISCUSSED, _S.RECORDED},
    _S.DISCUSSED: frozenset({_S.IN_SESSION, _S.DRAFTED}),
    _S.RECORDED: frozenset({_S.IN_SESSION, _S.DRAFTED}),
    _S.DRAFTED: frozenset({_S.IN_SESSION, _S.DISCUSSED, _S.RECORDED, _S.VALIDATED, _S.RECTIFIED}),
    _S.VALIDATED: frozenset({_S.DISSEMINATED, _S.DRAFTED}),
    _S.DISSEMINATED: frozenset({_S.DRAFTED}),
    _S.RECTIFIED: frozenset({_S.DISSEMINATED, _S.DRAFTED}),
}
"""From each state, the states that may follow. A signed case goes back to ``DRAFTED`` only as the
draft of its next version.
"""

OFF_AGENDA = (CaseState.REQUESTED, CaseState.POSTPONED, CaseState.WITHDRAWN)
"""States in which a case takes no place on an agenda."""

TO_DISCUSS = (CaseState.REGISTERED, CaseState.PREPARED)
DECIDED = (CaseState.DISCUSSED, CaseState.RECORDED, CaseState.DRAFTED)
SIGNED = (CaseState.VALIDATED, CaseState.DISSEMINATED, CaseState.RECTIFIED)
OVER = (CaseState.POSTPONED, CaseState.WITHDRAWN)
WRITABLE = (CaseState.REQUESTED, *TO_DISCUSS, CaseState.IN_SESSION, *DECIDED)
"""States in which the fiche may be written."""


class SideReason(StrEnum):
    """Why a case was postponed or withdrawn; no national list exists."""

    MISSING_PARTS = "pieces_manquantes"
    NO_QUORUM = "quorum_absent"
    PRESENTER_ABSENT = "presentateur_absent"
    DECEASED = "patient_decede"
    OPPOSED = "opposition"
    DUPLICATE = "doublon"
    TREATED = "deja_traite"
    REFERRED = "oriente_recours"
    NO_TIME = "manque_de_temps"
    IDENTITY = "identite_non_qualifiee"
    SESSION_CANCELLED = "seance_annulee"
    OTHER = "autre"


REASON_LABELS = {
    SideReason.MISSING_PARTS: "Pièces manquantes",
    SideReason.NO_QUORUM: "Quorum absent",
    SideReason.PRESENTER_ABSENT: "Présentateur absent",
    SideReason.DECEASED: "Patient décédé",
    SideReason.OPPOSED: "Refus ou opposition du patient",
    SideReason.DUPLICATE: "Doublon",
    SideReason.TREATED: "Déjà traité en urgence",
    SideReason.REFERRED: "Orienté vers une RCP de recours",
    SideReason.NO_TIME: "Manque de temps",
    SideReason.IDENTITY: "Identité non qualifiée",
    SideReason.SESSION_CANCELLED: "Séance annulée",
    SideReason.OTHER: "Autre motif",
}


class Lane(StrEnum):
    """How a case is treated (JDV_StatutCasPresente_CISIS)."""

    DISCUSSION = "discussion"
    RECORDING = "enregistrement"


def refuse_step(before: CaseState, after: CaseState) -> None:
    """Refuse a step that the workflow does not have.

    Raises:
        Conflict: ``RCP-401``.
    """
    if after not in STEPS[before]:
        raise Conflict(
            "RCP-401",
            f"Ce dossier est à l'état « {STATE_LABELS[before]} » : il ne peut pas passer à "
            f"« {STATE_LABELS[after]} ». Rechargez la page.",
            state=before.value,
        )


def side_reason(given: str, text: str = "") -> SideReason:
    """Return a reason from what a person chose.

    Raises:
        InvalidInput: ``RCP-404`` no reason, or ``autre`` without words.
    """
    try:
        reason = SideReason(given)
    except ValueError:
        raise InvalidInput(
            "RCP-404", "Choisissez un motif dans la liste.", field="reason"
        ) from None
    if reason is SideReason.OTHER and not text.strip():
        raise InvalidInput("RCP-404", "Précisez le motif.", field="reason_text")
    return reason
