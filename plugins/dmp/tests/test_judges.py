"""What others say of our messages: xmlsec1 of our signatures, zeep of our packages, and the strict
simulator of messages spoilt on purpose.
"""

import re
import shutil
import subprocess
from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from lxml import etree
from requests_toolbelt.multipart.decoder import MultipartDecoder
from zeep import Settings
from zeep.loader import parse_xml
from zeep.transports import Transport as ZeepTransport
from zeep.wsdl.attachments import MessagePack

from dcc_cda.specimen import ONCOLOGIST
from dcc_core.api import PermanentExchangeError, RetryableExchangeError
from dcc_dmp.certificate import load_signing_certificate
from dcc_dmp.lot_signature import sign_lot
from dcc_dmp.soap.envelope import open_answer
from dcc_dmp.soap.mtom import unpack
from dcc_dmp.transport import Answer, Transport
from dcc_dmp.vihf import Access, Software, make_vihf
from dcc_sandbox.dmp.refusals import Fault
from dcc_sandbox.dmp.vihf import judge_vihf

from .support import STRUCTURE, feed_for, settings_for

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
PATIENT = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"


@pytest.fixture
def signer(organisation):
    return load_signing_certificate(organisation.certificate, organisation.key)


def vihf(signer) -> etree._Element:
    access = Access(
        professional=ONCOLOGIST,
        structure=STRUCTURE,
        sector="SA01^1.2.250.1.71.4.2.4",
        patient_id=PATIENT,
        software=Software("dcc", "1.0", "DEMO-1"),
    )
    return make_vihf(access, signer, assertion_id="_demo", now=NOW)


def xmlsec1(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = shutil.which("xmlsec1")
    assert program, "install the Debian package xmlsec1: it judges our signatures"
    return subprocess.run(
        [program, "--verify", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_xmlsec1_accepts_our_vihf(signer, authority, tmp_path):
    file = tmp_path / "vihf.xml"
    file.write_bytes(etree.tostring(vihf(signer)))
    trust = ("--trusted-pem", authority.certificate, "--id-attr:ID", "Assertion")
    said = xmlsec1(*trust, file)
    assert said.returncode == 0, said.stderr
    file.write_bytes(file.read_bytes().replace(b"INDIRECTE", b"DIRECTE"))
    assert xmlsec1(*trust, file).returncode != 0


def test_xmlsec1_accepts_our_lot_signature(signer, authority, tmp_path):
    content = b"<ClinicalDocument/>"
    file = tmp_path / "lot.xml"
    file.write_bytes(sign_lot([("2.25.1", content)], signer, signed_at=NOW))
    trust = ("--trusted-pem", authority.certificate, "--ignore-manifests")
    ids = ("--id-attr:Id", "Manifest", "--id-attr:Id", "SignedProperties")
    said = xmlsec1(*trust, *ids, file)
    assert said.returncode == 0, said.stderr
    spoilt = file.read_bytes().replace(b"2.25.1", b"2.25.2")
    file.write_bytes(spoilt)
    assert xmlsec1(*trust, *ids, file).returncode != 0


def test_the_manifest_digests_the_documents(signer):
    content = b"<ClinicalDocument/>"
    signature = etree.fromstring(sign_lot([("2.25.1", content)], signer, signed_at=NOW))
    names = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
    (reference,) = signature.findall("ds:Object/ds:Manifest/ds:Reference", names)
    assert reference.get("URI") == "urn:oid:2.25.1"
    assert b64decode(reference.findtext("ds:DigestValue", "", names)) == sha256(content).digest()


class Recorder(Transport):
    """A transport that keeps what leaves."""

    sent: list[tuple[str, bytes]] = []  # noqa: RUF012 - one per test, cleared by it

    def post(self, url: str, content_type: str, content: bytes) -> Answer:
        self.sent.append((content_type, content))
        return super().post(url, content_type, content)


def test_zeep_reads_our_package(address, organisation, envelope):
    feed = feed_for(settings_for(address, organisation))
    Recorder.sent.clear()
    object.__setattr__(feed._client, "transport", Recorder(None, 5.0))
    delivery = envelope()
    feed.deliver(delivery)
    content_type, content = Recorder.sent[-1]
    decoder = MultipartDecoder(content, content_type, "utf-8")
    root = parse_xml(decoder.parts[0].content, ZeepTransport(), settings=Settings())
    assert root.tag == "{http://www.w3.org/2003/05/soap-envelope}Envelope"
    pack = MessagePack(parts=decoder.parts[1:])
    pointers = root.findall(".//{http://www.w3.org/2004/08/xop/include}Include")
    assert len(pointers) == 2
    attached = [pack.get_by_content_id("<" + one.get("href")[4:] + ">") for one in pointers]
    assert attached[0].content == delivery.renditions[0].content
    assert b"ds:Signature" in attached[1].content


# ------------------------------------------------------------------ messages spoilt on purpose

SPOILT = {
    "hash of something else": (rb'(name="hash"><rim:ValueList><rim:Value>)....', rb"\g<1>0000"),
    "size of something else": (rb'(name="size"><rim:ValueList><rim:Value>)\d', rb"\g<1>99"),
    "unique identifier no OID": (rb'value="2\.25\.(\d+)"', rb'value="demo-\1"'),
    "another patient": (rb"279035121518989\^", b"179035121518990^"),
    "patient no INS": (rb"&amp;1\.2\.250\.1\.213\.1\.4\.10&amp;", b"&amp;1.2.3&amp;"),
    "author without national id": (rb">8\d+\^D", b">LOCAL^D"),
    "class unknown": (rb'nodeRepresentation="10"', b'nodeRepresentation="99"'),
    "restricted": (rb'nodeRepresentation="N"', b'nodeRepresentation="R"'),
    "date no DTM": (rb"20260312180512", b"2026-03-12T18"),
    "no membership": (rb"AssociationType:HasMember", b"AssociationType:Other"),
    "not original": (rb">Original<", b">Reference<"),
    "no signature link": (rb"AssociationType:signs", b"AssociationType:Other"),
    "lot signature spoilt": (rb"<xades:SigningTime>20", b"<xades:SigningTime>19"),
    "document missing": (rb"Content-ID: <Document01@dcc>", b"Content-ID: <Elsewhere@dcc>"),
    "type of another document": (rb'nodeRepresentation="34794-8"', b'nodeRepresentation="11488-4"'),
    "VIHF of yesterday": (rb'NotOnOrAfter="20', b'NotOnOrAfter="19'),
    "VIHF mode": (rb">INDIRECTE<", b">DIRECTE<"),
    "VIHF signature": (rb"<ds:SignatureValue>..", b"<ds:SignatureValue>AA"),
    "no VIHF": (rb"wsse:Security", b"wsse:Nothing"),
    "SOAP 1.1": (rb"//www\.w3\.org/2003/05/soap-", b"//schemas.xmlsoap.org/soap/"),
    "action of another": (rb"ProvideAndRegisterDocumentSet-b</wsa", b"RegistryStoredQuery</wsa"),
}


class Spoiler(Transport):
    """A transport that changes what leaves, as an attacker or a bug would."""

    pattern: bytes = b""
    replacement: bytes = b""
    hits: int = 0

    def post(self, url: str, content_type: str, content: bytes) -> Answer:
        if content_type.startswith("multipart/"):
            content, count = re.subn(self.pattern, self.replacement, content)
            type(self).hits += count
        return super().post(url, content_type, content)


@pytest.mark.parametrize("name", SPOILT)
def test_the_simulator_refuses(name, address, organisation, envelope, dmp):
    pattern, replacement = SPOILT[name]
    spoiler = type("Spoiler", (Spoiler,), {"pattern": pattern, "replacement": replacement})
    feed = feed_for(settings_for(address, organisation))
    object.__setattr__(feed._client, "transport", spoiler(None, 5.0))
    with pytest.raises(PermanentExchangeError) as refusal:
        feed.deliver(envelope())
    assert spoiler.hits, "the message was not changed"
    assert dmp.holdings.entries == []
    assert "DÉMO" not in str(refusal.value)


def test_the_simulator_judges_dates_by_its_own_clock(signer, organisation):
    known = {"trusted": organisation.pem, "structure": STRUCTURE}
    assert judge_vihf(vihf(signer), now=NOW, **known) == PATIENT
    with pytest.raises(Fault, match="expired"):
        judge_vihf(vihf(signer), now=NOW.replace(hour=13), **known)


# ------------------------------------------------------------------ answers of any shape

HOSTILE = {
    "empty": b"",
    "HTML": b"<html><body>502</body></html>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "empty body": b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    "other namespace": b'<s:Envelope xmlns:s="urn:x"><s:Body><a/></s:Body></s:Envelope>',
    "other request": b"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">
      <s:Header><RelatesTo xmlns="http://www.w3.org/2005/08/addressing">urn:x</RelatesTo></s:Header>
      <s:Body><a/></s:Body></s:Envelope>""",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_that_makes_no_sense_is_tried_again(name):
    with pytest.raises(RetryableExchangeError):
        open_answer(HOSTILE[name], answers="urn:uuid:1")


def test_a_packaged_answer_is_unpacked():
    content = (
        b"--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <r>\r\n\r\n<a/>\r\n--b--\r\n"
    )
    assert unpack('multipart/related; boundary="b"; start="<r>"', content).strip() == b"<a/>"
    assert unpack("application/soap+xml", b"<a/>") == b"<a/>"
