"""Files that enter the record: recognised by content, limited in size once packed and unpacked."""

import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.documents import Attachment
from dcc_core.records.media_types import PNG, ZIP, detect_media_type, settle_media_type

_EXTENSIONS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/zip": ".zip",
    "text/xml": ".xml",
    "text/rtf": ".rtf",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may weigh.

    Attributes:
        size_bytes: As received.
        unpacked_bytes: Sum of what an archive holds, really unpacked.
        members: Number of files in an archive.
        pixels: Width × height of an image.
    """

    size_bytes: int = 50 * 1024 * 1024
    unpacked_bytes: int = 200 * 1024 * 1024
    members: int = 500
    pixels: int = 100_000_000


DEFAULT_LIMITS = Limits()


def check_attachment(attachment: Attachment, *, limits: Limits = DEFAULT_LIMITS) -> Attachment:
    """Return the attachment with a media type that its bytes bear out and a harmless file name.

    Raises:
        InvalidInput: ``REC-040`` empty, ``REC-041`` too large, ``REC-042`` of no accepted kind,
            ``REC-043`` not what it is declared to be, ``REC-044`` an archive or image that would
            unpack beyond measure or outside its folder.
    """
    content = attachment.content
    if not content:
        raise _refusal("REC-040", "Le fichier est vide. Joignez-le à nouveau.")
    if len(content) > limits.size_bytes:
        raise _refusal(
            "REC-041",
            f"Le fichier dépasse {limits.size_bytes // 1024 // 1024} Mo. Réduisez-le ou "
            "scindez-le.",
        )
    detected = detect_media_type(content)
    if detected is None:
        raise _refusal(
            "REC-042",
            "Ce type de fichier n'est pas accepté. Joignez un PDF, une image PNG ou JPEG, un CDA "
            "ou un texte.",
        )
    media_type = settle_media_type(attachment.media_type, detected)
    if media_type is None:
        raise _refusal(
            "REC-043",
            f"Le contenu du fichier ({detected}) n'est pas du type annoncé. Vérifiez le fichier.",
        )
    _check_unpacked(content, detected, limits)
    return Attachment(media_type, content, safe_file_name(attachment.file_name, detected))


def safe_file_name(name: str, media_type: str) -> str:
    """Return a name that is one path component, without control or direction characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    stem = printable.strip(" .")[:150]
    extension = _EXTENSIONS[media_type]
    if not stem:
        return f"document{extension}"
    return stem if stem.lower().endswith(extension) else f"{stem}{extension}"


def _check_unpacked(content: bytes, media_type: str, limits: Limits) -> None:
    if media_type == ZIP and not _is_modest_archive(content, limits):
        raise _unreasonable()
    if media_type == PNG and _png_pixels(content) > limits.pixels:
        raise _unreasonable()


def _is_modest_archive(content: bytes, limits: Limits) -> bool:
    """Unpack for real, counting: the sizes an archive declares may lie."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > limits.members or any(map(_leaves_folder, members)):
                return False
            return _unpacked_within(archive, limits.unpacked_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return False


def _unpacked_within(archive: zipfile.ZipFile, limit_bytes: int) -> bool:
    left = limit_bytes
    for member in archive.infolist():
        with archive.open(member) as file:
            while chunk := file.read(64 * 1024):
                left -= len(chunk)
                if left < 0:
                    return False
    return True


def _leaves_folder(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in member.filename


def _png_pixels(content: bytes) -> int:
    """Return width × height of the IHDR chunk (PNG, ISO/IEC 15948, 11.2.2)."""
    return int.from_bytes(content[16:20]) * int.from_bytes(content[20:24])


def _unreasonable() -> InvalidInput:
    return _refusal(
        "REC-044",
        "Le fichier compressé est illisible ou démesuré une fois décompressé. Il n'est pas "
        "conservé. Joignez les documents séparément.",
    )


def _refusal(code: str, text: str) -> InvalidInput:
    return InvalidInput(code, text, field="attachment")
