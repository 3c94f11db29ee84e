"""The national health identity number: matricule, key and assigning authorities.

Source: Guide d'implémentation INS v3.0 (ANS, December 2024); OIDs of the list « Liste des OID des
autorités d'affectation des INS » (ANS). The key is that of the NIR (INSEE): 97 minus the remainder
of the first thirteen characters by 97, Corsica's 2A read as 19 and 2B as 18.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dcc_core.config import Environment
from dcc_core.errors import InvalidInput

LENGTH = 15
_SHAPE = re.compile(r"[1-8]\d{4}(?:\d{2}|2A|2B)\d{8}")
_CORSICA = {"2A": "19", "2B": "18"}


class InsKind(StrEnum):
    """Nature of a matricule; the value is the OID of the authority that assigns it."""

    NIR = "1.2.250.1.213.1.4.8"
    NIA = "1.2.250.1.213.1.4.9"
    NIR_TEST = "1.2.250.1.213.1.4.10"
    NIR_DEMO = "1.2.250.1.213.1.4.11"

    @property
    def is_for_tests(self) -> bool:
        """Tell whether the authority only assigns fictitious numbers."""
        return self in {InsKind.NIR_TEST, InsKind.NIR_DEMO}

    @property
    def label(self) -> str:
        """Return the mark shown beside the number; an ordinary NIR carries none."""
        return {"NIR": "", "NIA": "NIA", "NIR_TEST": "TEST", "NIR_DEMO": "DEMO"}[self.name]


@dataclass(frozen=True, slots=True)
class Ins:
    """A matricule of 15 characters (13 and a key of 2) and its authority."""

    matricule: str
    kind: InsKind

    @property
    def has_valid_key(self) -> bool:
        """Tell whether the last two characters are the key of the first thirteen."""
        return self.matricule[13:] == ins_key(self.matricule[:13])


def ins_key(body: str) -> str:
    """Return the key of the first thirteen characters, as two digits."""
    number = body[:5] + _CORSICA.get(body[5:7], body[5:7]) + body[7:]
    return f"{97 - int(number) % 97:02d}"


def is_ins_system(system: str) -> bool:
    """Tell whether an OID is one of the authorities that assign matricules."""
    return system in set(InsKind)


def looks_like_ins(text: str) -> bool:
    """Tell whether a text has the shape of a matricule with its key, spaces aside."""
    return _SHAPE.fullmatch(_compact(text)) is not None


def read_ins(matricule: str, system: str, *, environment: Environment) -> Ins:
    """Return a matricule that this deployment may hold.

    The official test identities often carry a wrong key, so the key is only demanded of real
    numbers; test authorities are only accepted outside production.

    Raises:
        InvalidInput: ``PAT-030`` shape, ``PAT-031`` key, ``PAT-032`` authority, ``PAT-033`` test
            authority in production.
    """
    if not is_ins_system(system):
        raise InvalidInput(
            "PAT-032",
            "L'autorité d'affectation de ce matricule n'est pas une autorité INS. "
            "Vérifiez l'OID transmis par l'émetteur.",
            field="ins",
        )
    ins = Ins(_compact(matricule), InsKind(system))
    if not _SHAPE.fullmatch(ins.matricule):
        raise InvalidInput(
            "PAT-030",
            "Le matricule INS n'a pas la forme attendue : 13 caractères puis une clé de 2 chiffres."
            " Interrogez de nouveau INSi.",
            field="ins",
        )
    if ins.kind.is_for_tests and environment is Environment.PRODUCTION:
        raise InvalidInput(
            "PAT-033",
            "Ce matricule est un numéro de test : il ne peut pas entrer dans une base de"
            " production. Vérifiez le réglage de l'émetteur.",
            field="ins",
        )
    if not ins.kind.is_for_tests and not ins.has_valid_key:
        raise InvalidInput(
            "PAT-031",
            "La clé du matricule INS est fausse : il n'est pas utilisable. L'identité reste sans"
            " INS ; interrogez de nouveau INSi.",
            field="ins",
        )
    return ins


def _compact(text: str) -> str:
    return "".join(text.split()).upper()
