"""Create the directory, sessions and cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rcp_meetings_calendar_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_calendar_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_rcp_meetings_calendar_token_digest")),
    )
    with op.batch_alter_table("rcp_meetings_calendar_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_calendar_token_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "rcp_meetings_quorum_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_quorum_rule")),
        sa.UniqueConstraint(
            "code", "version", name=op.f("uq_rcp_meetings_quorum_rule_code_version")
        ),
    )
    op.create_table(
        "rcp_meetings_rcp",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column(
            "sort_key",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column(
            "organs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("form_id", sa.String(length=80), nullable=False),
        sa.Column(
            "organiser", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "partners", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "coordination", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("anrcp_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("video_url", sa.String(length=300), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column(
            "rhythm", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("closing_hours", sa.Integer(), nullable=False),
        sa.Column(
            "freshness", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("quorum_code", sa.String(length=40), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=False),
        sa.Column("active_until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_rcp")),
        sa.UniqueConstraint("code", name=op.f("uq_rcp_meetings_rcp_code")),
    )
    with op.batch_alter_table("rcp_meetings_rcp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rcp_meetings_rcp_scope"), ["scope"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_rcp_sort_key"), ["sort_key"], unique=False
        )

    op.create_table(
        "rcp_meetings_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rcp_id", sa.Uuid(), nullable=False),
        sa.Column("function", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("national_id", sa.String(length=80), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=20), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("speciality", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["rcp_id"],
            ["rcp_meetings_rcp.id"],
            name=op.f("fk_rcp_meetings_member_rcp_id_rcp_meetings_rcp"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_member")),
        sa.UniqueConstraint(
            "rcp_id",
            "national_id",
            "function",
            name=op.f("uq_rcp_meetings_member_rcp_id_national_id_function"),
        ),
    )
    with op.batch_alter_table("rcp_meetings_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_member_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rcp_meetings_member_rcp_id"), ["rcp_id"], unique=False)

    op.create_table(
        "rcp_meetings_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rcp_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("video_url", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("recurrence_key", sa.String(length=20), nullable=False),
        sa.Column("moved_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_case_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rcp_id"],
            ["rcp_meetings_rcp.id"],
            name=op.f("fk_rcp_meetings_session_rcp_id_rcp_meetings_rcp"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_session")),
    )
    with op.batch_alter_table("rcp_meetings_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_session_rcp_id"), ["rcp_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_session_starts_at"), ["starts_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rcp_meetings_session_state"), ["state"], unique=False)

    op.create_table(
        "rcp_meetings_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rcp_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("fiche_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("motive", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_regularisation", sa.Boolean(), nullable=False),
        sa.Column(
            "requester", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("requester_id", sa.Uuid(), nullable=True),
        sa.Column(
            "presenter", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "needs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "attachments", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("reason_text", sa.String(length=300), nullable=False),
        sa.Column(
            "quorum", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discussed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_revision", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("document_version", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("outcome_reason", sa.String(length=300), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["rcp_meetings_case.id"],
            name=op.f("fk_rcp_meetings_case_origin_id_rcp_meetings_case"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_rcp_meetings_case_patient_id_core_patient"),
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["rcp_meetings_case.id"],
            name=op.f("fk_rcp_meetings_case_previous_id_rcp_meetings_case"),
        ),
        sa.ForeignKeyConstraint(
            ["rcp_id"],
            ["rcp_meetings_rcp.id"],
            name=op.f("fk_rcp_meetings_case_rcp_id_rcp_meetings_rcp"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["rcp_meetings_session.id"],
            name=op.f("fk_rcp_meetings_case_session_id_rcp_meetings_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_case")),
    )
    with op.batch_alter_table("rcp_meetings_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_case_fiche_id"), ["fiche_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_case_patient_id"), ["patient_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rcp_meetings_case_rcp_id"), ["rcp_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_case_requester_id"), ["requester_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_case_session_id"), ["session_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rcp_meetings_case_state"), ["state"], unique=False)

    op.create_table(
        "rcp_meetings_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("national_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("function", sa.String(length=20), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("speciality", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["rcp_meetings_session.id"],
            name=op.f("fk_rcp_meetings_invitation_session_id_rcp_meetings_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_invitation")),
        sa.UniqueConstraint(
            "session_id",
            "national_id",
            name=op.f("uq_rcp_meetings_invitation_session_id_national_id"),
        ),
    )
    with op.batch_alter_table("rcp_meetings_invitation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_invitation_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_invitation_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "rcp_meetings_presence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("national_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("speciality", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["rcp_meetings_session.id"],
            name=op.f("fk_rcp_meetings_presence_session_id_rcp_meetings_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_presence")),
    )
    with op.batch_alter_table("rcp_meetings_presence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_presence_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_presence_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "rcp_meetings_case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rcp_meetings_case.id"],
            name=op.f("fk_rcp_meetings_case_event_case_id_rcp_meetings_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_case_event")),
    )
    with op.batch_alter_table("rcp_meetings_case_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_case_event_case_id"), ["case_id"], unique=False
        )

    op.create_table(
        "rcp_meetings_opinion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("national_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("speciality", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["rcp_meetings_case.id"],
            name=op.f("fk_rcp_meetings_opinion_case_id_rcp_meetings_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rcp_meetings_opinion")),
        sa.UniqueConstraint(
            "case_id", "national_id", name=op.f("uq_rcp_meetings_opinion_case_id_national_id")
        ),
    )
    with op.batch_alter_table("rcp_meetings_opinion", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rcp_meetings_opinion_case_id"), ["case_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("rcp_meetings_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_opinion_case_id"))

    op.drop_table("rcp_meetings_opinion")
    with op.batch_alter_table("rcp_meetings_case_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_event_case_id"))

    op.drop_table("rcp_meetings_case_event")
    with op.batch_alter_table("rcp_meetings_presence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_presence_session_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_presence_account_id"))

    op.drop_table("rcp_meetings_presence")
    with op.batch_alter_table("rcp_meetings_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_invitation_session_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_invitation_account_id"))

    op.drop_table("rcp_meetings_invitation")
    with op.batch_alter_table("rcp_meetings_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_state"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_session_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_requester_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_rcp_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_patient_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_case_fiche_id"))

    op.drop_table("rcp_meetings_case")
    with op.batch_alter_table("rcp_meetings_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_session_state"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_session_starts_at"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_session_rcp_id"))

    op.drop_table("rcp_meetings_session")
    with op.batch_alter_table("rcp_meetings_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_member_rcp_id"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_member_account_id"))

    op.drop_table("rcp_meetings_member")
    with op.batch_alter_table("rcp_meetings_rcp", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_rcp_sort_key"))
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_rcp_scope"))

    op.drop_table("rcp_meetings_rcp")
    op.drop_table("rcp_meetings_quorum_rule")
    with op.batch_alter_table("rcp_meetings_calendar_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rcp_meetings_calendar_token_account_id"))

    op.drop_table("rcp_meetings_calendar_token")
