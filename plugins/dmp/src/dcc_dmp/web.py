"""Where a document stands in the DMP, shown beside it, and the announcement that shows it to the
patient.
"""

from collections.abc import Sequence
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Clock,
    CurrentPage,
    Decision,
    FormFields,
    Html,
    InvalidInput,
    NotFound,
    OutboxState,
    Page,
    PanelContext,
    PanelView,
    Permission,
    Sensitivity,
    Slot,
    Subject,
    Transaction,
    decide_visibility,
    document_subject,
    list_deliveries,
    require,
    visibility_of,
)
from dcc_dmp.standards.dmp import FEED

ANNOUNCE = Permission(
    "dmp.document.announce",
    "Montrer au patient un document dont l'annonce est faite",
    Sensitivity.CLINICAL,
    frozenset({"physician", "treating_physician"}),
    needs_patient=True,
)
_PATH = "/patients/{patient_id:uuid}/documents/{document_id:uuid}/annonce"
_OPT = {"permission": ANNOUNCE.code}


def announcement_routes(now: Clock) -> Sequence[ControllerRouterHandler]:
    """Return the page by which a physician says that the announcement is made, and its form."""

    @get(_PATH, name="dmp.announcement", opt=_OPT, sync_to_thread=True)
    def ask(
        page: CurrentPage,
        session: Transaction,
        patient_id: FromPath[UUID],
        document_id: FromPath[UUID],
    ) -> Html:
        """Ask for a confirmation: the DMP never hides again what it has shown to the patient."""
        _permitted(page, session, patient_id, document_id)
        return page.render("dmp/announcement.html", back=_document(page, patient_id, document_id))

    @post(_PATH, name="dmp.announce", opt=_OPT, sync_to_thread=True)
    def announce(
        page: CurrentPage,
        session: Transaction,
        patient_id: FromPath[UUID],
        document_id: FromPath[UUID],
        data: FormFields,
    ) -> Html:
        """Show the document to the patient."""
        decision = _permitted(page, session, patient_id, document_id)
        if data.get("annonce") != "faite":
            raise InvalidInput(
                "DCC-DMP-060",
                "Le patient verrait ce document sans retour possible. Cochez la case qui confirme "
                "que l'annonce lui a été faite, puis recommencez.",
                field="annonce",
            )
        decide_visibility(session, document_id, clock=now, basis=decision.basis, announced=True)
        return page.redirect(
            _document(page, patient_id, document_id),
            notice="Le patient verra ce document dans Mon espace santé.",
        )

    return ask, announce


def _permitted(page: Page, session: Session, patient_id: UUID, document_id: UUID) -> Decision:
    """Decide about the patient first: who may not open the record learns nothing of its documents.

    Raises:
        AccessRefused: Not permitted for this patient, known or not.
        NotFound: The document is not this patient's.
    """
    actor, rules = page.visitor.actor, page.site.access
    asked = Subject(patient_id=patient_id)
    require(session, actor, ANNOUNCE.code, asked, rules=rules)
    subject = document_subject(session, document_id)
    if subject.patient_id != patient_id:
        raise NotFound("REC-001", "")
    return require(session, actor, ANNOUNCE.code, subject, rules=rules)


def _document(page: Page, patient_id: UUID, document_id: UUID) -> str:
    return page.at("core.document", patient_id=patient_id, document_id=document_id)


class DmpPanel:
    """The last delivery of a document to the DMP: where it stands, how far it was checked."""

    key = "dmp.document"
    slot = Slot.DOCUMENT_ACTIONS
    title = "DMP / Mon espace santé"
    permission = "core.document.read"
    order = 100

    def render(self, context: PanelContext) -> PanelView | None:
        """Return nothing for a document that was never owed to the DMP."""
        facts = _standing(context)
        return PanelView("dmp/_document.html", facts) if facts else None


class AnnouncementPanel:
    """What a physician may do about a document that the patient does not see yet."""

    key = "dmp.announcement"
    slot = Slot.DOCUMENT_ACTIONS
    title = "Annonce au patient"
    permission = ANNOUNCE.code
    order = 101

    def render(self, context: PanelContext) -> PanelView | None:
        """Return nothing for a document that the patient sees or that has not arrived."""
        facts = _standing(context)
        waits = facts and facts["is_hidden"]
        return PanelView("dmp/_announcement.html", facts) if waits else None


def _standing(context: PanelContext) -> dict[str, object]:
    """Return what is known of a document at the DMP, nothing when it was never owed there."""
    if context.document_id is None:
        return {}
    found = list_deliveries(context.session, document_id=context.document_id, destination=FEED)
    arrived = [one for one in found if one.state is OutboxState.DELIVERED and one.receipt]
    receipts = [one.receipt["details"] for one in arrived if one.receipt]
    decided = visibility_of(context.session, context.document_id)
    if not found:
        return {}
    return {
        "patient_id": context.patient_id,
        "document_id": context.document_id,
        "delivery": found[0],
        "arrived_at": arrived[0].finished_at if arrived else None,
        "checked": next((one["checked"] for one in receipts if "checked" in one), ""),
        "is_hidden": bool(receipts)
        and receipts[0].get("hidden_from_patient") == "yes"
        and decided.get("announced") != "yes",
    }
