"""What the room must see of a case: the question, six figures, four cards. Read from its fiche."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.api import FicheOut, answer_text

_FIGURES = 6
_LONG, _LONGEST = 9, 24
_NOT_FIGURES = frozenset({"question", "synthèse", "phase_maladie", "oms", "t", "n", "m"})
_CARDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Histoire de la maladie", "history", ("synthèse",)),
    (
        "Anatomopathologie",
        "microscope",
        ("histo", "acp_conclusion", "gm_conclusion", "cro_conclusion"),
    ),
    ("Imagerie et examens", "image", ("examens", "examens_complémentaires")),
    (
        "Terrain",
        "activity",
        (
            "ménopause",
            "antécédents_médicaux",
            "antécédent_cancer_précision",
            "comorbidités",
            "comorbidités_précision",
            "traitement_habituel",
            "allergies",
            "g8",
        ),
    ),
    ("Souhaits du patient", "message-square", ("commentaire_patient",)),
)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure in large type."""

    label: str
    value: str
    note: str = ""

    @property
    def is_long(self) -> bool:
        """Tell whether the value needs a smaller type."""
        return len(self.value) > _LONG


@dataclass(frozen=True, slots=True)
class Card:
    """A few sentences under a title, as the preparation wrote them."""

    title: str
    icon: str
    lines: tuple[str, ...]


def question_of(fiche: FicheOut) -> str:
    """Return the question asked, empty when nobody wrote one."""
    return str(fiche.answers.get("question") or "")


def figures_of(fiche: FicheOut) -> tuple[KeyFigure, ...]:
    """Return stage and performance status, then what the form prints as its summary."""
    found = [*_stage(fiche), *_summary(fiche), *_performance(fiche)]
    return tuple(found[: _FIGURES - 1] + found[-1:]) if len(found) > _FIGURES else tuple(found)


def cards_of(fiche: FicheOut) -> tuple[Card, ...]:
    """Return the cards that have something to say."""
    cards = (Card(t, icon, tuple(_sentences(fiche, names))) for t, icon, names in _CARDS)
    return tuple(card for card in cards if card.lines)


def _stage(fiche: FicheOut) -> Iterator[KeyFigure]:
    known = fiche.answers
    if known.get("classement") == "tnm":
        prefix = str(known.get("tnm_type") or "")
        t, n, m = (_plain(known.get(name)) for name in ("t", "n", "m"))
        if t or n:
            yield KeyFigure("Stade", f"{prefix}{t} {prefix}{n}".strip(), m)
    elif known.get("autre_stade"):
        yield KeyFigure(
            "Stade", _plain(known["autre_stade"]), _plain(known.get("autre_classification"))
        )


def _summary(fiche: FicheOut) -> Iterator[KeyFigure]:
    for name in (scalar.text for scalar in fiche.loaded.form.printing.summary):
        if name in _NOT_FIGURES or name not in fiche.state.visible:
            continue
        field = fiche.loaded.form.field(name)
        text = answer_text(field, fiche.state.values.get(name))
        if text and len(text) <= _LONGEST:
            yield KeyFigure(field.label, text)


def _performance(fiche: FicheOut) -> Iterator[KeyFigure]:
    known = fiche.answers.get("oms")
    if known is not None:
        text = answer_text(fiche.loaded.form.field("oms"), known)
        value, _, note = text.partition(" (")
        yield KeyFigure("OMS", value, note.rstrip(")"))


def _sentences(fiche: FicheOut, names: tuple[str, ...]) -> Iterator[str]:
    known = {field.id: field for field in fiche.loaded.form.fields()}
    for name in names:
        stored, field = fiche.answers.get(name), known.get(name)
        if field is None or name not in fiche.state.visible or stored in (None, "", []):
            continue
        if isinstance(stored, list) and stored and isinstance(stored[0], Mapping):
            columns = {column.id: column for column in field.columns}
            yield from (row_text(columns, row) for row in stored)
        elif text := answer_text(field, stored):
            is_told = len(text) > 2 * _LONG or name in {"histo", "synthèse"}
            yield text if is_told else f"{field.label}\u00a0: {text}"


def row_text(columns: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Return a row of a table in one line, in the order of its columns."""
    cells = (answer_text(columns[name], row.get(name)) for name in columns)
    return ", ".join(cell for cell in cells if cell)


def _plain(stored: object) -> str:
    return "" if stored is None or isinstance(stored, Mapping) else str(stored)
