"""Metadata as the registry must judge it (IHE ITI volume 3, §4.2.3; DMP rules of 2026)."""

import re
from dataclasses import dataclass
from hashlib import sha1

from lxml import etree

from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.refusals import Refused

_DTM = re.compile(r"\d{4}(\d{2}(\d{2}(\d{2}(\d{2}(\d{2})?)?)?)?)?")
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_XCN = re.compile(
    r"[0134568][0-9A-Z]+\^[^^]+\^[^^]*\^{6}[^^]*&1\.2\.250\.1\.71\.4\.2\.1&ISO\^D\^{3}IDNPS"
)
_XON = re.compile(r"[^^]+\^{5}&1\.2\.250\.1\.71\.4\.2\.2&ISO\^IDNST\^{3}[0134568][0-9A-Z]+")
_INS = re.compile(r"[0-9AB]{15}\^{3}&1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)&ISO\^NH")
_ONE_CODE = {
    names.CLASS: "classCode",
    names.TYPE: "typeCode",
    names.FORMAT: "formatCode",
    names.FACILITY: "healthcareFacilityTypeCode",
    names.PRACTICE: "practiceSettingCode",
}
_CLASSES = frozenset({"10", "44", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"})
_VISIBILITIES = frozenset({"MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"})
_REQUIRED_SLOTS = ("creationTime", "languageCode", "sourcePatientId", "sourcePatientInfo")
MAX_NAME = 256
METADATA = "XDSRepositoryMetadataError"


@dataclass(frozen=True)
class Submitted:
    """An entry of a lot, judged sound by itself."""

    identifier: str
    logical_id: str
    unique_id: str
    patient_id: str
    mime_type: str
    type_code: str
    format_code: str
    confidentialities: frozenset[str]
    hash_sha1: str
    size: str


def slot(parent: etree._Element, name: str) -> list[str]:
    """Return the values of a slot. Raise ``Refused`` when one is longer than ebRIM allows."""
    values = [
        one.text or ""
        for held in parent.findall("rim:Slot", names.NS)
        if held.get("name") == name
        for one in held.findall("rim:ValueList/rim:Value", names.NS)
    ]
    if any(len(value) > MAX_NAME for value in values):
        raise Refused(METADATA, f"slot {name} is longer than {MAX_NAME} characters")
    return values


def codes(parent: etree._Element, scheme: str) -> list[etree._Element]:
    """Return the classifications of an object in one scheme."""
    return [
        one
        for one in parent.findall("rim:Classification", names.NS)
        if one.get("classificationScheme") == scheme
        and one.get("classifiedObject") == parent.get("id")
    ]


def identifier(parent: etree._Element, scheme: str) -> str:
    """Return an external identifier. Raise ``Refused`` unless there is exactly one."""
    found = [
        one.get("value", "")
        for one in parent.findall("rim:ExternalIdentifier", names.NS)
        if one.get("identificationScheme") == scheme
        and one.get("registryObject") == parent.get("id")
    ]
    if len(found) != 1 or not found[0]:
        raise Refused(METADATA, f"external identifier {scheme} must be present once")
    return found[0]


def judge_entry(element: etree._Element) -> Submitted:
    """Return a submitted entry. Raise ``Refused`` at the first fault."""
    if element.get("objectType") != names.DOCUMENT_ENTRY:
        raise Refused(METADATA, "not a stable document entry")
    for name in _REQUIRED_SLOTS:
        if not slot(element, name):
            raise Refused(METADATA, f"slot {name} is missing")
    for name in ("creationTime", "serviceStartTime", "serviceStopTime"):
        if any(not _DTM.fullmatch(value) for value in slot(element, name)):
            raise Refused(METADATA, f"{name} is not a DTM")
    for scheme, name in _ONE_CODE.items():
        _judge_code(element, scheme, name)
    _judge_people(element, names.AUTHOR)
    patient_id = identifier(element, names.ENTRY_PATIENT)
    if not _INS.fullmatch(patient_id):
        raise Refused("XDSUnknownPatientId", "patientId is not an INS")
    unique_id = identifier(element, names.ENTRY_UNIQUE)
    if not _OID.fullmatch(unique_id) or len(unique_id) > 128:
        raise Refused(METADATA, "uniqueId is not an OID of at most 128 characters")
    return Submitted(
        identifier=element.get("id", ""),
        logical_id=element.get("lid", ""),
        unique_id=unique_id,
        patient_id=patient_id,
        mime_type=element.get("mimeType", ""),
        type_code=codes(element, names.TYPE)[0].get("nodeRepresentation", ""),
        format_code=codes(element, names.FORMAT)[0].get("nodeRepresentation", ""),
        confidentialities=_judge_confidentiality(element),
        hash_sha1="".join(slot(element, "hash")),
        size="".join(slot(element, "size")),
    )


def _judge_code(element: etree._Element, scheme: str, name: str) -> None:
    found = codes(element, scheme)
    if len(found) != 1:
        raise Refused(METADATA, f"{name} must be present once")
    one = found[0]
    label = one.find("rim:Name/rim:LocalizedString", names.NS)
    if not one.get("nodeRepresentation") or not slot(one, "codingScheme"):
        raise Refused(METADATA, f"{name} lacks its code or its scheme")
    if label is None or not label.get("value"):
        raise Refused(METADATA, f"{name} lacks its label")
    if scheme == names.CLASS and one.get("nodeRepresentation") not in _CLASSES:
        raise Refused(METADATA, "classCode is not one that this DMP takes")


def _judge_people(element: etree._Element, scheme: str) -> None:
    authors = codes(element, scheme)
    if not authors:
        raise Refused(METADATA, "no author")
    for author in authors:
        persons = slot(author, "authorPerson")
        if len(persons) != 1 or not _XCN.fullmatch(persons[0]):
            raise Refused(METADATA, "authorPerson is not an XCN with a national identifier")
        if any(not _XON.fullmatch(value) for value in slot(author, "authorInstitution")):
            raise Refused(METADATA, "authorInstitution is not an XON with a national identifier")
    if scheme == names.AUTHOR:
        legal = slot(element, "legalAuthenticator")
        if len(legal) != 1 or not _XCN.fullmatch(legal[0]):
            raise Refused(METADATA, "legalAuthenticator is not an XCN")


def _judge_confidentiality(element: etree._Element) -> frozenset[str]:
    held = frozenset(
        one.get("nodeRepresentation", "") for one in codes(element, names.CONFIDENTIALITY)
    )
    if "N" not in held or not held - {"N"} <= _VISIBILITIES:
        raise Refused(METADATA, "confidentialityCode must be N with visibility codes")
    if {"MASQUE_PS", "INVISIBLE_PATIENT"} <= held:
        raise Refused(METADATA, "hidden from the patient and from professionals at once")
    return held


def judge_set(element: etree._Element) -> tuple[str, str]:
    """Return unique and patient identifiers of a submission set. Raise ``Refused`` at a fault."""
    if not slot(element, "submissionTime"):
        raise Refused(METADATA, "submissionTime is missing")
    if len(codes(element, names.SET_CONTENT_TYPE)) != 1:
        raise Refused(METADATA, "contentTypeCode must be present once")
    _judge_people(element, names.SET_AUTHOR)
    if not _OID.fullmatch(identifier(element, names.SET_SOURCE)):
        raise Refused(METADATA, "sourceId is not an OID")
    unique_id = identifier(element, names.SET_UNIQUE)
    if not _OID.fullmatch(unique_id):
        raise Refused(METADATA, "the set's uniqueId is not an OID")
    return unique_id, identifier(element, names.SET_PATIENT)


def judge_bytes(entry: Submitted, content: bytes) -> None:
    """Raise ``Refused`` unless hash and size are those of the document."""
    if entry.size != str(len(content)):
        raise Refused(METADATA, "size is not that of the document")
    if entry.hash_sha1.lower() != sha1(content, usedforsecurity=False).hexdigest():
        raise Refused("XDSNonIdenticalHash", "hash is not that of the document")


def judge_cda(entry: Submitted, content: bytes, *, replaced: str | None) -> None:
    """Raise ``Refused`` unless the CDA says what its metadata say."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(METADATA, "the document is not XML") from error
    if root.tag != f"{{{names.HL7}}}ClinicalDocument":
        raise Refused(METADATA, "the document is not a CDA")
    own = root.find("h:id", names.NS)
    kind = root.find("h:code", names.NS)
    if own is None or own.get("root") != entry.unique_id or own.get("extension"):
        raise Refused(METADATA, "the CDA's id is not the uniqueId")
    if kind is None or kind.get("code") != entry.type_code:
        raise Refused(METADATA, "the CDA's code is not the typeCode")
    matricules = {
        one.get("extension", "")
        for one in root.findall("h:recordTarget/h:patientRole/h:id", names.NS)
        if one.get("root") in names.INS_ROOTS
    }
    if matricules != {entry.patient_id.split("^")[0]}:
        raise Refused("XDSPatientIdDoesNotMatch", "the CDA is about another patient")
    parents = [
        one.get("root")
        for one in root.findall(
            "h:relatedDocument[@typeCode='RPLC']/h:parentDocument/h:id", names.NS
        )
    ]
    if replaced is not None and parents != [replaced]:
        raise Refused("XDSReplaceFailed", "the CDA does not name the document it replaces")
