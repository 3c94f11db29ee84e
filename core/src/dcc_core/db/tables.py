"""Tables of the core and of plugins: one metadata, one registry each, every constraint named.

A registry per plugin keeps class names apart: two plugins may both have a ``Result`` with
relationships. The shared metadata lets a plugin refer to ``core_patient``.
"""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig

METADATA = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

PATIENT_TABLE = "core_patient"
"""Table that every patient-scoped row refers to; a foreign key to it obliges a plugin to merge and
export.
"""


def new_registry() -> registry:
    """Return a registry of class names on the shared metadata.

    A distribution declares its base once, in its tables module::

        class Table(StoredModel, registry=new_registry()):
            \"\"\"Base of this plugin's tables.\"\"\"
    """
    return registry(metadata=METADATA)


class StoredModel(SQLModel):
    """Root of every table base: storage validates nothing, so no validator is built at start."""

    model_config = SQLModelConfig(defer_build=True)


class CoreTable(StoredModel, registry=new_registry()):
    """Base of the core's tables; their names start with ``core_``. Storage only: it validates
    nothing.
    """
