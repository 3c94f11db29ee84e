"""Read the national XML files of value sets (IHE ITI SVS, RetrieveValueSetResponse)."""

from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from dcc_rcp_forms.valuesets.model import Code, CodeList

_NAMESPACE = "urn:ihe:iti:svs:2008 "
_MAX_BYTES = 20_000_000


class SvsError(ValueError):
    """The file is not a readable value set; the message says why, in French."""


def read_svs(path: Path) -> CodeList:
    """Read one value set.

    Entity declarations are refused, so that a file can neither grow nor read other files.

    Raises:
        SvsError: the file is damaged, hostile, or no value set.
    """
    content = path.read_bytes()
    if len(content) > _MAX_BYTES:
        raise SvsError(f"{path.name} : fichier trop grand ({len(content)} octets).")
    reader = _Reader(path.name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EntityDeclHandler = reader.refuse_entity
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise SvsError(f"{path.name} ligne {error.lineno} : XML rompu.") from error
    return reader.result()


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.head: dict[str, str] = {}
        self.codes: dict[tuple[str, str], Code] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _NAMESPACE + "ValueSet":
            self.head = attributes
        elif name == _NAMESPACE + "Concept":
            self._add(attributes)

    def _add(self, concept: dict[str, str]) -> None:
        for key in ("code", "codeSystem", "displayName"):
            if not concept.get(key, "").strip():
                raise SvsError(f"{self.file} : un code n'a pas de {key}.")
        code = Code(
            concept["code"].strip(),
            concept["codeSystem"].strip(),
            " ".join(concept["displayName"].split()),
            _day(concept.get("dateFin", "")),
        )
        self.codes.setdefault((code.system, code.code), code)

    def refuse_entity(self, *_: object) -> NoReturn:
        raise SvsError(f"{self.file} : les entités XML ne sont pas admises.")

    def result(self) -> CodeList:
        if not self.head.get("id") or not self.codes:
            raise SvsError(f"{self.file} : ce n'est pas un jeu de valeurs (format SVS).")
        revision = self.head.get("revisionDate") or self.head.get("effectiveDate", "")
        name = self.head.get("displayName") or self.file.removesuffix(".xml")
        return CodeList(self.head["id"], name, revision[:10], tuple(self.codes.values()))


def _day(stamp: str) -> str:
    """Turn `20230803000000` into `2023-08-03`."""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}" if len(stamp) >= 8 else ""
