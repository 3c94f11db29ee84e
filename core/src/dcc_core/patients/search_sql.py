"""Statements of the search, built once and bound at each call.

Several readings of the same words are looked for in one statement, each in an arm of its own with
its own limit, so that each uses its index.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, union_all
from sqlalchemy.sql.expression import Executable
from sqlmodel import Session

from dcc_core.db.tables import METADATA

Row = Sequence[Any]
Values = Mapping[str, Any]
MAX_ROWS = 50
FOUND_FAMILY, FOUND_GIVEN, FOUND_BY = 12, 13, 14
"""Places in a row, after what is shown: the keys that matched, and the arm that found them."""

_patient = METADATA.tables["core_patient"].c
_name = METADATA.tables["core_patient_name"].c
_identifier = METADATA.tables["core_patient_identifier"].c
_deletion = METADATA.tables["core_name_deletion"].c

_SHOWN = (
    _patient.id,
    _patient.birth_family_name,
    _patient.first_given_name,
    _patient.used_family_name,
    _patient.used_given_name,
    _patient.birth_date,
    _patient.birth_date_precision,
    _patient.sex,
    _patient.status,
    _patient.birth_place_insee,
    _patient.deceased_on,
    _patient.is_homonym,
)
_survivor = func.coalesce(_patient.merged_into_id, _patient.id)
BY_INS = select(*_SHOWN).where(
    _patient.id.in_(select(_survivor).where(_patient.ins_matricule == bindparam("value")))
)
BY_IDENTIFIER = (
    select(*_SHOWN)
    .distinct()
    .where(
        _identifier.patient_id == _patient.id,
        _identifier.value == bindparam("value"),
        _identifier.is_active,
    )
    .limit(MAX_ROWS + 1)
)
BORN = (
    select(*_SHOWN, _name.family, _name.given, literal(0))
    .where(
        _name.patient_id == _patient.id,
        _name.birth_date.between(bindparam("first_day"), bindparam("last_day")),
    )
    .limit(bindparam("limit"))
)
BORN_NAMED = BORN.where(_name.family >= bindparam("family"), _name.family < bindparam("family_end"))
NEIGHBOURS = select(_deletion.hash, _deletion.key).where(
    _deletion.hash.in_(bindparam("hashes", expanding=True))
)


def run(session: Session, statement: Executable, values: Values) -> Sequence[Row]:
    """Return the rows of a statement; the mapper, which costs as much again, is left out."""
    return session.connection().execute(statement, values).all()


class Arm(StrEnum):
    """What an arm of a union looks for: beginnings of both names; certain families and the
    beginning of a given name; certain families and certain given names.
    """

    PREFIX = "prefix"
    FAMILIES = "families"
    COUPLES = "couples"


def union(session: Session, arms: Sequence[tuple[Arm, Values]]) -> Sequence[Row]:
    """Return the rows of every arm, each row with the number of its arm."""
    if not arms:
        return ()
    values = {
        f"{name}_{number}": value
        for number, (_, bound) in enumerate(arms)
        for name, value in bound.items()
    }
    return run(session, _union(tuple(kind for kind, _ in arms)), values)


@lru_cache(maxsize=64)
def _union(kinds: tuple[Arm, ...]) -> Executable:
    build = {Arm.PREFIX: _prefix_arm, Arm.FAMILIES: _families_arm, Arm.COUPLES: _couples_arm}
    statements = [build[kind](number) for number, kind in enumerate(kinds)]
    if len(statements) == 1:
        return statements[0]
    return union_all(*(select(statement.subquery()) for statement in statements))


def _prefix_arm(arm: int) -> Select[Any]:
    return (
        _arm(arm)
        .where(
            _name.family >= bindparam(f"family_{arm}"),
            _name.family < bindparam(f"family_end_{arm}"),
            _name.given >= bindparam(f"given_{arm}"),
            _name.given < bindparam(f"given_end_{arm}"),
        )
        .order_by(_name.family, _name.given)
    )


def _families_arm(arm: int) -> Select[Any]:
    return _arm(arm).where(
        _name.family.in_(bindparam(f"families_{arm}", expanding=True)),
        _name.given >= bindparam(f"given_{arm}"),
        _name.given < bindparam(f"given_end_{arm}"),
    )


def _couples_arm(arm: int) -> Select[Any]:
    return _arm(arm).where(
        _name.family.in_(bindparam(f"families_{arm}", expanding=True)),
        _name.given.in_(bindparam(f"givens_{arm}", expanding=True)),
    )


def _arm(arm: int) -> Select[Any]:
    return (
        select(*_SHOWN, _name.family, _name.given, literal(arm).label("arm"))
        .where(_name.patient_id == _patient.id)
        .limit(MAX_ROWS + 1)
    )
