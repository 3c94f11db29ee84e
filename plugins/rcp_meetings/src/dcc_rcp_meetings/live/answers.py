"""The answers of a decision as a page holds them: controls, revision, words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dcc_rcp_forms.api import (
    FicheOut,
    Field,
    FieldConflict,
    Phase,
    Stored,
    answer_text,
    form_values,
)
from dcc_rcp_meetings.cases.decision import decision_of
from dcc_rcp_meetings.live.key_facts import row_text
from dcc_rcp_meetings.live.topics import field_key
from dcc_rcp_meetings.tables import Case

STATED = frozenset({"quorum", "statut_cas"})
"""What the session itself states, and nobody types."""

DISCUSSION = "avis_précision"
"""The field that stands in the middle of the screen: what was said."""

_LAST = frozenset({"dossier_complet", "pièces_manquantes"})
"""Asked at the end of a discussion, though forms have them before the opinion."""

Pairs = list[list[str]]


def decision_values(fiche: FicheOut) -> dict[str, Any]:
    """Return what the template of the decision needs, the hidden fields included."""
    values = form_values(fiche.loaded, fiche.answers, fiche.state)
    visible = set(fiche.state.visible)
    fields = tuple(typed_fields(fiche))
    return {
        **values,
        "id_prefix": "d-",
        "fields": tuple(item for item in fields if item.id != DISCUSSION),
        "talk": next((item for item in fields if item.id == DISCUSSION), None),
        "is_shown": lambda item: item.id in visible,
        "revision_of": lambda item: fiche.revisions.get(item.id, 0),
        "key_of": lambda item: field_key(item.id),
        "words_of": lambda item: words_of(item, fiche.answers.get(item.id)),
        "missing": set(missing_of(fiche)),
    }


def typed_fields(fiche: FicheOut) -> Iterator[Field]:
    """Yield the fields of the session that people fill: the opinion first, then the rest."""
    for item in sorted(fiche.loaded.form.fields(), key=lambda one: one.id in _LAST):
        is_typed = item.is_answerable and not item.is_hidden and item.id not in STATED
        if is_typed and item.phase is Phase.SESSION:
            yield item


def missing_of(fiche: FicheOut) -> list[str]:
    """Return the fields that the opinion still needs."""
    paths = (path.split("[")[0] for path in fiche.state.missing_at(Phase.SESSION))
    return [name for name in dict.fromkeys(paths) if name not in STATED]


def answers_json(row: Case, fiche: FicheOut) -> dict[str, Any]:
    """Return every answer of the decision, for pages to follow what a colleague writes."""
    decision = decision_of(row, fiche)
    return {
        "case": str(row.id),
        "revision": row.decision_revision,
        "state": row.state,
        "visible": [str(field_key(one)) for one in fiche.state.visible],
        "missing": [str(field_key(one)) for one in missing_of(fiche)],
        "complete": decision.is_complete,
        "fields": {
            str(field_key(item.id)): {
                "revision": fiche.revisions[item.id],
                "controls": control_pairs(item.id, fiche.answers.get(item.id)),
                "words": words_of(item, fiche.answers.get(item.id)),
            }
            for item in typed_fields(fiche)
            if item.id in fiche.revisions
        },
    }


def conflict_json(field: Field, conflict: FieldConflict, mine: Stored) -> dict[str, Any]:
    """Return both texts of a field that two persons wrote at once."""
    return {
        "revision": conflict.revision,
        "author": conflict.author,
        "at": conflict.at.isoformat(),
        "controls": control_pairs(field.id, conflict.theirs),
        "theirs": words_of(field, conflict.theirs),
        "mine": words_of(field, mine),
    }


def words_of(field: Field, stored: Stored) -> str:
    """Return an answer in words, one line per row of a table."""
    if _is_rows(stored):
        columns = {column.id: column for column in field.columns}
        return "\n".join(row_text(columns, row) for row in stored)
    return answer_text(field, stored)


def control_pairs(name: str, stored: Stored) -> Pairs:
    """Return name and value of each control that shows an answer."""
    if stored is None:
        return []
    if isinstance(stored, Mapping):
        if set(stored) == {"absent"}:
            return [[f"{name}:absent", str(stored["absent"])]]
        cells = ((f"{name}.{key}", value) for key, value in stored.items())
        return [pair for key, value in cells for pair in control_pairs(key, value)]
    if _is_rows(stored):
        rows = ((f"{name}[{rank}]", row) for rank, row in enumerate(stored))
        return [pair for key, row in rows for pair in control_pairs(key, row)]
    if isinstance(stored, list | tuple):
        return [[name, str(item)] for item in stored]
    if isinstance(stored, bool):
        return [[name, "oui" if stored else "non"]]
    if isinstance(stored, float | int):
        return [[name, f"{stored:.15g}".replace(".", ",")]]
    return [[name, str(stored)]]


def _is_rows(stored: Stored) -> bool:
    is_list = isinstance(stored, Sequence) and not isinstance(stored, str)
    return bool(is_list and stored and isinstance(stored[0], Mapping))
