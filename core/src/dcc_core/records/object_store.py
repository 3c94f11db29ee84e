"""The content store in an S3-compatible object store (extra ``s3``)."""

import obstore
from obstore.store import from_url


class ObjectStore:
    """Contents as objects named by their digest.

    The address is what obstore reads: ``s3://bucket/folder``, with region, endpoint and credentials
    in the usual ``AWS_*`` variables of the service account.
    """

    def __init__(self, url: str) -> None:
        self._store = from_url(url)

    def put(self, digest: str, content: bytes) -> None:
        """Write the object; writing it again writes the same bytes."""
        obstore.put(self._store, digest, content)

    def get(self, digest: str) -> bytes | None:
        """Read the object of a digest."""
        try:
            return bytes(obstore.get(self._store, digest).bytes())
        except FileNotFoundError:
            return None
