"""The flat projection of fields marked `statistique`, written with the signature."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, delete

from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.expressions.dates import DateSpan
from dcc_rcp_forms.fiches.tables import Fiche, Statistic
from dcc_rcp_forms.language.model import Field
from dcc_rcp_forms.loading import LoadedForm


def write_statistics(session: Session, fiche: Fiche, loaded: LoadedForm, state: FormState) -> None:
    """Replace the projection of a fiche; hidden and unknown values are not counted."""
    session.exec(delete(Statistic).where(col(Statistic.fiche_id) == fiche.id))
    for field in loaded.form.fields():
        value = state.values.get(field.id)
        if field.statistic and value is not None:
            for rank, item in enumerate(statistic_values(value)):
                session.add(_row(fiche, field, rank, item))
    session.flush()


def statistic_values(value: Any) -> Iterator[Any]:
    """Yield one item per code of a multiple choice, the value itself otherwise."""
    if isinstance(value, tuple) and not isinstance(value, DateSpan):
        yield from value
    else:
        yield value


def _row(fiche: Fiche, field: Field, rank: int, value: Any) -> Statistic:
    row = Statistic(fiche_id=fiche.id, form_id=fiche.form_id, name=field.statistic, rank=rank)
    match value:
        case bool():
            row.truth = value
        case float():
            row.number = value
        case DateSpan():
            row.day = str(fiche.answers.get(field.id, ""))
        case _:
            row.code = str(value)[:200]
    return row
