"""The signed document: the fiche, the session and the proof of the quorum as a neutral document.

Header and mandatory statements: CI-SIS, volet CANCER-FRCP 2022.01 (template 1.2.250.1.213.1.1.1.8).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dcc_core.api import (
    ClinicalDocument,
    Coded,
    DocumentIdentifier,
    Encounter,
    Entry,
    InvalidInput,
    Participation,
    PatientTraits,
    Period,
    Role,
    Section,
    ServiceEvent,
    Table,
)
from dcc_core.api import Professional as Person
from dcc_rcp_forms.api import FicheOut, FilledFiche, document_sections
from dcc_rcp_meetings.cases.professionals import Professionals, organisation_of
from dcc_rcp_meetings.cases.states import Lane
from dcc_rcp_meetings.directory.models import RcpKind
from dcc_rcp_meetings.directory.specialities import speciality_label
from dcc_rcp_meetings.people import Person as Signer
from dcc_rcp_meetings.quorum.engine import PHYSICIAN, QuorumState
from dcc_rcp_meetings.tables import Case, Meeting, Rcp

_ANS = "1.2.250.1.213.1.1.4.322"
_TYPE = Coded(
    "34794-8", "2.16.840.1.113883.6.1", "CR de réunion de concertation pluridisciplinaire"
)
_NETWORK, _MANAGER, _RCP = (f"1.2.250.1.161.1.20.{number}.1" for number in (1, 2, 3))
_SESSION = "1.2.250.1.213.1.1.9"
_CARE_TEAM = Coded("353", "1.2.250.1.213.1.6.1.107", "Membre de l'équipe de soins")
_APPROVED = Coded("9571008", "2.16.840.1.113883.6.96", "approuvé")
_CASE_STATUS = {
    Lane.DISCUSSION: Coded("ORG-134", _ANS, "Cas discuté"),
    Lane.RECORDING: Coded("ORG-128", _ANS, "Cas enregistré"),
}
_QUORUM = {
    QuorumState.REACHED: Coded("ORG-126", _ANS, "Quorum atteint"),
    QuorumState.NOT_REACHED: Coded("ORG-133", _ANS, "Quorum non atteint"),
    QuorumState.UNKNOWN: Coded("GEN-010", _ANS, "Ne sait pas"),
}


@dataclass(frozen=True, slots=True)
class Edition:
    """Which version of which document is made, and when."""

    document_id: str
    set_id: str
    version: int
    replaces: str | None
    signed_at: datetime


def case_document(
    row: Case,
    rcp: Rcp,
    meeting: Meeting,
    fiche: FicheOut,
    *,
    patient: PatientTraits,
    signer: Signer,
    people: Professionals,
    edition: Edition,
) -> ClinicalDocument:
    """Return the document of a concluded case.

    Raises:
        InvalidInput: ``RCP-421`` the directory lacks what the header demands, ``RCP-422`` a staff
            gives no RCP opinion, ``RCP-420`` the signer's speciality is not known.
    """
    refuse_incomplete_header(rcp)
    doctor = people.named(signer.national_id, signer.name, signer.speciality)
    if not doctor.national_id or doctor.specialty is None:
        raise InvalidInput(
            "RCP-420",
            "Votre numéro national ou votre spécialité manquent à votre compte : "
            "l'avis ne peut pas être signé. Complétez-les avec votre 3C.",
        )
    held = row.discussed_at or meeting.starts_at
    hospital = organisation_of(rcp)
    title = " / ".join(
        (f"FRCP {rcp.coordination['network_name']}", rcp.coordination["manager_name"], rcp.name)
    )
    quorum = QuorumState(row.quorum.get("état", QuorumState.UNKNOWN))
    return ClinicalDocument(
        document_id=edition.document_id,
        set_id=edition.set_id,
        version=edition.version,
        document_class="FRCP",
        type_code=_TYPE,
        title=title,
        created_at=edition.signed_at,
        patient=patient,
        participations=tuple(_participations(row, doctor, people, edition.signed_at)),
        custodian=hospital,
        service_events=(ServiceEvent(None, Period(low=held), doctor, text=title),),
        encounter=Encounter(Period(low=held), _identifiers(rcp, meeting), facility=hospital),
        sections=(
            *document_sections(FilledFiche(fiche.loaded.form, fiche.answers, fiche.state)),
            *_facts(row, fiche, quorum),
        ),
        replaces=edition.replaces,
        attributes=(("quorum", quorum.value), ("lane", row.lane), ("motive", row.motive)),
    )


def refuse_incomplete_header(rcp: Rcp) -> None:
    """Refuse to sign for an RCP that cannot be named as the nation demands.

    Raises:
        InvalidInput: ``RCP-421``, ``RCP-422``.
    """
    if rcp.kind == RcpKind.STAFF:
        raise InvalidInput(
            "RCP-422",
            "Un staff ne produit pas d'avis de RCP. Déclarez la RCP à l'annuaire, ou inscrivez "
            "le patient à une RCP déclarée.",
        )
    needed = {
        "le réseau et son identifiant": all(
            rcp.coordination.get(name) for name in ("network_name", "network_id")
        ),
        "le 3C et son identifiant": all(
            rcp.coordination.get(name) for name in ("manager_name", "manager_id")
        ),
        "l'identifiant national de la RCP": bool(rcp.anrcp_id),
        "l'établissement, son FINESS et son adresse": all(
            rcp.organiser.get(name) for name in ("finess", "name", "address", "city")
        ),
    }
    missing = [what for what, is_there in needed.items() if not is_there]
    if missing:
        raise InvalidInput(
            "RCP-421",
            f"Il manque à l'annuaire, pour cette RCP : {', '.join(missing)}. "
            "Complétez-la, puis signez.",
        )


def _identifiers(rcp: Rcp, meeting: Meeting) -> tuple[DocumentIdentifier, ...]:
    return (
        DocumentIdentifier(_NETWORK, rcp.coordination["network_id"]),
        DocumentIdentifier(_MANAGER, rcp.coordination["manager_id"]),
        DocumentIdentifier(_RCP, rcp.anrcp_id),
        DocumentIdentifier(_SESSION, f"{meeting.starts_at:%Y%m%d%H%M}"),
    )


def _participations(
    row: Case, doctor: Person, people: Professionals, at: datetime
) -> Iterator[Participation]:
    function = replace(_CARE_TEAM, original_text="Coordonnateur de la RCP")
    yield Participation(Role.AUTHOR, doctor, at, function)
    yield Participation(Role.LEGAL_AUTHENTICATOR, doctor, at)
    yield Participation(Role.COORDINATOR, doctor)
    for role, who in ((Role.REQUESTER, row.requester), (Role.PRESENTER, row.presenter)):
        if who.get("national_id"):
            yield Participation(role, people.named(who["national_id"], who["name"]))
    for one in row.quorum.get("participants", ()):
        counts = one["profession"] == PHYSICIAN and one["spécialités"]
        role = Role.QUORUM_MEMBER if counts else Role.ATTENDEE
        speciality = one["spécialités"][0] if one["spécialités"] else ""
        yield Participation(role, people.named(one["clé"], one["nom"], speciality))


def _facts(row: Case, fiche: FicheOut, quorum: QuorumState) -> Iterator[Section]:
    """State what the form does not: it is approved, how the case was treated, who was there."""
    stated = {field.slot for field in fiche.loaded.form.fields() if field.id in fiche.answers}
    facts = {
        "motif.statut_cas": _CASE_STATUS[Lane(row.lane)],
        "dossier.quorum": _QUORUM[quorum],
        "document.statut": _APPROVED,
    }
    entries = tuple(
        Entry(code=None, slot=slot, value=value)
        for slot, value in facts.items()
        if slot not in stated
    )
    yield Section("statut_document", "Statut du document", entries=entries)
    if row.quorum.get("participants"):
        yield Section("composition", "Composition de la réunion", (_who_was_there(row),))


def _who_was_there(row: Case) -> Table:
    rows = tuple(
        (
            one["nom"],
            ", ".join(speciality_label(code) for code in one["spécialités"]) or "Non renseignée",
            one["mode"].capitalize(),
        )
        for one in row.quorum["participants"]
    )
    rule = row.quorum.get("règle") or "aucune"
    return Table(("Participant", "Spécialité", "Présence"), rows, f"Règle de quorum : {rule}")
