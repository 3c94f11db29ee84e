"""Read what a page posts as stored answers.

Controls are named after their field: `taille`, `imagerie[0].date` in a table, `stations.s7.taille`
in a matrix, and `oms:absent` for a declared absence.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from litestar.enums import RequestEncodingType
from litestar.params import Body

from dcc_rcp_forms.engine.stored import Stored, stored_from_text
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.program.model import Program, Step

MAX_ROWS = 500
_INDEX = re.compile(r"\[(\d{1,4})\]\.")

PostedFields = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""Parameter ``data``: the fields of a posted form, repeated ones as a list."""

Posted = Mapping[str, list[str]]


def posted_lists(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every value of every control, in the order of the page."""
    return {
        name: [str(item) for item in value] if isinstance(value, list) else [str(value)]
        for name, value in data.items()
    }


def read_posted(
    program: Program, data: Mapping[str, Any], fields: Iterable[str]
) -> dict[str, Stored]:
    """Return field → stored answer for the fields that stood on the page; an unchecked box sends
    nothing, and is None.
    """
    posted = posted_lists(data)
    steps = {step.id: step for step in program.steps}
    return {name: posted_answer(steps[name], posted) for name in fields if name in steps}


def posted_answers(steps: Iterable[Step], posted: Posted) -> dict[str, Stored]:
    """Return the answers of a whole posted form; what was left empty is not there."""
    found = {
        step.id: posted_answer(step, posted)
        for step in steps
        if step.kind not in {FieldKind.COMPUTED, FieldKind.FIXED_TEXT}
    }
    return {name: stored for name, stored in found.items() if stored not in (None, "", [], {})}


def posted_answer(step: Step, posted: Posted) -> Stored:
    """Return the answer to one field, None when it was left empty."""
    match step.kind:
        case FieldKind.TABLE:
            return _table(step, posted)
        case FieldKind.MATRIX:
            rows = {code: _row(step, f"{step.id}.{code}.", posted) for code in step.rows}
            return {code: cells for code, cells in rows.items() if cells} or None
        case _:
            return _single(step, step.id, posted)


def _single(step: Step, name: str, posted: Posted) -> Stored:
    if absent := [value for value in posted.get(f"{name}:absent", []) if value]:
        return {"absent": absent[0]}
    values = [value for value in posted.get(name, []) if value.strip()]
    if not values:
        return None
    return values if step.kind is FieldKind.CHOICES else stored_from_text(step, values[0])


def _table(step: Step, posted: Posted) -> Stored:
    prefix = f"{step.id}["
    numbers = {
        int(match[1])
        for name in posted
        if name.startswith(prefix) and (match := _INDEX.match(name, len(step.id)))
    }
    rows = (_row(step, f"{step.id}[{number}].", posted) for number in sorted(numbers)[:MAX_ROWS])
    return [cells for cells in rows if cells] or None


def _row(step: Step, prefix: str, posted: Posted) -> dict[str, Stored]:
    cells = {
        column.id: _single(column, f"{prefix}{column.id}", posted)
        for column in step.columns
        if column.kind is not FieldKind.COMPUTED
    }
    return {name: stored for name, stored in cells.items() if stored is not None}
