"""A molecular prescription as a document of the record, from which each order message is written.

The document is what was prescribed, signed, kept and withdrawn; the message is only how a
laboratory hears of it. Its class names the laboratory, so that one destination wants it.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_core.api import (
    ClinicalDocument,
    Clock,
    Coded,
    DocumentOut,
    Encounter,
    Entry,
    Mood,
    Organisation,
    Paragraph,
    Participation,
    Period,
    PermanentExchangeError,
    Role,
    Section,
    file_document,
    new_oid,
    utc_now,
)
from dcc_lab_connectors.orders.oml import MolecularOrder, OrderControl, Specimen

PRESCRIPTION = Coded("57832-8", "2.16.840.1.113883.6.1", "Prescription de biologie", "LOINC")
TITLE = "Prescription de biologie moléculaire"
_ANALYSIS, _SPECIMEN = "order.analysis", "order.specimen"


def order_class(laboratory: str) -> str:
    """Class of the prescriptions of one laboratory."""
    return f"PRESC-BM-{laboratory}"[:40]


def prescribe(
    session: Session,
    order: MolecularOrder,
    *,
    patient_id: UUID,
    laboratory: str,
    custodian: Organisation,
    clock: Clock = utc_now,
) -> DocumentOut:
    """File a prescription; it leaves for the laboratory once the transaction has committed.

    Withdrawing the document cancels the order. Raises what `file_document` raises.
    """
    document = write_order(order, laboratory=laboratory, custodian=custodian)
    return file_document(session, document, patient_id=patient_id, clock=clock)


def new_order_number() -> str:
    """Make a number of 16 characters, as ORC-2 of every version takes it."""
    return uuid4().hex[:16].upper()


def write_order(
    order: MolecularOrder, *, laboratory: str, custodian: Organisation
) -> ClinicalDocument:
    """Write the first version of a prescription."""
    specimen = Entry(
        order.specimen.kind,
        slot=_SPECIMEN,
        text=order.specimen.number,
        effective=order.specimen.collected_on,
    )
    analyses = tuple(
        Entry(analysis, slot=_ANALYSIS, mood=Mood.REQUEST, text=analysis.system_name)
        for analysis in order.analyses
    )
    lines = [Paragraph(", ".join(a.label or a.code for a in order.analyses), "Analyses")]
    lines.append(Paragraph(f"{order.specimen.kind.label} {order.specimen.number}", "Prélèvement"))
    if order.reason:
        lines.append(Paragraph(order.reason, "Indication"))
    section = Section("order", TITLE, tuple(lines), (*analyses, specimen))
    return ClinicalDocument(
        document_id=new_oid(),
        set_id=new_oid(),
        version=1,
        document_class=order_class(laboratory),
        type_code=PRESCRIPTION,
        title=TITLE,
        created_at=order.ordered_at,
        patient=order.patient,
        participations=(Participation(Role.AUTHOR, order.prescriber, order.ordered_at),),
        custodian=custodian,
        service_events=(),
        encounter=Encounter(Period(order.ordered_at)),
        sections=(section,),
        attributes=(("order_number", order.number), ("order_reason", order.reason)),
    )


def read_order(document: ClinicalDocument, control: OrderControl) -> MolecularOrder:
    """Read a prescription again, with the identity that stands now.

    Raises:
        PermanentExchangeError: `LAB-S01` it lacks what an order needs.
    """
    entries = [entry for section in document.walk_sections() for entry in section.entries]
    analyses = tuple(e.code for e in entries if e.slot == _ANALYSIS and e.code is not None)
    specimen = next((e for e in entries if e.slot == _SPECIMEN and e.code is not None), None)
    authors = [part.professional for part in document.having(Role.AUTHOR) if part.professional]
    facts = dict(document.attributes)
    if not analyses or specimen is None or not authors or not facts.get("order_number"):
        raise PermanentExchangeError(
            "LAB-S01",
            "La prescription n'a pas d'analyse, de prélèvement, de prescripteur ou de numéro : "
            "refaites-la.",
        )
    taken_on = specimen.effective if isinstance(specimen.effective, date) else None
    return MolecularOrder(
        number=str(facts["order_number"]),
        control=control,
        ordered_at=document.created_at,
        patient=document.patient,
        analyses=analyses,
        specimen=Specimen(specimen.text, specimen.code or Coded("", "", ""), taken_on),
        prescriber=replace(authors[0]),
        reason=str(facts.get("order_reason", "")),
    )
