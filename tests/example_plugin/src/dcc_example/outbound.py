"""A renderer in plain text, and a feed that writes files."""

from collections.abc import Mapping
from pathlib import Path

from dcc_core.api import (
    ClinicalDocument,
    DocumentNotice,
    Envelope,
    Paragraph,
    PermanentExchangeError,
    Receipt,
    Rendition,
    RetryableExchangeError,
)


class TextRenderer:
    """Any document as plain text."""

    key = "example.text"
    document_class = "*"
    media_type = "text/plain"
    order = 900

    def render(self, document: ClinicalDocument, *, branding: Mapping[str, str]) -> Rendition:
        """Return title, sections and paragraphs, one per line."""
        lines = [document.title]
        for section in document.walk_sections():
            lines.append(section.title)
            lines += [block.text for block in section.narrative if isinstance(block, Paragraph)]
        return Rendition(self.media_type, "\n".join(lines).encode(), f"{document.set_id}.txt")


class FolderFeed:
    """Deliver reports as files; the idempotency key is the file name, so twice is once."""

    key = "example.folder"
    label = "Dossier partagé"
    media_types: tuple[str, ...] = ("text/plain",)
    needs_qualified_identity = False
    order = 900

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def wants(self, notice: DocumentNotice) -> bool:
        """Take finished reports, when there is a folder to put them in."""
        return bool(self._folder) and notice.status == "final"

    def deliver(self, envelope: Envelope) -> Receipt:
        """Write the file under its final name only when it is whole."""
        if not envelope.renditions:
            raise PermanentExchangeError("EXA-030", "rien à écrire")
        target = Path(self._folder) / f"{envelope.key}.txt"
        try:
            partial = target.with_suffix(".part")
            partial.write_bytes(envelope.renditions[0].content)
            partial.replace(target)
        except OSError as error:
            raise RetryableExchangeError("EXA-031", "dossier partagé inaccessible") from error
        return Receipt(target.name, self.label)
