"""The named places of the FRCP that a form fills: ``Entry.slot`` → section, code and shape.

A form knows these names only; the OIDs and the nesting stay in this distribution.
"""

from dataclasses import dataclass

from dcc_cda.standards import pcc
from dcc_cda.standards.terminologies import asip, loinc, snomed
from dcc_core.api import Coded, EntryKind, Mood

OBSERVATION, PROCEDURE, ENCOUNTER = (
    EntryKind.OBSERVATION,
    EntryKind.PROCEDURE,
    EntryKind.ENCOUNTER,
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One named place.

    Attributes:
        name: What ``Entry.slot`` says.
        section: Key of the section it lives in.
        label: French name shown in front of the value.
        takes: What a form gives: ``coded``, ``bool``, ``integer``, ``date``, ``text``,
            ``treatment``, ``exam`` or ``request``.
        code: Code of the statement; None when the entry's own code is the statement (a treatment).
        many: Whether several entries may fill it.
        templates: templateId elements, empty for those of its kind.
    """

    name: str
    section: str
    label: str
    takes: str
    code: Coded | None = None
    many: bool = False
    kind: EntryKind = OBSERVATION
    mood: Mood = Mood.EVENT
    templates: tuple[str, ...] = ()


_PAIN = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.1",
    "1.2.250.1.213.1.1.3.89",
)
_PERFORMANCE = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.6",
    "1.2.250.1.213.1.1.3.25",
)
_FRAILTY = (
    "2.16.840.1.113883.10.20.1.31",
    "1.3.6.1.4.1.19376.1.5.3.1.4.13",
    "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.4",
    "1.2.250.1.213.1.1.3.110",
)
_TUMOUR = (
    *pcc.PROBLEM,
    "1.3.6.1.4.1.19376.1.7.3.1.4.14.1",
    "1.2.250.1.213.1.1.3.113",
)
_STATUS = (*pcc.SIMPLE_OBSERVATION, "1.2.250.1.213.1.1.3.48.16")

_DECLARED = (
    Slot(
        "rcp.nature",
        "motif",
        "Nature de la discussion",
        "coded",
        asip("GEN-098", "Nature de la discussion"),
    ),
    Slot("rcp.appareil", "motif", "Appareil", "coded", asip("ORG-118", "Appareil concerné")),
    Slot("rcp.organe", "motif", "Organe", "coded", asip("ORG-119", "Organe"), many=True),
    Slot(
        "rcp.soins", "motif", "Traitement ou soins", "coded", asip("ORG-138", "Traitement ou soins")
    ),
    Slot("rcp.recours", "motif", "RCP de recours", "bool", asip("ORG-184", "RCP de recours")),
    Slot("rcp.pédiatrique", "motif", "RCP pédiatrique", "bool", asip("ORG-185", "RCP pédiatrique")),
    Slot("motif", "motif", "Motif de la RCP", "", asip("ORG-186", "Motif de la RCP")),
    Slot(
        "motif.avis_diagnostique",
        "motif",
        "Avis diagnostique",
        "bool",
        asip("MED-235", "Avis diagnostique"),
    ),
    Slot(
        "motif.proposition",
        "motif",
        "Proposition de traitement",
        "bool",
        asip("ORG-114", "Proposition de traitement (dont ajustement et surveillance)"),
    ),
    Slot("motif.recours", "motif", "Recours", "bool", asip("ORG-115", "Recours")),
    Slot("motif.pédiatrie", "motif", "Pédiatrie", "bool", asip("ORG-116", "Pédiatrie")),
    Slot(
        "motif.statut_cas",
        "motif",
        "Statut du cas présenté",
        "coded",
        asip("ORG-127", "Statut du cas présenté"),
    ),
    Slot(
        "motif.problème",
        "motif",
        "Problème présenté",
        "coded",
        snomed("55607006", "problème"),
        kind=EntryKind.PROBLEM,
    ),
    Slot(
        "découverte.dépistage",
        "decouverte",
        "Cancer découvert par dépistage",
        "bool",
        loinc("63921-1", "Dépistage du cancer"),
    ),
    Slot(
        "tumeur",
        "diagnostic",
        "Tumeur",
        "",
        snomed("282291009", "interprétation diagnostique"),
        kind=EntryKind.PROBLEM,
        templates=_TUMOUR,
    ),
    Slot(
        "tumeur.suivi",
        "diagnostic",
        "Tumeur suivie",
        "",
        kind=EntryKind.ACT,
        templates=pcc.PROBLEM_CONCERN,
    ),
    Slot("tumeur.date", "diagnostic", "Date du diagnostic", "date"),
    Slot("tumeur.topographie", "diagnostic", "Topographie", "coded"),
    Slot("tumeur.latéralité", "diagnostic", "Latéralité", "coded"),
    Slot("tumeur.morphologie", "diagnostic", "Morphologie", "coded"),
    Slot(
        "tumeur.tnm",
        "diagnostic",
        "Stade TNM clinique",
        "",
        loinc("75620-5", "Stade TNM Clinique"),
        templates=("1.3.6.1.4.1.19376.1.7.3.1.4.14.2",),
    ),
    Slot("tumeur.t", "diagnostic", "T", "coded", loinc("21905-5", "TNM Clinique T")),
    Slot("tumeur.n", "diagnostic", "N", "coded", loinc("21906-3", "TNM Clinique N")),
    Slot("tumeur.m", "diagnostic", "M", "coded", loinc("21907-1", "TNM Clinique M")),
    Slot(
        "tumeur.autre_stade",
        "diagnostic",
        "Autre classification du stade",
        "text",
        loinc("21918-8", "Autre classification du stade"),
    ),
    Slot(
        "tumeur.autre_stade.nom",
        "diagnostic",
        "Nom de la classification",
        "text",
        asip("GEN-101", "Nom de la classification"),
    ),
    Slot(
        "tumeur.autre_stade.version",
        "diagnostic",
        "Version de la classification",
        "text",
        asip("GEN-102", "Version de la classification"),
    ),
    Slot(
        "clinique.douleur",
        "douleur",
        "Douleur (0 à 10)",
        "integer",
        loinc("38208-5", "Sévérité de la douleur"),
        templates=_PAIN,
    ),
    Slot(
        "clinique.oms",
        "performance",
        "Indice OMS",
        "coded",
        asip("MED-239", "Echelle de performance OMS"),
        templates=_PERFORMANCE,
    ),
    Slot(
        "clinique.fragilité",
        "fragilite",
        "Score de dépistage de la fragilité",
        "integer",
        loinc("48544-1", "Score de la dépression gériatrique"),
        templates=_FRAILTY,
    ),
    Slot("examens", "examens", "Examen", "exam", many=True),
    Slot("phase", "phase", "Phase du cancer", "coded", asip("MED-243", "Phase du cancer")),
    Slot(
        "progression",
        "phase",
        "Progression du cancer",
        "bool",
        asip("MED-245", "Progression du cancer"),
    ),
    Slot(
        "progression.locale",
        "phase",
        "Progression locale",
        "bool",
        asip("MED-246", "Progression locale du cancer"),
    ),
    Slot(
        "progression.régionale",
        "phase",
        "Progression régionale",
        "bool",
        asip("MED-247", "Progression régionale du cancer"),
    ),
    Slot(
        "progression.à_distance",
        "phase",
        "Progression à distance",
        "bool",
        asip("MED-248", "Progression à distance du cancer"),
    ),
    Slot("traitements", "traitements", "Traitement", "treatment", many=True, kind=PROCEDURE),
    Slot(
        "cro.conclusion",
        "cro",
        "Conclusion opératoire",
        "text",
        loinc("10218-6", "Note postopératoire"),
    ),
    Slot(
        "acp.conclusion", "acp", "Conclusion", "text", loinc("22637-3", "Conclusion - Diagnostic")
    ),
    Slot("gm.conclusion", "gm", "Conclusion", "text", loinc("22637-3", "Conclusion - Diagnostic")),
    Slot("synthèse", "synthese", "Synthèse", "text"),
    Slot("question", "synthese", "Question posée", "text"),
    Slot(
        "dossier",
        "dossier",
        "Dossier présenté",
        "",
        asip("GEN-099", "Information RCP"),
        kind=EntryKind.ORGANIZER,
        templates=("1.2.250.1.213.1.1.3.7",),
    ),
    Slot(
        "dossier.complet", "dossier", "Dossier complet", "bool", asip("GEN-100", "Dossier complet")
    ),
    Slot("dossier.quorum", "dossier", "Quorum", "coded", asip("ORG-125", "Quorum RCP")),
    Slot(
        "plan.recours",
        "plan_de_soins",
        "Passage en RCP de recours",
        "bool",
        asip("ORG-120", "Passage en RCP recours"),
        kind=ENCOUNTER,
        mood=Mood.REQUEST,
    ),
    Slot(
        "plan.examens",
        "plan_de_soins",
        "Examen demandé",
        "request",
        asip("ORG-064", "Demande d'examen ou de suivi"),
        many=True,
        mood=Mood.PROPOSAL,
    ),
    Slot(
        "plan.surveillance",
        "plan_de_soins",
        "Surveillance seule",
        "bool",
        asip("MED-226", "Surveillance seule"),
        kind=ENCOUNTER,
        mood=Mood.REQUEST,
    ),
    Slot(
        "plan.propositions",
        "plan_de_soins",
        "Proposition",
        "treatment",
        many=True,
        kind=PROCEDURE,
        mood=Mood.INTENT,
    ),
    Slot(
        "cadre.référentiel",
        "cadre",
        "Référentiel appliqué",
        "text",
        asip("MED-249", "Recommandation/référentiel de pratique clinique"),
    ),
    Slot(
        "cadre.essai",
        "cadre",
        "Inclusion dans un essai clinique",
        "bool",
        asip("MED-250", "Proposition d'inclusion dans un essai clinique"),
    ),
    Slot(
        "document.statut",
        "statut_document",
        "Statut du document",
        "coded",
        asip("GEN-065", "Statut du document"),
        templates=_STATUS,
    ),
)

SLOTS = {slot.name: slot for slot in _DECLARED}
