"""Fictitious documents: what previews, benchmarks and tests render. Nobody in them exists."""

from dataclasses import replace
from datetime import UTC, date, datetime

from dcc_cda.standards import ci_sis, frcp
from dcc_cda.standards.terminologies import CIM_10, CIM_O, NCIT, TNM_UICC, asip, snomed
from dcc_core.api import (
    BulletList,
    ClinicalDocument,
    Coded,
    DocumentIdentifier,
    Encounter,
    Entry,
    EntryKind,
    IdentityStatus,
    Mood,
    Organisation,
    Paragraph,
    Participation,
    PatientIdentifier,
    PatientTraits,
    Period,
    Professional,
    Role,
    Section,
    ServiceEvent,
    Sex,
    Table,
)

SESSION = datetime(2026, 3, 12, 17, 30, tzinfo=UTC)

HOSPITAL = Organisation(
    national_id="1310000000",
    name="Centre hospitalier de démonstration",
    address_lines=("1 allée des Essais",),
    postal_code="31000",
    city="TOULOUSE",
    telecom=("tel:+33500000000",),
)


def professional(number: int, family: str, given: str, specialty: str, label: str) -> Professional:
    """Return a fictitious physician of the demonstration hospital."""
    return Professional(
        national_id=f"899900000{number:03}",
        family_name=f"DÉMO-{family}",
        given_name=given,
        title="DR",
        specialty=Coded(f"G15_10/{specialty}", ci_sis.SPECIALTIES, f"Médecin - {label} (SM)"),
        organisation=HOSPITAL,
        telecom=(f"tel:+335000000{number:02}",),
    )


ONCOLOGIST = professional(1, "LAURENT", "Camille", "SM36", "Oncologie, opt médicale")
RADIOTHERAPIST = professional(2, "D'ARGENT", "Élise", "SM45", "Radio-thérapie")
PATHOLOGIST = professional(3, "MERCIER", "Noé", "SM01", "Anatomie et Cytologie pathologiques")
GENERAL_PRACTITIONER = professional(4, "BLANC", "Inès", "SM26", "Médecine Générale")

PATIENT = PatientTraits(
    birth_family_name="DÉMO-PAT-TROIS",
    first_given_name="DOMINIQUE",
    birth_given_names=("DOMINIQUE", "MARIE-LOUISE"),
    birth_date=date(1979, 3, 28),
    sex=Sex.FEMALE,
    birth_place_insee="51215",
    used_family_name="DÉMO-D'HAUTEVILLE",
    used_given_name="DOMINIQUE",
    identifiers=(
        PatientIdentifier(ci_sis.INS_NIR_TEST, "279035121518989", "INS"),
        PatientIdentifier("1.2.250.1.999.1.1", "DEMO-000123", "IPP"),
    ),
    status=IdentityStatus.QUALIFIED,
    address_lines=("2 rue des Tests",),
    postal_code="31000",
    city="TOULOUSE",
    telecom=("tel:+33600000000",),
)


def slot(name: str, value: object = None, **more: object) -> Entry:
    """Return an entry as a form gives it: a slot and a value."""
    return replace(Entry(code=None, slot=name), value=value, **more)  # type: ignore[arg-type]


def frcp_specimen() -> ClinicalDocument:
    """Return a complete breast tumour-board form: every section of the volet has content."""
    return ClinicalDocument(
        document_id="2.25.271828182845904523536028747135266249775",
        set_id="2.25.314159265358979323846264338327950288419",
        version=1,
        document_class="FRCP",
        type_code=frcp.TYPE,
        title="FRCP ONCO DÉMO / 3C Démo / Sein",
        created_at=datetime(2026, 3, 12, 18, 5, 12, tzinfo=UTC),
        patient=PATIENT,
        participations=_participations(),
        custodian=HOSPITAL,
        service_events=(
            ServiceEvent(None, Period(low=SESSION), ONCOLOGIST, text="ONCO DÉMO / 3C Démo / Sein"),
        ),
        encounter=Encounter(
            Period(low=SESSION),
            (
                DocumentIdentifier(frcp.NETWORK_ROOT, "7601"),
                DocumentIdentifier(frcp.MANAGER_ROOT, "760114"),
                DocumentIdentifier(frcp.RCP_ROOT, "76011113"),
                DocumentIdentifier(frcp.SESSION_ROOT, "20260312"),
            ),
            facility=HOSPITAL,
        ),
        sections=_sections(),
    )


def _participations() -> tuple[Participation, ...]:
    coordinator_words = replace(ci_sis.CARE_TEAM_MEMBER, original_text="Coordonnateur de la RCP")
    return (
        Participation(Role.AUTHOR, ONCOLOGIST, SESSION, coordinator_words),
        Participation(Role.LEGAL_AUTHENTICATOR, ONCOLOGIST, SESSION),
        Participation(Role.COORDINATOR, ONCOLOGIST),
        Participation(Role.REQUESTER, RADIOTHERAPIST),
        Participation(Role.PRESENTER, RADIOTHERAPIST),
        Participation(Role.QUORUM_MEMBER, ONCOLOGIST),
        Participation(Role.QUORUM_MEMBER, RADIOTHERAPIST),
        Participation(Role.QUORUM_MEMBER, PATHOLOGIST),
        Participation(Role.GENERAL_PRACTITIONER, GENERAL_PRACTITIONER),
    )


def _sections() -> tuple[Section, ...]:
    return (
        Section("motif", "Motif", entries=_reason()),
        Section("decouverte", "Découverte", entries=(slot("découverte.dépistage", True),)),
        Section("diagnostic", "Tumeur", entries=_tumour()),
        Section("antecedents", "Antécédents", (BulletList(("Appendicectomie (1994)",)),)),
        Section("comorbidites", "Comorbidités", (Paragraph("Hypertension artérielle traitée."),)),
        Section("statut_fonctionnel", "Clinique", entries=_condition()),
        Section("examens", "Examens", (_biology(),), _exams()),
        Section("phase", "Phase", entries=_phase()),
        Section("traitements", "Traitements", entries=_past_treatments()),
        Section("cro", "Compte rendu opératoire", entries=(_operation(),)),
        Section("acp", "Anatomopathologie", (Paragraph("HER2 0, Ki67 12 %."),), (_pathology(),)),
        Section("gm", "Génétique moléculaire", entries=(_genetics(),)),
        Section("lesion", "Lésion", (Paragraph("22 mm", label="Taille à l'imagerie"),)),
        Section("synthese", "Synthèse", entries=_story()),
        Section("dossier", "Dossier", entries=_file()),
        Section("plan_de_soins", "Proposition", entries=_plan()),
        Section("cadre", "Cadre", entries=_frame()),
        Section("commentaire", "Commentaire", (Paragraph("Souhaite être accompagnée."),)),
        Section("statut_document", "Statut", entries=(slot("document.statut", frcp.APPROVED),)),
    )


def _reason() -> tuple[Entry, ...]:
    breast = snomed("76752008", "sein")
    return (
        slot("rcp.nature", frcp.ORGAN_RCP),
        slot("rcp.appareil", breast),
        slot("rcp.organe", breast),
        slot("rcp.recours", False),
        slot("rcp.pédiatrique", False),
        slot("motif.avis_diagnostique", False),
        slot("motif.proposition", True),
        slot("motif.recours", False),
        slot("motif.pédiatrie", False),
        slot("motif.statut_cas", frcp.CASE_DISCUSSED),
    )


def _tumour() -> tuple[Entry, ...]:
    return (
        slot("tumeur.date", date(2026, 2, 20)),
        slot(
            "tumeur.topographie",
            Coded("C50.2", CIM_10, "Tumeur maligne du quadrant supéro-interne du sein"),
        ),
        slot("tumeur.latéralité", snomed("24028007", "droit")),
        slot("tumeur.morphologie", Coded("8500/3", CIM_O, "Carcinome canalaire infiltrant, SAI")),
        slot("tumeur.t", Coded("T2", TNM_UICC, "T2", version="8")),
        slot("tumeur.n", Coded("N0", TNM_UICC, "N0", version="8")),
        slot("tumeur.m", Coded("M0", TNM_UICC, "M0", version="8")),
        slot("tumeur.autre_stade", "Stade IIA"),
        slot("tumeur.autre_stade.nom", "AJCC"),
        slot("tumeur.autre_stade.version", "8"),
    )


def _condition() -> tuple[Entry, ...]:
    return (
        slot("clinique.oms", asip("MED-240", "Stade 0"), effective=date(2026, 3, 10)),
        slot("clinique.fragilité", 15, effective=date(2026, 3, 10), text="G8"),
        slot("clinique.douleur", 2),
    )


def _biology() -> Table:
    return Table(("Dosage", "Valeur"), (("CA 15-3", "18 kUI/l"), ("ACE", "1,2 µg/l")), "Biologie")


def _exams() -> tuple[Entry, ...]:
    return (
        slot("examens", "Masse de 22 mm, ACR 5", text="Mammographie", effective=date(2026, 2, 10)),
        slot("examens", "Pas de lésion suspecte", text="TDM TAP", effective=date(2026, 2, 27)),
    )


def _phase() -> tuple[Entry, ...]:
    return (
        slot("phase", frcp.INITIAL_PHASE, effective=date(2026, 3, 10)),
        slot("progression", True),
        slot("progression.locale", True),
        slot("progression.régionale", False),
        slot("progression.à_distance", False),
    )


def _treatment(name: str, code: Coded, **more: object) -> Entry:
    return replace(Entry(code=code, slot=name), **more)  # type: ignore[arg-type]


def _past_treatments() -> tuple[Entry, ...]:
    return (
        _treatment(
            "traitements",
            snomed("387713003", "Chirurgie"),
            effective=Period(date(2026, 2, 25), date(2026, 2, 25)),
            text="Tumorectomie et ganglion sentinelle",
            status="completed",
        ),
    )


def _operation() -> Entry:
    return slot(
        "cro.conclusion",
        "Exérèse complète, suites simples.",
        effective=Period(date(2026, 2, 25), date(2026, 2, 25)),
        performer=ONCOLOGIST,
        author=Participation(Role.AUTHOR, ONCOLOGIST, SESSION),
    )


def _pathology() -> Entry:
    return slot(
        "acp.conclusion",
        "Carcinome infiltrant de type non spécifique, grade 2, RE 90 %, RP 60 %.",
        effective=Period(date(2026, 3, 2), date(2026, 3, 4)),
        performer=PATHOLOGIST,
        author=Participation(Role.AUTHOR, PATHOLOGIST, SESSION),
    )


def _genetics() -> Entry:
    return slot(
        "gm.conclusion",
        "Pas de variant pathogène de BRCA1 ni BRCA2.",
        effective=Period(date(2026, 3, 2), date(2026, 3, 9)),
        performer=PATHOLOGIST,
        author=Participation(Role.AUTHOR, PATHOLOGIST, SESSION),
    )


def _story() -> tuple[Entry, ...]:
    return (
        slot("synthèse", "Patiente de 46 ans, tumeur du sein droit découverte au dépistage."),
        slot("question", "Indication d'une chimiothérapie adjuvante ?"),
    )


def _file() -> tuple[Entry, ...]:
    return (slot("dossier.complet", True), slot("dossier.quorum", frcp.QUORUM_REACHED))


def _plan() -> tuple[Entry, ...]:
    return (
        slot(
            "plan.examens",
            text="Scintigraphie osseuse",
            effective=Period(date(2026, 3, 15), date(2026, 3, 30)),
        ),
        _treatment(
            "plan.propositions",
            Coded("C15313", NCIT, "Radiothérapie"),
            kind=EntryKind.PROCEDURE,
            mood=Mood.INTENT,
            rank=1,
            text="Sein droit, 50 Gy en 25 fractions",
        ),
        _treatment(
            "plan.propositions",
            Coded("C547", NCIT, "Hormonothérapie"),
            kind=EntryKind.PROCEDURE,
            mood=Mood.INTENT,
            rank=2,
            text="Tamoxifène, 5 ans",
        ),
    )


def _frame() -> tuple[Entry, ...]:
    return (
        slot("cadre.référentiel", "Référentiel régional sein 2025", effective=date(2025, 9, 1)),
        slot("cadre.essai", False),
    )
