"""Reports inside ORU and MDM messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING

from dcc_core.api import (
    Attachment,
    ClinicalDocument,
    Confidentiality,
    DocumentAction,
    Encounter,
    InboundDocument,
    Observation,
    Organisation,
    Paragraph,
    Participation,
    PatientTraits,
    Period,
    Professional,
    Role,
    Section,
    strict_differences,
)
from dcc_lab_connectors.hl7.envelope import Envelope
from dcc_lab_connectors.hl7.message import Field, Message
from dcc_lab_connectors.hl7.payload import UNKNOWN_TYPE, Defect, Payload, decode_payload
from dcc_lab_connectors.hl7.timestamps import read_instant
from dcc_lab_connectors.profiles.actions import action_of
from dcc_lab_connectors.profiles.codes import document_class, read_coded
from dcc_lab_connectors.profiles.layout import Item, Layout

if TYPE_CHECKING:
    from dcc_lab_connectors.cda.reader import CdaReading

_TEXT_TYPES = frozenset({"TX", "FT"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PATIENT_DIFFERS = "document_patient_differs"


@dataclass(frozen=True)
class Context:
    """What every document of one message shares."""

    message: Message
    envelope: Envelope
    layout: Layout
    patient: PatientTraits
    zone: tzinfo
    attached: bytes | None = None
    warnings: list[str] = field(default_factory=list)

    def warn(self, code: str, item: Item) -> None:
        """Note a remark about one OBX."""
        self.warnings.append(f"{code}:{item.locator}")


def read_documents(context: Context) -> tuple[InboundDocument, ...]:
    """Read the files of the message.

    When it has none, its text lines make one report each order.
    """
    if context.layout.files:
        return tuple(_read_file(item, context) for item in context.layout.files)
    texts = [i for i in context.layout.results if i.obx.value(2).upper() in _TEXT_TYPES]
    groups = groupby(texts, key=lambda item: id(item.request))
    return tuple(_read_text_report(list(items), context) for _, items in groups)


def _read_file(item: Item, context: Context) -> InboundDocument:
    payload = _payload(item, context)
    if payload.defect:
        context.warn(f"payload_{payload.defect}", item)
    if payload.content is None:
        return _unreadable(item, payload, context)
    if payload.actual_type != payload.media_type:
        context.warn(f"payload_{Defect.OTHER_TYPE}", item)
    reading = _try_cda(payload, item, context)
    external_id, replaced_id = _identifiers(item, context, reading)
    if reading is None:
        document = _wrap(item, context, external_id)
        body = Attachment(payload.actual_type, payload.content)
        document = replace(document, body=body, replaces=replaced_id or None)
    else:
        document = reading.document
        _check_patient(document.patient, context, item)
    return InboundDocument(
        action=action_of(item, context.envelope.event),
        document_class=document.document_class,
        title=document.title,
        media_type=payload.actual_type,
        content=payload.content,
        external_id=external_id,
        replaces_external_id=replaced_id,
        document=_flagged(document, context.layout.flags),
        observations=_labelled(reading.observations if reading else (), item),
    )


def _payload(item: Item, context: Context) -> Payload:
    """Content of an OBX: embedded (ED), or the PDF that came beside the message (RP)."""
    if item.obx.value(2).upper() != "RP":
        return decode_payload(item.obx.field(5))
    defect = None if context.attached is not None else Defect.FILE_MISSING
    return Payload("application/pdf", context.attached, defect)


def _try_cda(payload: Payload, item: Item, context: Context) -> "CdaReading | None":
    if payload.actual_type != "text/xml" or payload.content is None:
        return None
    from dcc_lab_connectors.cda.reader import read_cda
    from dcc_lab_connectors.cda.xml import NotCdaError

    try:
        return read_cda(payload.content)
    except NotCdaError:
        context.warn("not_a_cda", item)
        return None


def _check_patient(stated: PatientTraits, context: Context, item: Item) -> None:
    """The report must be about the patient of the envelope (volet CDA en HL7 v2 2.1.2, PID-3)."""
    ours = {i.value for i in context.patient.identifiers if i.kind == "INS"}
    theirs = {i.value for i in stated.identifiers if i.kind == "INS"}
    contradicts = bool(ours and theirs and not ours & theirs)
    if contradicts or strict_differences(context.patient, stated):
        context.warn(PATIENT_DIFFERS, item)


def _unreadable(item: Item, payload: Payload, context: Context) -> InboundDocument:
    """Keep the bytes of the field and say that nobody can read them."""
    external_id, replaced_id = _identifiers(item, context, None)
    document = _flagged(_wrap(item, context, external_id), context.layout.flags)
    attributes = (*document.attributes, ("unreadable", True))
    return InboundDocument(
        action=action_of(item, context.envelope.event),
        document_class=document.document_class,
        title=document.title,
        media_type=UNKNOWN_TYPE,
        content=item.obx.field(5).raw,
        external_id=external_id,
        replaces_external_id=replaced_id,
        document=replace(document, attributes=attributes),
    )


def _read_text_report(items: Sequence[Item], context: Context) -> InboundDocument:
    """A report sent as lines of text, as many pathology systems do."""
    first = items[0]
    lines = [part.text.rstrip() for item in items for part in item.obx.field(5).repetitions]
    external_id = _order_key(first, first.request.field(4).component(1).value)
    document = _wrap(first, context, external_id, kind=first.request.field(4))
    paragraphs = tuple(Paragraph(line.strip()) for line in lines if line.strip())
    section = Section(key="report", title=document.title, narrative=paragraphs)
    action = action_of(first, context.envelope.event)
    return InboundDocument(
        action=action,
        document_class=document.document_class,
        title=document.title,
        media_type="text/plain",
        content="\n".join(lines).encode(),
        external_id=external_id,
        replaces_external_id=external_id if action is DocumentAction.REPLACE else "",
        document=_flagged(replace(document, sections=(section,)), context.layout.flags),
    )


def _identifiers(item: Item, context: Context, reading: "CdaReading | None") -> tuple[str, str]:
    """Identifier of the document and of the one it replaces, in the form `root^extension`."""
    txa = context.message.first("TXA")
    own = _document_oid(txa.field(12))
    parent = _document_oid(txa.field(13))
    if reading is not None:
        own = own or reading.document.document_id
        parent = parent or reading.document.replaces or ""
        if own != reading.document.document_id:
            context.warn("document_id_differs", item)
    own = own or _file_key(item, context.layout)
    is_correction = action_of(item, context.envelope.event) is DocumentAction.REPLACE
    return own, parent or (own if is_correction and reading is None else "")


def _document_oid(field: Field) -> str:
    """Read TXA-12 or TXA-13: `extension^^root^ISO`, or the OID alone."""
    extension, root = field.component(1).value, field.component(3).value
    return f"{root}^{extension}" if root and extension else extension


def _file_key(item: Item, layout: Layout) -> str:
    """Name of a file of an order; the second file of the same kind gets a rank."""
    same = [f for f in layout.files if (f.order, f.code) == (item.order, item.code)]
    rank = same.index(item) + 1
    key = _order_key(item, item.code)
    return f"{key}#{rank}" if rank > 1 else key


def _order_key(item: Item, code: str) -> str:
    """Stable name of a report without identifier: sender's order number and kind of report."""
    number = item.request.field(3).component(1) or item.order.field(3).component(1)
    placer = item.request.field(2).component(1) or item.order.field(2).component(1)
    return "/".join(part for part in ((number or placer).value, code) if part)


def _wrap(
    item: Item, context: Context, external_id: str, *, kind: Field | None = None
) -> ClinicalDocument:
    """Neutral document of a report that describes itself only through HL7."""
    code = read_coded((kind or item.obx.field(3) or item.request.field(4)).values)
    return ClinicalDocument(
        document_id=external_id,
        set_id=external_id,
        version=1,
        document_class=document_class(code.code),
        type_code=code,
        title=code.label or item.request.field(4).component(2).value,
        created_at=_created_at(item, context),
        patient=context.patient,
        participations=_participations(item),
        custodian=_custodian(item, context.envelope),
        service_events=(),
        encounter=Encounter(Period()),
    )


def _created_at(item: Item, context: Context) -> datetime:
    fields = (
        context.message.first("TXA").field(4),
        item.obx.field(14),
        item.request.field(22),
        item.request.field(7),
        context.message.header.field(7),
    )
    moments = (read_instant(f.component(1).value, context.zone) for f in fields if f)
    return next((moment for moment in moments if moment), _EPOCH)


def _participations(item: Item) -> tuple[Participation, ...]:
    """Author of the report: the sender in PRT, else the interpreter in OBR-32."""
    senders = [p for p in item.participants if p.field(4).component(1).value == "SB"]
    people = [_professional(segment.field(5).components) for segment in senders]
    if not people:
        interpreter = item.request.field(32).component(1)
        people = [_professional(interpreter.subcomponents)] if interpreter else []
    return tuple(Participation(Role.AUTHOR, person) for person in people)


def _professional(parts: tuple[Field, ...]) -> Professional:
    """Number, family name, given name: the first three parts of an XCN or a CNN."""
    number, family, given = ([part.value for part in parts] + ["", "", ""])[:3]
    return Professional(national_id=number, family_name=family, given_name=given)


def _custodian(item: Item, envelope: Envelope) -> Organisation:
    names = [segment.field(8) for segment in item.participants if segment.field(8)]
    if not names:
        return Organisation("", envelope.sending_facility)
    return Organisation(names[0].component(10).value, names[0].component(1).value)


def _flagged(document: ClinicalDocument, flags: dict[str, bool]) -> ClinicalDocument:
    """Carry the visibility wishes; masked for professionals is read as very restricted."""
    masked = flags.get("masked_for_professionals", False)
    confidentiality = Confidentiality.VERY_RESTRICTED if masked else document.confidentiality
    attributes = (*document.attributes, *sorted(flags.items()))
    return replace(document, confidentiality=confidentiality, attributes=attributes)


def _labelled(observations: tuple[Observation, ...], item: Item) -> tuple[Observation, ...]:
    return tuple(replace(o, locator=f"{item.locator}/{o.locator}") for o in observations)
