"""Which files of a drop folder are complete, and which will never be taken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dcc_lab_connectors.sftp.folders import FileFacts

MEGABYTE = 1_000_000
TRIGGER = ".ok"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_UNFINISHED = (".part", ".tmp", ".filepart")

HL7_EXTENSIONS = frozenset({".hl7", ".er7"})
MEDIA_TYPES = {
    ".hl7": "x-application/hl7-v2+er7",
    ".er7": "x-application/hl7-v2+er7",
    ".hpr": "text/x-hprim-medecin",
    ".hprim": "text/x-hprim-medecin",
    ".txt": "text/plain",
    ".xml": "text/xml",
    ".pdf": "application/pdf",
}


class Completion(StrEnum):
    """How a laboratory shows that a file is complete.

    `RENAME`: it writes elsewhere (or under another suffix) and renames. `TRIGGER`: it adds an
    empty file `<name>.ok`. `STABLE`: nothing, so size and date must not move between two polls.
    A trigger always counts, whatever the habit.
    """

    RENAME = "rename"
    TRIGGER = "trigger"
    STABLE = "stable"


class Refusal(StrEnum):
    """Why a file goes to the error folder; the French text is written beside it."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NAME = "name"
    ALONE = "alone"
    CONTENT = "content"


REFUSAL_TEXTS = {
    Refusal.TOO_LARGE: (
        "Le fichier dépasse la taille acceptée. Le réduire puis le déposer à nouveau."
    ),
    Refusal.EMPTY: "Le fichier est vide. Vérifier l'export puis le déposer à nouveau.",
    Refusal.NAME: (
        "Le nom ou l'extension n'est pas accepté (lettres sans accent, chiffres, point, tiret ; "
        ".hl7, .er7, .hpr, .txt, .xml, .pdf). Renommer puis déposer à nouveau."
    ),
    Refusal.ALONE: (
        "Le PDF est arrivé sans le message HL7 de même nom. Déposer les deux fichiers ensemble."
    ),
    Refusal.CONTENT: "Le contenu ne peut pas être traité. Le motif figure dans le fichier .ack.",
}


@dataclass(frozen=True, slots=True)
class DropRules:
    """Sizes in bytes, times in seconds."""

    completion: Completion = Completion.STABLE
    stable_s: float = 30.0
    patience_s: float = 900.0
    maximum_bytes: int = 50 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Ready:
    """A complete file. `may_wait` while the PDF it might refer to can still arrive."""

    name: str
    may_wait: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What one look at the folder decides, in the order of taking."""

    ready: tuple[Ready, ...]
    refused: tuple[tuple[str, Refusal], ...]


class FolderWatch:
    """Remembers what earlier looks saw, because a file proves itself complete over time."""

    def __init__(self, rules: DropRules) -> None:
        self._rules = rules
        self._first_seen: dict[str, tuple[int, float, float]] = {}

    def select(self, files: Iterable[FileFacts], now: float) -> Selection:
        """Sort the files into ready, refused and (left out) still waiting; `now` in seconds."""
        regular = {file.name: file for file in files if file.is_regular}
        triggers = {name for name in regular if name.endswith(TRIGGER)}
        names = sorted(
            name
            for name in regular
            if name not in triggers and not name.startswith(".") and not name.endswith(_UNFINISHED)
        )
        self._remember([regular[name] for name in names], now)
        ready, refused = [], []
        for name in names:
            file = regular[name]
            if not self._is_complete(file, f"{name}{TRIGGER}" in triggers, now):
                continue
            refusal = self._refuse(file, regular, now)
            if refusal:
                refused.append((name, refusal))
            elif _is_acceptable(name) and not self._waits_for_partner(name, regular):
                has_pdf = f"{stem(name)}.pdf" in regular
                is_late = self._age(name, now) >= self._rules.patience_s
                ready.append(Ready(name, may_wait=not has_pdf and not is_late))
        return Selection(tuple(ready), tuple(refused))

    def _remember(self, files: list[FileFacts], now: float) -> None:
        """Keep since when each file has had its present size and date."""
        previous, self._first_seen = self._first_seen, {}
        for file in files:
            size, modified, since = previous.get(file.name, (-1, 0.0, now))
            is_same = (size, modified) == (file.size, file.modified)
            self._first_seen[file.name] = (file.size, file.modified, since if is_same else now)

    def _age(self, name: str, now: float) -> float:
        return now - self._first_seen[name][2]

    def _is_complete(self, file: FileFacts, has_trigger: bool, now: float) -> bool:
        if has_trigger or self._rules.completion is Completion.RENAME:
            return True
        is_stable = self._age(file.name, now) >= self._rules.stable_s
        return self._rules.completion is Completion.STABLE and is_stable

    def _refuse(self, file: FileFacts, others: dict[str, FileFacts], now: float) -> Refusal | None:
        if file.size > self._rules.maximum_bytes:
            return Refusal.TOO_LARGE
        is_late = self._age(file.name, now) >= self._rules.patience_s
        if file.size == 0 and is_late:
            return Refusal.EMPTY
        if not _is_acceptable(file.name) and is_late:
            return Refusal.NAME
        is_alone = extension(file.name) == ".pdf" and message_of(file.name, others) is None
        return Refusal.ALONE if is_alone and is_late else None

    @staticmethod
    def _waits_for_partner(name: str, others: dict[str, FileFacts]) -> bool:
        """A PDF is taken with its message, never by itself; an empty file may still be written."""
        return extension(name) == ".pdf" or others[name].size == 0


def _is_acceptable(name: str) -> bool:
    return _SAFE_NAME.fullmatch(name) is not None and extension(name) in MEDIA_TYPES


def extension(name: str) -> str:
    """Extension in lower case, with its dot."""
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def stem(name: str) -> str:
    """Name without its extension."""
    return name.rpartition(".")[0] or name


def message_of(pdf: str, others: Iterable[str]) -> str | None:
    """Name of the HL7 file that a PDF belongs to."""
    return next(
        (name for name in others if stem(name) == stem(pdf) and extension(name) in HL7_EXTENSIONS),
        None,
    )
