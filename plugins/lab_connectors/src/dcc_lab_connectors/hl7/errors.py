"""What can be wrong with a message, in the codes that the sender understands.

Source: HL7 v2.5 table 0357 (message error condition); volet CI-SIS "Transmission d'un document
CDA-R2 en HL7 v2" 2.1.2 (table 0357) and volet "Transmission au LPS" 1.1 (application codes
900-906).
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """Code of ERR-3, table 0357."""

    SEQUENCE = "100"
    REQUIRED_MISSING = "101"
    DATA_TYPE = "102"
    UNSUPPORTED_TYPE = "200"
    UNSUPPORTED_EVENT = "201"
    UNSUPPORTED_PROCESSING_ID = "202"
    UNSUPPORTED_VERSION = "203"
    APPLICATION = "207"


CONDITION_TEXT = {
    Condition.SEQUENCE: "Segment sequence error",
    Condition.REQUIRED_MISSING: "Required field missing",
    Condition.DATA_TYPE: "Data type error",
    Condition.UNSUPPORTED_TYPE: "Unsupported message type",
    Condition.UNSUPPORTED_EVENT: "Unsupported event code",
    Condition.UNSUPPORTED_PROCESSING_ID: "Unsupported processing id",
    Condition.UNSUPPORTED_VERSION: "Unsupported version id",
    Condition.APPLICATION: "Application internal error",
}


_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def code_in(text: str) -> str:
    """A partner's code, empty when it is no code: free text may name a patient, codes do not."""
    return text if _CODE.fullmatch(text) else ""


class ApplicationError(StrEnum):
    """Code of ERR-5, volet "Transmission au LPS" 1.1."""

    VERSION_MISMATCH = "900"
    AUTHOR_NOT_ALLOWED = "901"
    UNKNOWN_PATIENT = "902"
    INS_MISSING = "903"
    INS_DIFFERS = "904"
    INS_INCOMPLETE = "905"
    OTHER = "906"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a message.

    `text` is French, for the engineer who reads the acknowledgement on the sender's side; it never
    quotes the message. `location` is an ERR-2 value such as `MSH^1^10`.
    """

    condition: Condition
    text: str
    location: str = ""
    application: ApplicationError | None = None


class Hl7SyntaxError(ValueError):
    """The bytes are not an HL7 message that can be answered otherwise than by AE."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem
