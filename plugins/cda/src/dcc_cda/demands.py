"""What a CDA document cannot do without: found before writing, all at once, in French."""

from collections.abc import Iterator

from dcc_cda.frcp.filled import FilledSlots
from dcc_cda.standards import frcp
from dcc_core.api import ClinicalDocument, Coded, PermanentExchangeError, Role

_RCP_IDENTIFIERS = {
    frcp.NETWORK_ROOT: "du réseau régional",
    frcp.MANAGER_ROOT: "du gestionnaire de la RCP",
    frcp.RCP_ROOT: "de la RCP",
}


def require_header(document: ClinicalDocument) -> None:
    """Raise ``PermanentExchangeError`` (``DCC-CDA-001``) when the header lacks a mandatory part."""
    _refuse("DCC-CDA-001", list(_missing_from_header(document)))


def require_frcp(document: ClinicalDocument, slots: FilledSlots) -> None:
    """Raise ``PermanentExchangeError`` (``DCC-CDA-002``) when the volet demands what neither the
    meeting nor the form says, and which may not be stated as absent.
    """
    known = {one.root for one in document.encounter.identifiers if one.extension}
    missing = [
        f"l'identifiant {what}" for root, what in _RCP_IDENTIFIERS.items() if root not in known
    ]
    if _is_only_recorded(slots) and "cadre.référentiel" not in slots:
        missing.append("le référentiel appliqué, qu'un cas enregistré sans discussion doit citer")
    _refuse("DCC-CDA-002", missing)


def _is_only_recorded(slots: FilledSlots) -> bool:
    given = slots.one("motif.statut_cas")
    status = given.value if given else None
    return isinstance(status, Coded) and status.code == frcp.CASE_RECORDED.code


def _refuse(code: str, missing: list[str]) -> None:
    if missing:
        raise PermanentExchangeError(
            code,
            f"Le document ne peut pas être produit en CDA : il manque {', '.join(missing)}. "
            "Complétez la fiche ou la description de la RCP, puis relancez l'envoi.",
        )


def _missing_from_header(document: ClinicalDocument) -> Iterator[str]:
    for role, what in (
        (Role.AUTHOR, "l'auteur"),
        (Role.LEGAL_AUTHENTICATOR, "le responsable du document"),
    ):
        people = [part.professional for part in document.having(role) if part.professional]
        if not people:
            yield what
        elif not people[0].national_id or people[0].specialty is None:
            yield f"l'identifiant national ou la spécialité de {what}".replace("de le ", "du ")
    if not document.custodian.national_id:
        yield "l'identifiant national de l'établissement qui conserve le document"
    if not document.service_events or document.service_events[0].period.low is None:
        yield "la date de l'acte principal"
    if document.encounter.facility is None:
        yield "l'établissement de la prise en charge"
