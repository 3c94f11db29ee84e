"""Answers to what we sent: business acknowledgements (ZAM) and answers to orders (ORL).

Source: volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2, table AckMetierZAM; HL7
v2.5.1 chapter 4, ORL^O22.
"""

from datetime import tzinfo

from dcc_core.api import Coded, Observation
from dcc_lab_connectors.hl7.message import Message
from dcc_lab_connectors.profiles.codes import read_coded
from dcc_lab_connectors.profiles.observations import boolean_of, read_value


def read_business_acks(message: Message, zone: tzinfo) -> tuple[Observation, ...]:
    """One observation per acknowledgement: what was received or read, of which message, or why not.

    `locator` is the MSH-10 of the message we sent; `abnormal` the error code (`DMPClosed`).
    """
    errors = [error.field(5).component(1).value for error in message.all("ERR")]
    reason = next((error for error in errors if error), "")
    found = []
    for obx in message.all("OBX"):
        value = read_value(obx, zone)
        is_positive = boolean_of(value) if isinstance(value, Coded) else None
        found.append(
            Observation(
                code=read_coded(obx.values(3)),
                value=is_positive,
                abnormal=reason if is_positive is False else "",
                locator=obx.field(4).value,
            )
        )
    return tuple(found)


def read_order_responses(message: Message) -> tuple[Observation, ...]:
    """One observation per order: ORC-1 (OK, UA, CR…) of our order number."""
    return tuple(
        Observation(
            code=Coded(orc.field(1).value, "", "", system_name="HL70119"),
            value=orc.field(5).value or None,
            locator=orc.field(2).component(1).value,
        )
        for orc in message.all("ORC")
    )
