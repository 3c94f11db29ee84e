"""The keywords of form files: the single list behind the reader, the messages and the editors."""

from dataclasses import dataclass
from enum import StrEnum

from dcc_rcp_forms.language.model import FieldKind, Level, Phase, Printed

LANGUAGE_VERSION = 1


class Shape(StrEnum):
    """What may follow a keyword, as told to authors."""

    TEXT = "un texte"
    YES_NO = "oui ou non"
    RULE = "une règle"
    YES_NO_OR_RULE = "oui, non ou une règle"
    INTEGER = "un nombre entier"
    TEXTS = "une liste de textes entre crochets"
    GROUP = "un groupe de clés"
    LIST = "une liste"
    ANY = "une valeur"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword: what follows it, what it means, the only values it takes if they are few."""

    shape: Shape
    help: str
    options: tuple[str, ...] = ()


def _word(shape: Shape, help_text: str, *options: str) -> Keyword:
    return Keyword(shape, help_text, options)


FORM_KEYWORDS: dict[str, Keyword] = {
    "langage": _word(Shape.INTEGER, "Version du langage des formulaires (1)."),
    "fiche": _word(Shape.TEXT, "Identifiant stable du formulaire."),
    "version": _word(Shape.TEXT, "Version, par exemple 2.1.0."),
    "titre": _word(Shape.TEXT, "Titre affiché."),
    "description": _word(Shape.TEXT, "À quoi sert le formulaire, pour qui."),
    "issu_de": _word(Shape.TEXTS, "Formulaires dont celui-ci est composé, écrit à la publication."),
    "étend": _word(Shape.TEXT, "Formulaire de base et version, par exemple socle-frcp 1.x."),
    "surcharge": _word(Shape.TEXT, "Formulaire national adapté, par exemple national/sein 2.x."),
    "région": _word(Shape.TEXT, "Région qui adapte le formulaire."),
    "auteurs": _word(Shape.TEXTS, "Groupe ou personnes responsables."),
    "rcp": _word(Shape.GROUP, "RCP servies : appareil, organe, type."),
    "phases": _word(Shape.GROUP, "Qui écrit pendant la préparation, la séance et après."),
    "listes": _word(Shape.GROUP, "Listes de valeurs partagées par plusieurs champs."),
    "blocs": _word(Shape.GROUP, "Groupes de champs réutilisables, avec paramètres."),
    "sections": _word(Shape.GROUP, "Sections et champs, dans l'ordre d'affichage."),
    "accueille_après": _word(
        Shape.TEXT, "Section après laquelle un formulaire qui étend insère les siennes."
    ),
    "ordre": _word(Shape.TEXTS, "Ordre des sections."),
    "alertes": _word(Shape.GROUP, "Messages affichés quand une condition est vraie."),
    "impression": _word(Shape.GROUP, "Mise en page papier."),
    "migrations": _word(Shape.LIST, "Reprise des réponses des versions antérieures."),
    "essais": _word(Shape.LIST, "Cas d'essai : réponses et résultats attendus."),
}

SECTION_KEYWORDS: dict[str, Keyword] = {
    "titre": _word(Shape.TEXT, "Titre de la section."),
    "aide": _word(Shape.TEXT, "Texte d'aide sous le titre."),
    "si": _word(Shape.RULE, "Condition d'affichage de toute la section."),
    "phase": _word(Shape.TEXT, "Moment où la section se remplit.", *Phase),
    "cda": _word(Shape.TEXT, "Section du document national."),
    "champs": _word(Shape.GROUP, "Champs, dans l'ordre d'affichage."),
    "après": _word(Shape.TEXT, "Section qui précède celle-ci."),
    "ordre": _word(Shape.TEXTS, "Ordre des champs."),
    "motif": _word(Shape.TEXT, "Raison du masquage, dans une surcharge."),
}

FIELD_KEYWORDS: dict[str, Keyword] = {
    "libellé": _word(Shape.TEXT, "Question affichée."),
    "aide": _word(Shape.TEXT, "Texte d'aide."),
    "type": _word(Shape.TEXT, "Type du champ.", *FieldKind),
    "si": _word(Shape.RULE, "Condition d'affichage."),
    "obligatoire": _word(Shape.YES_NO_OR_RULE, "Réponse exigée, toujours ou sous condition."),
    "contrôle": _word(Shape.ANY, "Règle que la réponse doit respecter, message, niveau."),
    "valeur": _word(Shape.RULE, "Formule du champ calculé."),
    "cas": _word(Shape.LIST, "Table de décision : la première condition vraie l'emporte."),
    "sinon": _word(Shape.TEXT, "Résultat quand aucun cas n'est vrai."),
    "défaut": _word(Shape.TEXT, "Réponse proposée à l'ouverture."),
    "depuis": _word(
        Shape.TEXT, "Origine du pré-remplissage : patient.…, séance.…, dernière_fiche, dmp."
    ),
    "depuis_labo": _word(Shape.GROUP, "Pré-remplissage par un résultat de laboratoire (loinc)."),
    "cda": _word(Shape.TEXT, "Emplacement dans le document national."),
    "fhir": _word(Shape.TEXT, "Identifiant du concept pour FHIR."),
    "phase": _word(Shape.TEXT, "Moment où le champ se remplit.", *Phase),
    "sensible": _word(Shape.YES_NO, "Accès restreint."),
    "statistique": _word(Shape.TEXT, "Nom du champ dans l'extraction statistique."),
    "imprimé": _word(Shape.TEXT, "Impression du champ.", *Printed),
    "inconnu": _word(Shape.YES_NO, "Permet de répondre « inconnu » ou « non fait »."),
    "unité": _word(Shape.TEXT, "Unité du nombre."),
    "min": _word(Shape.RULE, "Plus petite valeur admise."),
    "max": _word(Shape.RULE, "Plus grande valeur admise."),
    "décimales": _word(Shape.INTEGER, "Nombre de décimales admises."),
    "précision": _word(Shape.TEXT, "Précision minimale de la date.", "jour", "mois", "année"),
    "valeurs": _word(Shape.ANY, "Valeurs possibles : code et libellé."),
    "liste": _word(Shape.TEXT, "Nom d'une liste partagée."),
    "terminologie": _word(Shape.TEXT, "cim10, cim-o-3, adicap ou jdv:NOM."),
    "colonnes": _word(Shape.GROUP, "Colonnes du tableau ou de la matrice."),
    "lignes": _word(Shape.ANY, "Lignes de la matrice."),
    "minimum": _word(Shape.INTEGER, "Nombre minimal de lignes."),
    "maximum": _word(Shape.INTEGER, "Nombre maximal de lignes."),
    "tri": _word(Shape.TEXT, "Colonne de tri."),
    "fraîcheur": _word(Shape.GROUP, "Ancienneté maximale avant la séance, en jours."),
    "verrou": _word(Shape.TEXT, "Protection contre les surcharges.", "national", "régional"),
    "bloc": _word(Shape.TEXT, "Bloc à insérer."),
    "avec": _word(Shape.GROUP, "Paramètres du bloc."),
    "texte": _word(Shape.TEXT, "Texte affiché tel quel."),
    "après": _word(Shape.TEXT, "Champ qui précède celui-ci."),
    "motif": _word(Shape.TEXT, "Raison du masquage, dans une surcharge."),
    "masqué": _word(
        Shape.YES_NO, "Champ retiré de l'affichage ; ses anciennes réponses sont gardées."
    ),
}

CHECK_KEYWORDS: dict[str, Keyword] = {
    "règle": _word(Shape.RULE, "Ce qui doit être vrai."),
    "message": _word(Shape.TEXT, "Message quand c'est faux."),
    "niveau": _word(Shape.TEXT, "Gravité.", Level.ERROR, Level.ATTENTION),
}
CASE_KEYWORDS: dict[str, Keyword] = {
    "si": _word(Shape.RULE, "Condition du cas."),
    "alors": _word(Shape.TEXT, "Résultat, écrit tel quel."),
    "valeur": _word(Shape.RULE, "Résultat calculé."),
}
FRESHNESS_KEYWORDS: dict[str, Keyword] = {
    "colonne": _word(Shape.TEXT, "Colonne de date, pour un tableau."),
    "jours": _word(Shape.INTEGER, "Ancienneté maximale en jours."),
    "message": _word(Shape.TEXT, "Message quand tout est plus ancien."),
}
ALERT_KEYWORDS: dict[str, Keyword] = {
    "si": _word(Shape.RULE, "Condition de l'alerte."),
    "message": _word(Shape.TEXT, "Texte affiché."),
    "niveau": _word(Shape.TEXT, "Gravité.", Level.INFORMATION, Level.ATTENTION),
    "bloque": _word(Shape.TEXT, "Étape empêchée.", "préparation", "validation"),
}
PHASE_KEYWORDS: dict[str, Keyword] = {
    "libellé": _word(Shape.TEXT, "Nom affiché."),
    "écriture": _word(Shape.TEXTS, "Rôles qui écrivent."),
}
BLOCK_KEYWORDS: dict[str, Keyword] = {
    "paramètres": _word(Shape.TEXTS, "Noms à fournir par « avec »."),
    "champs": _word(Shape.GROUP, "Champs du bloc."),
}
PRINTING_KEYWORDS: dict[str, Keyword] = {
    "résumé": _word(Shape.TEXTS, "Champs repris en tête."),
    "colonnes": _word(Shape.INTEGER, "Nombre de colonnes."),
}
RCP_KEYWORDS: dict[str, Keyword] = {
    "appareil": _word(Shape.TEXT, "Appareil (jeu de valeurs national)."),
    "organe": _word(Shape.TEXT, "Organe (jeu de valeurs national)."),
    "type": _word(
        Shape.TEXT, "Type de RCP.", "standard", "recours", "pédiatrique", "rare", "transversale"
    ),
}
CHOICE_KEYWORDS: dict[str, Keyword] = {
    "libellé": _word(Shape.TEXT, "Libellé affiché."),
    "points": _word(Shape.TEXT, "Points dans un score."),
    "retiré": _word(Shape.YES_NO, "Gardé pour les anciennes fiches, plus proposé."),
    "cim10": _word(Shape.TEXT, "Code CIM-10."),
    "cim-o-3": _word(Shape.TEXT, "Code CIM-O-3."),
    "adicap": _word(Shape.TEXT, "Code ADICAP."),
    "snomed": _word(Shape.TEXT, "Code SNOMED CT."),
    "loinc": _word(Shape.TEXT, "Code LOINC."),
    "ncit": _word(Shape.TEXT, "Code NCI Thesaurus."),
    "ans": _word(Shape.TEXT, "Code de la terminologie ANS (TA_ASIP)."),
}
TERMINOLOGY_KEYS = ("cim10", "cim-o-3", "adicap", "snomed", "loinc", "ncit", "ans")
MIGRATION_KEYWORDS: dict[str, Keyword] = {
    "de": _word(Shape.TEXT, "Version de départ, par exemple 1.x."),
    "renomme": _word(Shape.GROUP, "Ancien nom → nouveau nom."),
    "recode": _word(Shape.GROUP, "Champ, table ancien code → nouveau code, perte."),
    "convertit": _word(Shape.GROUP, "Champ, facteur de conversion d'unité."),
    "fusionne": _word(Shape.GROUP, "Champs réunis en un seul (champs, vers, valeur)."),
    "scinde": _word(Shape.GROUP, "Champ séparé en plusieurs, par expressions."),
    "supprime": _word(
        Shape.TEXTS, "Champs retirés ; leurs réponses restent dans les fiches signées."
    ),
}
EXAMPLE_KEYWORDS: dict[str, Keyword] = {
    "nom": _word(Shape.TEXT, "Nom du cas d'essai."),
    "réponses": _word(Shape.GROUP, "Réponses saisies."),
    "attendu": _word(Shape.GROUP, "Valeurs attendues."),
    "alertes": _word(Shape.TEXTS, "Alertes attendues, et aucune autre."),
    "visibles": _word(Shape.TEXTS, "Champs qui doivent être affichés."),
    "masqués": _word(Shape.TEXTS, "Champs qui doivent être masqués."),
    "manquants": _word(Shape.TEXTS, "Champs obligatoires sans réponse, au moins ceux-ci."),
    "erreurs": _word(Shape.TEXTS, "Champs en erreur, et aucun autre."),
}

_COMMON = frozenset(
    (
        "libellé",
        "aide",
        "type",
        "si",
        "phase",
        "sensible",
        "imprimé",
        "verrou",
        "après",
        "motif",
        "masqué",
        "fhir",
        "cda",
    )
)
_ANSWERED = _COMMON | {
    "obligatoire",
    "contrôle",
    "défaut",
    "depuis",
    "depuis_labo",
    "statistique",
    "inconnu",
}
_BOUNDED = _ANSWERED | {"min", "max"}

KEYWORDS_BY_KIND: dict[FieldKind, frozenset[str]] = {
    FieldKind.TEXT: _ANSWERED,
    FieldKind.LONG_TEXT: _ANSWERED,
    FieldKind.NUMBER: _BOUNDED | {"unité", "décimales"},
    FieldKind.DATE: _BOUNDED | {"précision", "fraîcheur"},
    FieldKind.TIME: _BOUNDED,
    FieldKind.YES_NO: _ANSWERED,
    FieldKind.CHOICE: _ANSWERED | {"valeurs", "liste"},
    FieldKind.CHOICES: _ANSWERED | {"valeurs", "liste"},
    FieldKind.CODE: _ANSWERED | {"terminologie"},
    FieldKind.SCALE: _BOUNDED | {"valeurs", "liste"},
    FieldKind.TABLE: (_ANSWERED - {"défaut"})
    | {"colonnes", "minimum", "maximum", "tri", "fraîcheur"},
    FieldKind.MATRIX: (_ANSWERED - {"défaut"}) | {"colonnes", "lignes"},
    FieldKind.COMPUTED: _COMMON | {"valeur", "cas", "sinon", "unité", "statistique"},
    FieldKind.FILE: _ANSWERED,
    FieldKind.PROFESSIONAL: _ANSWERED,
    FieldKind.ORGANISATION: _ANSWERED,
    FieldKind.FIXED_TEXT: (_COMMON - {"libellé"}) | {"texte", "libellé"},
    FieldKind.BLOCK: frozenset(
        ("libellé", "type", "si", "bloc", "avec", "après", "motif", "masqué")
    ),
}
