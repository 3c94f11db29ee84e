"""Read the records of a file, one line after the other: what cannot be read is a record too."""

import csv
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dcc_core.errors import InvalidInput
from dcc_core.legacy.mapping import ImportMap
from dcc_core.legacy.model import SourceRow

UNREADABLE, WRONG_WIDTH, CONTROL = "IMP-010", "IMP-011", "IMP-012"
_MAX_LINES = 500
_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read once from end to end: its digest, its headings, its length."""

    path: Path
    map: ImportMap
    digest: str
    headings: tuple[str, ...]
    rows: int

    def records(self) -> Iterator[SourceRow]:
        """Yield every record, the headings left out."""
        places = _places(self.map, self.headings)
        for number, (line, text) in enumerate(_logical_lines(self.path, self.map)):
            if number:
                yield _record(number, line, text, self.map, places, self.headings)


def open_source(path: Path, mapping: ImportMap) -> Source:
    """Read a file whole, to refuse it before anything is written.

    Raises:
        InvalidInput: ``IMP-002`` another encoding than the map says, ``IMP-003`` a heading is
            missing or stands twice, ``IMP-004`` the file is empty or cannot be read.
    """
    digest = _checked_digest(path, mapping.encoding)
    lines = _logical_lines(path, mapping)
    _, first = next(lines, (0, ""))
    headings = tuple(name.strip() for name in _cells(first, mapping) or ())
    if not any(headings):
        raise InvalidInput("IMP-004", f"Le fichier {path.name} est vide. Vérifiez l'export.")
    wanted = set(mapping.columns.values())
    faults = sorted(name for name in wanted if headings.count(name) != 1)
    if faults:
        raise InvalidInput(
            "IMP-003",
            f"Le fichier {path.name} n'a pas, ou a deux fois, les colonnes {', '.join(faults)}."
            " Vérifiez le séparateur et la correspondance.",
        )
    return Source(path, mapping, digest, headings, sum(1 for _ in lines))


def _checked_digest(path: Path, encoding: str) -> str:
    """Decode the whole file once; a text that is UTF-8 is not taken for another encoding."""
    digest, is_ascii, is_utf8 = hashlib.sha256(), True, True
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                digest.update(line)
                if line.isascii():
                    continue
                is_ascii = False
                is_utf8 = is_utf8 and _decodes(line, "utf-8")
                if not _decodes(line, encoding):
                    raise _other_encoding(path, encoding, f"la ligne {number} ne s'y lit pas")
    except OSError as error:
        raise InvalidInput(
            "IMP-004", f"Le fichier {path.name} ne peut pas être lu ({error.strerror})."
        ) from error
    if not is_ascii and is_utf8 and not encoding.startswith("utf-8"):
        raise _other_encoding(path, encoding, "il est écrit en UTF-8")
    return digest.hexdigest()


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _other_encoding(path: Path, encoding: str, why: str) -> InvalidInput:
    return InvalidInput(
        "IMP-002",
        f"Le fichier {path.name} n'est pas en {encoding.removesuffix('-sig')} : {why}. Corrigez"
        " « encoding » dans la correspondance ; rien n'a été importé.",
    )


def _logical_lines(path: Path, mapping: ImportMap) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold a record, joined while a quotation is open if the map allows it.

    A quotation that never closes spoils its own line alone, never those that follow.
    """
    with path.open(encoding=mapping.encoding, newline="\n") as file:
        lines = enumerate(file, start=1)
        waiting: deque[tuple[int, str]] = deque()
        while found := waiting.popleft() if waiting else next(lines, None):
            line, text = found
            if mapping.multiline and text.count(_QUOTE) % 2:
                text = _joined(text, waiting, lines)
            if text.strip():
                yield line, text.rstrip("\r\n")


def _joined(text: str, waiting: deque[tuple[int, str]], lines: Iterator[tuple[int, str]]) -> str:
    taken: list[tuple[int, str]] = []
    whole = text
    while len(taken) < _MAX_LINES:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        whole += following[1]
        if following[1].count(_QUOTE) % 2:
            return whole
    waiting.extendleft(reversed(taken))
    return text


def _cells(text: str, mapping: ImportMap) -> list[str] | None:
    try:
        return next(csv.reader([text], delimiter=mapping.separator, strict=True), None)
    except csv.Error:
        return None


def _places(mapping: ImportMap, headings: tuple[str, ...]) -> Mapping[str, int]:
    return {target: headings.index(heading) for target, heading in mapping.columns.items()}


def _record(
    number: int,
    line: int,
    text: str,
    mapping: ImportMap,
    places: Mapping[str, int],
    headings: Sequence[str],
) -> SourceRow:
    folded = mapping.multiline and "\n" in text
    cells = _folded(text, mapping) if folded else _cells(text, mapping)
    fault = UNREADABLE if cells is None else ""
    if cells is not None and len(cells) != len(headings):
        fault = WRONG_WIDTH
    elif "\x00" in text:
        fault = CONTROL
    if cells is None or fault:
        return SourceRow(number, line, {}, [("", text.replace("\x00", "␀"))], fault)
    values = {target: cells[place].strip() for target, place in places.items()}
    for target, known in mapping.values.items():
        values[target] = known.get(values[target], values[target])
    return SourceRow(number, line, values, list(zip(headings, cells, strict=True)))


def _folded(text: str, mapping: ImportMap) -> list[str] | None:
    lines = text.splitlines(keepends=True)
    try:
        found = list(csv.reader(lines, delimiter=mapping.separator, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None
