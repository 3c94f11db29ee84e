"""A message and the PDF it refers to, as one thing to store: both byte for byte.

The content is the length of the message in decimal, a line feed, the message, the PDF.
"""

PAIR_MEDIA_TYPE = "application/x-dcc-hl7-pdf-pair"


def pack_pair(message: bytes, pdf: bytes) -> bytes:
    """Join a message and its PDF."""
    return b"%d\n" % len(message) + message + pdf


def unpack_pair(content: bytes) -> tuple[bytes, bytes]:
    """Take a pair apart.

    Raises:
        ValueError: the content was not made by `pack_pair`.
    """
    length, mark, rest = content.partition(b"\n")
    if not mark or not length.isdigit() or int(length) > len(rest):
        raise ValueError("not a message and PDF pair")
    return rest[: int(length)], rest[int(length) :]
