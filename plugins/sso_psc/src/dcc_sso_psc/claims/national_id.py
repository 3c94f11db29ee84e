"""The national identifier of a professional (PS_IdNat): a type digit and a number of that type.

Neither its length, nor its alphabet, nor its safety in a URL may be assumed: card holders of a
structure have a ``/`` in theirs (ANS, « Annexe : identification des acteurs de santé », PS_IdNat).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dcc_sso_psc.refusals import Refusal, SignInRefused


class NationalIdKind(StrEnum):
    """Registers that number professionals; the value is the first character."""

    ADELI = "0"
    CABINET_ADELI = "1"
    FINESS = "3"
    SIREN = "4"
    SIRET = "5"
    CABINET_RPPS = "6"
    RPPS = "8"


_LOCAL = r"/[\x21-\x7e]{1,64}"
_FORMS = {
    NationalIdKind.ADELI: r"[0-9A-Z]{9}",
    NationalIdKind.CABINET_ADELI: rf"[0-9A-Z]{{9,11}}{_LOCAL}",
    NationalIdKind.FINESS: rf"[0-9][0-9AB][0-9]{{7}}{_LOCAL}",
    NationalIdKind.SIREN: rf"[0-9]{{9}}{_LOCAL}",
    NationalIdKind.SIRET: rf"[0-9]{{14}}{_LOCAL}",
    NationalIdKind.CABINET_RPPS: rf"[0-9]{{9,14}}{_LOCAL}",
    NationalIdKind.RPPS: r"[0-9]{11}",
}


@dataclass(frozen=True)
class NationalId:
    """A checked identifier; ``text`` is the whole of it, as it is stored and compared."""

    kind: NationalIdKind
    text: str

    @property
    def structure(self) -> str:
        """Return the FINESS, SIREN, SIRET or cabinet number that it starts with, else nothing."""
        number, slash, _ = self.text[1:].partition("/")
        return number if slash else ""


def parse_national_id(text: object) -> NationalId:
    """Read an identifier; raise ``SignInRefused`` for anything that no register issues."""
    if isinstance(text, str) and text[:1] in set(NationalIdKind):
        kind = NationalIdKind(text[0])
        if re.fullmatch(_FORMS[kind], text[1:]):
            return NationalId(kind, text)
    raise SignInRefused(Refusal.NATIONAL_ID)
