"""What a message says around the identity: the visit, and what the patient opposes.

Source: PAM-FR 2.11, segments PV1 and ZFA.
"""

from dcc_lab_connectors.hl7.message import Message

DMP_FEEDING = "dmp"
DMP_CONSULTATION = "dmp_consultation"


def read_visit_id(message: Message) -> str:
    """Number of the visit (PV1-19), else of the account (PID-18)."""
    return message.first("PV1").value(19, 1) or message.first("PID").value(18, 1)


def read_oppositions(message: Message) -> frozenset[str]:
    """Uses that the patient opposes: ZFA-9 = IO (feeding the DMP), ZFA-11 = INC (reading it)."""
    zfa = message.first("ZFA")
    stated = ((zfa.field(9), "IO", DMP_FEEDING), (zfa.field(11), "INC", DMP_CONSULTATION))
    return frozenset(use for field, code, use in stated if field.value.upper() == code)
