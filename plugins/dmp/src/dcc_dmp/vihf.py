"""VIHF 4.0: the SAML 2.0 assertion by which the establishment says who feeds whose DMP.

Source: CI-SIS, couche Service, VIHF; mapping of the volet Transmission d'un document CDA-R2 en HL7
v2 v2.1.2 (21 April 2026). Mode INDIRECTE: the professional signed in locally, the organisation
vouches.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from lxml import etree

from dcc_core.api import Coded, Professional
from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.signing import reference_to, sign, unsigned
from dcc_dmp.standards import dmp
from dcc_dmp.standards.soap import HL7, SAML, XSI

LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
"""How far the clocks of the DMP and ours may disagree: validity begins this much before now."""

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
    """Return the signed assertion; ``assertion_id`` is an XML name, unique."""
    assertion = unsigned_vihf(access, signer, assertion_id=assertion_id, now=now)
    sign(assertion[1], signer)
    return assertion


def unsigned_vihf(
    access: Access, signer: SigningCertificate, *, assertion_id: str, now: datetime
) -> etree._Element:
    """Return the assertion, its signature to be filled in, after the issuer as SAML demands."""
    signature = unsigned(reference_to(assertion_id, is_around=True))
    assertion = etree.fromstring(
        f'<saml:Assertion xmlns:saml="{SAML}" ID="{assertion_id}" Version="2.0" '
        f'IssueInstant="{_instant(now)}">'
        f'<saml:Issuer Format="{_X509_SUBJECT}">{escape(signer.subject)}</saml:Issuer>{signature}'
        f"<saml:Subject><saml:NameID>{escape(access.professional.national_id)}</saml:NameID>"
        f'</saml:Subject><saml:Conditions NotBefore="{_instant(now - LEEWAY)}" '
        f'NotOnOrAfter="{_instant(now + LIFETIME)}"/>'
        f'<saml:AuthnStatement AuthnInstant="{_instant(now)}"><saml:AuthnContext>'
        f"<saml:AuthnContextClassRef>{_PASSWORD}</saml:AuthnContextClassRef>"
        f"</saml:AuthnContext></saml:AuthnStatement>{_attributes(access)}</saml:Assertion>"
    )
    xmlsec.tree.add_ids(assertion, ["ID"])
    return assertion


def _attributes(access: Access) -> str:
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
    told = "".join(_attribute(name, escape(value)) for name, value in simple.items())
    role = _attribute(f"{_XACML}:subject:role", *(_concept("Role", one) for one in roles))
    purpose = _attribute(
        f"{_XACML}:subject:purposeofuse", _concept("PurposeOfUse", dmp.NORMAL_ACCESS)
    )
    return f"<saml:AttributeStatement>{told}{role}{purpose}</saml:AttributeStatement>"


def _attribute(name: str, *values: str) -> str:
    held = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{held}</saml:Attribute>'


def _concept(name: str, code: Coded) -> str:
    return (
        f'<{name} xmlns="{HL7}" xmlns:xsi="{XSI}" xsi:type="CE" code={quoteattr(code.code)} '
        f"codeSystem={quoteattr(code.system)} displayName={quoteattr(code.label)}/>"
    )


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
