"""XML signatures of the establishment: exclusive canonicalisation, SHA-256, RSA (W3C XML Signature,
second edition, 2008).

What is signed is written as text, parsed once and handed to xmlsec: building it element by element
took longer than signing it.
"""

import xmlsec
from lxml import etree

from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.standards.soap import DS, ENVELOPED, EXCLUSIVE_C14N, RSA_SHA256, SHA256

_METHODS = (
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}"/>'
    f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
)
_DIGEST = (
    f'<ds:Transform Algorithm="{EXCLUSIVE_C14N}"/></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>'
)
_KEY = "<ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>"


def reference_to(identifier: str, *, kind: str = "", is_around: bool = False) -> str:
    """Return the reference to an element of the document, its digest to be filled in.

    Args:
        identifier: Value of the element's identifier; ours, never text from elsewhere.
        kind: Type of what is referred to.
        is_around: Whether the element holds the signature itself.
    """
    typed = f' Type="{kind}"' if kind else ""
    enveloped = f'<ds:Transform Algorithm="{ENVELOPED}"/>' if is_around else ""
    return f'<ds:Reference URI="#{identifier}"{typed}><ds:Transforms>{enveloped}{_DIGEST}'


def unsigned(*references: str, objects: str = "", identifier: str = "") -> str:
    """Return a signature to be filled in; ``objects`` are the elements it carries."""
    named = f' Id="{identifier}"' if identifier else ""
    return (
        f'<ds:Signature xmlns:ds="{DS}"{named}><ds:SignedInfo>{_METHODS}{"".join(references)}'
        f"</ds:SignedInfo><ds:SignatureValue/>{_KEY}{objects}</ds:Signature>"
    )


def sign(signature: etree._Element, signer: SigningCertificate) -> None:
    """Fill in a signature that stands in its document; identifiers have been declared."""
    context = xmlsec.SignatureContext()
    context.key = signer.key
    context.sign(signature)
