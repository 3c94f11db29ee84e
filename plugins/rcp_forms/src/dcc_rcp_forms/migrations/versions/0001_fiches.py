"""Create fiches, their history, the statistics projection, published forms and their drafts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_published()
    _create_fiche()
    _create_field_change()
    _create_statistic()
    _create_draft()
    _create_draft_step()


def _create_published() -> None:
    op.create_table(
        "rcp_forms_published",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("reviewer", sa.String(120), nullable=False),
        sa.Column("published_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_published"),
        sa.UniqueConstraint("form_id", "version", name="uq_rcp_forms_published_form_id_version"),
    )


def _create_fiche() -> None:
    op.create_table(
        "rcp_forms_fiche",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("form_version", sa.String(40), nullable=False),
        sa.Column("form_digest", sa.String(64), nullable=False),
        sa.Column("session_date", sa.String(10), nullable=False),
        sa.Column("answers", _JSON, nullable=False),
        sa.Column("revisions", _JSON, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("signed_at", _INSTANT, nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["core_patient.id"], name="fk_rcp_forms_fiche_patient_id_core_patient"
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["rcp_forms_fiche.id"],
            name="fk_rcp_forms_fiche_previous_id_rcp_forms_fiche",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_fiche"),
    )
    op.create_index("ix_rcp_forms_fiche_patient_id", "rcp_forms_fiche", ["patient_id"])
    op.create_index("ix_rcp_forms_fiche_form_id", "rcp_forms_fiche", ["form_id"])


def _create_field_change() -> None:
    op.create_table(
        "rcp_forms_field_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fiche_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("source_reference", sa.String(200), nullable=False),
        sa.Column("before", _JSON, nullable=True),
        sa.Column("after", _JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["fiche_id"],
            ["rcp_forms_fiche.id"],
            name="fk_rcp_forms_field_change_fiche_id_rcp_forms_fiche",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_field_change"),
        sa.UniqueConstraint(
            "fiche_id",
            "field",
            "revision",
            name="uq_rcp_forms_field_change_fiche_id_field_revision",
        ),
    )
    op.create_index("ix_rcp_forms_field_change_fiche_id", "rcp_forms_field_change", ["fiche_id"])


def _create_statistic() -> None:
    op.create_table(
        "rcp_forms_statistic",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fiche_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("code", sa.String(200), nullable=True),
        sa.Column("truth", sa.Boolean(), nullable=True),
        sa.Column("day", sa.String(10), nullable=True),
        sa.ForeignKeyConstraint(
            ["fiche_id"],
            ["rcp_forms_fiche.id"],
            name="fk_rcp_forms_statistic_fiche_id_rcp_forms_fiche",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_statistic"),
        sa.UniqueConstraint(
            "fiche_id", "name", "rank", name="uq_rcp_forms_statistic_fiche_id_name_rank"
        ),
    )
    op.create_index("ix_rcp_forms_statistic_fiche_id", "rcp_forms_statistic", ["fiche_id"])
    op.create_index("ix_rcp_forms_statistic_name", "rcp_forms_statistic", ["name"])


def _create_draft() -> None:
    op.create_table(
        "rcp_forms_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("based_on", sa.String(40), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("writers", _JSON, nullable=False),
        sa.Column("saved_by", sa.String(120), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("saved_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_draft"),
    )
    op.create_index("ix_rcp_forms_draft_form_id", "rcp_forms_draft", ["form_id"])
    op.create_index("ix_rcp_forms_draft_state", "rcp_forms_draft", ["state"])


def _create_draft_step() -> None:
    op.create_table(
        "rcp_forms_draft_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["rcp_forms_draft.id"],
            name="fk_rcp_forms_draft_step_draft_id_rcp_forms_draft",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rcp_forms_draft_step"),
    )
    op.create_index("ix_rcp_forms_draft_step_draft_id", "rcp_forms_draft_step", ["draft_id"])


def downgrade() -> None:
    for table in ("draft_step", "draft", "statistic", "field_change", "fiche", "published"):
        op.drop_table(f"rcp_forms_{table}")
