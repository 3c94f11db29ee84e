"""The text a draft starts with: a guided blank, the next version, or a region's own adaptation."""

import re

from dcc_core.api import InvalidInput
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.fiches.tables import PublishedForm
from dcc_rcp_forms.published import BASE_FORM, load_pack_form

_NAME = re.compile(r"[^\W\d][\w-]{1,60}")
_MARK = re.compile(r"[a-z]{2,10}")

_BLANK = """\
# Nouveau formulaire. Ce qui suit un dièse est un commentaire.
fiche: {name}
version: 1.0.0
titre: Fiche RCP — {title}
étend: {base} 1.x          # données communes de la fiche nationale : ne les recopiez pas
auteurs: [À compléter]

sections:
  lésion:
    titre: Lésion
    champs:
      côté: {{libellé: Côté, type: choix, valeurs: {{droit: Droit, gauche: Gauche}}}}
      grand_axe: {{libellé: Plus grande dimension, type: nombre, unité: mm, min: 0, max: 500}}

alertes:
  grande_taille: {{si: grand_axe > 100, message: Plus de 100 mm — vérifiez l'unité}}

essais:
  - nom: une grande lésion alerte
    réponses: {{grand_axe: 120}}
    alertes: [grande_taille]
  - nom: sans mesure, pas d'alerte
    réponses: {{}}
    alertes: []
"""

_ADAPTED = """\
# Adaptation régionale : n'écrivez ici que ce qui change.
# +nom ajoute un champ, -nom le masque (avec un motif), un nom seul change les clés écrites.
fiche: {name}
surcharge: national/{name} {major}.x
région: {mark}
version: {version}+{mark}.1
"""


def blank_text(form_id: str) -> str:
    """Return a first form that is right, to be changed line by line.

    Raises:
        InvalidInput: `FRM-S11` the name cannot be the name of a form.
    """
    if not _NAME.fullmatch(form_id):
        raise InvalidInput(
            "FRM-S11",
            "Ce nom ne convient pas : des lettres, des chiffres, « - » ou « _ », sans espace, "
            "par exemple « testicule ».",
            field="nom",
        )
    title = form_id.replace("-", " ").replace("_", " ").capitalize()
    return _BLANK.format(name=form_id, title=title, base=BASE_FORM)


def written_text(row: PublishedForm) -> str:
    """Return a published version as its author wrote it, or its composed text when that is lost."""
    if row.written:
        return row.written
    path = NATIONAL_PACK / f"{row.form_id}.yaml"
    if path.is_file() and load_pack_form(path).content_hash == row.digest:
        return path.read_text(encoding="utf-8")
    return row.source


def adapted_text(row: PublishedForm, mark: str) -> str:
    """Return the first lines of a region's adaptation of a national form.

    Raises:
        InvalidInput: `FRM-S15` the mark of the region cannot be one.
    """
    if not _MARK.fullmatch(mark):
        raise InvalidInput(
            "FRM-S15",
            "La marque de la région compte deux à dix lettres minuscules, par exemple « mq ».",
            field="marque",
        )
    major = row.version.partition(".")[0]
    return _ADAPTED.format(name=row.form_id, major=major, mark=mark, version=row.version)
