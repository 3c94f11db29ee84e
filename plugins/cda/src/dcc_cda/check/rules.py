"""The national rules: put into the data folder by the operator, never redistributed by us.

The rules come from ANS as an archive or a folder (repository of the CDA conformance kit). Only the
schemas, the rules and the value sets are kept, with a note of their origin.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from dcc_core.api import InvalidInput

SCHEMA = PurePosixPath("infrastructure/cda/CDA_extended.xsd")
_WANTED = ("infrastructure/cda", "schematrons", "jeuxDeValeurs")
_SUFFIXES = frozenset({".xsd", ".sch", ".xml", ".dtd"})
_NOTE = "origine.json"
_MAX_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RulesOrigin:
    """Where the installed rules come from.

    Attributes:
        source: Name of the archive or folder given.
        newest: Date of the newest file in it, what tells one edition from the next.
        installed_at: When it was installed, ISO 8601.
        digest: SHA-256 over names and contents.
    """

    source: str
    newest: str
    installed_at: str
    digest: str

    def __str__(self) -> str:
        return f"{self.source}, édition du {self.newest}, installée le {self.installed_at[:10]}"


def rules_folder(home: Path) -> Path:
    """Return where the rules live in the data folder."""
    return home / "cda-rules"


def read_origin(folder: Path) -> RulesOrigin | None:
    """Return the origin of installed rules, None when there are none."""
    note = folder / _NOTE
    if not note.is_file():
        return None
    return RulesOrigin(**json.loads(note.read_text(encoding="utf-8")))


def install_rules(source: Path, folder: Path, *, now: datetime) -> RulesOrigin:
    """Install the rules found in an archive or a folder, in place of the previous ones.

    The replacement is one rename: a check that is running keeps the rules it has compiled.

    Raises:
        InvalidInput: ``DCC-CDA-201`` no rules inside, ``202`` unreadable or dangerous archive.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        root = _rules_root(_unpacked(source, Path(scratch) / "archive"))
        fresh = Path(scratch) / "rules"
        _copy(root, fresh)
        origin = RulesOrigin(source.name, _newest(root), now.isoformat(), _digest(fresh))
        note = json.dumps(asdict(origin), ensure_ascii=False, indent=2)
        (fresh / _NOTE).write_text(note, encoding="utf-8")
        if folder.exists():
            folder.rename(Path(scratch) / "previous")
        fresh.rename(folder)
    return origin


def _unpacked(source: Path, scratch: Path) -> Path:
    if source.is_dir():
        return source
    try:
        with ZipFile(source) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MAX_BYTES:
                raise _unreadable()
            if any(_escapes(name) for name in archive.namelist()):
                raise _unreadable()
            archive.extractall(scratch)
    except (BadZipFile, OSError) as error:
        raise _unreadable() from error
    return scratch


def _escapes(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "DCC-CDA-202",
        "L'archive des règles est illisible ou dangereuse. Rien n'a été installé. "
        "Téléchargez de nouveau l'archive officielle de l'ANS (zip).",
    )


def _rules_root(folder: Path) -> Path:
    for schema in sorted(folder.rglob(SCHEMA.name)):
        root = schema.parents[len(SCHEMA.parts) - 1]
        if (root / SCHEMA) == schema and (root / "schematrons").is_dir():
            return root
    raise InvalidInput(
        "DCC-CDA-201",
        "Aucune règle CDA trouvée : il faut les dossiers infrastructure/cda, schematrons et "
        "jeuxDeValeurs. Donnez l'archive officielle de l'ANS ou son dossier.",
    )


def _copy(root: Path, target: Path) -> None:
    for file in sorted(_rule_files(root)):
        place = target / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def _rule_files(root: Path) -> list[Path]:
    return [
        file
        for wanted in _WANTED
        for file in (root / wanted).rglob("*")
        if file.is_file() and not file.is_symlink() and file.suffix in _SUFFIXES
    ]


def _newest(root: Path) -> str:
    newest = max(file.stat().st_mtime for file in _rule_files(root))
    return datetime.fromtimestamp(newest).astimezone().date().isoformat()


def _digest(folder: Path) -> str:
    sum_ = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            sum_.update(str(file.relative_to(folder)).encode())
            sum_.update(file.read_bytes())
    return sum_.hexdigest()
