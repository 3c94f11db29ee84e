"""SOAP 1.2 envelopes with WS-Addressing and the VIHF, and what comes back."""

from lxml import etree
from lxml.builder import ElementMaker

from dcc_core.api import PermanentExchangeError, RetryableExchangeError
from dcc_dmp.standards.soap import ANONYMOUS, SOAP, WSA, WSSE

_SOAP = ElementMaker(namespace=SOAP, nsmap={"soap": SOAP})
_WSA = ElementMaker(namespace=WSA, nsmap={"wsa": WSA})
_WSSE = ElementMaker(namespace=WSSE, nsmap={"wsse": WSSE})
_MUST_UNDERSTAND = f"{{{SOAP}}}mustUnderstand"
_SENDER_FAULTS = ("Sender", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown")


def envelope(
    body: etree._Element,
    *,
    action: str,
    to: str,
    message_id: str,
    assertion: etree._Element | None = None,
) -> bytes:
    """Return an envelope as bytes; the assertion is copied in as it was signed."""
    message = _SOAP.Envelope(
        _SOAP.Header(
            _obliged(_WSA.Action(action)),
            _WSA.MessageID(message_id),
            _WSA.ReplyTo(_WSA.Address(ANONYMOUS)),
            _obliged(_WSA.To(to)),
            *((_obliged(_WSSE.Security(assertion)),) if assertion is not None else ()),
        ),
        _SOAP.Body(body),
    )
    return etree.tostring(message, xml_declaration=True, encoding="UTF-8")


def _obliged(header: etree._Element) -> etree._Element:
    header.set(_MUST_UNDERSTAND, "true")
    return header


def open_answer(content: bytes, *, answers: str) -> etree._Element:
    """Return the content of the body of an answer.

    Args:
        content: The envelope.
        answers: ``wsa:MessageID`` of the request, which the answer must name.

    Raises:
        RetryableExchangeError: ``DCC-DMP-030`` not SOAP (a proxy's page, a truncated answer),
            ``031`` the receiver failed, ``032`` the answer is for another request.
        PermanentExchangeError: ``DCC-DMP-033`` the request was refused.
    """
    root = _parse(content)
    body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or body is None or len(body) != 1:
        raise _not_soap()
    if body[0].tag == f"{{{SOAP}}}Fault":
        raise _fault(body[0])
    related = root.findtext(f"{{{SOAP}}}Header/{{{WSA}}}RelatesTo")
    if related is not None and related != answers:
        raise RetryableExchangeError(
            "DCC-DMP-032",
            "Le DMP a répondu à une autre demande. L'envoi sera refait ; "
            "si cela dure, prévenez l'hébergeur.",
        )
    return body[0]


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root: etree._Element = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _not_soap() from error
    if root.getroottree().docinfo.doctype:
        raise _not_soap()
    return root


def _not_soap() -> RetryableExchangeError:
    return RetryableExchangeError(
        "DCC-DMP-030",
        "Le DMP n'a pas répondu dans le format attendu (page web ou réponse coupée). "
        "L'envoi sera refait ; si cela dure, vérifiez l'adresse et le proxy.",
    )


def unexpected_answer() -> RetryableExchangeError:
    """Return the error of an answer that is SOAP but not to the question asked."""
    return RetryableExchangeError(
        "DCC-DMP-034",
        "Le DMP a donné une réponse inattendue. L'envoi sera refait ; "
        "si cela dure, prévenez l'hébergeur.",
    )


def _fault(fault: etree._Element) -> Exception:
    """Return the error of a fault. Its words stay out: they may quote the request."""
    value = fault.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Value") or ""
    kind = value.rpartition(":")[2]
    if kind in _SENDER_FAULTS:
        return PermanentExchangeError(
            "DCC-DMP-033",
            f"Le DMP a refusé la demande ({kind}). Vérifiez les certificats, le FINESS et "
            "l'heure du serveur, puis relancez l'envoi.",
            fault=kind,
        )
    return RetryableExchangeError(
        "DCC-DMP-031",
        "Le DMP est en panne ou surchargé. L'envoi sera refait sans rien faire.",
        fault=kind,
    )
