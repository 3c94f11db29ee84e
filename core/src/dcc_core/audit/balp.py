"""Audit rows as FHIR R4 AuditEvent resources.

Source: IHE ITI Basic Audit Log Patterns (BALP) 1.1.4, profiles PatientRead, PatientQuery,
PatientCreate, PatientUpdate and PrivacyDisclosure.Source; DICOM PS3.16 CID 400-403 for sign-in and
emergency override. A profile is claimed only where the row holds all that it requires.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcc_core.audit.canonical import canonical_json
from dcc_core.audit.tables import AuditEntry, Outcome

_PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_OUTCOME = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
_SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_PS_OID = "urn:oid:1.2.250.1.71.4.2.1"
_SOURCE_ROLE, _DESTINATION_ROLE = "110153", "110152"

_PURPOSES = {
    "care": "TREAT",
    "coordination": "COC",
    "emergency": "ETREAT",
    "administration": "HOPERAT",
    "audit": "HCOMPL",
    "statistics": "HOUTCOMS",
    "research": "HRESCH",
}
_OUTCOMES = {Outcome.SUCCESS: "0", Outcome.DENIED: "8", Outcome.FAILURE: "4"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a family of events is written; ``user`` is the participation of the person."""

    profile: str
    action: str
    type: tuple[str, str]
    subtype: tuple[str, str]
    user: str
    from_client: bool = True


def _rest(profile: str, action: str, interaction: str, user: str, *, from_client: bool) -> _Kind:
    return _Kind(
        profile, action, (_EVENT_TYPE, "rest"), (_INTERACTION, interaction), user, from_client
    )


_READ = _rest("PatientRead", "R", "read", "IRCP", from_client=False)
_QUERY = _rest("PatientQuery", "E", "search", "IRCP", from_client=True)
_CREATE = _rest("PatientCreate", "C", "create", "AUT", from_client=True)
_UPDATE = _rest("PatientUpdate", "U", "update", "AUT", from_client=True)
_DISCLOSE = _Kind(
    "PrivacyDisclosure.Source", "R", (_DCM, "110106"), (_LIFECYCLE, "disclose"), "IRCP"
)
_OTHER = _Kind("", "E", (_EVENT_TYPE, "object"), (_LIFECYCLE, "access"), "IRCP")

_BY_EVENT: Mapping[str, _Kind] = {
    "session.open": _Kind("", "E", (_DCM, "110114"), (_DCM, "110122"), "IRCP"),
    "session.end": _Kind("", "E", (_DCM, "110114"), (_DCM, "110123"), "IRCP"),
    "session.refused": _Kind("", "E", (_DCM, "110114"), (_DCM, "110122"), "IRCP"),
    "break_glass.open": _Kind("", "E", (_DCM, "110113"), (_DCM, "110127"), "IRCP"),
    "access.refused": _Kind("", "E", (_DCM, "110113"), (_DCM, "110126"), "IRCP"),
    "delivery.finish": _DISCLOSE,
}
_BY_VERB: Mapping[str, _Kind] = {
    "read": _READ,
    "history": _READ,
    "report": _READ,
    "list": _QUERY,
    "search": _QUERY,
    "create": _CREATE,
    "file": _CREATE,
    "open": _CREATE,
    "grant": _CREATE,
    "receive": _CREATE,
    "update": _UPDATE,
    "withdraw": _UPDATE,
    "replace": _UPDATE,
    "attach": _UPDATE,
    "end": _UPDATE,
    "export": _DISCLOSE,
}


def to_audit_event(entry: AuditEntry, *, site: str) -> dict[str, Any]:
    """Return the resource of a row; ``site`` is the host under which the region is reached."""
    kind = _kind_of(entry)
    purpose = _coded(_ACT_REASON, _PURPOSES.get(entry.purpose, "TREAT"))
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"dcc-{entry.sequence}",
        "type": _coding(*kind.type),
        "subtype": [_coding(*kind.subtype)],
        "action": kind.action,
        "recorded": entry.at.isoformat(),
        "outcome": _OUTCOMES[Outcome(entry.outcome)],
        "purposeOfEvent": [purpose],
        "agent": [*_machines(entry, kind, site), _person(entry, kind, purpose)],
        "source": {
            "site": site,
            "observer": {"display": site},
            "type": [_coding(_SOURCE_TYPE, "4")],
        },
        "entity": _entities(entry, kind),
    }
    if kind.profile and _fits_profile(entry):
        resource["meta"] = {"profile": [_PROFILE + kind.profile]}
    if entry.reason:
        resource["outcomeDesc"] = entry.reason
    return resource


def _kind_of(entry: AuditEntry) -> _Kind:
    return _BY_EVENT.get(entry.event) or _BY_VERB.get(entry.event.rpartition(".")[2], _OTHER)


def _fits_profile(entry: AuditEntry) -> bool:
    """Profiles describe a successful act about a patient."""
    return entry.outcome == Outcome.SUCCESS and entry.patient_id is not None


def _machines(entry: AuditEntry, kind: _Kind, site: str) -> list[dict[str, Any]]:
    """The client and the server: who sends and who receives depends on the act."""
    client_role, server_role = (
        (_SOURCE_ROLE, _DESTINATION_ROLE)
        if kind.from_client and kind is not _DISCLOSE
        else (_DESTINATION_ROLE, _SOURCE_ROLE)
    )
    address, address_type = (entry.source_ip, "2") if entry.source_ip else (entry.via or site, "1")
    return [
        {
            "type": _coded(_DCM, client_role),
            "who": {"display": entry.via or site},
            "requestor": False,
            "network": {"address": address, "type": address_type},
        },
        {
            "type": _coded(_DCM, server_role),
            "who": {"display": site},
            "requestor": False,
            "network": {"address": site, "type": "1"},
        },
    ]


def _person(entry: AuditEntry, kind: _Kind, purpose: dict[str, Any]) -> dict[str, Any]:
    national_id = entry.actor.get("national_id", "")
    who: dict[str, Any] = {"display": "système"}
    if national_id:
        who = {"identifier": {"system": _PS_OID, "value": national_id}}
    elif entry.actor_id is not None:
        who = {"identifier": {"system": "urn:ietf:rfc:3986", "value": entry.actor_id.urn}}
    person = {
        "type": _coded(_PARTICIPATION, kind.user),
        "who": who,
        "requestor": True,
        "purposeOfUse": [purpose],
    }
    roles = entry.actor.get("roles", [])
    return person | ({"role": [{"text": role} for role in roles]} if roles else {})


def _entities(entry: AuditEntry, kind: _Kind) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = []
    if entry.patient_id is not None:
        what = {"reference": f"Patient/{entry.patient_id}"}
        entities.append(
            {"what": what, "type": _coding(_ENTITY_TYPE, "1"), "role": _coding(_ENTITY_ROLE, "1")}
        )
    entities.append(_query(entry) if kind is _QUERY else _object(entry))
    if entry.correlation_id:
        identifier = {"identifier": {"value": entry.correlation_id}}
        entities.append({"what": identifier, "type": _coding(_BALP_ENTITY, "XrequestId")})
    return entities


def _object(entry: AuditEntry) -> dict[str, Any]:
    what: dict[str, Any] = {"display": entry.object_kind or entry.event}
    if entry.object_id is not None:
        what["identifier"] = {"system": "urn:ietf:rfc:3986", "value": entry.object_id.urn}
    entity: dict[str, Any] = {
        "what": what,
        "type": _coding(_ENTITY_TYPE, "2"),
        "role": _coding(_ENTITY_ROLE, "4"),
    }
    if entry.object_version is not None:
        entity["detail"] = [{"type": "version", "valueString": str(entry.object_version)}]
    return entity


def _query(entry: AuditEntry) -> dict[str, Any]:
    criteria = canonical_json(entry.details)
    return {
        "type": _coding(_ENTITY_TYPE, "2"),
        "role": _coding(_ENTITY_ROLE, "24"),
        "description": criteria,
        "query": base64.b64encode(criteria.encode()).decode(),
    }


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [_coding(system, code)]}
