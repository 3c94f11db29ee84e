"""What the simulated DMP holds: entries, documents, lots, and the state of each patient's DMP."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from threading import RLock
from uuid import uuid4

from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.refusals import Refused


@dataclass(frozen=True)
class Held:
    """One version of the metadata of one document."""

    entry_uuid: str
    logical_id: str
    unique_id: str
    patient_id: str
    status: str
    version: int
    hash_sha1: str
    size: int
    mime_type: str
    format_code: str
    confidentialities: frozenset[str]
    lot: str
    content: bytes = field(repr=False)


@dataclass
class Holdings:
    """The registry and the repository. Every change is one step, taken under the lock."""

    entries: list[Held] = field(default_factory=list)
    lots: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock)

    def latest(self) -> list[Held]:
        """Return the newest metadata version of every document, in order of arrival."""
        newest: dict[str, Held] = {}
        for one in self.entries:
            newest[one.logical_id] = one
        return list(newest.values())

    def documents(self) -> list[Held]:
        """Return the newest version of every clinical document, signatures left out."""
        return [one for one in self.latest() if one.format_code != names.SIGNATURE_FORMAT]

    def by_unique_id(self, unique_id: str) -> Held | None:
        """Return the newest metadata of a document."""
        return next((one for one in self.latest() if one.unique_id == unique_id), None)

    def by_uuid(self, entry_uuid: str) -> Held | None:
        """Return the entry of that identifier when it is the newest version, else None."""
        return next((one for one in self.latest() if one.entry_uuid == entry_uuid), None)

    def register(self, arriving: Iterable[Held], *, replaced: Held | None) -> None:
        """Take a lot in, and deprecate what it replaces."""
        self.entries.extend(arriving)
        if replaced is not None:
            self.set_status(replaced, names.DEPRECATED)

    def set_status(self, held: Held, status: str) -> None:
        """Change the availability; the entry keeps its identifier."""
        self.entries[self.entries.index(held)] = replace(held, status=status)

    def update(self, held: Held, *, confidentialities: frozenset[str], version: int) -> None:
        """Add a metadata version: it has its own identifier, the old one is deprecated."""
        if version != held.version:
            raise Refused("XDSMetadataVersionError", "PreviousVersion is not the current version")
        fresh = replace(
            held,
            entry_uuid=f"urn:uuid:{uuid4()}",
            version=held.version + 1,
            confidentialities=confidentialities,
        )
        self.set_status(held, names.DEPRECATED)
        self.entries.append(fresh)
