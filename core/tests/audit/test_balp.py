"""Rows as FHIR AuditEvent, against the rules that BALP 1.1.4 states for each profile."""

from typing import Any
from uuid import uuid4

import pytest

from dcc_core.audit import AuditEntry
from dcc_core.audit.balp import to_audit_event
from dcc_core.testing.clock import START

PATIENT, OBJECT, ACTOR = uuid4(), uuid4(), uuid4()
PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


def _entry(event: str, **changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "sequence": 12,
        "at": START,
        "event": event,
        "outcome": "success",
        "actor_id": ACTOR,
        "actor": {"national_id": "899900000001", "roles": ["physician"]},
        "purpose": "care",
        "patient_id": PATIENT,
        "object_kind": "document",
        "object_id": OBJECT,
        "object_version": 2,
        "correlation_id": "req-1",
        "via": "web",
        "source_ip": "192.0.2.1",
        "details": {"criteres": ["nom"]},
    }
    return AuditEntry(**values | changes)


def _event(name: str, **changes: Any) -> dict[str, Any]:
    return to_audit_event(_entry(name, **changes), site="dcc.example.invalid")


def _agent(event: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [a for a in event["agent"] if a["type"]["coding"][0]["code"] == code]
    agent: dict[str, Any] = found
    return agent


def _entity(event: dict[str, Any], kind: str) -> dict[str, Any]:
    (found,) = [e for e in event["entity"] if e["type"]["code"] == kind]
    entity: dict[str, Any] = found
    return entity


@pytest.mark.parametrize(
    ("name", "profile", "action", "subtype"),
    [
        ("patient.read", "PatientRead", "R", "read"),
        ("document.history", "PatientRead", "R", "read"),
        ("patient.search", "PatientQuery", "E", "search"),
        ("patient.create", "PatientCreate", "C", "create"),
        ("document.file", "PatientCreate", "C", "create"),
        ("document.withdraw", "PatientUpdate", "U", "update"),
        ("document.export", "PrivacyDisclosure.Source", "R", "disclose"),
        ("delivery.finish", "PrivacyDisclosure.Source", "R", "disclose"),
    ],
)
def test_act_on_a_patient_claims_its_profile(
    name: str, profile: str, action: str, subtype: str
) -> None:
    event = _event(name)
    assert event["meta"]["profile"] == [PROFILE + profile]
    assert event["action"] == action
    assert [coding["code"] for coding in event["subtype"]] == [subtype]
    assert event["outcome"] == "0"
    assert _entity(event, "1")["what"] == {"reference": f"Patient/{PATIENT}"}
    assert _entity(event, "1")["role"]["code"] == "1"
    assert _entity(event, "XrequestId")["what"]["identifier"]["value"] == "req-1"


def test_server_is_the_source_of_a_reading_and_the_destination_of_a_writing() -> None:
    reading, writing = _event("document.read"), _event("patient.create")
    assert _agent(reading, "110153")["who"] == {"display": "dcc.example.invalid"}
    assert _agent(reading, "110152")["network"] == {"address": "192.0.2.1", "type": "2"}
    assert _agent(writing, "110152")["who"] == {"display": "dcc.example.invalid"}
    assert _agent(writing, "110153")["network"] == {"address": "192.0.2.1", "type": "2"}


def test_disclosure_is_recorded_by_its_source() -> None:
    event = _event("document.export")
    assert event["type"]["code"] == "110106"
    assert _agent(event, "110153")["who"] == event["source"]["observer"]


@pytest.mark.parametrize(("name", "code"), [("document.read", "IRCP"), ("document.file", "AUT")])
def test_person_is_named_by_national_identifier(name: str, code: str) -> None:
    person = _agent(_event(name), code)
    assert person["requestor"] is True
    assert person["who"]["identifier"]["value"] == "899900000001"
    assert person["role"] == [{"text": "physician"}]
    assert person["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert "network" not in person


def test_query_carries_its_criteria_and_no_object() -> None:
    query = _entity(_event("patient.search"), "2")
    assert query["role"]["code"] == "24"
    assert query["query"]
    assert "what" not in query


def test_object_carries_its_version() -> None:
    entity = _entity(_event("document.read"), "2")
    assert entity["what"]["identifier"]["value"] == OBJECT.urn
    assert entity["detail"] == [{"type": "version", "valueString": "2"}]


def test_emergency_access_is_a_security_alert() -> None:
    event = _event("break_glass.open", purpose="emergency", reason="vital")
    assert (event["type"]["code"], event["subtype"][0]["code"]) == ("110113", "110127")
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "ETREAT"
    assert event["outcomeDesc"] == "vital"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [({"outcome": "denied"}, "8"), ({"outcome": "failure"}, "4"), ({"patient_id": None}, "0")],
)
def test_no_profile_is_claimed_where_it_does_not_hold(
    changes: dict[str, Any], outcome: str
) -> None:
    event = _event("document.read", **changes)
    assert "meta" not in event
    assert event["outcome"] == outcome


def test_system_and_unknown_events_are_exported_too() -> None:
    event = _event("plugin.does_something", actor_id=None, actor={}, source_ip="")
    assert _agent(event, "IRCP")["who"] == {"display": "système"}
    assert "meta" not in event
