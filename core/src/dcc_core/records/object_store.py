"""The content store in an S3-compatible object store (extra ``s3``)."""

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from dcc_core.errors import ConfigError


class ObjectStore:
    """Contents as objects named by their digest.

    The address is what obstore reads: ``s3://bucket/folder``, with region, endpoint and credentials
    in the usual ``AWS_*`` variables of the service account.

    Raises:
        ConfigError: ``REC-032`` the address names no kind of object store.
    """

    def __init__(self, url: str) -> None:
        try:
            self._store = from_url(url)
        except (BaseError, ValueError) as error:
            raise ConfigError(
                "REC-032",
                "DCC_DOCUMENTS_URL is not the address of an object store. Write "
                "s3://bucket/folder, or leave it empty to keep documents in DCC_HOME.",
            ) from error

    def put(self, digest: str, content: bytes) -> None:
        """Write the object; writing it again writes the same bytes."""
        obstore.put(self._store, digest, content)

    def get(self, digest: str) -> bytes | None:
        """Read the object of a digest."""
        try:
            return bytes(obstore.get(self._store, digest).bytes())
        except FileNotFoundError:
            return None
