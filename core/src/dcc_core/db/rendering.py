"""How column types are written in revisions: as what they are, not as the classes of today.

A revision must still mean the same when the code has moved on, so it names SQLAlchemy's own types.
"""

from typing import Any, Literal

from sqlalchemy import TypeDecorator
from sqlmodel.sql.sqltypes import AutoString

from dcc_core.db.types import PortableJson, SortableText, UtcDateTime


def render_type(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Return the text of a type of ours, False to let Alembic write it."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, SortableText):
        return 'sa.String().with_variant(sa.String(collation="C"), "postgresql")'
    if isinstance(item, PortableJson):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, TypeDecorator) and type(item).__module__.startswith("dcc_"):
        return f"sa.{item.impl_instance!r}"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False
