"""CI-SIS, volet « Fiche de réunion de concertation pluridisciplinaire » (CANCER-FRCP 2022.01).

The document template, its eighteen sections in order, and the codes that the rules or the volet's
own text fix. Cardinalities are those of the schema where it is stricter than the text.
"""

from dataclasses import dataclass

from dcc_cda.standards.terminologies import asip, loinc, snomed
from dcc_core.api import Coded

TEMPLATE = "1.2.250.1.213.1.1.1.8"
TEMPLATE_VERSION = "2022.01"
TYPE = loinc("34794-8", "CR de réunion de concertation pluridisciplinaire")

RCP_ACT = Coded(
    "39",
    "1.2.250.1.213.3.3.13",
    "Réunion de Concertation Pluridisciplinaire (RCP)",
    system_name="TRE_R213-ModePriseEnCharge",
)
TOPOGRAPHY_AS_TEXT = asip("GEN-243", "Topographie")
VIRTUAL_ENCOUNTER = Coded(
    "VR", "2.16.840.1.113883.5.4", "Virtuelle (exemple : RCP en l'absence du patient)"
)

NETWORK_ROOT = "1.2.250.1.161.1.20.1.1"
MANAGER_ROOT = "1.2.250.1.161.1.20.2.1"
RCP_ROOT = "1.2.250.1.161.1.20.3.1"
SESSION_ROOT = "1.2.250.1.213.1.1.9"

ORGAN_RCP = asip("ORG-117", "RCP Appareil - Organes")
TRANSVERSAL_RCP = asip("ORG-132", "RCP transversale et soins de support")
CASE_RECORDED = asip("ORG-128", "Cas enregistré")
CASE_DISCUSSED = asip("ORG-134", "Cas discuté")
QUORUM_REACHED = asip("ORG-126", "Quorum atteint")
QUORUM_NOT_REACHED = asip("ORG-133", "Quorum non atteint")
QUORUM_UNKNOWN = asip("GEN-010", "Ne sait pas")
INITIAL_PHASE = asip("MED-268", "Phase initiale du cancer")
RELAPSE = asip("MED-244", "Rechute du cancer")
IN_PROGRESS = snomed("385651009", "en cours d'exécution")
DONE = snomed("398166005", "réalisé")
APPROVED = snomed("9571008", "approuvé")
CLOSED = snomed("29179001", "clôturé")
HAEMATOPOIETIC_SYSTEM = snomed("57171008", "appareil hématopoïétique")

PERFORMANCE_STAGES = tuple(
    asip(code, f"Stade {stage}")
    for stage, code in enumerate(("MED-240", "MED-264", "MED-265", "MED-266", "MED-267"))
)
PERFORMANCE_STATUS = {
    "MED-240": loinc("LA9622-7", "Capable d'une activité identique à celle précédant la maladie"),
    "MED-264": loinc("LA9623-5", "Activité physique diminuée, mais ambulatoire"),
    "MED-265": loinc("LA9624-3", "Ambulatoire et capable de prendre soin de soi-même"),
    "MED-266": loinc("LA9625-0", "Capable seulement de quelques soins personnels"),
    "MED-267": loinc("LA9626-8", "Incapable de prendre soin de soi-même, alité"),
}
"""WHO performance status (JDV_OMSEchPerf) and its interpretation (JDV_OMSInterpret)."""

CONTACT_TO_BOOK = Coded("CS", "2.16.840.1.113883.5.7", "recontacter pour fixer RDV")
LATERALITY = loinc("20228-3", "Latéralité")


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """One section of the volet."""

    key: str
    code: Coded
    title: str
    templates: tuple[str, ...]
    required: bool = False


SECTIONS = (
    SectionSpec(
        "motif",
        loinc("42349-1", "Raison de la recommandation"),
        "Type et motif de la RCP",
        (
            "1.3.6.1.4.1.19376.1.5.3.1.3.1",
            "1.3.6.1.4.1.19376.1.5.3.1.3.2",
            "1.2.250.1.213.1.1.2.128",
        ),
        required=True,
    ),
    SectionSpec(
        "decouverte",
        loinc("42545-4", "Evènements observés"),
        "Mode de découverte du cancer",
        (
            "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9",
            "1.3.6.1.4.1.19376.1.7.3.1.1.13.7",
            "1.2.250.1.213.1.1.2.163",
        ),
        required=True,
    ),
    SectionSpec(
        "diagnostic",
        loinc("72135-7", "Diagnostic du cancer"),
        "Tumeur",
        (
            "2.16.840.1.113883.10.20.1.11",
            "1.3.6.1.4.1.19376.1.5.3.1.3.6",
            "1.3.6.1.4.1.19376.1.7.3.1.3.14.1",
            "1.2.250.1.213.1.1.2.27",
        ),
        required=True,
    ),
    SectionSpec(
        "antecedents",
        loinc("11348-0", "Antécédents médicaux"),
        "Antécédents",
        ("1.2.250.1.213.1.1.2.2",),
    ),
    SectionSpec(
        "comorbidites",
        loinc("11450-4", "Liste des problèmes actifs"),
        "Comorbidités",
        ("1.2.250.1.213.1.1.2.176",),
    ),
    SectionSpec(
        "statut_fonctionnel",
        loinc("47420-5", "Évaluation du statut fonctionnel"),
        "Statut fonctionnel",
        (
            "2.16.840.1.113883.10.20.1.5",
            "1.3.6.1.4.1.19376.1.5.3.1.3.17",
            "1.3.6.1.4.1.19376.1.5.3.1.1.12.2.1",
            "1.2.250.1.213.1.1.2.111",
        ),
    ),
    SectionSpec(
        "examens",
        loinc("30954-2", "Résultats d'examens"),
        "Examens",
        ("1.3.6.1.4.1.19376.1.5.3.1.3.27", "1.2.250.1.213.1.1.2.150"),
    ),
    SectionSpec(
        "phase",
        loinc("18733-6", "Note de progression"),
        "Phase de la maladie",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.7", "1.2.250.1.213.1.1.2.25"),
        required=True,
    ),
    SectionSpec(
        "traitements",
        loinc("29554-3", "Actes"),
        "Traitements passés ou en cours",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11", "1.2.250.1.213.1.1.2.118"),
    ),
    SectionSpec(
        "cro",
        loinc("10218-6", "Note postopératoire"),
        "Compte rendu opératoire",
        ("1.2.250.1.213.1.1.2.26",),
    ),
    SectionSpec(
        "acp",
        loinc("30954-2", "Résultats d'examens"),
        "Anatomie et cytologie pathologiques",
        ("1.2.250.1.213.1.1.2.34",),
    ),
    SectionSpec(
        "gm",
        loinc("50397-9", "Génétique moléculaire - Interprétation"),
        "Génétique moléculaire",
        ("1.2.250.1.213.1.1.2.67",),
    ),
    SectionSpec(
        "synthese",
        loinc("10164-2", "Histoire de la maladie"),
        "Synthèse et question posée à la RCP",
        ("1.3.6.1.4.1.19376.1.5.3.1.3.4", "1.2.250.1.213.1.1.2.130"),
        required=True,
    ),
    SectionSpec(
        "dossier",
        loinc("21874-3", "Statut du dossier présenté en RCP"),
        "Dossier présenté",
        ("1.2.250.1.213.1.1.2.33",),
        required=True,
    ),
    SectionSpec(
        "plan_de_soins",
        loinc("18776-5", "Plan de soins"),
        "Proposition de la RCP",
        (
            "2.16.840.1.113883.10.20.1.10",
            "1.3.6.1.4.1.19376.1.5.3.1.3.36",
            "1.2.250.1.213.1.1.2.158",
        ),
        required=True,
    ),
    SectionSpec(
        "cadre",
        loinc("35510-7", "Essais cliniques - Informations générales"),
        "Cadre de la proposition",
        ("1.2.250.1.213.1.1.2.175",),
        required=True,
    ),
    SectionSpec(
        "commentaire",
        loinc("55112-7", "Commentaire"),
        "Commentaires sur le patient",
        (
            "2.16.840.1.113883.10.12.201",
            "1.3.6.1.4.1.19376.1.4.1.2.16",
            "1.2.250.1.213.1.1.2.73",
        ),
    ),
    SectionSpec(
        "statut_document",
        loinc("33557-0", "Etat d'achèvement"),
        "Statut du document",
        ("1.2.250.1.213.1.1.2.35",),
        required=True,
    ),
)

FUNCTIONAL_SECTIONS = (
    SectionSpec(
        "douleur",
        loinc("38208-5", "Sévérité de la douleur"),
        "Douleur",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.12.2.2", "1.2.250.1.213.1.1.2.112"),
        required=True,
    ),
    SectionSpec(
        "performance",
        loinc("46006-3", "Problèmes physiques fonctionnels et structurels"),
        "État général",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.12.2.5", "1.2.250.1.213.1.1.2.115"),
    ),
    SectionSpec(
        "fragilite",
        loinc("48542-5", "Évaluation de la dépression gériatrique"),
        "Dépistage de la fragilité",
        ("1.3.6.1.4.1.19376.1.5.3.1.1.12.2.4", "1.2.250.1.213.1.1.2.114"),
    ),
)
"""Sub-sections of ``statut_fonctionnel``."""

BY_KEY = {spec.key: spec for spec in (*SECTIONS, *FUNCTIONAL_SECTIONS)}
