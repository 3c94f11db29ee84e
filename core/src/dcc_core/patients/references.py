"""Which columns refer to a patient, in the core and in every plugin, read from the metadata.

Nothing is listed by hand: a table that is added tomorrow is moved by tomorrow's merges.
"""

from sqlalchemy import Column, MetaData, Table

from dcc_core.db.tables import METADATA, PATIENT_TABLE
from dcc_core.errors import Problem
from dcc_core.patients.tables import STAYS_ON_MERGE

PatientColumn = Column[object]
_MARK, _STAYS = next(iter(STAYS_ON_MERGE.items()))


def patient_columns(metadata: MetaData = METADATA) -> tuple[PatientColumn, ...]:
    """Return the columns that follow a patient through a merge, in a stable order."""
    return tuple(
        column
        for table in sorted(metadata.tables.values(), key=lambda table: table.name)
        for column in table.columns
        if _refers_to_patient(column) and column.info.get(_MARK) != _STAYS
    )


def merge_obstacles(metadata: MetaData = METADATA) -> tuple[Problem, ...]:
    """Return the tables whose rows a merge could not move or an undo could not find again."""
    return tuple(
        problem
        for column in patient_columns(metadata)
        if (problem := _obstacle(column, metadata)) is not None
    )


def _refers_to_patient(column: PatientColumn) -> bool:
    return any(
        key.target_fullname.split(".") == [PATIENT_TABLE, "id"] for key in column.foreign_keys
    )


def _obstacle(column: PatientColumn, metadata: MetaData) -> Problem | None:
    table: Table = column.table
    owner = "" if table.name.startswith("core_") else table.name.split("_")[0]
    if column.primary_key or not table.primary_key.columns:
        return Problem(
            "DCC-D020",
            owner,
            f"{table.name}.{column.name} is part of the primary key, or there is none: a merge"
            " cannot be undone.",
            "Give the table an identifier of its own and make the patient an ordinary column.",
        )
    users = [
        other.name
        for other in metadata.tables.values()
        for constraint in other.foreign_key_constraints
        if any(element.column is column for element in constraint.elements)
    ]
    if not users:
        return None
    return Problem(
        "DCC-D021",
        owner,
        f"{table.name}.{column.name} is the target of a foreign key of {', '.join(sorted(users))}:"
        " a merge cannot move it.",
        "Refer to the identifier of the row instead.",
    )
