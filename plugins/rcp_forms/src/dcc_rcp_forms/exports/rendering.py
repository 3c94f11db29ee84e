"""Render a document with whatever renderers are installed, found by their hook."""

from collections.abc import Iterator
from importlib.metadata import entry_points

from dcc_core.api import Branding, ClinicalDocument, DocumentRenderer

_HOOK = "dcc_document_renderers"


class NoRendererError(LookupError):
    """No installed plugin makes this media type of this document."""


def render_document(document: ClinicalDocument, media_types: tuple[str, ...]) -> bytes:
    """Return the document in the first of these media types somebody can make.

    Raises:
        NoRendererError: nobody can.
    """
    renderers = list(_installed_renderers())
    for media_type in media_types:
        for wanted in (document.document_class, "*"):
            for renderer in renderers:
                if (renderer.document_class, renderer.media_type) == (wanted, media_type):
                    branding = {key: str(value) for key, value in Branding().model_dump().items()}
                    return renderer.render(document, branding=branding).content
    raise NoRendererError(", ".join(media_types))


def _installed_renderers() -> Iterator[DocumentRenderer]:
    """Ask the installed plugins that declare renderers; those that need settings are left out."""
    for entry in entry_points(group="dcc.plugins"):
        plugin = entry.load()
        if hasattr(plugin, _HOOK):
            yield from getattr(plugin(plugin.settings_model()), _HOOK)()
