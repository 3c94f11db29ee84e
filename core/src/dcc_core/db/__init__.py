"""The database: engine, sessions, column types, one registry per plugin, migrations."""

from dcc_core.db.bulk import BulkInsert
from dcc_core.db.engine import Database, open_database
from dcc_core.db.tables import StoredModel, new_registry
from dcc_core.db.types import Json, SortableText, UtcDateTime

__all__ = [
    "BulkInsert",
    "Database",
    "Json",
    "SortableText",
    "StoredModel",
    "UtcDateTime",
    "new_registry",
    "open_database",
]
