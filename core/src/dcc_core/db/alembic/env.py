"""Run the revisions of one manifest on the connection given by the migration runner.

One version table per manifest: removing a plugin never blocks the others.
"""

from alembic import context

from dcc_core.db.ownership import owned_by
from dcc_core.db.rendering import render_type
from dcc_core.db.tables import METADATA

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=METADATA,
    version_table=attributes["version_table"],
    render_as_batch=True,
    transaction_per_migration=True,
    transactional_ddl=True,
    render_item=render_type,
    **owned_by(attributes["table_prefix"]),
)
with context.begin_transaction():
    context.run_migrations()
