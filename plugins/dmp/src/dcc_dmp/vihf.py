"""VIHF 4.0: the SAML 2.0 assertion by which the establishment says who feeds whose DMP.

Source: CI-SIS, couche Service, VIHF; mapping of the volet Transmission d'un document CDA-R2 en HL7
v2 v2.1.2 (21 April 2026). Mode INDIRECTE: the professional signed in locally, the organisation
vouches.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import xmlsec
from lxml import etree
from lxml.builder import ElementMaker

from dcc_core.api import Coded, Professional
from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.standards import dmp
from dcc_dmp.standards.soap import HL7, SAML, XSI

LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
"""How far the clocks of the DMP and ours may disagree: validity begins this much before now."""

_SAML = ElementMaker(namespace=SAML, nsmap={"saml": SAML})
_SUBJECT = "urn:oasis:names:tc:xspa:1.0:subject"
_XACML = "urn:oasis:names:tc:xacml:2.0"
_X509_SUBJECT = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"  # noqa: S105 - a class of sign-in


@dataclass(frozen=True, slots=True)
class Software:
    """The product as the DMP knows it.

    Attributes:
        approval_id: Homologation number given by CNDA (LPS_ID_HOMOLOGATION_DMP).
    """

    name: str
    version: str
    approval_id: str


@dataclass(frozen=True, slots=True)
class Access:
    """Who accesses which DMP, on behalf of whom.

    Attributes:
        professional: Who answers for the sending.
        structure: FINESS or other national identifier of the establishment.
        sector: CE of the sector of activity.
        patient_id: INS as CX.
        role: Profession of the professional.
    """

    professional: Professional
    structure: str
    sector: str
    patient_id: str
    software: Software
    role: Coded = dmp.PHYSICIAN


def make_vihf(
    access: Access, signer: SigningCertificate, *, assertion_id: str, now: datetime
) -> etree._Element:
    """Return the signed assertion."""
    assertion = _SAML.Assertion(
        _SAML.Issuer(signer.subject, Format=_X509_SUBJECT),
        _SAML.Subject(_SAML.NameID(access.professional.national_id)),
        _SAML.Conditions(NotBefore=_instant(now - LEEWAY), NotOnOrAfter=_instant(now + LIFETIME)),
        _SAML.AuthnStatement(
            _SAML.AuthnContext(_SAML.AuthnContextClassRef(_PASSWORD)),
            AuthnInstant=_instant(now),
        ),
        _attributes(access),
        ID=assertion_id,
        Version="2.0",
        IssueInstant=_instant(now),
    )
    _sign(assertion, signer)
    return assertion


def _attributes(access: Access) -> etree._Element:
    person = access.professional
    simple = {
        "VIHF_Version": dmp.VIHF_VERSION,
        "Authentification_Mode": dmp.INDIRECT,
        "Identifiant_Structure": access.structure,
        "Secteur_Activite": access.sector,
        f"{_SUBJECT}:subject-id": f"{person.given_name} {person.family_name}".strip(),
        f"{_XACML}:resource:resource-id": access.patient_id,
        "Ressource_URN": dmp.RESOURCE,
        "LPS_Nom": access.software.name,
        "LPS_Version": access.software.version,
        "LPS_ID_HOMOLOGATION_DMP": access.software.approval_id,
    }
    roles = [access.role, *((person.specialty,) if person.specialty else ())]
    return _SAML.AttributeStatement(
        *(_attribute(name, _SAML.AttributeValue(value)) for name, value in simple.items()),
        _attribute(
            f"{_XACML}:subject:role",
            *(_SAML.AttributeValue(_concept("Role", one)) for one in roles),
        ),
        _attribute(
            f"{_XACML}:subject:purposeofuse",
            _SAML.AttributeValue(_concept("PurposeOfUse", dmp.NORMAL_ACCESS)),
        ),
    )


def _attribute(name: str, *values: etree._Element) -> etree._Element:
    return _SAML.Attribute(*values, Name=name)


def _concept(name: str, code: Coded) -> etree._Element:
    element = etree.Element(f"{{{HL7}}}{name}", nsmap={None: HL7, "xsi": XSI})
    element.set(f"{{{XSI}}}type", "CE")
    element.set("code", code.code)
    element.set("codeSystem", code.system)
    element.set("displayName", code.label)
    return element


def _sign(assertion: etree._Element, signer: SigningCertificate) -> None:
    """Sign the whole assertion, the signature inside it right after the issuer as SAML demands."""
    signature = xmlsec.template.create(
        assertion, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri=f"#{assertion.get('ID')}"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_certificate(data)
    assertion.insert(1, signature)
    xmlsec.tree.add_ids(assertion, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = signer.key()
    context.sign(signature)


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
