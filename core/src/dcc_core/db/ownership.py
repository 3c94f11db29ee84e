"""Whose table is it: the filter by which Alembic sees the tables of one manifest only."""

from typing import Any


def owned_by(prefix: str) -> dict[str, Any]:
    """Return the Alembic options that limit a comparison to tables whose name starts with
    ``prefix``.
    """

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        table = name if kind == "table" else parents.get("table_name")
        return kind == "schema" or str(table).startswith(prefix)

    def include_object(
        item: Any, name: str | None, kind: str, reflected: bool, _counterpart: object
    ) -> bool:
        if kind == "index" and reflected and _is_partial(item):
            return False
        return str(getattr(getattr(item, "table", item), "name", name)).startswith(prefix)

    return {
        "include_name": include_name,
        "include_object": include_object,
        "compare_type": True,
    }


def _is_partial(index: Any) -> bool:
    """Tell an index with a condition: those are guards, written as SQL beside the triggers."""
    return any(options.get("where") is not None for options in index.dialect_options.values())
