"""What the simulated DMP does with each transaction."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

from dcc_sandbox.dmp import metadata, names
from dcc_sandbox.dmp.holdings import Held, Holdings
from dcc_sandbox.dmp.metadata import METADATA, Submitted
from dcc_sandbox.dmp.refusals import Fault, Refused
from dcc_sandbox.dmp.vihf import verify_lot
from dcc_sandbox.dmp.wire import SUCCESS, Request, registry_response

CdaJudge = Callable[[bytes], list[str]]
"""Return what is wrong with a CDA document; empty when it is sound."""

_RIM = ElementMaker(namespace=names.RIM, nsmap={"rim": names.RIM})
_QUERY = ElementMaker(namespace=names.QUERY, nsmap={"query": names.QUERY, "rim": names.RIM})
_V3 = ElementMaker(namespace=names.HL7, nsmap={None: names.HL7})


def provide(
    request: Request, holdings: Holdings, *, patient: str, trusted: bytes, judge: CdaJudge | None
) -> etree._Element:
    """Take a lot in (ITI-41). Raise ``Refused`` and keep nothing at the first fault."""
    objects = _objects(request)
    set_id, lot = _lot(objects, patient)
    submitted = [
        metadata.judge_entry(one) for one in objects.findall("rim:ExtrinsicObject", names.NS)
    ]
    _require_members(objects, set_id, submitted)
    contents = {one.identifier: _content(request, one) for one in submitted}
    for one in submitted:
        metadata.judge_bytes(one, contents[one.identifier])
        if one.patient_id != patient:
            raise Refused("XDSPatientIdDoesNotMatch", "an entry is about another patient")
    _require_signature(objects, set_id, submitted, contents, trusted)
    with holdings.lock:
        _require_open(holdings, patient)
        _require_new(holdings, submitted, lot)
        replaced = _replaced(objects, holdings, submitted, patient)
        for one in submitted:
            if one.format_code != names.SIGNATURE_FORMAT:
                old = replaced.unique_id if replaced else None
                metadata.judge_cda(one, contents[one.identifier], replaced=old)
                _require_sound(contents[one.identifier], judge)
        holdings.lots.add(lot)
        arriving = [_held(one, contents[one.identifier], lot) for one in submitted]
        holdings.register(arriving, replaced=replaced)
    return registry_response()


def _objects(request: Request) -> etree._Element:
    found = request.body.find(".//lcm:SubmitObjectsRequest/rim:RegistryObjectList", names.NS)
    if found is None:
        found = request.body.find("rim:RegistryObjectList", names.NS)
    if found is None:
        raise Fault("Sender", "no registry object list")
    return found


def _lot(objects: etree._Element, patient: str) -> tuple[str, str]:
    sets = objects.findall("rim:RegistryPackage", names.NS)
    if len(sets) != 1:
        raise Refused(METADATA, "a lot has exactly one submission set")
    nodes = [
        one
        for one in objects.findall("rim:Classification", names.NS)
        if one.get("classificationNode") == names.SUBMISSION_SET_NODE
        and one.get("classifiedObject") == sets[0].get("id")
    ]
    if len(nodes) != 1:
        raise Refused(METADATA, "the package is not classified as a submission set")
    unique_id, set_patient = metadata.judge_set(sets[0])
    if set_patient != patient:
        raise Refused("XDSPatientIdDoesNotMatch", "the lot is not about the patient of the VIHF")
    return sets[0].get("id", ""), unique_id


def _associations(objects: etree._Element, kind: str) -> list[etree._Element]:
    found = objects.findall("rim:Association", names.NS)
    return [one for one in found if one.get("associationType") == kind]


def _require_members(objects: etree._Element, set_id: str, submitted: list[Submitted]) -> None:
    members = {
        one.get("targetObject")
        for one in _associations(objects, names.HAS_MEMBER)
        if one.get("sourceObject") == set_id
        and metadata.slot(one, "SubmissionSetStatus") == ["Original"]
    }
    if members != {one.identifier for one in submitted} or not submitted:
        raise Refused(METADATA, "the members of the set are not the entries of the lot")


def _content(request: Request, entry: Submitted) -> bytes:
    for document in request.body.findall("xdsb:Document", names.NS):
        if document.get("id") == entry.identifier:
            pointer = document.find("xop:Include", names.NS)
            href = pointer.get("href", "") if pointer is not None else ""
            if href.removeprefix("cid:") in request.parts:
                return request.parts[href.removeprefix("cid:")]
    raise Refused("XDSMissingDocument", f"no document for entry {entry.identifier}")


def _require_signature(
    objects: etree._Element,
    set_id: str,
    submitted: list[Submitted],
    contents: dict[str, bytes],
    trusted: bytes,
) -> None:
    signatures = [one for one in submitted if one.format_code == names.SIGNATURE_FORMAT]
    links = {
        (one.get("sourceObject"), one.get("targetObject"))
        for one in _associations(objects, names.SIGNS)
    }
    if len(signatures) != 1 or (signatures[0].identifier, set_id) not in links:
        raise Refused(METADATA, "the lot is not signed")
    vouched = verify_lot(contents[signatures[0].identifier], trusted)
    for one in submitted:
        if one is signatures[0]:
            continue
        digest = b64encode(sha256(contents[one.identifier]).digest()).decode()
        if vouched.get(one.unique_id) != digest:
            raise Refused(METADATA, "the lot signature does not vouch for a document")


def _require_open(holdings: Holdings, patient: str) -> None:
    matricule = patient.split("^")[0]
    if matricule in holdings.absent:
        raise Refused("XDSUnknownPatientId", "this patient has no DMP")
    if matricule in holdings.closed:
        raise Refused("DMPClosed", "this DMP is closed")


def _require_new(holdings: Holdings, submitted: list[Submitted], lot: str) -> None:
    for one in submitted:
        known = holdings.by_unique_id(one.unique_id)
        if known is not None and known.hash_sha1 != one.hash_sha1:
            raise Refused("XDSNonIdenticalHash", "known uniqueId, other content")
        if known is not None:
            raise Refused("XDSDuplicateUniqueIdInRegistry", "known uniqueId")
    if lot in holdings.lots:
        raise Refused("XDSDuplicateUniqueIdInRegistry", "known submission set")


def _replaced(
    objects: etree._Element, holdings: Holdings, submitted: list[Submitted], patient: str
) -> Held | None:
    links = _associations(objects, names.REPLACES)
    if not links:
        return None
    if len(links) != 1 or links[0].get("sourceObject") not in {one.identifier for one in submitted}:
        raise Refused("XDSReplaceFailed", "one replacement, by an entry of the lot")
    target = links[0].get("targetObject", "")
    known = next((one for one in holdings.entries if one.entry_uuid == target), None)
    if known is None:
        raise Refused("UnresolvedReferenceException", "nothing of that entryUUID")
    if known.status != names.APPROVED:
        raise Refused("XDSRegistryDeprecatedDocumentError", "the entry is no longer current")
    if known.patient_id != patient:
        raise Refused("XDSPatientIdDoesNotMatch", "the entry is about another patient")
    return known


def _require_sound(content: bytes, judge: CdaJudge | None) -> None:
    faults = judge(content) if judge else []
    if faults:
        raise Refused(METADATA, f"the CDA breaks {len(faults)} rule(s)")


def _held(entry: Submitted, content: bytes, lot: str) -> Held:
    entry_uuid = f"urn:uuid:{uuid4()}"
    return Held(
        entry_uuid=entry_uuid,
        logical_id=entry_uuid,
        unique_id=entry.unique_id,
        patient_id=entry.patient_id,
        status=names.APPROVED,
        version=1,
        hash_sha1=entry.hash_sha1,
        size=len(content),
        mime_type=entry.mime_type,
        format_code=entry.format_code,
        confidentialities=entry.confidentialities,
        lot=lot,
        content=content,
    )


def update(request: Request, holdings: Holdings, *, patient: str) -> etree._Element:
    """Change the availability or the metadata of an entry (ITI-57)."""
    objects = _objects(request)
    _lot(objects, patient)
    with holdings.lock:
        for link in _associations(objects, names.UPDATE_STATUS):
            _change_status(link, holdings, patient)
        for element in objects.findall("rim:ExtrinsicObject", names.NS):
            _change_metadata(objects, element, holdings, patient)
    return registry_response()


def _change_status(link: etree._Element, holdings: Holdings, patient: str) -> None:
    held = _own(holdings.by_uuid(link.get("targetObject", "")), patient)
    if metadata.slot(link, "OriginalStatus") != [held.status]:
        raise Refused("XDSMetadataUpdateError", "OriginalStatus is not the current status")
    wanted = "".join(metadata.slot(link, "NewStatus"))
    if wanted not in (names.DELETED, names.ARCHIVED, names.APPROVED):
        raise Refused("XDSMetadataUpdateError", "NewStatus is not one that the DMP knows")
    holdings.set_status(held, wanted)


def _change_metadata(
    objects: etree._Element, element: etree._Element, holdings: Holdings, patient: str
) -> None:
    entry = metadata.judge_entry(element)
    known = next((one for one in holdings.latest() if one.logical_id == entry.logical_id), None)
    held = _own(known, patient)
    if held.unique_id != entry.unique_id or held.hash_sha1 != entry.hash_sha1:
        raise Refused("XDSMetadataIdentifierError", "uniqueId and hash may not change")
    for hidden in ("INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"):
        if hidden in entry.confidentialities - held.confidentialities:
            raise Refused("XDSMetadataUpdateError", "what was made visible stays visible")
    members = [
        one
        for one in _associations(objects, names.HAS_MEMBER)
        if one.get("targetObject") == entry.identifier
    ]
    previous = "".join(metadata.slot(members[0], "PreviousVersion")) if members else ""
    if not previous.isdecimal():
        raise Refused("XDSMetadataVersionError", "PreviousVersion is missing")
    holdings.update(held, confidentialities=entry.confidentialities, version=int(previous))


def _own(held: Held | None, patient: str) -> Held:
    if held is None:
        raise Refused("UnresolvedReferenceException", "nothing current of that identifier")
    if held.patient_id != patient:
        raise Refused("XDSPatientIdDoesNotMatch", "the entry is about another patient")
    return held


def query(request: Request, holdings: Holdings, *, patient: str) -> etree._Element:
    """Answer GetDocuments by unique identifier (ITI-18)."""
    asked = request.body.find("rim:AdhocQuery", names.NS)
    if asked is None or asked.get("id") != names.GET_DOCUMENTS:
        raise Refused("XDSUnknownStoredQuery", "only GetDocuments is known")
    wanted = {
        identifier.strip("' ")
        for value in metadata.slot(asked, "$XDSDocumentEntryUniqueId")
        for identifier in value.strip("()").split(",")
    }
    if not wanted:
        raise Refused("XDSStoredQueryMissingParam", "$XDSDocumentEntryUniqueId")
    with holdings.lock:
        found = [
            one
            for one in holdings.latest()
            if one.unique_id in wanted and one.patient_id == patient
        ]
    return _QUERY.AdhocQueryResponse(
        _RIM.RegistryObjectList(*map(_extrinsic, found)), status=SUCCESS
    )


def _extrinsic(held: Held) -> etree._Element:
    return _RIM.ExtrinsicObject(
        _slot("hash", held.hash_sha1),
        _slot("size", str(held.size)),
        _RIM.VersionInfo(versionName=str(held.version)),
        _RIM.ExternalIdentifier(
            id=f"{held.entry_uuid}-u",
            registryObject=held.entry_uuid,
            identificationScheme=names.ENTRY_UNIQUE,
            value=held.unique_id,
        ),
        id=held.entry_uuid,
        lid=held.logical_id,
        status=held.status,
        mimeType=held.mime_type,
        objectType=names.DOCUMENT_ENTRY,
    )


def _slot(name: str, value: str) -> etree._Element:
    return _RIM.Slot(_RIM.ValueList(_RIM.Value(value)), name=name)


def existence(request: Request, holdings: Holdings, *, patient: str) -> etree._Element:
    """Answer whether a patient has a DMP (TD0.2)."""
    asked = request.body.find(".//h:patientIdentifier/h:value", names.NS)
    if asked is None or asked.get("root") not in names.INS_ROOTS:
        raise Fault("Sender", "the query does not name an INS")
    matricule = asked.get("extension", "")
    if matricule != patient.split("^")[0]:
        raise Fault("Sender", "the query is not about the patient of the VIHF")
    known = matricule not in holdings.absent
    status = "terminated" if matricule in holdings.closed else "active"
    acknowledged = _V3.queryAck(_V3.queryResponseCode(code="OK" if known else "NF"))
    subject = _V3.subject(
        _V3.registrationEvent(_V3.subject1(_V3.patient(_V3.statusCode(code=status))))
    )
    return _V3.PRPA_IN201308UV02(
        _V3.acknowledgement(typeCode="AA"),
        _V3.controlActProcess(*((subject,) if known else ()), acknowledged),
    )
