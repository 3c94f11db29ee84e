"""Text of other systems, made fit for any column of either database."""

from hashlib import sha256


def storable_text(text: str, limit: int) -> str:
    """Return ``text`` without what PostgreSQL refuses (NUL, lone surrogates) and no longer than
    ``limit``, at least 100.

    A text that is too long keeps its beginning and gains its digest, so that two long texts stay
    different.
    """
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    if len(clean) <= limit:
        return clean
    digest = sha256(clean.encode()).hexdigest()
    return clean[: limit - len(digest) - 1] + "…" + digest
