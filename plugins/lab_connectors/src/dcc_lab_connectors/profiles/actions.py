"""What a report message asks: create, replace or delete; and whether it says so consistently.

Source: volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2: ORC-1, OBX-11 and the MDM
event must agree. Volets 1.x and 2.0 send ORC-1 = SC and are tolerated.
"""

from collections.abc import Iterable

from dcc_core.api import DocumentAction
from dcc_lab_connectors.hl7.envelope import Envelope
from dcc_lab_connectors.hl7.errors import ApplicationError, Condition, Problem
from dcc_lab_connectors.hl7.message import Message
from dcc_lab_connectors.hl7.profiles import cda_profile
from dcc_lab_connectors.profiles.layout import Item, read_layout

_BY_ORDER = {
    "NW": DocumentAction.CREATE,
    "RO": DocumentAction.REPLACE,
    "CA": DocumentAction.DELETE,
}
_BY_STATUS = {
    "F": DocumentAction.CREATE,
    "C": DocumentAction.REPLACE,
    "D": DocumentAction.DELETE,
    "X": DocumentAction.DELETE,
    "W": DocumentAction.DELETE,
}
_BY_EVENT = {
    "T02": DocumentAction.CREATE,
    "T10": DocumentAction.REPLACE,
    "T04": DocumentAction.DELETE,
}
_STRICT_PROFILES = frozenset({("2.1", "CISIS_CDA_HL7_V2"), ("1.1", "CISIS_CDA_HL7_LPS")})


def action_of(item: Item, event: str) -> DocumentAction:
    """Action of one document: the MDM event, else OBX-11, else ORC-1, else create."""
    if event in _BY_EVENT:
        return _BY_EVENT[event]
    status = _BY_STATUS.get(item.obx.field(11).value.upper())
    order = _BY_ORDER.get(item.order.field(1).value.upper())
    return status or order or DocumentAction.CREATE


def find_incoherence(message: Message, envelope: Envelope) -> tuple[Problem, ...]:
    """Refuse a document whose three statements of the action disagree."""
    if cda_profile(envelope) not in _STRICT_PROFILES:
        return ()
    files = read_layout(message).files
    if all(len(set(_stated(item, envelope))) <= 1 for item in files):
        return ()
    return (
        Problem(
            Condition.APPLICATION,
            "ORC-1, OBX-11 et l'événement MDM ne demandent pas la même action "
            "(création, remplacement ou suppression) : corriger puis renvoyer le message.",
            "ORC^1^1",
            ApplicationError.OTHER,
        ),
    )


def _stated(item: Item, envelope: Envelope) -> Iterable[DocumentAction]:
    statements = (
        _BY_ORDER.get(item.order.field(1).value.upper()),
        _BY_STATUS.get(item.obx.field(11).value.upper()),
        _BY_EVENT.get(envelope.event),
    )
    return (statement for statement in statements if statement)
