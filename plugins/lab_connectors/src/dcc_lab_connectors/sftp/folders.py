"""What a drop folder must be able to do, on our disk or on a partner's server."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

IN = "in"
ACK = "ack"
ERROR = "error"
ARCHIVE = "archive"
FOLDERS = (IN, f"{IN}/.tmp", ACK, ERROR, ARCHIVE)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A directory entry; `modified` in seconds of the folder's own clock."""

    name: str
    size: int
    modified: float
    is_regular: bool = True


class FolderUnavailableError(OSError):
    """The folder cannot be reached now; try again at the next poll."""


class DropFolder(Protocol):
    """Paths are relative, with `/`. Every method raises OSError when it fails."""

    def prepare(self) -> None:
        """Create the folders that are missing."""

    def list(self, folder: str) -> list[FileFacts]:
        """Entries of a folder, without following links; empty when it does not exist."""

    def read(self, path: str) -> bytes:
        """Whole content of a file."""

    def move(self, source: str, target: str) -> bool:
        """Rename without overwriting; False when somebody else was first."""

    def publish(self, path: str, content: bytes) -> None:
        """Make a file appear whole: written aside, then renamed over."""

    def remove(self, path: str) -> None:
        """Delete a file; nothing happens when it is gone."""

    def make_folder(self, path: str) -> None:
        """Create a folder if it is missing."""


class LocalFolder:
    """A folder on this machine, as the drop server offers it to a laboratory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prepare(self) -> None:
        """Create the folders that are missing."""
        for folder in FOLDERS:
            self.make_folder(folder)

    def list(self, folder: str) -> list[FileFacts]:
        """Entries of a folder, links reported as not regular."""
        try:
            entries = list(os.scandir(self.root / folder))
        except FileNotFoundError:
            return []
        return [facts for entry in entries if (facts := _facts(entry))]

    def read(self, path: str) -> bytes:
        """Whole content; a link is refused."""
        descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def move(self, source: str, target: str) -> bool:
        """Rename by link and unlink: the kernel refuses to overwrite, and one mover wins."""
        try:
            os.link(self.root / source, self.root / target, follow_symlinks=False)
            (self.root / source).unlink()
        except (FileNotFoundError, FileExistsError):
            return False
        return True

    def publish(self, path: str, content: bytes) -> None:
        """Write aside, flush to disk, rename over."""
        target = self.root / path
        aside = target.with_name(f".{target.name}.tmp")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)

    def remove(self, path: str) -> None:
        """Delete a file if it is there."""
        (self.root / path).unlink(missing_ok=True)

    def make_folder(self, path: str) -> None:
        """Create a folder if it is missing."""
        (self.root / path).mkdir(parents=True, exist_ok=True)


def _facts(entry: os.DirEntry[str]) -> FileFacts | None:
    """Facts of an entry; None when it vanished meanwhile."""
    try:
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return FileFacts(entry.name, stat.st_size, stat.st_mtime, entry.is_file(follow_symlinks=False))
