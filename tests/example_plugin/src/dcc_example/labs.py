"""A source that polls a folder, and a parser of ``key=value`` lines."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from dcc_core.api import (
    InboundOutcome,
    ParsedResult,
    PatientIdentifier,
    PatientTraits,
    PermanentExchangeError,
    RawMessage,
    Sex,
)

_MAGIC = b"EXEMPLE\n"


class TextFolder:
    """A folder in which another system drops text files."""

    key = "example.folder"
    order = 100

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def poll(self) -> Iterable[RawMessage]:
        """Return the files that are waiting, oldest name first."""
        for path in sorted(self._folder.glob("*.txt")):
            yield RawMessage(self.key, path.name, path.read_bytes(), "text/plain")

    def ack(self, message_id: str, outcome: InboundOutcome) -> None:
        """Rename the file so that it is not read again, whatever became of it."""
        path = self._folder / message_id
        path.rename(path.with_suffix(f".{outcome}"))


class TextParser:
    """Reads ``nom``, ``prénom``, ``naissance``, ``sexe`` and ``ipp``."""

    key = "example.text"
    order = 100

    def accepts(self, raw: RawMessage) -> bool:
        """Recognise the first line."""
        return raw.content.startswith(_MAGIC)

    def parse(self, raw: RawMessage) -> ParsedResult:
        """Return the traits of the patient."""
        try:
            lines = raw.content.decode().splitlines()[1:]
            values = dict(line.split("=", 1) for line in lines)
            traits = PatientTraits(
                birth_family_name=values["nom"],
                first_given_name=values["prénom"],
                birth_date=date.fromisoformat(values["naissance"]),
                sex=Sex(values["sexe"]),
                identifiers=(PatientIdentifier("1.2.250.1.999.3", values["ipp"]),),
            )
        except (UnicodeDecodeError, KeyError, ValueError) as error:
            raise PermanentExchangeError("EXA-020", "message d'exemple illisible") from error
        return ParsedResult("example", raw.message_id, None, "example", traits)
