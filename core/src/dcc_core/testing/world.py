"""A small fictitious region in a database, for tests of pages: people, patients, documents, queues.

Everything bears a visible mark (``DÉMO-``) and an identity under the test authority.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from dcc_core.audit.context import AuditContext, audit_context
from dcc_core.db import Database
from dcc_core.exchange import InboxMessage, InboxState, OutboxKind, enqueue
from dcc_core.hooks.contracts.access import Actor
from dcc_core.patients import create_patient, queue_duplicates
from dcc_core.patients.rows import load_patient
from dcc_core.records import Provenance, file_document
from dcc_core.testing.clock import START
from dcc_core.testing.documents import demo_document
from dcc_core.testing.patients import demo_traits, qualified_patient
from dcc_core.testing.web import add_account
from dcc_core.users import (
    AccountRequestIn,
    CareSource,
    Holder,
    OrganisationIn,
    grant_care_relation,
    register_organisation,
    submit_request,
)

ROLES = (
    "physician",
    "treating_physician",
    "care_professional",
    "rcp_participant",
    "rcp_coordinator",
    "rcp_secretary",
    "coordination_3c",
    "dsrc_expert",
    "research_associate",
    "identity_officer",
    "auditor",
    "regional_admin",
    "support",
)
"""Every role of the matrix, one account each."""


@dataclass(frozen=True, slots=True)
class World:
    """Identifiers of what the small region holds.

    Attributes:
        accounts: One account per role.
        patient: A qualified patient in the physician's care, with documents.
        stranger: A patient with whom nobody has a care relation.
        twin: A record much alike ``stranger``, queued as its possible duplicate.
    """

    accounts: dict[str, UUID]
    patient: UUID
    stranger: UUID
    twin: UUID
    document: UUID
    message: int
    delivery: int


def build_world(database: Database, *, patients: int = 0, documents: int = 3) -> World:
    """Fill a database; ``patients`` adds that many more records with the same letters."""
    with audit_context(AuditContext(via="job")), database.session() as session:
        accounts = {
            role: add_account(
                session,
                role,
                family=f"DÉMO-{role.replace('_', '-').upper()}",
                number=number,
                scope="rcp:demo" if role.startswith("rcp_") else "",
            )
            for number, role in enumerate(ROLES, start=1)
        }
        register_organisation(session, entry=OrganisationIn(name="DÉMO CHU de Sylvère"))
        main = _patient_in_care(session, accounts, documents)
        stranger, twin = _pair(session)
        for number in range(patients):
            create_patient(
                session, demo_traits(birth_family_name=f"DÉMO-LAUR{'A' * (number % 20)}")
            )
        submit_request(session, entry=_request(), now=START)
        return World(
            accounts=accounts,
            patient=main[0],
            document=main[1],
            stranger=stranger,
            twin=twin,
            message=_quarantined(session, stranger),
            delivery=_delivery(session, main[0], main[1]),
        )


def _patient_in_care(
    session: Session, accounts: dict[str, UUID], documents: int
) -> tuple[UUID, UUID]:
    patient = qualified_patient(
        session,
        1,
        birth_family_name="DÉMO-LAURIER",
        first_given_name="Mireille",
        birth_given_names=("Mireille", "Rose"),
        birth_date="12/03/1968",
        used_family_name="DÉMO-BASTIDE",
    )
    carers = ("physician", "treating_physician", "care_professional", "research_associate")
    with audit_context(AuditContext(actor=Actor(accounts["physician"]), via="job")):
        for role in carers:
            grant_care_relation(
                session,
                patient_id=patient.id,
                holder=Holder(account_id=accounts[role]),
                source=CareSource.TREATING,
                now=START,
                author_id=accounts["physician"],
            )
    filed = [
        file_document(
            session,
            demo_document(created_at=START - timedelta(days=30 * number)),
            patient_id=patient.id,
            provenance=Provenance(),
        )
        for number in range(max(documents, 1))
    ]
    return patient.id, filed[0].id


def _pair(session: Session) -> tuple[UUID, UUID]:
    traits = {"first_given_name": "Aimé", "birth_date": "02/09/1951", "sex": "M"}
    first = create_patient(session, demo_traits(birth_family_name="DÉMO-GARRIC", **traits))
    second = create_patient(session, demo_traits(birth_family_name="DÉMO-GARRICK", **traits))
    queue_duplicates(session, load_patient(session, first.id))
    return first.id, second.id


def _request() -> AccountRequestIn:
    return AccountRequestIn(
        family_name="DÉMO-RIVEL", given_name="Anne", role="physician", motive="Cabinet de ville"
    )


def _quarantined(session: Session, candidate: UUID) -> int:
    message = InboxMessage(
        source="demo.lab",
        message_id="26-EX-004512",
        fingerprint="0" * 64,
        digest="0" * 64,
        media_type="x-application/hl7-v2+er7",
        meta={},
        content=b"MSH|^~\\&|DEMO",
        size_bytes=13,
        state=InboxState.QUARANTINED,
        kind="ORU^R01",
        sender="Laboratoire DÉMO",
        reason="traits_differ",
        report={"candidates": [str(candidate)], "differences": ["birth_date"]},
        received_at=START,
        next_at=START,
    )
    session.add(message)
    session.flush()
    return message.id or 0


def _delivery(session: Session, patient_id: UUID, document_id: UUID) -> int:
    delivery = enqueue(
        session,
        kind=OutboxKind.DOCUMENT,
        destination="demo.dmp",
        key="demo-1",
        payload={},
        patient_id=patient_id,
        document_id=document_id,
        document_version=1,
    )
    return delivery.id or 0
