"""The content store in an S3-compatible object store (extra ``s3``)."""

import os
from collections.abc import Iterator
from datetime import timedelta

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from dcc_core.errors import ConfigError, RetryableExchangeError

_PATIENCE = timedelta(seconds=10)
"""A page waits for the store no longer than this; the worker tries again later."""


class ObjectStore:
    """Contents as objects named by their digest.

    The address is what obstore reads: ``s3://bucket/folder``, with region, endpoint and credentials
    in the usual ``AWS_*`` variables of the service account (``AWS_ALLOW_HTTP=true`` for a store
    without TLS, which options given here would otherwise hide).

    Raises:
        ConfigError: ``REC-032`` the address names no kind of object store.
    """

    def __init__(self, url: str) -> None:
        try:
            self._store = from_url(
                url,
                client_options={
                    "connect_timeout": timedelta(seconds=3),
                    "timeout": _PATIENCE,
                    "allow_http": os.environ.get("AWS_ALLOW_HTTP") == "true",
                },
                retry_config={"max_retries": 2, "retry_timeout": _PATIENCE},
            )
        except (BaseError, ValueError) as error:
            raise ConfigError(
                "REC-032",
                "DCC_DOCUMENTS_URL is not the address of an object store. Write "
                "s3://bucket/folder, or leave it empty to keep documents in DCC_HOME.",
            ) from error

    def put(self, digest: str, content: bytes) -> None:
        """Write the object; writing it again writes the same bytes.

        Raises:
            RetryableExchangeError: ``REC-012`` the store does not answer or refuses.
        """
        try:
            obstore.put(self._store, digest, content)
        except BaseError as error:
            raise _unreachable() from error

    def get(self, digest: str) -> bytes | None:
        """Read the object of a digest.

        Raises:
            RetryableExchangeError: ``REC-012`` the store does not answer or refuses.
        """
        try:
            return bytes(obstore.get(self._store, digest).bytes())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _unreachable() from error

    def digests(self) -> Iterator[str]:
        """List the objects.

        Raises:
            RetryableExchangeError: ``REC-012`` the store does not answer or refuses.
        """
        try:
            for listed in obstore.list(self._store):
                yield from (str(found["path"]) for found in listed)
        except BaseError as error:
            raise _unreachable() from error


def _unreachable() -> RetryableExchangeError:
    return RetryableExchangeError(
        "REC-012",
        "L'entrepôt des documents ne répond pas. Rien n'est perdu : réessayez dans quelques "
        "minutes, ou prévenez l'exploitant.",
    )
