"""Create the remarks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "example_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["core_patient.id"], name="fk_example_note_patient_id_core_patient"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_example_note"),
    )
    op.create_index("ix_example_note_patient_id", "example_note", ["patient_id"])


def downgrade() -> None:
    op.drop_index("ix_example_note_patient_id", "example_note")
    op.drop_table("example_note")
