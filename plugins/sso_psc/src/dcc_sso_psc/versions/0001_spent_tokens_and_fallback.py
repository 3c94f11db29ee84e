"""Create the spent logout tokens and the state of the fallback."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sso_psc_spent_token",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sso_psc_spent_token"),
    )
    op.create_index("ix_sso_psc_spent_token_until", "sso_psc_spent_token", ["until"])
    op.create_table(
        "sso_psc_fallback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(36), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sso_psc_fallback"),
    )


def downgrade() -> None:
    op.drop_table("sso_psc_fallback")
    op.drop_index("ix_sso_psc_spent_token_until", "sso_psc_spent_token")
    op.drop_table("sso_psc_spent_token")
