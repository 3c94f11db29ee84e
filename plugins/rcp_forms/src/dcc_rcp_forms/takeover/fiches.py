"""``dcc import fiches``: one fiche per row, on one published form, as signed as it was.

A fiche of a previous tool owes nothing to the rules of today's form: an answer that is missing
stays missing. What is there must be readable, in the list, and of the patient that the row names.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import inspect
from sqlmodel import Session, col, delete, func, select

from dcc_core.api import (
    ANY_TARGET,
    AuditLine,
    BulkInsert,
    Clock,
    Establishment,
    ImportKind,
    ImportMap,
    InvalidInput,
    Judged,
    SourceRow,
    Verdict,
    find_holders,
    record_events,
    utc_now,
)
from dcc_rcp_forms.engine.stored import Stored, read_stored, stored_from_text
from dcc_rcp_forms.expressions.dates import DateSpan, iso_text
from dcc_rcp_forms.fiches.shelf import publish_pack, read_form
from dcc_rcp_forms.fiches.statistics import statistic_values
from dcc_rcp_forms.fiches.tables import Fiche, Statistic
from dcc_rcp_forms.language.model import Field, FieldKind
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.program.model import Step
from dcc_rcp_forms.published import national_models

NEEDED = frozenset({"patient", "number", "date"})
UNKNOWN_PATIENT, UNREADABLE, IMPOSSIBLE_DATE, OTHER_CONTENT = (
    "IMP-030",
    "IMP-031",
    "IMP-032",
    "IMP-033",
)
_IDS = UUID("5b6a4e0c-51a5-5d6e-9a55-4f5243506663")
"""Name space of imported fiches: the same number of the same tool is the same fiche."""

_FICHE = (
    "id",
    "patient_id",
    "form_id",
    "form_version",
    "form_digest",
    "session_date",
    "answers",
    "revisions",
    "created_at",
    "updated_at",
    "signed_at",
    "previous_id",
)
_STATISTIC = ("id", "fiche_id", "form_id", "name", "rank", "number", "code", "truth", "day")
_TABULAR = frozenset({FieldKind.TABLE, FieldKind.MATRIX, FieldKind.FILE})


class FicheImporter:
    """Rows of fiches. The map's options name the form and its version."""

    kind = "fiches"

    def __init__(self, mapping: ImportMap, clock: Clock) -> None:
        self._map = mapping
        self._clock = clock
        self._form: _Form | None = None

    def judge(self, session: Session, rows: Sequence[SourceRow], batch_id: UUID) -> list[Judged]:
        """Write the fiches that can be, and return a verdict per row, in order."""
        form = self._form = self._form or _Form.of(session, self._map)
        wanted = {row.values.get("patient", "") for row in rows}
        patients = find_holders(session, self._map.system, wanted)
        known = _stored_fiches(session, [self._id(row) for row in rows])
        writer = _Writer(form, self._clock())
        judged = [self._decide(row, form, patients, known, writer) for row in rows]
        writer.write(session)
        record_events(session, _lines("fiche.import", writer.subjects, batch_id))
        return judged

    def still_there(self, session: Session, object_ids: Sequence[UUID]) -> int:
        """Return how many of these fiches exist."""
        statement = select(func.count()).where(col(Fiche.id).in_(object_ids))
        return session.exec(statement).one()

    def undo(self, session: Session, object_ids: Sequence[UUID], batch_id: UUID) -> frozenset[UUID]:
        """Remove the fiches to which nothing refers."""
        kept = _referred(session, object_ids)
        gone = [each for each in object_ids if each not in kept]
        patients = select(Fiche.patient_id, Fiche.id).where(col(Fiche.id).in_(gone))
        subjects = [(patient, fiche) for patient, fiche in session.exec(patients)]
        session.exec(delete(Statistic).where(col(Statistic.fiche_id).in_(gone)))
        session.exec(delete(Fiche).where(col(Fiche.id).in_(gone)))
        record_events(session, _lines("fiche.import.revert", subjects, batch_id))
        return kept

    def _id(self, row: SourceRow) -> UUID:
        return uuid5(_IDS, f"{self._map.system}|{row.values.get('number', '')}")

    def _decide(
        self,
        row: SourceRow,
        form: "_Form",
        patients: Mapping[str, UUID],
        known: dict[UUID, Mapping[str, Stored]],
        writer: "_Writer",
    ) -> Judged:
        if row.fault:
            return Judged(Verdict.REFUSED, row.fault)
        day = _day(row.values["date"], self._clock())
        if day is None or not row.values["number"]:
            field = "number" if day else "date"
            return Judged(Verdict.REFUSED, IMPOSSIBLE_DATE if day is None else UNREADABLE, field)
        patient_id = patients.get(row.values["patient"])
        if patient_id is None:
            return Judged(Verdict.REFUSED, UNKNOWN_PATIENT, "patient")
        answers, unreadable = form.answers(row.values)
        if unreadable:
            return Judged(Verdict.REFUSED, UNREADABLE, unreadable[:80])
        fiche_id = self._id(row)
        if fiche_id in known:
            same = dict(known[fiche_id]) == answers
            verdict = Verdict.KNOWN if same else Verdict.AMBIGUOUS
            code = "" if same else OTHER_CONTENT
            return Judged(verdict, code, object_id=fiche_id if same else None)
        known[fiche_id] = answers
        writer.add(fiche_id, patient_id, day, answers)
        return Judged(Verdict.CREATED, object_id=fiche_id)


class _Form:
    """The published form that the rows answer, and the fields that the map fills."""

    def __init__(self, loaded: LoadedForm, targets: Collection[str]) -> None:
        self.loaded = loaded
        steps = {step.id: step for step in loaded.program.steps}
        self._steps = {name: steps[name] for name in targets if name in steps}
        self._statistics = [
            field for field in loaded.form.fields() if field.statistic and field.id in self._steps
        ]

    @classmethod
    def of(cls, session: Session, mapping: ImportMap) -> "_Form":
        """Return the form of a map.

        Raises:
            NotFound: `FRM-S03` it was never published here.
            InvalidInput: ``IMP-001`` the map names no form, or fields that it does not have.
        """
        options = mapping.options
        form_id, version = options.get("form", ""), options.get("version", "")
        if not form_id or not version:
            raise _unfit("options.form et options.version manquent")
        publish_pack(session, models=national_models(), at=utc_now())
        loaded = read_form(session, form_id=form_id, version=version)
        targets = mapping.columns.keys() - NEEDED
        fillable = {
            step.id
            for step in loaded.program.steps
            if step.formula is None and step.kind not in _TABULAR
        }
        unknown = sorted(targets - fillable)
        if unknown:
            raise _unfit(f"{form_id} {version} n'a pas de champ à remplir {', '.join(unknown)}")
        return cls(loaded, targets)

    def answers(self, values: Mapping[str, str]) -> tuple[dict[str, Stored], str]:
        """Return the stored answers of a row, or the field that cannot be read."""
        answers: dict[str, Stored] = {}
        for name, step in self._steps.items():
            text = values[name]
            if not text:
                continue
            stored = stored_from_text(step, text)
            if _is_faulty(step, stored):
                return {}, name
            answers[name] = stored
        return answers, ""

    def statistics(self, answers: Mapping[str, Stored]) -> list[tuple[Field, Any]]:
        """Return the values of the fields that statistics count."""
        found = []
        for field in self._statistics:
            value = read_stored(self._steps[field.id], answers.get(field.id)).value
            if value is not None:
                found.append((field, value))
        return found


def _lines(event: str, subjects: Iterable[tuple[UUID, UUID]], batch_id: UUID) -> list[AuditLine]:
    """Return the audit of a batch: patient and fiche of each line."""
    details = {"source": f"import:{batch_id.hex}"}
    return [
        AuditLine(event, patient, "fiche", fiche, details=details) for patient, fiche in subjects
    ]


class _Writer:
    """Gathers fiches and their statistics, and writes them together."""

    def __init__(self, form: _Form, now: datetime) -> None:
        self._form = form
        self._now = now
        self._fiches: list[tuple[Any, ...]] = []
        self._statistics: list[tuple[Any, ...]] = []
        self.subjects: list[tuple[UUID, UUID]] = []

    def add(self, fiche_id: UUID, patient_id: UUID, day: date, answers: dict[str, Stored]) -> None:
        """Remember a fiche to write, signed on its own day."""
        form = self._form.loaded
        signed = datetime.combine(day, time(12), tzinfo=UTC)
        revisions = dict.fromkeys(answers, 1)
        head = (fiche_id, patient_id, form.form.id, form.form.version, form.content_hash)
        dates = (self._now, self._now, signed, None)
        self._fiches.append((*head, day.isoformat(), answers, revisions, *dates))
        self.subjects.append((patient_id, fiche_id))
        for field, value in self._form.statistics(answers):
            for rank, item in enumerate(statistic_values(value)):
                self._statistics.append(self._statistic(fiche_id, field, rank, item, answers))

    def write(self, session: Session) -> None:
        """Write everything."""
        connection = session.connection()
        for model, columns, rows in (
            (Fiche, _FICHE, self._fiches),
            (Statistic, _STATISTIC, self._statistics),
        ):
            table = model.metadata.tables[str(model.__tablename__)]
            BulkInsert(connection, table, columns).insert(rows)

    def _statistic(
        self, fiche_id: UUID, field: Field, rank: int, item: Any, answers: Mapping[str, Stored]
    ) -> tuple[Any, ...]:
        name = field.statistic
        row_id = uuid5(fiche_id, f"{name}|{rank}")
        head = (row_id, fiche_id, self._form.loaded.form.id, name, rank)
        match item:
            case bool():
                return (*head, None, None, item, None)
            case float():
                return (*head, item, None, None, None)
            case DateSpan():
                return (*head, None, None, None, str(answers[field.id]))
            case _:
                return (*head, None, str(item)[:200], None, None)


def _is_faulty(step: Step, stored: Stored) -> bool:
    reading = read_stored(step, stored)
    return bool(reading.fault) or (reading.value is None and not reading.absence)


def _day(text: str, now: datetime) -> date | None:
    """Return the day of a fiche: a whole date, neither in the future nor before the tools."""
    try:
        day = date.fromisoformat(iso_text(text) or "")
    except ValueError:
        return None
    return day if date(1950, 1, 1) <= day <= now.date() else None


def _stored_fiches(session: Session, ids: Collection[UUID]) -> dict[UUID, Mapping[str, Stored]]:
    statement = select(Fiche.id, Fiche.answers).where(col(Fiche.id).in_(ids))
    return dict(session.exec(statement).all())


def _referred(session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return the fiches that a row of another table, or a later fiche, refers to."""
    found: set[UUID] = set()
    there = set(inspect(session.connection()).get_table_names()) - {"rcp_forms_statistic"}
    for table in Fiche.metadata.tables.values():
        for column in table.columns if table.name in there else ():
            if any(key.target_fullname == "rcp_forms_fiche.id" for key in column.foreign_keys):
                refers = select(column).where(column.in_(ids))
                found.update(each for each in session.exec(refers) if each is not None)
    return frozenset(found)


def _unfit(why: str) -> InvalidInput:
    return InvalidInput(
        "IMP-001",
        f"La correspondance ne convient pas : {why}. Corrigez-la, puis recommencez.",
    )


def _importer(
    mapping: ImportMap, establishments: Collection[Establishment], clock: Clock
) -> FicheImporter:
    return FicheImporter(mapping, clock)


FICHES = ImportKind(
    name="fiches",
    help="Import the RCP fiches of a previous tool from FILE (CSV); import its patients first.",
    targets=NEEDED | {ANY_TARGET},
    needed=NEEDED,
    make=_importer,
)
