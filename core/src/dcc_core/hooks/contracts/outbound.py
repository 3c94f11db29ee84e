"""Outbound: renderers turn a document into bytes, feeds deliver them to another system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from uuid import UUID

from dcc_core.hooks.contracts.documents import ClinicalDocument
from dcc_core.hooks.contracts.identity import IdentityStatus


@dataclass(frozen=True, slots=True)
class Rendition:
    """A document in one format."""

    media_type: str
    content: bytes = field(repr=False)
    file_name: str = ""


@runtime_checkable
class DocumentRenderer(Protocol):
    """Turn a neutral document into one media type; the same document gives the same bytes.

    Attributes:
        key: Unique, prefixed by the plugin's name.
        document_class: Class it renders, ``*`` for any.
        media_type: What it produces; ``(document_class, media_type)`` is unique in a region.
            ``text/html`` is a fragment that the page of a document shows, instead of the narrative
            of its sections: escaped, without scripts, styles or identity.
    """

    key: str
    document_class: str
    media_type: str
    order: int

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return the rendition. Raise ``PermanentExchangeError`` when the document lacks what the
        format demands.
        """


@dataclass(frozen=True, slots=True)
class DocumentNotice:
    """What a feed needs to know to decide whether it wants a document: facts, no content."""

    document_id: UUID
    patient_id: UUID
    document_class: str
    type_code: str
    version: int
    status: str
    identity_status: IdentityStatus
    origin: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery to attempt.

    Attributes:
        key: Idempotency key; the same key twice must have one effect at the other system.
        attempt: 1 for the first try.
        operation: ``create``, ``replace``, ``withdraw`` or ``visibility``.
        document: Its patient as the identity stands now; for a withdrawal, with the INS that the
            document may have left with, whatever has become of the identity since.
        previous_receipt: Receipt of the version replaced, when there was one.
        parameters: What has been decided of the visibility of the document, whatever the version:
            ``announced``, ``hide_from_patient``, ``hide_from_guardians``,
            ``hide_from_professionals``, each ``yes`` or ``no``.
    """

    key: str
    attempt: int
    operation: str
    document: ClinicalDocument
    patient_id: UUID
    renditions: tuple[Rendition, ...] = ()
    previous_receipt: "Receipt | None" = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of delivery given by the other system; ``reference`` is its own identifier of what it
    took. Among the details, ``checked`` says in French by which rules the document was checked.
    """

    reference: str
    recipient: str
    details: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class OutboundFeed(Protocol):
    """A destination for documents. ``deliver`` runs in the worker only.

    Attributes:
        key: Unique, prefixed by the plugin's name. A patient's opposition to ``dmp`` or ``mssante``
            stops the destinations whose key starts with that name.
        label: French name of the destination on the diffusion page.
        media_types: Renditions it asks for, in order.
        needs_qualified_identity: Whether deliveries wait until the identity is qualified.
    """

    key: str
    label: str
    media_types: tuple[str, ...]
    needs_qualified_identity: bool
    order: int

    def wants(self, notice: DocumentNotice) -> bool:
        """Tell whether such a document goes to this destination. Pure."""

    def deliver(self, envelope: Envelope) -> Receipt:
        """Deliver once. Raise ``RetryableExchangeError`` or ``PermanentExchangeError``."""
