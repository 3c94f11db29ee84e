"""TD0.2: does the patient have an active DMP (HL7 v3 PRPA_IN201307UV02 and its answer 201308UV02).

What the DMP adds to the HL7 answer (access rights, treating physician) is described only in its
integration guide, which is not public: existence and status alone are read here.
"""

from datetime import datetime
from enum import StrEnum

from lxml import etree
from lxml.builder import ElementMaker

from dcc_dmp.soap.envelope import unexpected_answer
from dcc_dmp.standards.soap import HL7

ANSWER = "PRPA_IN201308UV02"
ACTION = "urn:hl7-org:v3:PRPA_IN201307UV02"
_V3 = ElementMaker(namespace=HL7, nsmap={None: HL7})
_INTERACTIONS = "2.16.840.1.113883.1.6"
_NS = {"h": HL7}


class DmpState(StrEnum):
    """What is known of a patient's DMP."""

    ACTIVE = "active"
    CLOSED = "closed"
    ABSENT = "absent"


def existence_query(
    authority: str, matricule: str, *, message_oid: str, sender_oid: str, now: datetime
) -> etree._Element:
    """Return the query about one INS."""
    return _V3.PRPA_IN201307UV02(
        _V3.id(root=message_oid),
        _V3.creationTime(value=f"{now:%Y%m%d%H%M%S}"),
        _V3.interactionId(root=_INTERACTIONS, extension="PRPA_IN201307UV02"),
        _V3.processingCode(code="P"),
        _V3.processingModeCode(code="T"),
        _V3.acceptAckCode(code="AL"),
        _V3.receiver(_device("1.2.250.1.213.4.1.1.1"), typeCode="RCV"),
        _V3.sender(_device(sender_oid), typeCode="SND"),
        _V3.controlActProcess(
            _V3.code(code="PRPA_TE201307UV02", codeSystem=_INTERACTIONS),
            _V3.queryByParameter(
                _V3.queryId(root=message_oid),
                _V3.statusCode(code="new"),
                _V3.responseModalityCode(code="R"),
                _V3.responsePriorityCode(code="I"),
                _V3.parameterList(
                    _V3.patientIdentifier(
                        _V3.value(root=authority, extension=matricule),
                        _V3.semanticsText("Patient.id"),
                    )
                ),
            ),
            classCode="CACT",
            moodCode="EVN",
        ),
        ITSVersion="XML_1.0",
    )


def _device(oid: str) -> etree._Element:
    return _V3.device(_V3.id(root=oid), classCode="DEV", determinerCode="INSTANCE")


def read_state(answer: etree._Element) -> DmpState:
    """Return the state an answer gives; whatever is not plainly active is closed.

    Raises:
        RetryableExchangeError: ``DCC-DMP-034`` the answer says nothing of the patient; « no DMP »
            is believed only when it is plainly said.
    """
    outcome = _first(answer, ".//h:queryAck/h:queryResponseCode/@code")
    if etree.QName(answer).localname != ANSWER or outcome not in ("OK", "NF"):
        raise unexpected_answer()
    if outcome == "NF":
        return DmpState.ABSENT
    status = _first(answer, ".//h:registrationEvent//h:patient/h:statusCode/@code")
    return DmpState.ACTIVE if status == "active" else DmpState.CLOSED


def _first(answer: etree._Element, path: str) -> str:
    found = answer.xpath(path, namespaces=_NS)
    return str(found[0]) if isinstance(found, list) and found else ""
