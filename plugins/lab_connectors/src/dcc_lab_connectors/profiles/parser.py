"""The parser of HL7 v2 messages that the core calls."""

from dataclasses import replace
from datetime import tzinfo

from dcc_core.api import (
    IdentityAttribute,
    IdentityEvent,
    ParsedResult,
    PatientTraits,
    PermanentExchangeError,
    RawMessage,
)
from dcc_lab_connectors.hl7.envelope import Envelope, read_envelope
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.hl7.message import Message, parse_message
from dcc_lab_connectors.hl7.profiles import Family, family_of
from dcc_lab_connectors.hl7.timestamps import read_instant
from dcc_lab_connectors.profiles.documents import PATIENT_DIFFERS, Context, read_documents
from dcc_lab_connectors.profiles.identity import read_identity, read_prior_identity
from dcc_lab_connectors.profiles.layout import read_layout
from dcc_lab_connectors.profiles.observations import read_observation
from dcc_lab_connectors.profiles.responses import read_business_acks, read_order_responses
from dcc_lab_connectors.profiles.visit import read_oppositions, read_visit_id
from dcc_lab_connectors.sftp.pairs import PAIR_MEDIA_TYPE, unpack_pair

HL7_MEDIA_TYPE = "x-application/hl7-v2+er7"
REFUSED = "refused"
"""Key of `RawMessage.meta` under which the transport says that it answered AE, and why."""

_EVENTS = {
    "A28": IdentityEvent.CREATED,
    "A40": IdentityEvent.MERGED,
    "A47": IdentityEvent.IDENTIFIER_CHANGED,
}
_UPDATES = frozenset({"A01", "A04", "A05", "A08", "A31", "Z99"})
_FOR_A_PERSON = frozenset({"A24", "A37", "A44"})


class Hl7Parser:
    """Reads ADT, ORU, MDM, ZAM and ORL messages.

    `zone` is the time zone of dates without offset.
    """

    key = "lab_connectors.hl7"
    order = 100

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def accepts(self, raw: RawMessage) -> bool:
        """Tell whether the message is HL7 v2."""
        declared = raw.media_type in {HL7_MEDIA_TYPE, PAIR_MEDIA_TYPE}
        return declared or raw.content[:64].lstrip()[:3].upper() == b"MSH"

    def parse(self, raw: RawMessage) -> ParsedResult:
        """Read the message.

        Raises:
            PermanentExchangeError: it was refused on arrival, is no HL7 v2 message, or of a kind
                that nothing reads.
        """
        if REFUSED in raw.meta:
            raise PermanentExchangeError(
                "LAB-E05",
                "Ce message a été refusé à l'arrivée (AE) : l'émetteur doit le corriger.",
                conditions=raw.meta[REFUSED],
            )
        is_pair = raw.media_type == PAIR_MEDIA_TYPE
        content, attached = unpack_pair(raw.content) if is_pair else (raw.content, None)
        try:
            message = parse_message(content)
        except Hl7SyntaxError as error:
            raise PermanentExchangeError("LAB-E01", error.problem.text) from error
        return self.read(message, read_envelope(message), attached)

    def read(
        self, message: Message, envelope: Envelope, attached: bytes | None = None
    ) -> ParsedResult:
        """Read a message already cut into segments; `attached` is the PDF that came beside it.

        Raises:
            PermanentExchangeError: `LAB-E02` nothing reads this kind of message.
        """
        family = family_of(envelope)
        if family is None:
            raise PermanentExchangeError(
                "LAB-E02",
                "Ce type de message n'est pas traité : retirer ce flux ou ajouter un lecteur.",
                kind=envelope.kind,
            )
        return self._read(message, envelope, family, attached)

    def _read(
        self, message: Message, envelope: Envelope, family: Family, attached: bytes | None
    ) -> ParsedResult:
        warnings = ["charset_suspect"] if message.grammar.charset.suspect else []
        if not message.grammar.delimiters.is_standard:
            warnings.append("unusual_separators")
        identity = read_identity(message.first("PID")) if message.has("PID") else None
        result = ParsedResult(
            kind=envelope.kind,
            message_id=envelope.control_id,
            sent_at=read_instant(envelope.sent_at, self._zone),
            sender=f"{envelope.sending_application}@{envelope.sending_facility}",
            traits=identity.traits if identity else None,
            opposed_to=read_oppositions(message),
            visit_id=read_visit_id(message),
            warnings=(*warnings, *(identity.warnings if identity else ())),
        )
        match family:
            case Family.IDENTITY | Family.MOVEMENT:
                stated = message.first("PID").value(33, 1) or message.first("EVN").value(2, 1)
                result = replace(result, stated_at=read_instant(stated, self._zone))
                return _with_event(result, message, envelope)
            case Family.BUSINESS_ACK:
                return replace(result, answers=read_business_acks(message))
            case Family.ORDER_RESPONSE:
                return replace(result, answers=read_order_responses(message))
            case Family.RESULT | Family.DOCUMENT:
                return self._with_reports(result, message, envelope, attached)

    def _with_reports(
        self, result: ParsedResult, message: Message, envelope: Envelope, attached: bytes | None
    ) -> ParsedResult:
        layout = read_layout(message)
        patient = result.traits or PatientTraits("", "", None)
        context = Context(message, envelope, layout, patient, self._zone, attached)
        documents = read_documents(context)
        observations = tuple(read_observation(item, self._zone) for item in layout.results)
        return _with_doubt(
            replace(
                result,
                documents=documents,
                observations=observations,
                warnings=(*result.warnings, *context.warnings, *_queued(envelope)),
            )
        )


def _with_event(result: ParsedResult, message: Message, envelope: Envelope) -> ParsedResult:
    """Say what an ADT announces; what no rule covers is left to a person."""
    event = _EVENTS.get(envelope.event, IdentityEvent.NONE)
    if envelope.event in _UPDATES:
        event = IdentityEvent.UPDATED
    merges = message.all("MRG")
    warnings = result.warnings
    if envelope.event in _FOR_A_PERSON:
        warnings = (*warnings, f"needs_a_person:{envelope.event}")
    if event in {IdentityEvent.MERGED, IdentityEvent.IDENTIFIER_CHANGED} and len(merges) != 1:
        return replace(
            result,
            identity_event=IdentityEvent.NONE,
            warnings=(*warnings, "needs_a_person:MRG"),
        )
    prior = read_prior_identity(merges[0]) if merges else None
    return replace(result, identity_event=event, prior=prior, warnings=warnings)


def _queued(envelope: Envelope) -> tuple[str, ...]:
    """MDM events that announce no document content are stored for a person."""
    handled = envelope.message_type != "MDM" or envelope.event in {"T02", "T04", "T10"}
    return () if handled else (f"needs_a_person:{envelope.event}",)


def _with_doubt(result: ParsedResult) -> ParsedResult:
    """A report of doubtful identity must not be attached to anybody by itself.

    Doubtful is what the sender marks so, and a report about somebody else than its envelope. Such
    a report brings no number: nothing can be matched by it, and a person reads the message.
    """
    if result.traits is None:
        return result
    attributes = result.traits.attributes
    if any(code.startswith(PATIENT_DIFFERS) for code in result.warnings):
        attributes |= {IdentityAttribute.DOUBTFUL}
    if IdentityAttribute.DOUBTFUL not in attributes:
        return result
    return replace(result, traits=replace(result.traits, attributes=attributes, identifiers=()))
