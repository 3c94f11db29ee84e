"""One HTTPS exchange with the DMP: mutual TLS, bounded in time, told apart by what can be done."""

import http.client
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dcc_core.api import ConfigError, RetryableExchangeError

MAX_ANSWER_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Transport:
    """Posts messages to the DMP.

    Attributes:
        tls: Context with the client certificate, None over plain HTTP (tests only).
        timeout_s: Longest silence accepted, connection included.
    """

    tls: ssl.SSLContext | None
    timeout_s: float = 30.0

    def post(self, url: str, content_type: str, content: bytes) -> Answer:
        """Return the answer to a message.

        Raises:
            RetryableExchangeError: ``DCC-DMP-040`` unreachable or silent, ``041`` TLS refused,
                ``042`` the server says to come back later.
        """
        connection = self._connection(url)
        try:
            connection.request(
                "POST",
                urlsplit(url).path or "/",
                body=content,
                headers={"Content-Type": content_type, "Accept-Encoding": "identity"},
            )
            response = connection.getresponse()
            answer = Answer(
                response.status,
                response.headers.get("Content-Type", ""),
                response.read(MAX_ANSWER_BYTES),
            )
        except ssl.SSLError as error:
            raise _tls_refused() from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable() from error
        finally:
            connection.close()
        return _checked(answer)

    def _connection(self, url: str) -> http.client.HTTPConnection:
        place = urlsplit(url)
        host, port = place.hostname or "", place.port
        if place.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=self.tls)
        return http.client.HTTPConnection(host, port, timeout=self.timeout_s)


def _checked(answer: Answer) -> Answer:
    """SOAP faults come with 400 or 500: only an answer that is not SOAP is judged by its status."""
    if "xml" in answer.content_type or answer.content_type.startswith("multipart/"):
        return answer
    if answer.status == 429 or answer.status >= 500:
        raise RetryableExchangeError(
            "DCC-DMP-042",
            f"Le DMP n'est pas disponible (HTTP {answer.status}). L'envoi sera refait.",
            status=answer.status,
        )
    return answer


def _unreachable() -> RetryableExchangeError:
    return RetryableExchangeError(
        "DCC-DMP-040",
        "Le DMP ne répond pas. L'envoi sera refait ; si cela dure, vérifiez le réseau.",
    )


def _tls_refused() -> RetryableExchangeError:
    """The fault is in the installation, not in the document: it leaves once that is put right."""
    return RetryableExchangeError(
        "DCC-DMP-041",
        "La connexion sécurisée avec le DMP est refusée. L'envoi sera refait ; vérifiez la date "
        "de fin du certificat de l'établissement et l'autorité de certification.",
    )


def mutual_tls(certificate: Path, key: Path, authority: Path | None) -> ssl.SSLContext:
    """Return a TLS context that shows the organisation's certificate.

    Raises:
        ConfigError: ``DCC-DMP-021``, a file is missing or unusable.
    """
    try:
        context = ssl.create_default_context(cafile=str(authority) if authority else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            "DCC-DMP-021",
            f"The TLS certificate {certificate.name}, its key or the authority cannot be used. "
            "Give readable PEM files that go together.",
        ) from error
    return context
