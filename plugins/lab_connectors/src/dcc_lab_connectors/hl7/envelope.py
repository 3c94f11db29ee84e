"""The outside of a message: who sent what, under which number, in which profile."""

import hashlib
from dataclasses import dataclass

from dcc_lab_connectors.hl7.message import Message, Segment


@dataclass(frozen=True, slots=True)
class Envelope:
    """Fields of MSH that route, answer and deduplicate a message; empty strings when absent."""

    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    sent_at: str
    message_type: str
    event: str
    structure: str
    control_id: str
    processing_id: str
    version: str
    accept_acknowledgement: str
    declared_charset: str
    profiles: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """Message type and event, `ORU^R01`."""
        return f"{self.message_type}^{self.event}"


def read_envelope(message: Message) -> Envelope:
    """Read MSH; the event falls back on EVN-1, as some feeds leave MSH-9.2 empty."""
    header = message.header
    kind = header.field(9)
    event = kind.component(2).value or message.first("EVN").field(1).value
    return Envelope(
        sending_application=header.field(3).value,
        sending_facility=header.field(4).value,
        receiving_application=header.field(5).value,
        receiving_facility=header.field(6).value,
        sent_at=header.field(7).value,
        message_type=kind.component(1).value.upper(),
        event=event.upper(),
        structure=kind.component(3).value.upper(),
        control_id=header.field(10).value,
        processing_id=header.field(11).component(1).value.upper(),
        version=header.field(12).component(1).value,
        accept_acknowledgement=header.field(15).value.upper(),
        declared_charset=header.field(18).value,
        profiles=tuple(
            (part.component(1).value, part.component(2).value)
            for part in header.field(21).repetitions
            if part
        ),
    )


def content_digest(message: Message) -> str:
    """SHA-256 of the message without MSH-7, which senders renew when they repeat a message."""
    header = message.header
    digest = hashlib.sha256(message.prefix)
    digest.update(_without_date(header))
    digest.update(memoryview(message.raw)[len(message.prefix) + len(header.raw) :])
    return digest.hexdigest()


def _without_date(header: Segment) -> bytes:
    fields = header.raw.split(header.grammar.field_mark)
    fields[6:7] = []
    return header.grammar.field_mark.join(fields)
