"""A patient opened on a page: who, decided how, with which parts of the dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from dcc_core.errors import NotFound
from dcc_core.hooks.contracts.access import Subject
from dcc_core.patients import PatientOut
from dcc_core.records import DocumentOut
from dcc_core.users import AccessRefused, PatientAccess, read_access
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.identities import find_record, read_identity
from dcc_core.web.page import Page

TABS = (
    ("core.patient", later("Synthèse"), "core.identity.read"),
    ("core.patient.documents", later("Documents"), "core.document.list"),
    ("core.patient.results", later("Résultats"), "core.document.read"),
    ("core.patient.team", later("Équipe de soins"), "core.identity.read"),
    ("core.patient.identity", later("Identité"), "core.identity.read"),
    ("core.patient.trace", later("Traçabilité"), "core.audit.patient"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the dossier that this visitor may open."""

    label: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class OpenedPatient:
    """A patient whose page was permitted.

    Attributes:
        access: Decides about the rest of the page with the facts already read.
        basis: What the access rests on; ``break_glass`` shows a banner.
    """

    patient: PatientOut
    access: PatientAccess
    basis: str
    tabs: tuple[Tab, ...]

    @property
    def id(self) -> UUID:
        """Return the identifier of the record, after merges."""
        return self.patient.id

    def may(self, action: str, *, confidentiality: str = "N") -> bool:
        """Tell whether the visitor may do this on this patient."""
        subject = Subject(patient_id=self.id, confidentiality=confidentiality)
        return bool(self.access.decide(action, subject))

    def readable(self, documents: Sequence[DocumentOut], *, action: str) -> tuple[DocumentOut, ...]:
        """Return the documents that the visitor may know of."""
        levels = {
            level: self.may(action, confidentiality=level)
            for level in {document.confidentiality for document in documents}
        }
        return tuple(document for document in documents if levels[document.confidentiality])


def open_patient(page: Page, session: Session, patient_id: UUID, *, action: str) -> OpenedPatient:
    """Decide, then read the patient and note the access.

    Raises:
        AccessRefused: Not permitted; an unknown patient is refused in the same way.
        NotFound: Permitted on every patient, and there is no such patient.
    """
    row = find_record(session, patient_id)
    kept_id = row.id if row else patient_id
    access = read_access(session, page.visitor.actor, kept_id, rules=page.site.access)
    decision = access.decide(action)
    if not decision:
        raise AccessRefused(decision, action, Subject(patient_id=patient_id))
    if row is None:
        raise NotFound("PAT-020", "")
    patient = read_identity(session, row, basis=decision.basis)
    return OpenedPatient(patient, access, decision.basis, tuple(_tabs(page, patient.id, access)))


def _tabs(page: Page, patient_id: UUID, access: PatientAccess) -> list[Tab]:
    own = [
        (_(label), page.at(route, patient_id=patient_id))
        for route, label, action in TABS
        if access.decide(action)
    ]
    added = [
        (_(item.label), page.at(item.route, patient_id=patient_id))
        for item in page.site.menu.patient_items
        if access.decide(item.permission)
    ]
    home = page.at(TABS[0][0], patient_id=patient_id)
    return [
        Tab(label, href, is_current=_is_current(page.path, href, is_home=href == home))
        for label, href in (*own, *added)
    ]


def _is_current(path: str, href: str, *, is_home: bool) -> bool:
    return path == href or (not is_home and path.startswith(f"{href}/"))
