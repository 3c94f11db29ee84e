"""Tables of identities: the patient, its identifiers, its search keys and its oppositions.

The invariants of the national rules stand in the database too, so that no route around the services
can break them.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Enum,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlmodel import Field

from dcc_core.db.tables import PATIENT_TABLE, CoreTable
from dcc_core.db.types import Json, SortableText, UtcDateTime
from dcc_core.hooks.contracts.identity import DatePrecision, IdentityStatus, Sex
from dcc_core.patients.ins import LENGTH, InsKind
from dcc_core.patients.names import MAX_LENGTH

PATIENT_KEY = f"{PATIENT_TABLE}.id"
STAYS_ON_MERGE = {"on_merge": "stay"}
"""Mark of a foreign key to a patient that tells history and must not follow a merge."""

_SYSTEMS = ", ".join(f"'{kind.value}'" for kind in InsKind)


class InsMethod(StrEnum):
    """How a matricule was obtained. Typing it by hand is not a way."""

    INSI = "insi"
    TRUSTED_FLOW = "flow"


class ValidationMode(StrEnum):
    """Document of high trust that proved the identity (RNIV 1 v2.0)."""

    IDENTITY_CARD = "CN"
    PASSPORT = "PA"
    RESIDENCE_PERMIT = "CS"
    FAMILY_BOOKLET = "LF"
    BIRTH_CERTIFICATE = "AN"
    ELECTRONIC_IDENTITY = "EI"
    TRUSTED_FLOW = "FL"


class SharingPurpose(StrEnum):
    """What a patient can oppose, each for itself; ``emergency`` is access without care relation
    ("bris de glace").
    """

    DCC = "dcc"
    DMP = "dmp"
    MSSANTE = "mssante"
    RESEARCH = "research"
    EMERGENCY = "emergency"


def _choice(kind: type[StrEnum], name: str) -> Enum:
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=max(len(member.value) for member in kind),
        values_callable=lambda members: [member.value for member in members],
    )


class Patient(CoreTable, table=True):
    """A patient: strict traits, complementary traits, trust. ``version`` grows with each change."""

    __tablename__ = PATIENT_TABLE
    __table_args__ = (
        CheckConstraint("NOT (is_doubtful AND is_fictitious)", name="one_warning"),
        CheckConstraint(
            "NOT (is_doubtful OR is_fictitious) OR status = 'PROV'", name="warning_is_provisional"
        ),
        CheckConstraint("(ins_matricule IS NULL) = (ins_system IS NULL)", name="ins_whole"),
        CheckConstraint(
            "(ins_matricule IS NULL) = (ins_collected_at IS NULL)", name="ins_collected"
        ),
        CheckConstraint("(ins_matricule IS NULL) = (ins_method IS NULL)", name="ins_by_method"),
        CheckConstraint(
            "(status IN ('RECUP', 'QUAL')) = (ins_matricule IS NOT NULL)", name="ins_when_retrieved"
        ),
        CheckConstraint(
            "(status IN ('VALI', 'QUAL')) = (validation_mode IS NOT NULL)", name="proof_when_valid"
        ),
        CheckConstraint("(validation_mode IS NULL) = (validated_at IS NULL)", name="proof_dated"),
        CheckConstraint("ins_matricule IS NULL OR sex <> 'U'", name="ins_tells_sex"),
        CheckConstraint(f"length(ins_matricule) = {LENGTH}", name="ins_length"),
        CheckConstraint(f"ins_system IN ({_SYSTEMS})", name="ins_system_known"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint(
            "birth_date_precision <> 'day' OR deceased_on >= birth_date", name="death_after_birth"
        ),
        UniqueConstraint("ins_matricule", "ins_system"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    birth_family_name: str = Field(max_length=MAX_LENGTH)
    first_given_name: str = Field(max_length=MAX_LENGTH)
    birth_given_names: list[str] = Field(sa_column=Column(Json, nullable=False))
    birth_date: date = Field(sa_column=Column(Date, nullable=False))
    birth_date_precision: DatePrecision = Field(
        default=DatePrecision.DAY,
        sa_column=Column(_choice(DatePrecision, "precision"), nullable=False),
    )
    sex: Sex = Field(sa_column=Column(_choice(Sex, "sex"), nullable=False))
    birth_place_insee: str = Field(default="", max_length=5)
    ins_matricule: str | None = Field(default=None, max_length=LENGTH)
    ins_system: str | None = Field(default=None, max_length=30)
    ins_method: InsMethod | None = Field(
        default=None, sa_column=Column(_choice(InsMethod, "ins_method"))
    )
    ins_collected_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    status: IdentityStatus = Field(
        default=IdentityStatus.PROVISIONAL,
        sa_column=Column(_choice(IdentityStatus, "status"), nullable=False),
    )
    validation_mode: ValidationMode | None = Field(
        default=None, sa_column=Column(_choice(ValidationMode, "validation_mode"))
    )
    validated_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    is_homonym: bool = False
    is_doubtful: bool = False
    is_fictitious: bool = False
    used_family_name: str = Field(default="", max_length=MAX_LENGTH)
    used_given_name: str = Field(default="", max_length=MAX_LENGTH)
    address_lines: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    postal_code: str = Field(default="", max_length=10)
    city: str = Field(default="", max_length=MAX_LENGTH)
    telecom: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    deceased_on: date | None = None
    merged_into_id: UUID | None = Field(default=None, foreign_key=PATIENT_KEY, index=True)
    version: int = 1
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Identifier(CoreTable, table=True):
    """An identifier other than the current INS: local IPP, or a matricule that was withdrawn.

    An active one is unique per authority (index in ``guards``).
    """

    __tablename__ = "core_patient_identifier"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key=PATIENT_KEY, index=True)
    system: str = Field(max_length=100)
    value: str = Field(max_length=100)
    kind: str = Field(max_length=10)
    is_active: bool = True
    recorded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    source: str = Field(default="", max_length=100)


class SearchName(CoreTable, table=True):
    """One way to find a patient by name. ``source_id`` is the record whose traits gave the keys:
    it stays when a merge moves the row, so that the alias is still found.
    """

    __tablename__ = "core_patient_name"
    __table_args__ = (
        Index("ix_core_patient_name_family", "family", "given"),
        Index("ix_core_patient_name_birth", "birth_date", "family"),
    )

    source_id: UUID = Field(primary_key=True)
    rank: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    patient_id: UUID = Field(foreign_key=PATIENT_KEY, index=True)
    family: str = Field(sa_column=Column(SortableText, nullable=False))
    given: str = Field(sa_column=Column(SortableText, nullable=False))
    birth_date: date = Field(sa_column=Column(Date, nullable=False))


class NameDeletion(CoreTable, table=True):
    """Deletion neighbourhood: what each name key of the population becomes when letters are left
    out, as a hash. It finds a name in spite of typing errors, whatever the database.
    """

    __tablename__ = "core_name_deletion"
    __table_args__ = ({"sqlite_with_rowid": False},)

    hash: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    key: str = Field(sa_column=Column(SortableText, primary_key=True))


class Opposition(CoreTable, table=True):
    """A dated fact: on that day the patient opposed, or did not oppose, one kind of sharing. The
    latest fact holds.
    """

    __tablename__ = "core_opposition"
    __table_args__ = (Index("ix_core_opposition_patient", "patient_id", "purpose"),)

    id: int | None = Field(default=None, primary_key=True)
    patient_id: UUID = Field(foreign_key=PATIENT_KEY)
    purpose: SharingPurpose = Field(
        sa_column=Column(_choice(SharingPurpose, "purpose"), nullable=False)
    )
    is_opposed: bool
    stated_on: date
    recorded_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    recorded_by: UUID | None = None
    source: str = Field(default="", max_length=100)


class DuplicateState(StrEnum):
    """What the identity cell made of a pair."""

    OPEN = "open"
    DISTINCT = "distinct"


class Duplicate(CoreTable, table=True):
    """Two records that may be one person. A decision of the cell is never overwritten."""

    __tablename__ = "core_duplicate"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="ordered"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decision_dated"),
        Index("ix_core_duplicate_queue", "state", "score"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    first_id: UUID = Field(
        sa_column=Column(ForeignKey(PATIENT_KEY), nullable=False, info=STAYS_ON_MERGE)
    )
    second_id: UUID = Field(
        sa_column=Column(ForeignKey(PATIENT_KEY), nullable=False, index=True, info=STAYS_ON_MERGE)
    )
    score: int
    reasons: list[str] = Field(sa_column=Column(Json, nullable=False))
    state: DuplicateState = Field(
        default=DuplicateState.OPEN,
        sa_column=Column(_choice(DuplicateState, "state"), nullable=False),
    )
    found_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decided_by: UUID | None = None
    note: str = Field(default="", max_length=500)


class Merge(CoreTable, table=True):
    """A merge, done and perhaps undone. Its journal lists every value it changed."""

    __tablename__ = "core_merge"
    __table_args__ = (CheckConstraint("kept_id <> dropped_id", name="two_records"),)

    id: int | None = Field(default=None, primary_key=True)
    kept_id: UUID = Field(
        sa_column=Column(ForeignKey(PATIENT_KEY), nullable=False, index=True, info=STAYS_ON_MERGE)
    )
    dropped_id: UUID = Field(
        sa_column=Column(ForeignKey(PATIENT_KEY), nullable=False, index=True, info=STAYS_ON_MERGE)
    )
    reason: str = Field(max_length=500)
    merged_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    merged_by: UUID | None = None
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_by: UUID | None = None
    undo_reason: str = Field(default="", max_length=500)


class JournalKind(StrEnum):
    """What a merge did to a row."""

    MOVED = "moved"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class MergeJournal(CoreTable, table=True):
    """One row touched by a merge, with what is needed to put it back.

    ``row_key`` is its primary key; ``before`` and ``after`` hold the columns that changed, or all
    of them for a row added or removed. An entry is superseded when undoing an earlier merge took
    the row out of this one's reach.
    """

    __tablename__ = "core_merge_journal"
    __table_args__ = (Index("ix_core_merge_journal_row", "table_name", "row_digest"),)

    id: int | None = Field(default=None, primary_key=True)
    merge_id: int = Field(foreign_key="core_merge.id", index=True)
    table: str = Field(sa_column=Column("table_name", String(63), nullable=False))
    row_key: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    row_digest: str = Field(max_length=64)
    kind: JournalKind = Field(sa_column=Column(_choice(JournalKind, "kind"), nullable=False))
    before: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    is_superseded: bool = False
