"""Registry answers: success, or errors told apart by what can be done about them."""

from dataclasses import dataclass

from lxml import etree

from dcc_core.api import ExchangeError, PermanentExchangeError, RetryableExchangeError
from dcc_dmp.soap.envelope import unexpected_answer
from dcc_dmp.standards import dmp, xds

_ANSWERS = (f"{{{xds.RS}}}RegistryResponse", f"{{{xds.QUERY}}}AdhocQueryResponse")
_WARNING = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What a registry answered; ``errors`` are IHE codes, warnings left out."""

    accepted: bool
    errors: tuple[str, ...]

    @property
    def already_there(self) -> bool:
        """Whether it refuses because it already has a document of that identifier."""
        return any(code in dmp.REFUSES_REDELIVERY for code in self.errors)


def read_answer(element: etree._Element) -> RegistryAnswer:
    """Return the answer of a ``RegistryResponse`` or a query response.

    Raises:
        RetryableExchangeError: ``DCC-DMP-034``, it is neither.
    """
    if element.tag not in _ANSWERS or not element.get("status"):
        raise unexpected_answer()
    codes = tuple(
        one.get("errorCode", "").rpartition(":")[2]
        for one in element.iter(f"{{{xds.RS}}}RegistryError")
        if one.get("severity") != _WARNING
    )
    return RegistryAnswer(element.get("status") == xds.SUCCESS, codes)


def require_success(answer: RegistryAnswer) -> None:
    """Raise the error of an answer that is not a success (``DCC-DMP-050``, ``051``)."""
    if not answer.accepted:
        raise refusal(answer)


def refusal(answer: RegistryAnswer) -> ExchangeError:
    """Return the error of a refusal; the code goes to the operator, the registry's own words, which
    may quote the document, do not.
    """
    codes = ", ".join(answer.errors) or "sans code"
    if answer.errors and all(code in dmp.RETRYABLE_ERRORS for code in answer.errors):
        return RetryableExchangeError(
            "DCC-DMP-050", f"Le DMP est occupé ({codes}). L'envoi sera refait.", registry=codes
        )
    return PermanentExchangeError(
        "DCC-DMP-051",
        f"Le DMP a refusé le document ({codes}). Vérifiez l'identité du patient et le document, "
        "puis relancez l'envoi.",
        registry=codes,
    )
