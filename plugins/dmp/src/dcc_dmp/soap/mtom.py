"""MTOM/XOP packages: an envelope and the documents it points at, each in its own MIME part."""

from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP

from dcc_dmp.standards.soap import SOAP_MEDIA_TYPE, XOP_MEDIA_TYPE

ROOT = "root.envelope@dcc"


def package(
    message: bytes, attachments: Mapping[str, bytes], *, action: str, boundary: str
) -> tuple[str, bytes]:
    """Return the content type and the bytes of a package.

    Args:
        message: The envelope, with ``xop:Include`` elements.
        attachments: Documents by content identifier.
        action: SOAP action.
        boundary: What separates the parts; it must not occur in them.
    """
    separator = f"--{boundary}\r\n".encode()
    head = f'{XOP_MEDIA_TYPE}; charset=UTF-8; type="{SOAP_MEDIA_TYPE}"'
    parts = [separator + _part(ROOT, head, message)]
    parts += [
        separator + _part(identifier, "application/octet-stream", content)
        for identifier, content in attachments.items()
    ]
    content_type = (
        f'multipart/related; type="{XOP_MEDIA_TYPE}"; boundary="{boundary}"; start="<{ROOT}>"; '
        f'start-info="{SOAP_MEDIA_TYPE}"; action="{action}"'
    )
    return content_type, b"".join(parts) + f"--{boundary}--\r\n".encode()


def _part(identifier: str, content_type: str, content: bytes) -> bytes:
    head = (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{identifier}>\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"


def unpack(content_type: str, content: bytes) -> bytes:
    """Return the envelope of an answer, packaged or plain."""
    if not content_type.lower().startswith("multipart/"):
        return content
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + content
    )
    start = str(message.get_param("start", "") or "").strip("<>")
    parts = list(message.iter_parts())
    chosen = [part for part in parts if str(part.get("Content-ID", "")).strip("<>") == start]
    for part in (*chosen, *parts):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return payload
    return b""
