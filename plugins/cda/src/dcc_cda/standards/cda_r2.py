"""HL7 Version 3: Clinical Document Architecture, Release 2.0 (ANSI/HL7 CDA R2-2005).

Namespaces, fixed attributes and the HL7 vocabulary domains that the header uses.
"""

NAMESPACE = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TYPE_ID_ROOT = "2.16.840.1.113883.1.3"
TYPE_ID_EXTENSION = "POCD_HD000040"
MEDIA_TYPE = "application/cda+xml"

CONFIDENTIALITY = "2.16.840.1.113883.5.25"
ADMINISTRATIVE_GENDER = "2.16.840.1.113883.5.1"
ACT_PRIORITY = "2.16.840.1.113883.5.7"
ACT_CODE = "2.16.840.1.113883.5.4"
PARTICIPATION_FUNCTION = "2.16.840.1.113883.5.88"

CONFIDENTIALITY_LABELS = {"N": "Normal", "R": "Restreint", "V": "Très restreint"}
GENDER_LABELS = {"F": "Féminin", "M": "Masculin", "U": "Inconnu"}
