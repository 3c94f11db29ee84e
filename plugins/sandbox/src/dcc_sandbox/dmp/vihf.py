"""The VIHF as the DMP must judge it: signature, dates, mandatory attributes, patient."""

from copy import deepcopy
from datetime import datetime, timedelta

import xmlsec
from lxml import etree

from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.refusals import Fault

SKEW = timedelta(minutes=2)
_MANDATORY = (
    "VIHF_Version",
    "Authentification_Mode",
    "Identifiant_Structure",
    "Secteur_Activite",
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id",
    "urn:oasis:names:tc:xacml:2.0:subject:role",
    "urn:oasis:names:tc:xacml:2.0:subject:purposeofuse",
    "urn:oasis:names:tc:xacml:2.0:resource:resource-id",
    "Ressource_URN",
    "LPS_Nom",
    "LPS_Version",
    "LPS_ID_HOMOLOGATION_DMP",
)


def judge_vihf(assertion: etree._Element, *, trusted: bytes, structure: str, now: datetime) -> str:
    """Return the patient identifier of an assertion. Raise ``Fault`` when it does not hold.

    Args:
        assertion: The element of the security header.
        trusted: Certificate of the establishment, PEM.
        structure: The structure that certificate belongs to.
        now: The DMP's clock.
    """
    alone = etree.fromstring(etree.tostring(deepcopy(assertion)))
    verify_signature(alone, trusted)
    _judge_dates(alone, now)
    told = {one.get("Name", ""): one for one in alone.findall(".//saml:Attribute", names.NS)}
    missing = [name for name in _MANDATORY if not _said(told.get(name))]
    if missing:
        raise Fault("Sender", f"VIHF without {', '.join(missing)}")
    if _said(told["VIHF_Version"]) != "4.0":
        raise Fault("Sender", "VIHF_Version must be 4.0")
    if _said(told["Authentification_Mode"]) != "INDIRECTE":
        raise Fault("Sender", "this certificate may only feed in INDIRECTE mode")
    if _said(told["Identifiant_Structure"]) != structure:
        raise Fault("Sender", "the structure is not the one of the certificate")
    if _said(told["Ressource_URN"]) != "urn:dmp":
        raise Fault("Sender", "Ressource_URN must be urn:dmp")
    if not (alone.findtext("saml:Subject/saml:NameID", "", names.NS)).strip():
        raise Fault("Sender", "no subject")
    return _said(told["urn:oasis:names:tc:xacml:2.0:resource:resource-id"])


def _said(attribute: etree._Element | None) -> str:
    """Return the words or the code of an attribute."""
    if attribute is None:
        return ""
    value = attribute.find("saml:AttributeValue", names.NS)
    if value is None:
        return ""
    concept = next((one for one in value if one.get("code")), None)
    return concept.get("code", "") if concept is not None else (value.text or "").strip()


def _judge_dates(assertion: etree._Element, now: datetime) -> None:
    conditions = assertion.find("saml:Conditions", names.NS)
    if conditions is None:
        raise Fault("Sender", "no conditions")
    if conditions.find("saml:AudienceRestriction", names.NS) is not None:
        raise Fault("Sender", "no audience restriction is allowed")
    if now + SKEW < _instant(conditions.get("NotBefore")):
        raise Fault("Sender", "the VIHF is not valid yet")
    if now - SKEW >= _instant(conditions.get("NotOnOrAfter")):
        raise Fault("Sender", "the VIHF has expired")


def _instant(stamp: str | None) -> datetime:
    try:
        return datetime.fromisoformat(stamp or "")
    except ValueError as error:
        raise Fault("Sender", "unreadable date in the conditions") from error


def verify_signature(signed: etree._Element, trusted: bytes) -> None:
    """Raise ``Fault`` unless the element is signed, as a whole, by the trusted certificate."""
    signature = signed.find("ds:Signature", names.NS)
    if signature is None:
        raise Fault("Sender", "the VIHF is not signed")
    references = signature.findall("ds:SignedInfo/ds:Reference", names.NS)
    if [one.get("URI") for one in references] != [f"#{signed.get('ID')}"]:
        raise Fault("Sender", "the signature does not cover the whole VIHF")
    xmlsec.tree.add_ids(signed, ["ID"])
    _verify(signature, trusted)


def verify_lot(content: bytes, trusted: bytes) -> dict[str, str]:
    """Return the digests that a lot's signature vouches for, by identifier. Raise ``Fault`` when it
    does not hold.
    """
    try:
        signature: etree._Element = etree.fromstring(content)
    except etree.XMLSyntaxError as error:
        raise Fault("Sender", "the lot signature is not XML") from error
    covered = {
        one.get("URI", "")[1:] for one in signature.findall("ds:SignedInfo/ds:Reference", names.NS)
    }
    manifest = signature.find("ds:Object/ds:Manifest", names.NS)
    if manifest is None or manifest.get("Id") not in covered:
        raise Fault("Sender", "the manifest of the lot is not signed")
    beside = etree.Element("lot")
    beside.append(signature)
    holder = manifest.getparent()
    if holder is not None:
        beside.append(holder)  # inside the signature, xmlsec would fetch what the manifest names
    xmlsec.tree.add_ids(beside, ["Id"])
    _verify(signature, trusted)
    return {
        one.get("URI", "").removeprefix("urn:oid:"): one.findtext("ds:DigestValue", "", names.NS)
        for one in manifest.findall("ds:Reference", names.NS)
    }


def _verify(signature: etree._Element, trusted: bytes) -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(trusted, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise Fault("Sender", "the signature is not valid") from error
