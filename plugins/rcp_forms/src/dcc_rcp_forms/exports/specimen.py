"""A complete document around one in-file test: fictitious patient, session and people.

A form's author sees what the nation will receive. Nobody in it exists.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from dcc_core.api import (
    ClinicalDocument,
    Coded,
    DocumentIdentifier,
    Encounter,
    Entry,
    IdentityStatus,
    Organisation,
    Participation,
    PatientIdentifier,
    PatientTraits,
    Period,
    Professional,
    Role,
    ServiceEvent,
    Sex,
)
from dcc_core.api import Section as DocumentSection
from dcc_rcp_forms.exports.answers import Fiche
from dcc_rcp_forms.exports.document import document_sections

# CI-SIS, volet structuration minimale and volet FRCP 2022.01.
_LOINC = "2.16.840.1.113883.6.1"
_SPECIALTIES = "1.2.250.1.213.1.1.4.5"
_INS_NIR_TEST = "1.2.250.1.213.1.4.10"
_CARE_TEAM = Coded("353", "1.2.250.1.213.1.6.1.107", "Membre de l'équipe de soins")
_NETWORK, _MANAGER, _MEETING = (f"1.2.250.1.161.1.20.{n}.1" for n in (1, 2, 3))
_APPROVED = Coded("9571008", "2.16.840.1.113883.6.96", "approuvé")
_CASE_STATUS = "motif.statut_cas"
_DISCUSSED = Coded("ORG-134", "1.2.250.1.213.1.1.4.322", "Cas discuté")
_SESSION_DAY = date(2026, 3, 12)

_HOSPITAL = Organisation(
    national_id="1310000000",
    name="Centre hospitalier de démonstration",
    address_lines=("1 allée des Essais",),
    postal_code="31000",
    city="TOULOUSE",
    telecom=("tel:+33500000000",),
)


def specimen_document(fiche: Fiche, session_date: str = "") -> ClinicalDocument:
    """Return the document of a fiche, with a qualified fictitious patient."""
    day = date.fromisoformat(session_date) if len(session_date) == 10 else _SESSION_DAY
    held = datetime.combine(day, time(17, 30), UTC)
    sections = document_sections(fiche)
    title = f"FRCP Réseau démo / 3C démo / {fiche.form.title}"
    return ClinicalDocument(
        document_id="2.25.271828182845904523536028747135266249775",
        set_id="2.25.314159265358979323846264338327950288419",
        version=1,
        document_class="FRCP",
        type_code=Coded("34794-8", _LOINC, "CR de réunion de concertation pluridisciplinaire"),
        title=title,
        created_at=held.replace(hour=18, minute=5),
        patient=_patient(fiche),
        participations=_participations(held),
        custodian=_HOSPITAL,
        service_events=(ServiceEvent(None, Period(low=held), _physician(1), text=title),),
        encounter=Encounter(
            Period(low=held),
            (
                DocumentIdentifier(_NETWORK, "0001"),
                DocumentIdentifier(_MANAGER, "000101"),
                DocumentIdentifier(_MEETING, "00010101"),
            ),
            facility=_HOSPITAL,
        ),
        sections=(*sections, _session_facts(sections)),
    )


def _session_facts(sections: tuple[DocumentSection, ...]) -> DocumentSection:
    """Return what the meeting states, not the form: the document is approved, and the case was
    discussed unless the form says that it was only recorded.
    """
    facts = [Entry(code=None, slot="document.statut", value=_APPROVED)]
    stated = {e.slot for top in sections for section in top.walk() for e in section.entries}
    if _CASE_STATUS not in stated:
        facts.append(Entry(code=None, slot=_CASE_STATUS, value=_DISCUSSED))
    return DocumentSection("statut_document", "Statut du document", entries=tuple(facts))


def _patient(fiche: Fiche) -> PatientTraits:
    is_male = fiche.answers.get("sexe") == "M"
    return PatientTraits(
        birth_family_name="DÉMO-PAT-TROIS",
        first_given_name="DOMINIQUE",
        birth_given_names=("DOMINIQUE",),
        birth_date=date(1979, 3, 28),
        sex=Sex.MALE if is_male else Sex.FEMALE,
        birth_place_insee="51215",
        used_family_name="DÉMO-D'HAUTEVILLE",
        used_given_name="DOMINIQUE",
        identifiers=(PatientIdentifier(_INS_NIR_TEST, "279035121518989", "INS"),),
        status=IdentityStatus.QUALIFIED,
    )


_PEOPLE = (
    ("LAURENT", "Camille", "SM36", "Oncologie, opt médicale"),
    ("D'ARGENT", "Élise", "SM45", "Radio-thérapie"),
    ("MERCIER", "Noé", "SM01", "Anatomie et Cytologie pathologiques"),
    ("BLANC", "Inès", "SM26", "Médecine Générale"),
)


def _physician(number: int) -> Professional:
    family, given, specialty, label = _PEOPLE[number - 1]
    return Professional(
        national_id=f"899900000{number:03}",
        family_name=f"DÉMO-{family}",
        given_name=given,
        title="DR",
        specialty=Coded(f"G15_10/{specialty}", _SPECIALTIES, f"Médecin - {label} (SM)"),
        organisation=_HOSPITAL,
        telecom=(f"tel:+335000000{number:02}",),
    )


def _participations(held: datetime) -> tuple[Participation, ...]:
    function = replace(_CARE_TEAM, original_text="Coordonnateur de la RCP")
    return (
        Participation(Role.AUTHOR, _physician(1), held, function),
        Participation(Role.LEGAL_AUTHENTICATOR, _physician(1), held),
        Participation(Role.COORDINATOR, _physician(1)),
        Participation(Role.REQUESTER, _physician(2)),
        Participation(Role.PRESENTER, _physician(2)),
        *(Participation(Role.QUORUM_MEMBER, _physician(number)) for number in (1, 2, 3)),
        Participation(Role.GENERAL_PRACTITIONER, _physician(4)),
    )
