"""Entry point of the plugin."""

from collections.abc import Iterable
from typing import ClassVar

import click
from sqlmodel import Session

from dcc_cda.renderers import FrcpRenderer, GenericRenderer, PdfRenderer, ReadingRenderer
from dcc_core.api import DccPlugin, DocumentRenderer, hookimpl


class CdaPlugin(DccPlugin):
    """CDA R2 and PDF/A renditions of clinical documents."""

    name: ClassVar[str] = "cda"
    label: ClassVar[str] = "Documents CDA et PDF"

    @hookimpl
    def dcc_document_renderers(self) -> Iterable[DocumentRenderer]:
        """Return the renderers."""
        return [FrcpRenderer(), GenericRenderer(), PdfRenderer(), ReadingRenderer()]

    @hookimpl
    def dcc_demo_data(self, session: Session, seed: int) -> None:
        """File a few tumour-board forms."""
        from dcc_cda.demonstration import file_forms

        file_forms(session)

    @hookimpl
    def dcc_cli(self, group: click.Group) -> None:
        """Add ``dcc cda``, ``dcc documents check`` and ``dcc bench documents``."""
        from dcc_cda.cli import add_commands

        add_commands(group)
