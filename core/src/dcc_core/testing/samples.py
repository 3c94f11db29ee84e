"""Visibly fictitious patients and documents, to feed hooks with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from dcc_core.hooks.contracts.documents import (
    ClinicalDocument,
    Coded,
    Encounter,
    Organisation,
    Paragraph,
    Participation,
    Period,
    Professional,
    Role,
    Section,
    ServiceEvent,
)
from dcc_core.hooks.contracts.identity import (
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)

TEST_INS_OID = "1.2.250.1.213.1.4.10"
_LOINC = "2.16.840.1.113883.6.1"
_PS = "1.2.250.1.71.4.2.1"


def sample_traits(**changes: Any) -> PatientTraits:
    """Return the official test identity of the national examples, under the test OID."""
    traits = PatientTraits(
        birth_family_name="PAT-TROIS",
        first_given_name="DOMINIQUE",
        birth_given_names=("DOMINIQUE", "MARIE-LOUISE"),
        birth_date=date(1979, 3, 28),
        sex=Sex.FEMALE,
        birth_place_insee="51215",
        identifiers=(PatientIdentifier(TEST_INS_OID, "279035121518989", "INS"),),
        status=IdentityStatus.QUALIFIED,
    )
    return replace(traits, **changes)


def sample_document(**changes: Any) -> ClinicalDocument:
    """Return a small, complete document of the fictitious patient."""
    hospital = Organisation(
        "1310000000", "Hôpital DÉMO", Coded("ETABLISSEMENT", _PS, "Établissement")
    )
    doctor = Professional(
        "899700000001",
        "DÉMO-ARCAN",
        "Camille",
        organisation=hospital,
        specialty=Coded("G15_10/SM36", "1.2.250.1.213.1.1.4.5", "Oncologue médical"),
    )
    at = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    document = ClinicalDocument(
        document_id="1.2.250.1.999.1.1",
        set_id="1.2.250.1.999.1",
        version=1,
        document_class="CR",
        type_code=Coded("11488-4", _LOINC, "CR de consultation"),
        title="Compte rendu de démonstration",
        created_at=at,
        patient=sample_traits(),
        participations=(
            Participation(Role.AUTHOR, doctor, at),
            Participation(Role.LEGAL_AUTHENTICATOR, doctor, at),
        ),
        custodian=hospital,
        service_events=(ServiceEvent(None, Period(at), doctor),),
        encounter=Encounter(Period(at), facility=hospital),
        sections=(Section("conclusion", "Conclusion", (Paragraph("Texte de démonstration."),)),),
    )
    return replace(document, **changes)
