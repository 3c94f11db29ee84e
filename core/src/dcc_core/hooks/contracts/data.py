"""Data of a patient as handed out on request (GDPR art. 15)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One file of a patient's export; ``path`` is relative and inside the plugin's own folder."""

    path: str
    media_type: str
    content: bytes = field(repr=False)
