"""Services on remarks. They never commit: the framework does."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from dcc_core.api import ExportPart, Window
from dcc_example.tables import Note


def list_notes(session: Session, patient_id: UUID, window: Window) -> list[Note]:
    """Return the remarks of a patient inside the window, newest first."""
    statement = select(Note).where(Note.patient_id == patient_id)
    if window.before is not None:
        statement = statement.where(col(Note.written_at) < window.before)
    if window.after is not None:
        statement = statement.where(col(Note.written_at) >= window.after)
    return list(session.exec(statement.order_by(col(Note.written_at).desc()).limit(window.limit)))


def count_notes(session: Session, patient_id: UUID) -> int:
    """Return the number of remarks about a patient."""
    return session.exec(select(func.count()).where(Note.patient_id == patient_id)).one()


def drop_repeated_notes(session: Session, patient_id: UUID) -> None:
    """Keep the oldest remark of each text."""
    seen: set[str] = set()
    for note in session.exec(
        select(Note)
        .where(Note.patient_id == patient_id)
        .order_by(col(Note.written_at), col(Note.id))
    ).all():
        if note.text in seen:
            session.delete(note)
        seen.add(note.text)
    session.flush()


def export_notes(session: Session, patient_id: UUID) -> Iterable[ExportPart]:
    """Return the remarks of a patient as one text file, nothing when there are none."""
    found = list_notes(session, patient_id, Window(limit=10_000))
    text = "\n".join(f"{note.written_at:%Y-%m-%d}  {note.text}" for note in found)
    return [ExportPart("example/notes.txt", "text/plain", text.encode())] if found else []


def drop_empty_notes(session: Session) -> None:
    """Delete remarks without text."""
    session.exec(delete(Note).where(col(Note.text) == ""))
