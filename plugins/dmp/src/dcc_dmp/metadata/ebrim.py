"""Metadata as ebRIM 3.0 (IHE ITI volume 3, §4.2)."""

from collections.abc import Iterable
from itertools import count

from lxml import etree
from lxml.builder import ElementMaker

from dcc_core.api import Coded
from dcc_dmp.metadata.build import SUBMISSION_SET
from dcc_dmp.metadata.hl7 import timestamp
from dcc_dmp.metadata.model import Association, Author, DocumentEntry, Submission, SubmissionSet
from dcc_dmp.standards import xds

_RIM = ElementMaker(namespace=xds.RIM, nsmap={"rim": xds.RIM})
_LCM = ElementMaker(namespace=xds.LCM, nsmap={"lcm": xds.LCM, "rim": xds.RIM})
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MAX_SLOT_CHARACTERS = 256
"""ebRIM's LongName: a longer value is cut, not refused."""


class _Ids:
    """Identifiers of classifications and links inside one request."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):02}"


def submit_objects(submission: Submission) -> etree._Element:
    """Return ``lcm:SubmitObjectsRequest`` of a lot."""
    ids = _Ids()
    members = (
        Association(xds.HAS_MEMBER, SUBMISSION_SET, entry.entry_id, _member_slots(entry))
        for entry in submission.entries
    )
    links = (*members, *submission.associations)
    return _LCM.SubmitObjectsRequest(
        _RIM.RegistryObjectList(
            *(_entry(entry, ids) for entry in submission.entries),
            _set(submission.submission_set, ids),
            _RIM.Classification(
                id=ids.next("cl"),
                classifiedObject=SUBMISSION_SET,
                classificationNode=xds.SUBMISSION_SET,
            ),
            *(_association(link, ids) for link in links),
        )
    )


def _member_slots(entry: DocumentEntry) -> tuple[tuple[str, str], ...]:
    original = (("SubmissionSetStatus", "Original"),)
    return (
        (*original, ("PreviousVersion", str(entry.previous_version)))
        if entry.previous_version
        else original
    )


def _entry(entry: DocumentEntry, ids: _Ids) -> etree._Element:
    element = _RIM.ExtrinsicObject(
        *_entry_slots(entry),
        _localized("Name", entry.title),
        *(_author(one, xds.ENTRY_AUTHOR, entry.entry_id, ids) for one in entry.authors),
        *(
            _code(getattr(entry, name), scheme, entry.entry_id, ids)
            for name, scheme in xds.ENTRY_CODES.items()
        ),
        *(_code(one, xds.CONFIDENTIALITY, entry.entry_id, ids) for one in entry.confidentialities),
        *(_code(one, xds.EVENT, entry.entry_id, ids) for one in entry.events),
        _external(
            "XDSDocumentEntry.patientId",
            xds.ENTRY_PATIENT_ID,
            entry.patient_id,
            entry.entry_id,
            ids,
        ),
        _external(
            "XDSDocumentEntry.uniqueId", xds.ENTRY_UNIQUE_ID, entry.unique_id, entry.entry_id, ids
        ),
        id=entry.entry_id,
        mimeType=entry.mime_type,
        objectType=xds.DOCUMENT_ENTRY,
        status=xds.APPROVED,
    )
    if entry.logical_id:
        element.set("lid", entry.logical_id)
    return element


def _entry_slots(entry: DocumentEntry) -> Iterable[etree._Element]:
    yield _slot("creationTime", timestamp(entry.created_at))
    if entry.service_start:
        yield _slot("serviceStartTime", timestamp(entry.service_start))
    if entry.service_stop:
        yield _slot("serviceStopTime", timestamp(entry.service_stop))
    yield _slot("hash", entry.hash_sha1)
    yield _slot("size", str(entry.size_bytes))
    yield _slot("languageCode", entry.language)
    yield _slot("legalAuthenticator", entry.legal_authenticator)
    yield _slot("sourcePatientId", entry.source_patient_id)
    yield _slot("sourcePatientInfo", *entry.source_patient_info)


def _set(submission: SubmissionSet, ids: _Ids) -> etree._Element:
    return _RIM.RegistryPackage(
        _slot("submissionTime", timestamp(submission.submitted_at)),
        _localized("Name", submission.title),
        *(_author(one, xds.SET_AUTHOR, SUBMISSION_SET, ids) for one in submission.authors),
        _code(submission.content_type, xds.SET_CONTENT_TYPE, SUBMISSION_SET, ids),
        _external(
            "XDSSubmissionSet.patientId",
            xds.SET_PATIENT_ID,
            submission.patient_id,
            SUBMISSION_SET,
            ids,
        ),
        _external(
            "XDSSubmissionSet.sourceId",
            xds.SET_SOURCE_ID,
            submission.source_id,
            SUBMISSION_SET,
            ids,
        ),
        _external(
            "XDSSubmissionSet.uniqueId",
            xds.SET_UNIQUE_ID,
            submission.unique_id,
            SUBMISSION_SET,
            ids,
        ),
        id=SUBMISSION_SET,
        objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:RegistryPackage",
        status=xds.APPROVED,
    )


def _association(link: Association, ids: _Ids) -> etree._Element:
    return _RIM.Association(
        *(_slot(name, value) for name, value in link.slots),
        id=ids.next("as"),
        associationType=link.kind,
        sourceObject=link.source,
        targetObject=link.target,
        objectType="urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Association",
    )


def _author(author: Author, scheme: str, of: str, ids: _Ids) -> etree._Element:
    told = {
        "authorPerson": author.person,
        "authorInstitution": author.institution,
        "authorRole": author.role,
        "authorSpecialty": author.specialty,
    }
    return _RIM.Classification(
        *(_slot(name, value) for name, value in told.items() if value),
        id=ids.next("cl"),
        classificationScheme=scheme,
        classifiedObject=of,
        nodeRepresentation="",
    )


def _code(code: Coded, scheme: str, of: str, ids: _Ids) -> etree._Element:
    return _RIM.Classification(
        _slot("codingScheme", code.system),
        _localized("Name", code.label),
        id=ids.next("cl"),
        classificationScheme=scheme,
        classifiedObject=of,
        nodeRepresentation=code.code,
    )


def _external(name: str, scheme: str, value: str, of: str, ids: _Ids) -> etree._Element:
    return _RIM.ExternalIdentifier(
        _localized("Name", name),
        id=ids.next("ei"),
        registryObject=of,
        identificationScheme=scheme,
        value=value,
    )


def _slot(name: str, *values: str) -> etree._Element:
    held = (_RIM.Value(value[:MAX_SLOT_CHARACTERS]) for value in values)
    return _RIM.Slot(_RIM.ValueList(*held), name=name)


def _localized(name: str, value: str) -> etree._Element:
    words = _RIM.LocalizedString(value=value[:MAX_SLOT_CHARACTERS], charset="UTF-8")
    words.set(_LANG, "fr-FR")
    return _RIM(name, words)
