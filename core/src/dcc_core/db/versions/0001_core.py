"""Create the tables of the core."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_audit BEGIN SELECT "
            "RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_audit_no_delete BEFORE DELETE ON core_audit WHEN NOT EXISTS "
            "(SELECT 1 FROM core_audit_archive a WHERE OLD.sequence BETWEEN a.first_sequence AND "
            "a.last_sequence) BEGIN SELECT RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_audit_archive_no_update BEFORE UPDATE ON core_audit_archive BEGIN "
            "SELECT RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_audit_archive_no_delete BEFORE DELETE ON core_audit_archive BEGIN "
            "SELECT RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_audit_seal_no_update BEFORE UPDATE ON core_audit_seal BEGIN SELECT "
            "RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_audit_seal_no_delete BEFORE DELETE ON core_audit_seal BEGIN SELECT "
            "RAISE(ABORT, 'AUD-001: the audit is append-only'); END"
        ),
        (
            "CREATE TRIGGER core_patient_strict_traits BEFORE UPDATE ON core_patient FOR EACH ROW "
            "WHEN (NEW.birth_family_name IS NOT OLD.birth_family_name OR NEW.first_given_name IS "
            "NOT OLD.first_given_name OR NEW.birth_given_names IS NOT OLD.birth_given_names OR "
            "NEW.birth_date IS NOT OLD.birth_date OR NEW.birth_date_precision IS NOT "
            "OLD.birth_date_precision OR NEW.sex IS NOT OLD.sex OR NEW.birth_place_insee IS NOT "
            "OLD.birth_place_insee OR (OLD.ins_matricule IS NOT NULL AND NEW.ins_matricule IS NOT "
            "NULL AND NEW.ins_matricule <> OLD.ins_matricule) OR (OLD.ins_system IS NOT NULL AND "
            "NEW.ins_system IS NOT NULL AND NEW.ins_system <> OLD.ins_system)) AND NEW.status <> "
            "'PROV' AND NOT (NEW.status = 'RECUP' AND NEW.ins_collected_at IS NOT "
            "OLD.ins_collected_at) BEGIN SELECT RAISE(ABORT, 'PAT-042 a strict trait changed "
            "without loss of trust'); END"
        ),
        (
            "CREATE UNIQUE INDEX uq_core_patient_identifier_active ON core_patient_identifier "
            "(value, system) WHERE is_active = 1"
        ),
        (
            "CREATE TRIGGER core_document_version_no_update BEFORE UPDATE ON core_document_version "
            "BEGIN SELECT RAISE(ABORT, 'a version of a document never changes'); END"
        ),
        (
            "CREATE TRIGGER core_document_version_no_delete BEFORE DELETE ON core_document_version "
            "BEGIN SELECT RAISE(ABORT, 'a version of a document never changes'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN IF TG_OP = 'DELETE' THEN IF EXISTS (SELECT 1 FROM core_audit_archive a WHERE "
            "OLD.sequence BETWEEN a.first_sequence AND a.last_sequence) THEN RETURN OLD; END IF; "
            "END IF; RAISE EXCEPTION 'AUD-001: the audit is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER core_audit_no_change BEFORE UPDATE OR DELETE ON core_audit FOR EACH ROW "
            "EXECUTE FUNCTION core_audit_refuse()"
        ),
        (
            "CREATE TRIGGER core_audit_no_truncate BEFORE TRUNCATE ON core_audit FOR EACH STATEMENT "
            "EXECUTE FUNCTION core_audit_refuse()"
        ),
        (
            "CREATE OR REPLACE FUNCTION core_audit_archive_refuse() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN RAISE EXCEPTION 'AUD-001: the audit is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER core_audit_archive_no_change BEFORE UPDATE OR DELETE ON "
            "core_audit_archive FOR EACH ROW EXECUTE FUNCTION core_audit_archive_refuse()"
        ),
        (
            "CREATE TRIGGER core_audit_archive_no_truncate BEFORE TRUNCATE ON core_audit_archive "
            "FOR EACH STATEMENT EXECUTE FUNCTION core_audit_archive_refuse()"
        ),
        (
            "CREATE OR REPLACE FUNCTION core_audit_seal_refuse() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'AUD-001: the audit is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER core_audit_seal_no_change BEFORE UPDATE OR DELETE ON core_audit_seal "
            "FOR EACH ROW EXECUTE FUNCTION core_audit_seal_refuse()"
        ),
        (
            "CREATE TRIGGER core_audit_seal_no_truncate BEFORE TRUNCATE ON core_audit_seal FOR EACH "
            "STATEMENT EXECUTE FUNCTION core_audit_seal_refuse()"
        ),
        (
            "CREATE OR REPLACE FUNCTION core_patient_keep_trust_honest() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN RAISE EXCEPTION 'PAT-042 a strict trait changed without loss of "
            "trust' USING ERRCODE = 'check_violation'; END $$"
        ),
        (
            "CREATE TRIGGER core_patient_strict_traits BEFORE UPDATE ON core_patient FOR EACH ROW "
            "WHEN ((NEW.birth_family_name IS DISTINCT FROM OLD.birth_family_name OR "
            "NEW.first_given_name IS DISTINCT FROM OLD.first_given_name OR NEW.birth_given_names IS "
            "DISTINCT FROM OLD.birth_given_names OR NEW.birth_date IS DISTINCT FROM OLD.birth_date "
            "OR NEW.birth_date_precision IS DISTINCT FROM OLD.birth_date_precision OR NEW.sex IS "
            "DISTINCT FROM OLD.sex OR NEW.birth_place_insee IS DISTINCT FROM OLD.birth_place_insee "
            "OR (OLD.ins_matricule IS NOT NULL AND NEW.ins_matricule IS NOT NULL AND "
            "NEW.ins_matricule <> OLD.ins_matricule) OR (OLD.ins_system IS NOT NULL AND "
            "NEW.ins_system IS NOT NULL AND NEW.ins_system <> OLD.ins_system)) AND NEW.status <> "
            "'PROV' AND NOT (NEW.status = 'RECUP' AND NEW.ins_collected_at IS DISTINCT FROM "
            "OLD.ins_collected_at)) EXECUTE FUNCTION core_patient_keep_trust_honest()"
        ),
        (
            "CREATE UNIQUE INDEX uq_core_patient_identifier_active ON core_patient_identifier "
            "(value, system) WHERE is_active"
        ),
        (
            "CREATE FUNCTION core_document_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'a version of a document never changes'; END $$"
        ),
        (
            "CREATE TRIGGER core_document_version_immutable BEFORE UPDATE OR DELETE ON "
            "core_document_version FOR EACH ROW EXECUTE FUNCTION core_document_version_refuse()"
        ),
    ),
}
"""Triggers, per dialect: what the tables refuse whoever writes to them."""


def upgrade() -> None:
    op.create_table(
        "core_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("national_id", sa.String(length=80), nullable=True),
        sa.Column("login", sa.String(length=80), nullable=True),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column(
            "sort_key",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=20), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("specialty", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revalidate_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(length=200), nullable=False),
        sa.Column("terms_version", sa.String(length=20), nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_core_account_state")),
        sa.CheckConstraint(
            "national_id IS NOT NULL OR login IS NOT NULL", name=op.f("ck_core_account_identifier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_account")),
        sa.UniqueConstraint("login", name="uq_core_account_login"),
        sa.UniqueConstraint("national_id", name="uq_core_account_national_id"),
    )
    with op.batch_alter_table("core_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_account_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "core_audit",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("object_version", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("basis", sa.String(length=60), nullable=False),
        sa.Column("correlation_id", sa.String(length=40), nullable=False),
        sa.Column("via", sa.String(length=40), nullable=False),
        sa.Column("source_ip", sa.String(length=45), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_core_audit")),
    )
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.create_index("ix_core_audit_actor", ["actor_id", "sequence"], unique=False)
        batch_op.create_index("ix_core_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_core_audit_patient", ["patient_id", "sequence"], unique=False)

    op.create_table(
        "core_audit_archive",
        sa.Column("last_seal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_seal", sa.Integer(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("last_seal", name=op.f("pk_core_audit_archive")),
    )
    op.create_table(
        "core_audit_cursor",
        sa.Column("sink", sa.String(length=80), nullable=False),
        sa.Column("last_seal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sink", name=op.f("pk_core_audit_cursor")),
    )
    op.create_table(
        "core_audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column(
            "missing", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("late", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_core_audit_seal")),
    )
    with op.batch_alter_table("core_audit_seal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_audit_seal_sealed_at"), ["sealed_at"], unique=False
        )

    op.create_table(
        "core_import_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("map_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)",
            name=op.f("ck_core_import_batch_finished_at"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'reverted')", name=op.f("ck_core_import_batch_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_batch")),
    )
    with op.batch_alter_table("core_import_batch", schema=None) as batch_op:
        batch_op.create_index("ix_core_import_batch_source", ["digest", "map_digest"], unique=False)

    op.create_table(
        "core_job",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("schedule", sa.String(length=80), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_job")),
    )
    with op.batch_alter_table("core_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_job_next_at"), ["next_at"], unique=False)

    op.create_table(
        "core_live_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_live_event")),
    )
    op.create_table(
        "core_name_deletion",
        sa.Column("hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("hash", "key", name=op.f("pk_core_name_deletion")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("finess", sa.String(length=9), nullable=True),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("is_3c", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('establishment', 'practice', 'laboratory', 'network')",
            name=op.f("ck_core_organisation_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_organisation")),
        sa.UniqueConstraint("finess", name="uq_core_organisation_finess"),
        sa.UniqueConstraint("siret", name="uq_core_organisation_siret"),
    )
    op.create_table(
        "core_patient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("birth_family_name", sa.String(length=100), nullable=False),
        sa.Column("first_given_name", sa.String(length=100), nullable=False),
        sa.Column(
            "birth_given_names",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column(
            "birth_date_precision",
            sa.Enum(
                "day", "month", "year", name="precision", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "sex",
            sa.Enum("F", "M", "U", name="sex", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("birth_place_insee", sa.String(length=5), nullable=False),
        sa.Column("ins_matricule", sa.String(length=15), nullable=True),
        sa.Column("ins_system", sa.String(length=30), nullable=True),
        sa.Column(
            "ins_method",
            sa.Enum("insi", "flow", name="ins_method", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("ins_collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "PROV",
                "RECUP",
                "VALI",
                "QUAL",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "validation_mode",
            sa.Enum(
                "CN",
                "PA",
                "CS",
                "LF",
                "AN",
                "EI",
                "FL",
                name="validation_mode",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_homonym", sa.Boolean(), nullable=False),
        sa.Column("is_doubtful", sa.Boolean(), nullable=False),
        sa.Column("is_fictitious", sa.Boolean(), nullable=False),
        sa.Column("used_family_name", sa.String(length=100), nullable=False),
        sa.Column("used_given_name", sa.String(length=100), nullable=False),
        sa.Column(
            "address_lines",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("postal_code", sa.String(length=10), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column(
            "telecom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status IN ('RECUP', 'QUAL')) = (ins_matricule IS NOT NULL)",
            name=op.f("ck_core_patient_ins_when_retrieved"),
        ),
        sa.CheckConstraint(
            "(status IN ('VALI', 'QUAL')) = (validation_mode IS NOT NULL)",
            name=op.f("ck_core_patient_proof_when_valid"),
        ),
        sa.CheckConstraint(
            "NOT (is_doubtful OR is_fictitious) OR status = 'PROV'",
            name=op.f("ck_core_patient_warning_is_provisional"),
        ),
        sa.CheckConstraint(
            "birth_date_precision <> 'day' OR deceased_on >= birth_date",
            name=op.f("ck_core_patient_death_after_birth"),
        ),
        sa.CheckConstraint(
            "ins_matricule IS NULL OR sex <> 'U'", name=op.f("ck_core_patient_ins_tells_sex")
        ),
        sa.CheckConstraint(
            "ins_system IN ('1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.11')",
            name=op.f("ck_core_patient_ins_system_known"),
        ),
        sa.CheckConstraint(
            "(ins_matricule IS NULL) = (ins_collected_at IS NULL)",
            name=op.f("ck_core_patient_ins_collected"),
        ),
        sa.CheckConstraint(
            "(ins_matricule IS NULL) = (ins_method IS NULL)",
            name=op.f("ck_core_patient_ins_by_method"),
        ),
        sa.CheckConstraint(
            "(ins_matricule IS NULL) = (ins_system IS NULL)", name=op.f("ck_core_patient_ins_whole")
        ),
        sa.CheckConstraint(
            "(validation_mode IS NULL) = (validated_at IS NULL)",
            name=op.f("ck_core_patient_proof_dated"),
        ),
        sa.CheckConstraint(
            "NOT (is_doubtful AND is_fictitious)", name=op.f("ck_core_patient_one_warning")
        ),
        sa.CheckConstraint("length(ins_matricule) = 15", name=op.f("ck_core_patient_ins_length")),
        sa.CheckConstraint(
            "merged_into_id <> id", name=op.f("ck_core_patient_not_merged_into_itself")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["core_patient.id"],
            name=op.f("fk_core_patient_merged_into_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_patient")),
        sa.UniqueConstraint(
            "ins_matricule", "ins_system", name=op.f("uq_core_patient_ins_matricule_ins_system")
        ),
    )
    with op.batch_alter_table("core_patient", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_patient_merged_into_id"), ["merged_into_id"], unique=False
        )

    op.create_table(
        "core_sign_in_failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_sign_in_failure")),
    )
    with op.batch_alter_table("core_sign_in_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_sign_in_failure_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_core_sign_in_failure_bucket"), ["bucket"], unique=False
        )

    op.create_table(
        "core_account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_account_link_account_id_core_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_account_link")),
        sa.UniqueConstraint("provider", "subject", name="uq_core_account_link_subject"),
    )
    with op.batch_alter_table("core_account_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_account_link_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "core_account_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("national_id", sa.String(length=80), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("profession", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("finess", sa.String(length=9), nullable=False),
        sa.Column("motive", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.String(length=500), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'refused')",
            name=op.f("ck_core_account_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_account_request_account_id_core_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_account_request")),
    )
    with op.batch_alter_table("core_account_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_account_request_state"), ["state"], unique=False)

    op.create_table(
        "core_break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("justification", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("review_comment", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_break_glass_account_id_core_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["core_organisation.id"],
            name=op.f("fk_core_break_glass_organisation_id_core_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_break_glass_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_break_glass")),
    )
    with op.batch_alter_table("core_break_glass", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_break_glass_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_break_glass_patient_id"), ["patient_id"], unique=False
        )

    op.create_table(
        "core_care_relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN scope = '' THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_core_care_relation_holder"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_core_care_relation_duration")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_care_relation_account_id_core_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["core_organisation.id"],
            name=op.f("fk_core_care_relation_organisation_id_core_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_care_relation_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_care_relation")),
    )
    with op.batch_alter_table("core_care_relation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_care_relation_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_care_relation_patient_id"), ["patient_id"], unique=False
        )

    op.create_table(
        "core_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.String(length=128), nullable=False),
        sa.Column("document_class", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("confidentiality", sa.String(length=1), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_core_document_withdrawn_at"),
        ),
        sa.CheckConstraint(
            "status IN ('current', 'withdrawn')", name=op.f("ck_core_document_status")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_document_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document")),
        sa.UniqueConstraint("set_id", name=op.f("uq_core_document_set_id")),
    )
    with op.batch_alter_table("core_document", schema=None) as batch_op:
        batch_op.create_index("ix_core_document_record", ["patient_id", "created_at"], unique=False)

    op.create_table(
        "core_duplicate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("open", "distinct", name="state", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_core_duplicate_decision_dated")
        ),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_core_duplicate_ordered")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["core_patient.id"], name=op.f("fk_core_duplicate_first_id_core_patient")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["core_patient.id"],
            name=op.f("fk_core_duplicate_second_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_duplicate")),
        sa.UniqueConstraint(
            "first_id", "second_id", name=op.f("uq_core_duplicate_first_id_second_id")
        ),
    )
    with op.batch_alter_table("core_duplicate", schema=None) as batch_op:
        batch_op.create_index("ix_core_duplicate_queue", ["state", "score"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_core_duplicate_second_id"), ["second_id"], unique=False
        )

    op.create_table(
        "core_import_row",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column(
            "candidates", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.CheckConstraint(
            "verdict IN ('created', 'known', 'ambiguous', 'refused')",
            name=op.f("ck_core_import_row_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["core_import_batch.id"],
            name=op.f("fk_core_import_row_batch_id_core_import_batch"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_core_import_row")),
    )
    with op.batch_alter_table("core_import_row", schema=None) as batch_op:
        batch_op.create_index("ix_core_import_row_verdict", ["batch_id", "verdict"], unique=False)

    op.create_table(
        "core_inbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("meta", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column(
            "report", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("attached_to", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'processed', 'quarantined', 'failed', 'refused')",
            name=op.f("ck_core_inbox_state"),
        ),
        sa.ForeignKeyConstraint(
            ["attached_to"],
            ["core_patient.id"],
            name=op.f("fk_core_inbox_attached_to_core_patient"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["core_patient.id"], name=op.f("fk_core_inbox_patient_id_core_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_inbox")),
        sa.UniqueConstraint("source", "message_id", "fingerprint", name="uq_core_inbox_message"),
    )
    with op.batch_alter_table("core_inbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_inbox_attached_to"), ["attached_to"], unique=False
        )
        batch_op.create_index("ix_core_inbox_due", ["state", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_inbox_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_core_inbox_source", ["source", "state", "id"], unique=False)

    op.create_table(
        "core_local_credential",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("totp_secret", sa.String(length=200), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column(
            "recovery", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("invitation_hash", sa.String(length=64), nullable=False),
        sa.Column("invitation_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_local_credential_account_id_core_account"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_core_local_credential")),
    )
    with op.batch_alter_table("core_local_credential", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_local_credential_invitation_hash"),
            ["invitation_hash"],
            unique=False,
        )

    op.create_table(
        "core_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("dropped_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("kept_id <> dropped_id", name=op.f("ck_core_merge_two_records")),
        sa.ForeignKeyConstraint(
            ["dropped_id"], ["core_patient.id"], name=op.f("fk_core_merge_dropped_id_core_patient")
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["core_patient.id"], name=op.f("fk_core_merge_kept_id_core_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_merge")),
    )
    with op.batch_alter_table("core_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_merge_dropped_id"), ["dropped_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_merge_kept_id"), ["kept_id"], unique=False)

    op.create_table(
        "core_notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_notification_account_id_core_account"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_notification_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_notification")),
    )
    with op.batch_alter_table("core_notification", schema=None) as batch_op:
        batch_op.create_index("ix_core_notification_list", ["account_id", "at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_core_notification_patient_id"), ["patient_id"], unique=False
        )
        batch_op.create_index(
            "ix_core_notification_unread",
            ["account_id", "read_at", "kind", "subject"],
            unique=False,
        )

    op.create_table(
        "core_opposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "dcc",
                "dmp",
                "mssante",
                "research",
                "emergency",
                name="purpose",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("is_opposed", sa.Boolean(), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_opposition_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_opposition")),
    )
    with op.batch_alter_table("core_opposition", schema=None) as batch_op:
        batch_op.create_index("ix_core_opposition_patient", ["patient_id", "purpose"], unique=False)

    op.create_table(
        "core_patient_identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.String(length=100), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_patient_identifier_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_patient_identifier")),
    )
    with op.batch_alter_table("core_patient_identifier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_patient_identifier_patient_id"), ["patient_id"], unique=False
        )

    op.create_table(
        "core_patient_name",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "family",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "given",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["core_patient.id"],
            name=op.f("fk_core_patient_name_patient_id_core_patient"),
        ),
        sa.PrimaryKeyConstraint("source_id", "rank", name=op.f("pk_core_patient_name")),
    )
    with op.batch_alter_table("core_patient_name", schema=None) as batch_op:
        batch_op.create_index("ix_core_patient_name_birth", ["birth_date", "family"], unique=False)
        batch_op.create_index("ix_core_patient_name_family", ["family", "given"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_core_patient_name_patient_id"), ["patient_id"], unique=False
        )

    op.create_table(
        "core_role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_role_grant_account_id_core_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["core_organisation.id"],
            name=op.f("fk_core_role_grant_organisation_id_core_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role_grant")),
    )
    with op.batch_alter_table("core_role_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_role_grant_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "core_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_session", sa.String(length=200), nullable=False),
        sa.Column("provider_subject", sa.String(length=200), nullable=False),
        sa.Column("acr", sa.String(length=40), nullable=False),
        sa.Column("auth_mode", sa.String(length=20), nullable=False),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        sa.Column("source_ip", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["core_account.id"],
            name=op.f("fk_core_session_account_id_core_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["core_organisation.id"],
            name=op.f("fk_core_session_organisation_id_core_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_session")),
        sa.UniqueConstraint("token_hash", name="uq_core_session_token_hash"),
    )
    with op.batch_alter_table("core_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_session_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_session_provider_session"), ["provider_session"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_session_provider_subject"), ["provider_subject"], unique=False
        )

    op.create_table(
        "core_document_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("version_oid", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("type_code", sa.String(length=80), nullable=False),
        sa.Column("type_label", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.Uuid(), nullable=True),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("source_digest", sa.String(length=64), nullable=True),
        sa.Column("source_media_type", sa.String(length=100), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("observations_digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "content_digest IS NOT NULL OR source_digest IS NOT NULL",
            name=op.f("ck_core_document_version_has_content"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["core_document.id"],
            name=op.f("fk_core_document_version_document_id_core_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document_version")),
        sa.UniqueConstraint("document_id", "version", name="uq_core_document_version_number"),
        sa.UniqueConstraint("version_oid", name=op.f("uq_core_document_version_version_oid")),
    )
    with op.batch_alter_table("core_document_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_document_version_external_id"), ["external_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_core_document_version_inbox_id"), ["inbox_id"], unique=False
        )

    op.create_table(
        "core_merge_journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column(
            "row_key", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("row_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "moved",
                "changed",
                "added",
                "removed",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("is_superseded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["core_merge.id"], name=op.f("fk_core_merge_journal_merge_id_core_merge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_merge_journal")),
    )
    with op.batch_alter_table("core_merge_journal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_merge_journal_merge_id"), ["merge_id"], unique=False
        )
        batch_op.create_index(
            "ix_core_merge_journal_row", ["table_name", "row_digest"], unique=False
        )

    op.create_table(
        "core_outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("document_version", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column(
            "receipt", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'parked', 'delivered', 'dead', 'cancelled')",
            name=op.f("ck_core_outbox_state"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["core_document.id"],
            name=op.f("fk_core_outbox_document_id_core_document"),
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["core_patient.id"], name=op.f("fk_core_outbox_patient_id_core_patient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_outbox")),
        sa.UniqueConstraint("destination", "key", name="uq_core_outbox_key"),
    )
    with op.batch_alter_table("core_outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_core_outbox_document", ["document_id", "destination"], unique=False
        )
        batch_op.create_index("ix_core_outbox_due", ["state", "kind", "next_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_outbox_reference"), ["reference"], unique=False)
        batch_op.create_index(
            "ix_core_outbox_stream", ["patient_id", "destination", "state", "id"], unique=False
        )

    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(guard.replace(":", r"\:")))


def downgrade() -> None:
    with op.batch_alter_table("core_outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_core_outbox_stream")
        batch_op.drop_index(batch_op.f("ix_core_outbox_reference"))
        batch_op.drop_index("ix_core_outbox_due")
        batch_op.drop_index("ix_core_outbox_document")

    op.drop_table("core_outbox")
    with op.batch_alter_table("core_merge_journal", schema=None) as batch_op:
        batch_op.drop_index("ix_core_merge_journal_row")
        batch_op.drop_index(batch_op.f("ix_core_merge_journal_merge_id"))

    op.drop_table("core_merge_journal")
    with op.batch_alter_table("core_document_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_document_version_inbox_id"))
        batch_op.drop_index(batch_op.f("ix_core_document_version_external_id"))

    op.drop_table("core_document_version")
    with op.batch_alter_table("core_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_session_provider_subject"))
        batch_op.drop_index(batch_op.f("ix_core_session_provider_session"))
        batch_op.drop_index(batch_op.f("ix_core_session_account_id"))

    op.drop_table("core_session")
    with op.batch_alter_table("core_role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_role_grant_account_id"))

    op.drop_table("core_role_grant")
    with op.batch_alter_table("core_patient_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_patient_name_patient_id"))
        batch_op.drop_index("ix_core_patient_name_family")
        batch_op.drop_index("ix_core_patient_name_birth")

    op.drop_table("core_patient_name")
    with op.batch_alter_table("core_patient_identifier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_patient_identifier_patient_id"))

    op.drop_table("core_patient_identifier")
    with op.batch_alter_table("core_opposition", schema=None) as batch_op:
        batch_op.drop_index("ix_core_opposition_patient")

    op.drop_table("core_opposition")
    with op.batch_alter_table("core_notification", schema=None) as batch_op:
        batch_op.drop_index("ix_core_notification_unread")
        batch_op.drop_index(batch_op.f("ix_core_notification_patient_id"))
        batch_op.drop_index("ix_core_notification_list")

    op.drop_table("core_notification")
    with op.batch_alter_table("core_merge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_merge_kept_id"))
        batch_op.drop_index(batch_op.f("ix_core_merge_dropped_id"))

    op.drop_table("core_merge")
    with op.batch_alter_table("core_local_credential", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_local_credential_invitation_hash"))

    op.drop_table("core_local_credential")
    with op.batch_alter_table("core_inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_core_inbox_source")
        batch_op.drop_index(batch_op.f("ix_core_inbox_patient_id"))
        batch_op.drop_index("ix_core_inbox_due")
        batch_op.drop_index(batch_op.f("ix_core_inbox_attached_to"))

    op.drop_table("core_inbox")
    with op.batch_alter_table("core_import_row", schema=None) as batch_op:
        batch_op.drop_index("ix_core_import_row_verdict")

    op.drop_table("core_import_row")
    with op.batch_alter_table("core_duplicate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_duplicate_second_id"))
        batch_op.drop_index("ix_core_duplicate_queue")

    op.drop_table("core_duplicate")
    with op.batch_alter_table("core_document", schema=None) as batch_op:
        batch_op.drop_index("ix_core_document_record")

    op.drop_table("core_document")
    with op.batch_alter_table("core_care_relation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_care_relation_patient_id"))
        batch_op.drop_index(batch_op.f("ix_core_care_relation_account_id"))

    op.drop_table("core_care_relation")
    with op.batch_alter_table("core_break_glass", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_break_glass_patient_id"))
        batch_op.drop_index(batch_op.f("ix_core_break_glass_account_id"))

    op.drop_table("core_break_glass")
    with op.batch_alter_table("core_account_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_account_request_state"))

    op.drop_table("core_account_request")
    with op.batch_alter_table("core_account_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_account_link_account_id"))

    op.drop_table("core_account_link")
    with op.batch_alter_table("core_sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_sign_in_failure_bucket"))
        batch_op.drop_index(batch_op.f("ix_core_sign_in_failure_at"))

    op.drop_table("core_sign_in_failure")
    with op.batch_alter_table("core_patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_patient_merged_into_id"))

    op.drop_table("core_patient")
    op.drop_table("core_organisation")
    op.drop_table("core_name_deletion")
    op.drop_table("core_live_event")
    with op.batch_alter_table("core_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_job_next_at"))

    op.drop_table("core_job")
    with op.batch_alter_table("core_import_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_core_import_batch_source")

    op.drop_table("core_import_batch")
    with op.batch_alter_table("core_audit_seal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_audit_seal_sealed_at"))

    op.drop_table("core_audit_seal")
    op.drop_table("core_audit_cursor")
    op.drop_table("core_audit_archive")
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.drop_index("ix_core_audit_patient")
        batch_op.drop_index("ix_core_audit_at")
        batch_op.drop_index("ix_core_audit_actor")

    op.drop_table("core_audit")
    with op.batch_alter_table("core_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_account_sort_key"))

    op.drop_table("core_account")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS core_audit_refuse()")
        op.execute("DROP FUNCTION IF EXISTS core_audit_archive_refuse()")
        op.execute("DROP FUNCTION IF EXISTS core_audit_seal_refuse()")
        op.execute("DROP FUNCTION IF EXISTS core_patient_keep_trust_honest()")
        op.execute("DROP FUNCTION IF EXISTS core_document_version_refuse()")
