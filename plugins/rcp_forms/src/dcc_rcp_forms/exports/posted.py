"""Read a posted page back into stored answers: what `form_page` draws, a browser sends."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dcc_rcp_forms.engine.stored import ABSENCES, Stored, stored_from_text
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.program.model import Program, Step

_CELL = re.compile(r"(\d+)\]\.(.+)")
_MAX_ROWS = 200


def read_posted(
    program: Program, posted: Mapping[str, Any], fields: Iterable[str]
) -> dict[str, Stored]:
    """Return field → stored answer for the fields that the page had.

    Args:
        posted: Values by name; a name that came several times has a list.
        fields: Ids of the fields that stood on the page: an unchecked box sends nothing.
    """
    steps = {step.id: step for step in program.steps}
    return {name: _read(steps[name], posted) for name in fields if name in steps}


def _read(step: Step, posted: Mapping[str, Any]) -> Stored:
    absence = _texts(posted.get(f"{step.id}:absent"))
    if step.allows_unknown and absence and absence[-1] in ABSENCES:
        return {"absent": absence[-1]}
    if step.kind is FieldKind.TABLE:
        return _table(step, posted)
    if step.kind is FieldKind.MATRIX:
        return _matrix(step, posted)
    texts = _texts(posted.get(step.id))
    if step.kind is FieldKind.CHOICES:
        return texts
    return stored_from_text(step, texts[-1]) if texts else None


def _table(step: Step, posted: Mapping[str, Any]) -> Stored:
    rows: dict[int, dict[str, Stored]] = {}
    prefix = f"{step.id}["
    columns = {column.id: column for column in step.columns}
    for name, value in posted.items():
        found = _CELL.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if found is None or found[2] not in columns or int(found[1]) >= _MAX_ROWS:
            continue
        stored = _cell(columns[found[2]], value)
        if stored not in (None, "", []):
            rows.setdefault(int(found[1]), {})[found[2]] = stored
    return [rows[number] for number in sorted(rows)]


def _matrix(step: Step, posted: Mapping[str, Any]) -> Stored:
    rows: dict[str, dict[str, Stored]] = {}
    for code in step.rows:
        for column in step.columns:
            stored = _cell(column, posted.get(f"{step.id}.{code}.{column.id}"))
            if stored not in (None, "", []):
                rows.setdefault(code, {})[column.id] = stored
    return rows or None


def _cell(column: Step, value: Any) -> Stored:
    texts = _texts(value)
    if column.kind is FieldKind.CHOICES:
        return texts
    return stored_from_text(column, texts[-1]) if texts else None


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [str(item) for item in items if str(item).strip()]
