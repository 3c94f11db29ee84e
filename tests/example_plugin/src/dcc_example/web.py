"""A page, a panel and a section of the timeline."""

from collections.abc import Iterable
from uuid import UUID

from litestar import Controller, get
from litestar.response import Template
from sqlmodel import Session

from dcc_core.api import LiveTopic, PanelContext, PanelView, Slot, Subject, TimelineEntry, Window
from dcc_example.notes import count_notes, list_notes

_READ = "example.note.read"


class NotesController(Controller):
    """Pages of the notebook."""

    path = "/notes"
    opt = {"permission": _READ}  # noqa: RUF012 - the framework reads a class attribute

    @get("/", name="example.notes", sync_to_thread=True)
    def index(self) -> Template:
        """Explain where remarks are shown."""
        return Template("example/notes.html")


def _about(_session: Session, subject: str) -> Subject | None:
    """Return the patient whose remarks are followed, None for what is not one."""
    try:
        return Subject(patient_id=UUID(subject))
    except ValueError:
        return None


REMARKS = LiveTopic("example.remarks", _READ, about=_about)


class NotesPanel:
    """How many remarks a patient has."""

    key = "example.count"
    slot = Slot.PATIENT_SIDE
    title = "Remarques"
    permission = _READ
    order = 900

    def render(self, context: PanelContext) -> PanelView | None:
        """Show the count, nothing for a patient without remarks."""
        if context.patient_id is None:
            return None
        count = count_notes(context.session, context.patient_id)
        return PanelView("example/_count.html", {"count": count}) if count else None


class NotesSection:
    """Remarks in the timeline."""

    key = "example.notes"
    label = "Remarques"
    permission = _READ
    order = 900

    def entries(
        self, session: Session, patient_id: UUID, window: Window
    ) -> Iterable[TimelineEntry]:
        """Return one entry per remark."""
        for note in list_notes(session, patient_id, window):
            yield TimelineEntry(str(note.id), note.written_at, "example", "Remarque", note.text)
