"""Merkle tree over the digests of audit rows. Source: RFC 6962 §2.1 (hash tree, SHA-256)."""

from collections.abc import Iterable
from hashlib import sha256

DIGEST_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_of(line: str) -> bytes:
    """Return the digest of one row."""
    return sha256(_LEAF + line.encode()).digest()


def join_leaves(lines: Iterable[str]) -> bytes:
    """Return the digests of rows, one after the other."""
    return b"".join(sha256(_LEAF + line.encode()).digest() for line in lines)


def merkle_root(leaves: bytes) -> str:
    """Return the root over digests held one after the other.

    An odd node goes up as it is, which gives the tree of the RFC for any number of leaves.
    """
    if not leaves:
        return sha256(b"").hexdigest()
    pair = 2 * DIGEST_BYTES
    level = leaves
    while len(level) > DIGEST_BYTES:
        odd = level[len(level) - len(level) % pair :]
        level = (
            b"".join(
                sha256(_NODE + level[place : place + pair]).digest()
                for place in range(0, len(level) - len(odd), pair)
            )
            + odd
        )
    return level.hex()
