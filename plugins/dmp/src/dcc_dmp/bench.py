"""``dcc bench signatures``: what the two signatures of a sending cost, beside xmlsec alone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from dcc_core.api import Professional
from dcc_dmp.certificate import SigningCertificate
from dcc_dmp.lot_signature import sign_lot, unsigned_lot
from dcc_dmp.signing import sign
from dcc_dmp.vihf import Access, Software, make_vihf, unsigned_vihf

GOAL = 1.2
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LOT = [("2.25.1", b"<ClinicalDocument/>" * 3000)]
_ACCESS = Access(
    professional=Professional("899900000001", "DÉMO", "Camille"),
    structure="1310000000",
    sector="SA01^1.2.250.1.71.4.2.4",
    patient_id="279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
    software=Software("dcc", "0", "DEMO"),
)


@click.command("signatures")
@click.option("--rounds", type=click.IntRange(3), default=30, show_default=True)
def command(rounds: int) -> dict[str, Any]:
    """Measure the VIHF and the lot signature in CPU time, RSA 2048 and SHA-256."""
    return measure(rounds)


def measure(rounds: int) -> dict[str, Any]:
    """Return what both signatures cost, beside two floors of the same run.

    ``ratio`` is to the smallest signature that xmlsec makes by itself, ``ratio_alone`` to xmlsec
    filling in the very same signature, made ready beforehand. Both have their key at hand.
    """
    signer = _throwaway_signer()
    lots = [_unsigned_lot(signer)[0] for _ in range(rounds + 1)]
    assertions = [_unsigned_vihf(signer) for _ in range(rounds + 1)]
    steps: dict[str, Callable[[], object]] = {
        "floor": lambda: _bare_signature(signer),
        "vihf": lambda: make_vihf(_ACCESS, signer, assertion_id="_1", now=_NOW),
        "vihf_alone": lambda: sign(assertions.pop()[1], signer),
        "lot": lambda: sign_lot(_LOT, signer, signed_at=_NOW),
        "lot_alone": lambda: sign(lots.pop(), signer),
    }
    middle = _medians(steps, rounds)
    floor = middle["floor"]
    return {"floor_ms": round(floor, 3), "goal": GOAL} | {
        name: {
            "ms": round(middle[name], 3),
            "ratio": round(middle[name] / floor, 2),
            "ratio_alone": round(middle[name] / middle[f"{name}_alone"], 2),
        }
        for name in ("vihf", "lot")
    }


def _medians(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median CPU time of each step in milliseconds; the steps take turns, so that all
    meet the same machine.
    """
    for call in steps.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, call in steps.items():
            begun = time.process_time()
            call()
            times[name].append((time.process_time() - begun) * 1000)
    return {name: sorted(held)[rounds // 2] for name, held in times.items()}


def _unsigned_vihf(signer: SigningCertificate) -> etree._Element:
    return unsigned_vihf(_ACCESS, signer, assertion_id="_1", now=_NOW)


def _unsigned_lot(signer: SigningCertificate) -> etree._Element:
    return unsigned_lot(_LOT, signer, signed_at=_NOW)


def _bare_signature(signer: SigningCertificate) -> None:
    """Sign an element as small as can be, by xmlsec alone."""
    root = etree.Element("document", ID="_1")
    signature = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri="#_1"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    root.append(signature)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = signer.key
    context.sign(signature)


def _throwaway_signer() -> SigningCertificate:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "DÉMO")])
    held = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(1)
        .not_valid_before(_NOW)
        .not_valid_after(_NOW + timedelta(days=1))
        .public_key(key.public_key())
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningCertificate(held, pem)
