"""Reading requests as the specifications say they must be written, and writing answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.refusals import Fault, Refused

_SOAP = ElementMaker(namespace=names.SOAP, nsmap={"soap": names.SOAP})
_WSA = ElementMaker(namespace=names.WSA, nsmap={"wsa": names.WSA})
_RS = ElementMaker(namespace=names.RS, nsmap={"rs": names.RS})
SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"


@dataclass(frozen=True)
class Request:
    """One request: its action, its assertion, its body, its documents by content identifier."""

    action: str
    message_id: str
    assertion: etree._Element
    body: etree._Element
    parts: Mapping[str, bytes]


def read_request(content_type: str, content: bytes) -> Request:
    """Return a request. Raise ``Fault`` when it is not SOAP 1.2 with addressing and a VIHF."""
    head = Message()
    head["Content-Type"] = content_type
    kind = head.get_content_type()
    if kind == "multipart/related":
        root, parts = _unpack(head, content_type, content)
    elif kind == "application/soap+xml":
        root, parts = content, {}
    else:
        raise Fault("Sender", f"unexpected media type {kind}")
    envelope = _parse(root)
    action = _one(envelope, "soap:Header/wsa:Action")
    declared = str(head.get_param("action", ""))
    if declared and declared != action:
        raise Fault("Sender", "the HTTP action is not the one of WS-Addressing")
    body = envelope.find("soap:Body", names.NS)
    assertion = envelope.find("soap:Header/wsse:Security/saml:Assertion", names.NS)
    if assertion is None:
        raise Fault("Sender", "no VIHF")
    if body is None or len(body) != 1:
        raise Fault("Sender", "the body must hold one element")
    _one(envelope, "soap:Header/wsa:To")
    message_id = _one(envelope, "soap:Header/wsa:MessageID")
    return Request(action, message_id, assertion, body[0], parts)


def _unpack(head: Message, content_type: str, content: bytes) -> tuple[bytes, dict[str, bytes]]:
    if head.get_param("type") != "application/xop+xml":
        raise Fault("Sender", "type must be application/xop+xml")
    if head.get_param("start-info") != "application/soap+xml":
        raise Fault("Sender", "start-info must be application/soap+xml")
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    parts: dict[str, bytes] = {}
    for part in whole.get_payload():
        if isinstance(part, Message):
            payload = part.get_payload(decode=True)
            identifier = str(part["Content-ID"]).strip("<>")
            parts[identifier] = payload if isinstance(payload, bytes) else b""
    start = str(head.get_param("start", "")).strip("<>")
    if start not in parts:
        raise Fault("Sender", "no part is the start of the package")
    return parts.pop(start), parts


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root: etree._Element = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Fault("Sender", "not XML") from error
    if root.tag != f"{{{names.SOAP}}}Envelope":
        raise Fault("VersionMismatch", "not a SOAP 1.2 envelope")
    return root


def _one(parent: etree._Element, path: str) -> str:
    found = parent.findall(path, names.NS)
    if len(found) != 1 or not (found[0].text or "").strip():
        raise Fault("Sender", f"{path} must be present once")
    return str(found[0].text).strip()


def answer(request: Request | None, body: etree._Element) -> bytes:
    """Return the envelope of an answer."""
    headers = [_WSA.MessageID(f"urn:uuid:{uuid4()}")]
    if request is not None:
        headers.append(_WSA.RelatesTo(request.message_id))
    envelope = _SOAP.Envelope(_SOAP.Header(*headers), _SOAP.Body(body))
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault(refused: Fault) -> etree._Element:
    """Return the body of a SOAP fault."""
    reason = _SOAP.Text(refused.reason)
    reason.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    return _SOAP.Fault(_SOAP.Code(_SOAP.Value(f"soap:{refused.kind}")), _SOAP.Reason(reason))


def registry_response(refused: Refused | None = None) -> etree._Element:
    """Return a registry response: success, or one error."""
    if refused is None:
        return _RS.RegistryResponse(status=SUCCESS)
    error = _RS.RegistryError(
        errorCode=refused.code,
        codeContext=refused.context,
        severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error",
    )
    return _RS.RegistryResponse(_RS.RegistryErrorList(error), status=FAILURE)
