"""The Datamatrix INS: the strict traits in a form a scanner reads at the bedside.

Source: ANS, « Datamatrix INS », message version 01: a header of 26 characters, then S1 matricule,
S2 OID, S3 given names, S4 birth name, S5 sex, S6 birth date, S7 birth place. A field shorter than
its length ends with GS.
"""

import unicodedata

from dcc_cda.pdf.datamatrix import data_matrix
from dcc_cda.standards import ci_sis
from dcc_core.api import IdentityStatus, PatientTraits, Sex

_HEADER = "IS01" + "0" * 22
_GROUP_SEPARATOR = "\x1d"
_OID_LENGTH = 20
_NAME_LENGTH = 100
_PLACE_LENGTH = 5


def ins_symbol(traits: PatientTraits) -> tuple[str, ...]:
    """Return the symbol of a qualified identity, empty for any other or an incomplete one."""
    message = ins_message(traits)
    return data_matrix(message) if message else ()


def ins_message(traits: PatientTraits) -> str:
    """Return what the symbol says, empty when the identity may not be shown so."""
    ins = next((one for one in traits.identifiers if one.system in ci_sis.INS_AUTHORITIES), None)
    if ins is None or traits.status is not IdentityStatus.QUALIFIED:
        return ""
    if traits.birth_date is None or not traits.birth_place_insee or traits.sex is Sex.UNKNOWN:
        return ""
    given = " ".join(traits.birth_given_names) or traits.first_given_name
    return (
        f"{_HEADER}S1{ins.value}"
        f"S2{_bounded(ins.system, _OID_LENGTH)}"
        f"S3{_bounded(_plain(given), _NAME_LENGTH)}"
        f"S4{_bounded(_plain(traits.birth_family_name), _NAME_LENGTH)}"
        f"S5{traits.sex.value}"
        f"S6{traits.birth_date:%d-%m-%Y}"
        f"S7{traits.birth_place_insee[:_PLACE_LENGTH]}"
    )


def _bounded(text: str, length: int) -> str:
    return text[:length] + (_GROUP_SEPARATOR if len(text) < length else "")


def _plain(name: str) -> str:
    """Return a name as INSi writes it: upper case, no accent, hyphen and apostrophe kept."""
    bare = unicodedata.normalize("NFKD", name.upper().replace("Œ", "OE").replace("Æ", "AE"))
    return bare.replace("’", "'").encode("ascii", "ignore").decode()
