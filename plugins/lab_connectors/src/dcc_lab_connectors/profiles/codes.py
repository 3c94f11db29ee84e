"""Codes of the French document profiles, and how HL7 names code systems.

Sources: HL7 v2.5 table 0396; volets CI-SIS "Transmission d'un document CDA-R2 en HL7 v2" 2.1.2 and
"Transmission au LPS" 1.1 (codes MetaDMPMSS and AckMetierZAM); JDV_J07 for the types of documents.
"""

from collections.abc import Sequence

from dcc_core.api import Coded

LOINC = "2.16.840.1.113883.6.1"

_SYSTEMS = {
    "LN": LOINC,
    "SCT": "2.16.840.1.113883.6.96",
    "SNM": "2.16.840.1.113883.6.96",
    "SNM3": "2.16.840.1.113883.6.96",
    "I10": "2.16.840.1.113883.6.3",
    "CIM10": "2.16.840.1.113883.6.3",
    "ICDO3": "2.16.840.1.113883.6.43.1",
    "CIMO3": "2.16.840.1.113883.6.43.1",
    "HGNC": "2.16.840.1.113883.6.281",
    "UCUM": "2.16.840.1.113883.6.8",
    "TRE_A05": "1.2.250.1.213.1.1.4.12",
}

META_SYSTEM = "MetaDMPMSS"
FLAGS = {
    "MASQUE_PS": "masked_for_professionals",
    "INVISIBLE_PATIENT": "hidden_from_patient",
    "INVISIBLE_REP_LEGAUX": "hidden_from_guardians",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "hidden_from_guardians",
    "CONNEXION_SECRETE": "secret_connection",
    "MODIF_CONF_CODE": "confidentiality_change",
    "MODIF_CONFIDENTIALITYCODE": "confidentiality_change",
    "DESTDMP": "for_dmp",
    "DESTMSSANTEPS": "for_professionals",
    "DESTMSSANTEPAT": "for_patient",
    "ACK_RECEPTION": "wants_reception_ack",
    "ACK_LECTURE_MSS": "wants_reading_ack",
}
MAIL_BODIES = frozenset({"CORPSMAIL_PS", "CORPSMAIL_PATIENT"})
META_CODES = frozenset(FLAGS) | MAIL_BODIES | {"COMP_LOT"}
MAIL_SUBJECT = "XDM/1.0/DDM"

_DOCUMENT_CLASSES = {
    "11526-1": "CR-ACP",
    "22034-3": "CR-ACP",
    "33716-2": "CR-ACP",
    "60567-5": "CR-ACP",
    "60568-3": "CR-ACP",
    "51969-4": "CR-GM",
    "11502-2": "CR-BIO",
    "18748-4": "CR-IMG",
}


def document_class(type_code: str) -> str:
    """Short name of a type of document: pathology, molecular genetics, biology, imaging, other."""
    return _DOCUMENT_CLASSES.get(type_code, "CR")


def read_coded(components: Sequence[str]) -> Coded:
    """Read the components of a CE, CWE or CNE with its alternate code."""
    code, label, name, other_code, other_label, other_name, _, _, original = (
        *components[:9],
        *[""] * (9 - len(components)),
    )
    alternates = (_coded(other_code, other_label, other_name),) if other_code else ()
    return _coded(code, label, name, original=original, translations=alternates)


def _coded(
    code: str,
    label: str,
    name: str,
    *,
    original: str = "",
    translations: tuple[Coded, ...] = (),
) -> Coded:
    return Coded(
        code=code,
        system=_SYSTEMS.get(name.upper(), ""),
        label=label,
        system_name=name,
        original_text=original,
        translations=translations,
    )
