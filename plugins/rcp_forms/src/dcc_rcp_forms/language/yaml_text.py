"""Read YAML text into positioned nodes: every scalar as text, hostile or damaged files refused.

The event stream of the parser is used rather than its objects: no alias is ever expanded, depth and
size stay bounded, and nothing is converted (`2.10` stays `2.10`, `non` stays `non`).
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dcc_rcp_forms.language.issues import Findings, Issue, Place
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, Sequence
from dcc_rcp_forms.language.yaml_advice import explain_syntax_error

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 200_000


class UnreadableFileError(Exception):
    """The file cannot be read any further; the reason is in the findings."""


def load_yaml_file(path: Path, findings: Findings) -> Mapping | None:
    """Read a form file; return None when it cannot be read, the reason being in the findings."""
    place = Place(path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        findings.error(
            "FRM-001",
            place,
            f"Le fichier ne peut pas être lu ({error.strerror}).",
            "Vérifiez son nom et ses droits.",
        )
        return None
    if len(content) > 4 * MAX_CHARACTERS:
        _report_size(place, findings)
        return None
    try:
        return load_yaml_text(content.decode("utf-8-sig"), path.name, findings)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        findings.error(
            "FRM-001",
            Place(path.name, line),
            "Le fichier n'est pas écrit en UTF-8.",
            "Enregistrez-le à nouveau en choisissant l'encodage UTF-8.",
        )
        return None


def load_yaml_text(text: str, file: str, findings: Findings) -> Mapping | None:
    """Read the text of a form; `file` is the name shown in messages."""
    if len(text) > MAX_CHARACTERS:
        _report_size(Place(file), findings)
        return None
    tree, issues = _parse(text, file)
    findings.items += issues
    return tree


@lru_cache(maxsize=32)
def _parse(text: str, file: str) -> tuple[Mapping | None, tuple[Issue, ...]]:
    """Parse once: a base is read again each time a form built on it is."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    findings = Findings()
    tree = None
    try:
        tree = _TreeBuilder(text, file, findings).read()
    except UnreadableFileError:
        pass
    except MarkedYAMLError as error:
        explain_syntax_error(error, text, file, findings)
    except YAMLError:
        _report_character(text, file, findings)
    return tree, tuple(findings.items)


def _report_size(place: Place, findings: Findings) -> None:
    findings.error(
        "FRM-002",
        place,
        f"Le fichier dépasse {MAX_CHARACTERS} caractères.",
        "Un formulaire tient en quelques milliers de lignes : retirez le texte collé par erreur.",
    )


def _report_character(text: str, file: str, findings: Findings) -> None:
    index = next((i for i, char in enumerate(text) if ord(char) < 32 and char not in "\n\t"), 0)
    line = text.count("\n", 0, index) + 1
    column = index - text.rfind("\n", 0, index)
    findings.error(
        "FRM-009",
        Place(file, line, column),
        "Un caractère invisible est interdit ici.",
        "Effacez-le et retapez le mot ; il vient souvent d'un copier-coller.",
    )


@dataclass(slots=True)
class _TreeBuilder:
    text: str
    file: str
    findings: Findings
    events: Any = None
    node_count: int = 0

    def read(self) -> Mapping | None:
        self.events = iter(YAML(typ="safe", pure=False).parse(self.text))
        self._next("StreamStartEvent")
        event = next(self.events)
        if type(event).__name__ == "StreamEndEvent":
            self._refuse(
                "FRM-007",
                Place(self.file),
                "Le fichier est vide.",
                "Commencez par « fiche: », « version: » et « titre: ».",
            )
        root = self._node(next(self.events), 0)
        self._next("DocumentEndEvent")
        last = next(self.events)
        if type(last).__name__ != "StreamEndEvent":
            self._refuse(
                "FRM-008",
                self._place(last),
                "Le fichier contient plusieurs documents.",
                "Supprimez la ligne « --- » : un fichier décrit un seul formulaire.",
            )
        if not isinstance(root, Mapping):
            self._refuse(
                "FRM-007",
                root.place,
                "Le fichier ne contient pas de clés.",
                "Chaque ligne du premier niveau s'écrit « clé: valeur ».",
            )
        return root

    def _next(self, expected: str) -> Any:
        event = next(self.events)
        assert type(event).__name__ == expected, event  # noqa: S101  guaranteed by the YAML grammar
        return event

    def _refuse(self, code: str, place: Place, fact: str, remedy: str) -> NoReturn:
        self.findings.error(code, place, fact, remedy)
        raise UnreadableFileError

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        length = max(1, event.end_mark.index - mark.index)
        return Place(self.file, mark.line + 1, mark.column + 1, length)

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        self.node_count += 1
        if depth > MAX_DEPTH or self.node_count > MAX_NODES:
            self._refuse(
                "FRM-003",
                place,
                "Le fichier est trop imbriqué ou trop long.",
                f"{MAX_DEPTH} niveaux au plus ; vérifiez les accolades et l'indentation.",
            )
        kind = type(event).__name__
        if kind == "AliasEvent" or event.anchor:
            self._refuse(
                "FRM-004",
                place,
                "Les renvois YAML (& et *) ne sont pas admis.",
                "Utilisez « listes » ou « blocs » pour partager une définition, "
                "ou mettez la valeur entre guillemets.",
            )
        if _has_explicit_tag(event, self.text):
            self._refuse(
                "FRM-004",
                place,
                "Les étiquettes YAML (!) ne sont pas admises.",
                "Mettez la valeur entre guillemets.",
            )
        if kind == "ScalarEvent":
            return self._scalar(event, place)
        return (
            self._sequence(place, depth)
            if kind == "SequenceStartEvent"
            else self._mapping(event, place, depth)
        )

    def _scalar(self, event: Any, place: Place) -> Scalar:
        raw = self.text[event.start_mark.index : event.end_mark.index]
        return Scalar(event.value, place, raw, is_plain=not raw.startswith(("'", '"', "|", ">")))

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), place)

    def _mapping(self, start: Any, place: Place, depth: int) -> Mapping:
        is_inline = self.text[start.start_mark.index : start.start_mark.index + 1] == "{"
        entries: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            key = self._node(event, depth + 1)
            value = self._node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                self._refuse(
                    "FRM-103",
                    key.place,
                    "Une clé doit être un simple mot.",
                    "Vérifiez les accolades et les deux-points de cette ligne.",
                )
            if key.text in entries:
                first = keys[key.text].place.line
                self.findings.error(
                    "FRM-006",
                    key.place,
                    f"« {key.text} » est écrit deux fois (déjà ligne {first}).",
                    "Renommez ou supprimez l'un des deux.",
                )
            elif is_inline and isinstance(value, Scalar) and value.raw == "":
                self.findings.error(
                    "FRM-010",
                    key.place,
                    f"« {key.text} » n'a pas de valeur.",
                    "Si la virgule fait partie du texte ou de la règle, "
                    "mettez toute la valeur entre guillemets.",
                )
            else:
                entries[key.text], keys[key.text] = value, key
        return Mapping(entries, place, keys)


def _has_explicit_tag(event: Any, text: str) -> bool:
    return text[event.start_mark.index : event.start_mark.index + 1] == "!"
