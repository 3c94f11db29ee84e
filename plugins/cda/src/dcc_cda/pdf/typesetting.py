"""Typesetting with typst: PDF/A-3 tagged for assistive tools; same input, same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import typst

STANDARD: Literal["a-3a"] = "a-3a"
"""ISO 19005-3, level A: structure tags and language, so that the page can be read aloud."""

_FOLDER = Path(str(files("dcc_cda.pdf")))
_lock = Lock()
_DEFAULT_BRANDING = {
    "product_name": "Dossier communicant de cancérologie",
    "short_name": "DCC",
    "accent": "#0f5c6e",
    "accent_on": "#ffffff",
}


def typeset(
    template: str,
    data: Mapping[str, object],
    *,
    created_at: datetime,
    attachment: bytes = b"",
    attachment_name: str = "",
) -> bytes:
    """Return a PDF/A-3 from a template of this package and its data.

    Args:
        template: File name of the template.
        data: What the template shows, JSON values only.
        created_at: Date written in the file; the clock is not read.
        attachment: UTF-8 text of the structured document the page shows.
        attachment_name: Name of the attachment.
    """
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "attachment": attachment.decode(),
        "attachment_name": attachment_name,
    }
    with _lock:
        pdf = _compiler().compile(
            input=str(_FOLDER / template),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=[STANDARD],
            timestamp=int(created_at.timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned several files for one PDF")
    return pdf


def branded(branding: Mapping[str, str]) -> dict[str, str]:
    """Return the branding with what a region leaves out filled in."""
    return _DEFAULT_BRANDING | {key: value for key, value in branding.items() if value}


@cache
def _compiler() -> "typst.Compiler":
    import typst

    return typst.Compiler(
        root=str(_FOLDER), font_paths=[str(_FOLDER / "fonts")], ignore_system_fonts=True
    )
