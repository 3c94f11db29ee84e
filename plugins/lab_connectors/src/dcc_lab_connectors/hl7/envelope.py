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
    event = header.value(9, 2) or message.first("EVN").value(1)
    return Envelope(
        sending_application=header.value(3),
        sending_facility=header.value(4),
        receiving_application=header.value(5),
        receiving_facility=header.value(6),
        sent_at=header.value(7),
        message_type=header.value(9, 1).upper(),
        event=event.upper(),
        structure=header.value(9, 3).upper(),
        control_id=header.value(10),
        processing_id=header.value(11, 1).upper(),
        version=header.value(12, 1),
        accept_acknowledgement=header.value(15).upper(),
        declared_charset=header.value(18),
        profiles=tuple(
            (part.component(1).value, part.component(2).value)
            for part in (header.field(21).repetitions if header.field(21) else ())
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
