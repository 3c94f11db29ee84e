"""Fictitious reports: what a dossier holds after two years, as neutral documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from dcc_core.hooks.contracts.documents import (
    BulletList,
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
from dcc_core.hooks.contracts.identity import PatientTraits

_LOINC = "2.16.840.1.113883.6.1"
_SPAN = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report: its code, its title and what it may say."""

    document_class: str
    code: Coded
    title: str
    findings: tuple[str, ...]
    conclusions: tuple[str, ...]


KINDS = (
    Kind(
        "CR-ACP",
        Coded("60568-3", _LOINC, "CR d'anatomie et de cytologie pathologiques", "LOINC"),
        "Compte rendu d'anatomopathologie",
        ("Quatre fragments biopsiques de 12 mm.", "Pièce opératoire orientée, encrée."),
        (
            "Carcinome infiltrant de type non spécifique, grade 2.",
            "Adénocarcinome bien différencié, exérèse en marges saines.",
            "Absence de prolifération tumorale sur le matériel examiné.",
        ),
    ),
    Kind(
        "CR",
        Coded("18748-4", _LOINC, "CR d'imagerie médicale", "LOINC"),
        "Scanner thoraco-abdomino-pelvien",
        ("Acquisition après injection, comparée à l'examen précédent.",),
        ("Pas de lésion secondaire décelable.", "Stabilité des lésions hépatiques connues."),
    ),
    Kind(
        "CR",
        Coded("11488-4", _LOINC, "CR de consultation", "LOINC"),
        "Consultation d'oncologie",
        ("État général conservé, OMS 1.", "Poids stable, pas de douleur rapportée."),
        ("Poursuite du traitement en cours.", "Présentation en RCP proposée au patient."),
    ),
    Kind(
        "CR",
        Coded("34112-3", _LOINC, "CR hospitalier", "LOINC"),
        "Compte rendu d'hospitalisation",
        ("Suites opératoires simples, sortie au troisième jour.",),
        ("Consultation de contrôle à un mois.",),
    ),
)


def write_reports(
    traits: PatientTraits,
    *,
    patient_id: UUID,
    authors: list[Professional],
    now: datetime,
    chance: Random,
) -> Iterator[ClinicalDocument]:
    """Yield between none and four reports of a patient over two years, oldest first."""
    moments = sorted(now - chance.random() * _SPAN for _ in range(chance.randint(0, 4)))
    for number, at in enumerate(moments):
        yield _report(traits, patient_id, chance.choice(KINDS), number, at, authors, chance)


def _report(
    traits: PatientTraits,
    patient_id: UUID,
    kind: Kind,
    number: int,
    at: datetime,
    authors: list[Professional],
    chance: Random,
) -> ClinicalDocument:
    author = chance.choice(authors)
    hospital = author.organisation or Organisation("1990000010", "CHU DÉMO DU SUD")
    oid = f"2.25.{uuid5(patient_id, f'report-{number}').int}"
    signed = Participation(Role.AUTHOR, author, at)
    return ClinicalDocument(
        document_id=f"{oid}.1",
        set_id=oid,
        version=1,
        document_class=kind.document_class,
        type_code=kind.code,
        title=kind.title,
        created_at=at,
        patient=traits,
        participations=(signed, Participation(Role.LEGAL_AUTHENTICATOR, author, at)),
        custodian=hospital,
        service_events=(ServiceEvent(kind.code, Period(at), author),),
        encounter=Encounter(Period(at), facility=hospital),
        sections=(
            Section("constatations", "Constatations", (Paragraph(chance.choice(kind.findings)),)),
            Section("conclusion", "Conclusion", (BulletList((chance.choice(kind.conclusions),)),)),
        ),
    )
