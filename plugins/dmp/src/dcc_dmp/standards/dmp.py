"""ANS and CNAM: what the DMP adds to XDS.

Sources: CI-SIS volet Partage de documents de santé; ANS, Terminologies de santé v1.12.0 (29 July
2026), associations ASS_X04 and ASS_A11; CI-SIS, Volet Transmission d'un document CDA-R2 en HL7 v2,
v2.1.2 (21 April 2026), mapping of metadata and VIHF. The integration guide of the DMP
(SEL-MP-037) is not public: its error list is not here.
"""

from dcc_core.api import Coded

FEED = "dmp.feed"
"""Our own name of the DMP as a destination."""

PROFESSIONALS = "1.2.250.1.71.4.2.1"
ORGANISATIONS = "1.2.250.1.71.4.2.2"
FACILITY_TYPES = "1.2.250.1.71.4.2.4"
PRACTICE_SETTINGS = "1.2.250.1.213.1.1.4.9"
INS_AUTHORITIES = (
    "1.2.250.1.213.1.4.8",
    "1.2.250.1.213.1.4.9",
    "1.2.250.1.213.1.4.10",
    "1.2.250.1.213.1.4.11",
)

_CLASSES = "1.2.250.1.213.1.1.4.1"
_FORMATS = "1.2.250.1.213.1.1.4.2.282"
REPORT = Coded("10", _CLASSES, "Compte rendu")
CARE_PLAN = Coded("44", _CLASSES, "Plan de soins")
FORMAT_FRCP = Coded("urn:asip:ci-sis:frcp:2011", _FORMATS, "Fiche RCP")
FORMAT_PPS = Coded("urn:asip:ci-sis:pps-cancer:2017", _FORMATS, "PPS cancer")
FORMAT_PDF = Coded("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3", "PDF dans un CDA")

NORMAL = Coded("N", "2.16.840.1.113883.5.25", "Normal")
_VISIBILITIES = "1.2.250.1.213.1.1.4.13"
HIDDEN_FROM_PROFESSIONALS = Coded("MASQUE_PS", _VISIBILITIES, "Masqué aux professionnels")
HIDDEN_FROM_PATIENT = Coded("INVISIBLE_PATIENT", _VISIBILITIES, "Non visible par le patient")
HIDDEN_FROM_GUARDIANS = Coded(
    "INVISIBLE_REPRESENTANTS_LEGAUX", _VISIBILITIES, "Non visible par les représentants légaux"
)

CONTENT_TYPE = Coded("07", "1.2.250.1.213.1.1.4.2.276", "Consultation")
"""JDV_J59; a meeting without the patient has no stay: the value for an outpatient act."""

SIGNATURE_CLASS = Coded("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature")
SIGNATURE_TYPE = Coded("E1762", "ASTM", "Full Document")
SIGNATURE_FORMAT = Coded("http://www.w3.org/2000/09/xmldsig#", "URN", "Default Signature Style")
SIGNATURE_EVENT = Coded("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source")
SIGNATURE_LANGUAGE = "art"

DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"
ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"

VIHF_VERSION = "4.0"
INDIRECT = "INDIRECTE"
RESOURCE = "urn:dmp"
NORMAL_ACCESS = Coded("normal", "1.2.250.1.213.1.1.4.248", "Accès normal")
PHYSICIAN = Coded("10", "1.2.250.1.71.1.2.7", "Médecin")

REFUSES_REDELIVERY = frozenset({"XDSDuplicateUniqueIdInRegistry", "XDSDuplicateDocumentUniqueId"})
RETRYABLE_ERRORS = frozenset(
    {
        "XDSRepositoryBusy",
        "XDSRegistryBusy",
        "XDSRepositoryError",
        "XDSRegistryError",
        "XDSRegistryNotAvailable",
        "XDSRegistryOutOfResources",
        "XDSRepositoryOutOfResources",
    }
)
"""IHE error codes after which the same request may succeed; any other needs somebody to look."""
