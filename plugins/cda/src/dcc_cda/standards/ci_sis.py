"""ANS, Cadre d'interopérabilité des SI de santé (CI-SIS), volet Structuration minimale de documents
de santé; rules as published with the CDA 3.0 conformance kit of 19 February 2025.

Templates, identifier authorities and code systems of the French header.
"""

from dcc_core.api import Coded

HL7_FRANCE = "2.16.840.1.113883.2.8.2.1"
CI_SIS = "1.2.250.1.213.1.1.1.1"
UNSTRUCTURED_BODY = "1.3.6.1.4.1.19376.1.2.20"

PROFESSIONALS = "1.2.250.1.71.4.2.1"
ORGANISATIONS = "1.2.250.1.71.4.2.2"
SPECIALTIES = "1.2.250.1.213.1.1.4.5"
PRACTICE_SETTINGS = "1.2.250.1.213.1.1.4.9"
FACILITY_TYPES = "1.2.250.1.71.4.2.4"

INS_NIR = "1.2.250.1.213.1.4.8"
INS_NIA = "1.2.250.1.213.1.4.9"
INS_NIR_TEST = "1.2.250.1.213.1.4.10"
INS_NIR_DEMO = "1.2.250.1.213.1.4.11"
INS_AUTHORITIES = (INS_NIR, INS_NIA, INS_NIR_TEST, INS_NIR_DEMO)

ESTABLISHMENT = Coded("ETABLISSEMENT", PRACTICE_SETTINGS, "Etablissement de santé")
PUBLIC_HOSPITAL = Coded("SA01", FACILITY_TYPES, "Etablissement public de santé")
CARE_TEAM_MEMBER = Coded("353", "1.2.250.1.213.1.6.1.107", "Membre de l'équipe de soins")
CORRESPONDENT = Coded("CORRE", "1.2.250.1.213.1.1.4.2.280", "Correspondant")
TREATING_PHYSICIAN = Coded("PCP", "2.16.840.1.113883.5.88", "Médecin traitant")

CIVILITIES = frozenset({"M", "MME", "MLLE"})
"""JDV_J245: everything else that stands before a name is a title (JDV_J246)."""
