"""Inbound messages: sources bring raw bytes, parsers read them, hints help to find the patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
from uuid import UUID

from dcc_core.hooks.contracts.documents import ClinicalDocument, Coded, PartialDate, Value
from dcc_core.hooks.contracts.identity import PatientTraits


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Bytes as received, with what the transport knows of them.

    Attributes:
        source: Key of the inbound source.
        message_id: The sender's own identifier (MSH-10, file name); with ``source`` and ``digest``
            it makes the message unique.
        media_type: ``x-application/hl7-v2+er7``, ``text/xml`` …
        meta: Facts of the transport (peer address, folder), never content.
    """

    source: str
    message_id: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    meta: Mapping[str, str] = field(default_factory=dict)


class InboundOutcome(StrEnum):
    """What became of a message once its bytes were safe."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@runtime_checkable
class InboundSource(Protocol):
    """A place where messages arrive by polling. It parses nothing.

    Attributes:
        key: Unique, prefixed by the plugin's name.
        order: Position among the sources.
    """

    key: str
    order: int

    def poll(self) -> Iterable[RawMessage]:
        """Return what is waiting, without removing it."""

    def ack(self, message_id: str, outcome: InboundOutcome) -> None:
        """Remove or set aside a message whose bytes are committed (or refused for good)."""


class ObservationStatus(StrEnum):
    """Status of one result (HL7 table 0085)."""

    FINAL = "F"
    PRELIMINARY = "P"
    CORRECTED = "C"
    CANCELLED = "X"
    DELETED = "D"


@dataclass(frozen=True, slots=True)
class Observation:
    """One coded result of a report, with the place it came from so that a form can cite it."""

    code: Coded
    value: Value | None
    status: ObservationStatus = ObservationStatus.FINAL
    unit: str = ""
    reference_range: str = ""
    abnormal: str = ""
    observed_at: datetime | date | PartialDate | None = None
    specimen: str = ""
    locator: str = ""


class DocumentAction(StrEnum):
    """What the sender asks to do with a document."""

    CREATE = "create"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class InboundDocument:
    """A report inside a message: the neutral document when it could be read, and always the bytes
    received.
    """

    action: DocumentAction
    document_class: str
    title: str
    media_type: str
    content: bytes = field(repr=False)
    external_id: str = ""
    replaces_external_id: str = ""
    document: ClinicalDocument | None = None
    observations: tuple[Observation, ...] = ()


class IdentityEvent(StrEnum):
    """What an identity message announces."""

    NONE = "none"
    CREATED = "created"
    UPDATED = "updated"
    MERGED = "merged"
    IDENTIFIER_CHANGED = "identifier_changed"
    UNMERGED = "unmerged"


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """What a partner says later of something that was sent to it: taken, read, refused.

    Attributes:
        reference: The receipt's reference of the delivery answered (HL7 v2: the MSH-10 sent).
        code: What is answered, in the partner's codes.
        is_positive: None when the answer is neither a success nor a refusal.
        reason: Code of the reason of a refusal.
    """

    reference: str
    code: str
    is_positive: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParsedResult:
    """What a parser read in one message. Pure data: the core matches, decides and stores.

    Attributes:
        traits: Identity of the patient as stated by the message, None when it is about no patient.
        stated_at: Since when the sender states this identity (HL7 v2: PID-33, else EVN-2), by which
            an update that was overtaken is known; ``sent_at`` when it does not say.
        prior: Identity that disappears, for a merge or a change of identifier.
        answers: What the message says of deliveries; it then says nothing of a record.
        opposed_to: Kinds of sharing that the patient opposes (``dmp``, ``mssante`` …); those that
            the core does not know are kept with the message and change nothing.
        warnings: Remarks about the message that a person should see; codes and places only, no
            content.
    """

    kind: str
    message_id: str
    sent_at: datetime | None
    sender: str
    traits: PatientTraits | None
    identity_event: IdentityEvent = IdentityEvent.NONE
    stated_at: datetime | None = None
    prior: PatientTraits | None = None
    documents: tuple[InboundDocument, ...] = ()
    observations: tuple[Observation, ...] = ()
    answers: tuple[DeliveryAnswer, ...] = ()
    opposed_to: frozenset[str] = frozenset()
    visit_id: str = ""
    warnings: tuple[str, ...] = ()


@runtime_checkable
class MessageParser(Protocol):
    """A pure reader of one family of messages; the raw bytes are kept whatever it does.

    Attributes:
        key: Unique, prefixed by the plugin's name.
        order: Parsers are asked in this order; the first that accepts reads the message.
    """

    key: str
    order: int

    def accepts(self, raw: RawMessage) -> bool:
        """Tell whether this parser reads such a message, from its first bytes and metadata."""

    def parse(self, raw: RawMessage) -> ParsedResult:
        """Read the message. Raise ``PermanentExchangeError`` when it can never be read."""


@dataclass(frozen=True, slots=True)
class MatchHint:
    """A plugin's proposal that some traits belong to a patient; the core decides, and never merges
    by itself.
    """

    patient_id: UUID
    reason: str
    score: float = 0.0
