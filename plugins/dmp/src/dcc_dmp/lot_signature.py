"""Signature of a lot: a detached XAdES-BES signature over the documents it holds.

Source: IHE ITI supplement Document Digital Signature (DSG), detached form: the documents are named
and digested in a manifest, the manifest and the signer's properties are signed.
"""

from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import xmlsec
from cryptography.hazmat.primitives.hashes import SHA256 as SHA256_HASH
from lxml import etree
from lxml.builder import ElementMaker

from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.standards.soap import (
    DS,
    MANIFEST,
    SHA256,
    SIGNED_PROPERTIES,
    XADES,
)

_DS = ElementMaker(namespace=DS, nsmap={"ds": DS})
_XADES = ElementMaker(namespace=XADES, nsmap={"xades": XADES, "ds": DS})
_MANIFEST_ID, _PROPERTIES_ID, _SIGNATURE_ID = "lot-manifest", "lot-properties", "lot-signature"


def sign_lot(
    documents: Iterable[tuple[str, bytes]], signer: SigningCertificate, *, signed_at: datetime
) -> bytes:
    """Return the signature of documents given by unique identifier and exact bytes."""
    lot = etree.Element("lot")
    signature = xmlsec.template.create(
        lot,
        xmlsec.constants.TransformExclC14N,
        xmlsec.constants.TransformRsaSha256,
        id=_SIGNATURE_ID,
        ns="ds",
    )
    for identifier, kind in ((_MANIFEST_ID, MANIFEST), (_PROPERTIES_ID, SIGNED_PROPERTIES)):
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{identifier}", type=kind
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_certificate(data)
    signature.append(_DS.Object(_properties(signer, signed_at)))
    manifest = _DS.Object(_manifest(documents))
    # xmlsec would fetch what a manifest inside the signature names; beside it, it is only digested.
    lot.extend([signature, manifest])
    xmlsec.tree.add_ids(lot, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = signer.key()
    context.sign(signature)
    signature.append(manifest)
    return etree.tostring(signature, xml_declaration=True, encoding="UTF-8")


def _manifest(documents: Iterable[tuple[str, bytes]]) -> etree._Element:
    return _DS.Manifest(
        *(
            _DS.Reference(
                _DS.DigestMethod(Algorithm=SHA256),
                _DS.DigestValue(_base64(sha256(content).digest())),
                URI=f"urn:oid:{unique_id}",
            )
            for unique_id, content in documents
        ),
        Id=_MANIFEST_ID,
    )


def _properties(signer: SigningCertificate, signed_at: datetime) -> etree._Element:
    held = signer.certificate
    certificate = _XADES.Cert(
        _XADES.CertDigest(
            _DS.DigestMethod(Algorithm=SHA256),
            _DS.DigestValue(_base64(held.fingerprint(SHA256_HASH()))),
        ),
        _XADES.IssuerSerial(
            _DS.X509IssuerName(held.issuer.rfc4514_string()),
            _DS.X509SerialNumber(str(held.serial_number)),
        ),
    )
    return _XADES.QualifyingProperties(
        _XADES.SignedProperties(
            _XADES.SignedSignatureProperties(
                _XADES.SigningTime(f"{signed_at:%Y-%m-%dT%H:%M:%S}Z"),
                _XADES.SigningCertificate(certificate),
                _XADES.SignaturePolicyIdentifier(_XADES.SignaturePolicyImplied()),
            ),
            Id=_PROPERTIES_ID,
        ),
        Target=f"#{_SIGNATURE_ID}",
    )


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode()
