"""Which messages the connector takes, and how the French profiles are told apart.

Sources: PAM-FR 2.11 (IHE France), volet CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 1.2,
2.0, 2.1, volet "Transmission au LPS d'un document CDA-R2 reçu par MSSanté" 1.0, 1.1.
"""

from enum import StrEnum

from dcc_lab_connectors.hl7.envelope import Envelope
from dcc_lab_connectors.hl7.errors import Condition, Problem


class Family(StrEnum):
    """What a message is about, and so which reader takes it."""

    IDENTITY = "identity"
    MOVEMENT = "movement"
    RESULT = "result"
    DOCUMENT = "document"
    BUSINESS_ACK = "business_ack"
    ORDER_RESPONSE = "order_response"


_IDENTITY_EVENTS = frozenset({"A24", "A28", "A31", "A37", "A40", "A44", "A47"})
_MOVEMENT_EVENTS = frozenset(
    {
        f"A{number:02}"
        for number in (*range(1, 17), 21, 22, 25, 26, 27, 32, 33, 38, 49, *range(52, 56))
    }
    | {"Z99"}
)
_EVENTS: dict[str, dict[str, Family]] = {
    "ADT": {
        **dict.fromkeys(_IDENTITY_EVENTS, Family.IDENTITY),
        **dict.fromkeys(_MOVEMENT_EVENTS, Family.MOVEMENT),
    },
    "ORU": {"R01": Family.RESULT},
    "MDM": dict.fromkeys(("T01", "T02", "T04", "T05", "T06", "T09", "T10", "T11"), Family.DOCUMENT),
    "ZAM": dict.fromkeys(("Z01", "Z02", "Z03"), Family.BUSINESS_ACK),
    "ORL": {"O22": Family.ORDER_RESPONSE},
}
_VERSIONS = frozenset(
    ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1")
)
_PROCESSING_IDS = frozenset("PDT")

LPS_PROFILE = "CISIS_CDA_HL7_LPS"
CDA_PROFILES = ("CISIS_CDA_HL7_V1", "CISIS_CDA_HL7_V2", LPS_PROFILE)


def family_of(envelope: Envelope) -> Family | None:
    """Family of the message, or None when nothing reads it."""
    return _EVENTS.get(envelope.message_type, {}).get(envelope.event)


def cda_profile(envelope: Envelope) -> tuple[str, str] | None:
    """Version and name of the CI-SIS document profile in MSH-21: `("2.1", "CISIS_CDA_HL7_V2")`."""
    declared = (profile for profile in envelope.profiles if profile[1] in CDA_PROFILES)
    return next(declared, None)


def find_problems(envelope: Envelope) -> tuple[Problem, ...]:
    """Reasons to refuse a message on its header alone, most useful first.

    All are lasting: the answer is AE, never AR, which would invite the sender to repeat for ever.
    """
    checks = (_missing(envelope), _unsupported_kind(envelope), _unsupported_header(envelope))
    return tuple(problem for found in checks for problem in found)


def _missing(envelope: Envelope) -> list[Problem]:
    required = (
        (envelope.message_type, "MSH^1^9", "MSH-9 (type de message)"),
        (envelope.control_id, "MSH^1^10", "MSH-10 (numéro du message)"),
        (envelope.version, "MSH^1^12", "MSH-12 (version)"),
    )
    return [
        Problem(
            Condition.REQUIRED_MISSING,
            f"{name} est vide : le renseigner puis renvoyer le message.",
            location,
        )
        for value, location, name in required
        if not value
    ]


def _unsupported_kind(envelope: Envelope) -> list[Problem]:
    if not envelope.message_type or family_of(envelope):
        return []
    if envelope.message_type not in _EVENTS:
        return [
            Problem(
                Condition.UNSUPPORTED_TYPE,
                "Ce type de message n'est pas reçu ici : retirer ce flux vers le DCC.",
                "MSH^1^9^1^1",
            )
        ]
    return [
        Problem(
            Condition.UNSUPPORTED_EVENT,
            "Cet événement n'est pas reçu ici : vérifier MSH-9.2 ou retirer ce flux vers le DCC.",
            "MSH^1^9^1^2",
        )
    ]


def _unsupported_header(envelope: Envelope) -> list[Problem]:
    found = []
    if envelope.version and envelope.version not in _VERSIONS:
        found.append(
            Problem(
                Condition.UNSUPPORTED_VERSION,
                "Cette version d'HL7 n'est pas reçue ici : envoyer en 2.5 (ADT, ORU) ou 2.6 (MDM).",
                "MSH^1^12",
            )
        )
    if envelope.processing_id and envelope.processing_id not in _PROCESSING_IDS:
        found.append(
            Problem(
                Condition.UNSUPPORTED_PROCESSING_ID,
                "MSH-11 doit valoir P, D ou T : corriger puis renvoyer le message.",
                "MSH^1^11",
            )
        )
    return found
