"""Answers to what we sent: business acknowledgements (ZAM) and answers to orders (ORL).

Source: volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2, table AckMetierZAM; HL7
v2.5.1 chapter 4, ORL^O22.
"""

from dcc_core.api import DeliveryAnswer
from dcc_lab_connectors.hl7.errors import code_in
from dcc_lab_connectors.hl7.message import Message

_ACCEPTED = frozenset({"OK", "NA", "SC", "RE", "CR", "RQ", "XR"})
_REFUSED = frozenset({"UA", "UC", "UD", "UF", "UH", "UM", "UN", "UR", "UX", "OC"})


def read_business_acks(message: Message) -> tuple[DeliveryAnswer, ...]:
    """One answer per acknowledgement: what was received or read, of which message (its MSH-10 in
    OBX-4), or why not (ERR-5: `DMPClosed`).
    """
    reason = _reason(message)
    answers = []
    for obx in message.all("OBX"):
        verdict = {"Y": True, "N": False}.get(obx.value(5, 1).upper())
        answers.append(
            DeliveryAnswer(
                reference=obx.value(4),
                code=code_in(obx.value(3, 1)),
                is_positive=verdict,
                reason=reason if verdict is False else "",
            )
        )
    return tuple(answers)


def read_order_responses(message: Message) -> tuple[DeliveryAnswer, ...]:
    """One answer per order: ORC-1 (OK, UA, CR…), of the message whose MSH-10 is in MSA-2.

    The codes of HL7 table 0119 that say "unable" are refusals.
    """
    reference, reason = message.first("MSA").value(2), _reason(message)
    answers = []
    for orc in message.all("ORC"):
        control = code_in(orc.value(1)).upper()
        verdict = True if control in _ACCEPTED else False if control in _REFUSED else None
        number = code_in(orc.value(2, 1))
        answers.append(
            DeliveryAnswer(
                reference=reference,
                code=f"{control} {number}".strip(),
                is_positive=verdict,
                reason=reason if verdict is False else "",
            )
        )
    return tuple(answers)


def _reason(message: Message) -> str:
    """First application error, else first table 0357 condition, that the partner gives."""
    for position in (5, 3):
        codes = (code_in(error.value(position, 1)) for error in message.all("ERR"))
        found = next((code for code in codes if code), "")
        if found:
            return found
    return ""
