"""Metadata of a clinical document: read from the neutral document, never from the CDA, so that both
say the same thing because they have one source.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from dcc_core.api import (
    ClinicalDocument,
    Coded,
    Participation,
    PermanentExchangeError,
    Role,
)
from dcc_dmp.metadata import hl7
from dcc_dmp.metadata.model import (
    Association,
    Author,
    DocumentEntry,
    Submission,
    SubmissionSet,
)
from dcc_dmp.standards import dmp, xds

DOCUMENT = "Document01"
SIGNATURE = "Signature01"
SUBMISSION_SET = "SubmissionSet01"


@dataclass(frozen=True, slots=True)
class DocumentPolicy:
    """How a class of documents is filed in the DMP."""

    class_code: Coded
    format_code: Coded


POLICIES = {
    "FRCP": DocumentPolicy(dmp.REPORT, dmp.FORMAT_FRCP),
    "PPS": DocumentPolicy(dmp.CARE_PLAN, dmp.FORMAT_PPS),
}
OTHER = DocumentPolicy(dmp.REPORT, dmp.FORMAT_PDF)


def oid_from(name: str) -> str:
    """Return an OID that the same name always gives (``2.25.`` and the number of a UUID)."""
    return f"2.25.{uuid5(NAMESPACE_OID, name).int}"


def describe_document(
    document: ClinicalDocument, content: bytes, *, hidden: tuple[Coded, ...] = ()
) -> DocumentEntry:
    """Return the entry of a document.

    Args:
        document: The neutral document.
        content: The exact bytes that are sent.
        hidden: Visibility codes beside the document's own confidentiality.

    Raises:
        PermanentExchangeError: ``DCC-DMP-010`` the document has no INS, ``011`` no author or legal
            authenticator, ``012`` its confidentiality forbids sharing.
    """
    if document.confidentiality.value != dmp.NORMAL.code:
        raise PermanentExchangeError(
            "DCC-DMP-012",
            "Un document à diffusion restreinte ne se dépose pas dans le DMP. "
            "Transmettez-le par messagerie sécurisée.",
        )
    policy = POLICIES.get(document.document_class, OTHER)
    event = document.service_events[0] if document.service_events else None
    performer = event.performer if event else None
    setting = performer.organisation.sector if performer and performer.organisation else None
    return DocumentEntry(
        entry_id=DOCUMENT,
        mime_type="text/xml",
        unique_id=document.document_id,
        title=document.title,
        created_at=document.created_at,
        service_start=hl7.instant(event.period.low) if event else None,
        service_stop=hl7.instant(event.period.high) if event else None,
        hash_sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        size_bytes=len(content),
        language=document.language,
        patient_id=national_patient_id(document),
        source_patient_id=_source_patient_id(document),
        source_patient_info=hl7.patient_info(document.patient),
        authors=authors_of(document),
        legal_authenticator=_legal_authenticator(document),
        class_code=policy.class_code,
        type_code=document.type_code,
        format_code=policy.format_code if document.body is None else dmp.FORMAT_PDF,
        facility_type=document.encounter.facility_type
        or Coded("SA01", dmp.FACILITY_TYPES, "Etablissement public de santé"),
        practice_setting=setting
        or Coded("ETABLISSEMENT", dmp.PRACTICE_SETTINGS, "Etablissement de santé"),
        confidentialities=(dmp.NORMAL, *hidden),
    )


def national_patient_id(document: ClinicalDocument) -> str:
    """Return the INS as CX. Raise ``PermanentExchangeError`` (``DCC-DMP-010``) without one."""
    for one in document.patient.identifiers:
        if one.system in dmp.INS_AUTHORITIES:
            return hl7.identifier(one, "NH")
    raise PermanentExchangeError(
        "DCC-DMP-010",
        "Le document n'a pas d'INS : il ne peut pas être déposé dans le DMP. "
        "Qualifiez l'identité du patient.",
    )


def authors_of(document: ClinicalDocument) -> tuple[Author, ...]:
    """Return the authors. Raise ``PermanentExchangeError`` (``DCC-DMP-011``) when there is none."""
    authors = tuple(
        author for part in document.having(Role.AUTHOR) if (author := _author(part)) is not None
    )
    if not authors:
        raise nobody("d'auteur")
    return authors


def _author(part: Participation) -> Author | None:
    person = part.professional
    if person is None:
        return None
    role = part.function.original_text or part.function.label if part.function else ""
    return Author(
        hl7.person(person),
        hl7.institution(person.organisation) if person.organisation else "",
        hl7.plain(role),
        hl7.concept(person.specialty) if person.specialty else "",
    )


def _legal_authenticator(document: ClinicalDocument) -> str:
    for part in document.having(Role.LEGAL_AUTHENTICATOR):
        if part.professional:
            return hl7.person(part.professional)
    raise nobody("de responsable")


def nobody(whom: str) -> PermanentExchangeError:
    """Return the error of a document that names no author or nobody responsible."""
    return PermanentExchangeError(
        "DCC-DMP-011",
        f"Le document n'a pas {whom} : il ne peut pas être déposé dans le DMP. "
        "Faites valider la fiche par un professionnel identifié.",
    )


def _source_patient_id(document: ClinicalDocument) -> str:
    local = [one for one in document.patient.identifiers if one.system not in dmp.INS_AUTHORITIES]
    return hl7.identifier(local[0], "PI") if local else national_patient_id(document)


def describe_signature(
    document: DocumentEntry, signature: bytes, *, key: str, signed_at: datetime
) -> DocumentEntry:
    """Return the entry of the lot's signature, which travels as one more document."""
    return DocumentEntry(
        entry_id=SIGNATURE,
        mime_type="text/xml",
        unique_id=oid_from(f"{key}/signature"),
        title="Source",
        created_at=signed_at,
        service_start=signed_at,
        service_stop=None,
        hash_sha1=hashlib.sha1(signature, usedforsecurity=False).hexdigest(),
        size_bytes=len(signature),
        language=dmp.SIGNATURE_LANGUAGE,
        patient_id=document.patient_id,
        source_patient_id=document.source_patient_id,
        source_patient_info=document.source_patient_info,
        authors=document.authors,
        legal_authenticator=document.legal_authenticator,
        class_code=dmp.SIGNATURE_CLASS,
        type_code=dmp.SIGNATURE_TYPE,
        format_code=dmp.SIGNATURE_FORMAT,
        facility_type=document.facility_type,
        practice_setting=document.practice_setting,
        confidentialities=(dmp.NORMAL,),
        events=(dmp.SIGNATURE_EVENT,),
    )


def describe_set(
    entry: DocumentEntry, *, key: str, source_id: str, submitted_at: datetime
) -> SubmissionSet:
    """Return the submission set of a document; the same delivery always has the same identifier."""
    return SubmissionSet(
        unique_id=oid_from(f"{key}/lot"),
        source_id=source_id,
        patient_id=entry.patient_id,
        submitted_at=submitted_at,
        authors=entry.authors,
        content_type=dmp.CONTENT_TYPE,
        title=entry.title,
    )


def gather(
    submission_set: SubmissionSet,
    entry: DocumentEntry,
    signature: DocumentEntry,
    *,
    replaced_entry: str = "",
) -> Submission:
    """Return the lot: document, signature, and what the document replaces at the registry."""
    links = [Association(xds.SIGNS, SIGNATURE, SUBMISSION_SET)]
    if replaced_entry:
        links.append(Association(xds.REPLACES, DOCUMENT, replaced_entry))
    return Submission(submission_set, (entry, signature), tuple(links))
