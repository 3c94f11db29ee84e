"""Code systems by OID, and short constructors of coded concepts.

Source: ANS, Terminologies de santé v1.12.0 (29 July 2026), table of code systems.
"""

from dcc_core.api import Coded

LOINC = "2.16.840.1.113883.6.1"
SNOMED_CT = "2.16.840.1.113883.6.96"
TA_ASIP = "1.2.250.1.213.1.1.4.322"
NCIT = "2.16.840.1.113883.3.26.1.1"
CIM_10 = "2.16.840.1.113883.6.3"
CIM_O = "2.16.840.1.113883.6.43.1"
TNM_UICC = "2.16.840.1.113883.15.6"

NAMES = {
    LOINC: "LOINC",
    SNOMED_CT: "SNOMED CT",
    TA_ASIP: "TA_ASIP",
    NCIT: "NCIT",
    CIM_10: "CIM-10",
    CIM_O: "CIM-O-3",
    TNM_UICC: "TNM",
}


def loinc(code: str, label: str) -> Coded:
    """Return a LOINC concept."""
    return Coded(code, LOINC, label)


def snomed(code: str, label: str) -> Coded:
    """Return a SNOMED CT concept."""
    return Coded(code, SNOMED_CT, label)


def asip(code: str, label: str) -> Coded:
    """Return a concept of the ANS associated terminology (TA_ASIP)."""
    return Coded(code, TA_ASIP, label)
