"""Signature of a lot: a detached XAdES-BES signature over the documents it holds.

Source: IHE ITI supplement Document Digital Signature (DSG), detached form: the documents are named
and digested in a manifest, the manifest and the signer's properties are signed.
"""

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from xml.sax.saxutils import escape

import xmlsec
from cryptography.hazmat.primitives.hashes import SHA256 as SHA256_HASH
from lxml import etree

from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.signing import reference_to, sign, unsigned
from dcc_dmp.standards.soap import DS, MANIFEST, SHA256, SIGNED_PROPERTIES, XADES

_MANIFEST_ID, _PROPERTIES_ID, _SIGNATURE_ID = "lot-manifest", "lot-properties", "lot-signature"
_REFERENCES = (
    reference_to(_MANIFEST_ID, kind=MANIFEST),
    reference_to(_PROPERTIES_ID, kind=SIGNED_PROPERTIES),
)


def sign_lot(
    documents: Iterable[tuple[str, bytes]], signer: SigningCertificate, *, signed_at: datetime
) -> bytes:
    """Return the signature of documents given by unique identifier and exact bytes."""
    filled, manifest = unsigned_lot(documents, signer, signed_at=signed_at)
    sign(filled, signer)
    filled.append(manifest)
    return etree.tostring(filled, xml_declaration=True, encoding="UTF-8")


def unsigned_lot(
    documents: Iterable[tuple[str, bytes]], signer: SigningCertificate, *, signed_at: datetime
) -> etree._Element:
    """Return the signature to be filled in, and the manifest that it vouches for, in one element.

    xmlsec would fetch what a manifest inside the signature names; beside it, it is only digested.
    """
    signature = unsigned(
        *_REFERENCES, objects=_properties(signer, signed_at), identifier=_SIGNATURE_ID
    )
    lot = etree.fromstring(f'<lot xmlns:ds="{DS}">{signature}{_manifest(documents)}</lot>')
    xmlsec.tree.add_ids(lot, ["Id"])
    return lot


def _manifest(documents: Iterable[tuple[str, bytes]]) -> str:
    references = "".join(
        f'<ds:Reference URI="urn:oid:{unique_id}"><ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{_base64(sha256(content).digest())}</ds:DigestValue></ds:Reference>"
        for unique_id, content in documents
    )
    return f'<ds:Object><ds:Manifest Id="{_MANIFEST_ID}">{references}</ds:Manifest></ds:Object>'


def _properties(signer: SigningCertificate, signed_at: datetime) -> str:
    return (
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{_SIGNATURE_ID}">'
        f'<xades:SignedProperties Id="{_PROPERTIES_ID}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{signed_at:%Y-%m-%dT%H:%M:%S}Z</xades:SigningTime>"
        f"{_signing_certificate(signer)}"
        "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/>"
        "</xades:SignaturePolicyIdentifier></xades:SignedSignatureProperties>"
        "</xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    )


@lru_cache(maxsize=8)
def _signing_certificate(signer: SigningCertificate) -> str:
    held = signer.certificate
    return (
        "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{_base64(held.fingerprint(SHA256_HASH()))}</ds:DigestValue>"
        "</xades:CertDigest><xades:IssuerSerial>"
        f"<ds:X509IssuerName>{escape(held.issuer.rfc4514_string())}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{held.serial_number}</ds:X509SerialNumber>"
        "</xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
    )


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
