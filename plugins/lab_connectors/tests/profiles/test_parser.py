import base64
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dcc_core.api import (
    Coded,
    Confidentiality,
    DeliveryAnswer,
    DocumentAction,
    IdentityAttribute,
    IdentityEvent,
    ObservationStatus,
    ParsedResult,
    PermanentExchangeError,
    Quantity,
    RawMessage,
    Role,
)
from dcc_lab_connectors.profiles.parser import HL7_MEDIA_TYPE, Hl7Parser
from dcc_lab_connectors.samples import ALICE, adt, header, identity, oru
from dcc_lab_connectors.sftp.pairs import PAIR_MEDIA_TYPE, pack_pair

PARSER = Hl7Parser(ZoneInfo("Europe/Paris"))


def parse(raw: bytes) -> ParsedResult:
    return PARSER.parse(RawMessage("test", "1", raw, HL7_MEDIA_TYPE))


def segment(name: str, **fields: str) -> str:
    """Write a segment from its fields: `segment("OBR", f4="X")`."""
    values = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(values.get(n, "") for n in range(1, max(values) + 1))])


def report(*segments: str, kind: str = "ORU^R01^ORU_R01", version: str = "2.5") -> ParsedResult:
    lines = [header(kind, "R1", version=version), identity(ALICE), *segments]
    return parse("".join(line + "\r" for line in lines).encode())


def test_every_example_is_read_or_refused_as_an_answer(example: Path) -> None:
    raw = example.read_bytes()
    if b"|ACK^" in raw:
        with pytest.raises(PermanentExchangeError, match="LAB-E02"):
            parse(raw)
        return
    result = parse(raw)
    files = sum(
        line.startswith(b"OBX")
        and b"|ED|" in line
        and b"CORPSMAIL" not in line
        and b"XDM" not in line
        for line in raw.splitlines()
    )
    assert len(result.documents) == files
    assert PARSER.accepts(RawMessage("test", "1", raw))


def test_three_actions_of_a_document_are_told_apart(examples: dict[str, bytes]) -> None:
    [first], [second] = (parse(examples[key]).documents for key in ("007", "016"))
    assert first.action is DocumentAction.CREATE
    assert second.action is DocumentAction.REPLACE
    assert second.replaces_external_id == first.external_id

    deleted = examples["007"].replace(b"MDM^T02^", b"MDM^T04^").replace(b"ORC|NW|", b"ORC|CA|")
    [third] = parse(deleted).documents
    assert (third.action, third.external_id) == (DocumentAction.DELETE, first.external_id)


def test_cda_inside_gives_document_and_observations(examples: dict[str, bytes]) -> None:
    [report_] = parse(examples["004"]).documents
    assert report_.document is not None
    assert report_.document_class == "CR-BIO"
    assert report_.document.having(Role.AUTHOR)[0].professional is not None
    assert len(report_.observations) == 55
    assert {o.locator.split("/")[0] for o in report_.observations} == {"OBX[1]"}
    assert report_.content.startswith(b"<?xml")


def test_two_files_of_one_message_have_two_names(examples: dict[str, bytes]) -> None:
    names = [d.external_id for d in parse(examples["009"]).documents]
    assert names == ["1001-E1/11502-2", "1001-E1/11502-2#2"]


def test_visibility_wishes_travel_with_the_document(examples: dict[str, bytes]) -> None:
    [document] = (d.document for d in parse(examples["013"]).documents)
    assert document is not None
    attributes = dict(document.attributes)
    assert attributes["hidden_from_patient"] is True
    assert attributes["masked_for_professionals"] is False
    masked = examples["013"].replace("Santé||N|".encode(), "Santé||Y|".encode(), 1)
    [document] = (d.document for d in parse(masked).documents)
    assert document is not None
    assert document.confidentiality is Confidentiality.VERY_RESTRICTED


def test_c21_unreadable_base64_is_flagged_and_kept() -> None:
    result = report(
        "OBR|1|P1|L1|11526-1^CR^LN", f"OBX|1|ED|11526-1^CR^LN||^AP^PDF^Base64^{'A' * 93}||||||F"
    )
    [found] = result.documents
    assert found.document is not None
    assert dict(found.document.attributes)["unreadable"] is True
    assert found.media_type == "application/octet-stream"
    assert b"A" * 93 in found.content
    assert result.warnings == ("payload_not_base64:OBX[1]",)


def test_pdf_report_is_kept_byte_for_byte() -> None:
    pdf = b"%PDF-1.4 " + bytes(range(256))
    encoded = base64.b64encode(pdf).decode()
    author = "8001&DÉMO-PATH&Luc"
    result = report(
        "ORC|RE|P1|L1",
        segment("OBR", f3="L1", f4="60567-5^CR ACP^LN", f7="20260301", f32=author),
        segment(
            "OBX",
            f2="ED",
            f3="60567-5^CR d'anatomopathologie^LN",
            f5=f"^AP^PDF^Base64^{encoded}",
            f11="C",
            f14="20260302101500",
        ),
    )
    [found] = result.documents
    assert (found.document_class, found.action) == ("CR-ACP", DocumentAction.REPLACE)
    assert found.content == pdf
    assert found.external_id == found.replaces_external_id == "L1/60567-5"
    assert found.document is not None
    assert found.document.body is not None
    assert found.document.created_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert found.document.participations[0].professional is not None
    assert found.document.participations[0].professional.family_name == "DÉMO-PATH"


def test_pdf_beside_the_message_is_its_report() -> None:
    reference = segment("OBX", f2="RP", f3="60567-5^CR ACP^LN", f5="r1.pdf^LABO^AP^PDF", f11="F")
    message = f"{header('ORU^R01', 'R1')}\r{identity(ALICE)}\r{reference}\r".encode()
    pair = RawMessage("sftp", "r1.hl7", pack_pair(message, b"%PDF-"), PAIR_MEDIA_TYPE)
    assert PARSER.accepts(pair)
    [found] = PARSER.parse(pair).documents
    assert (found.content, found.media_type) == (b"%PDF-", "application/pdf")
    [alone] = parse(message).documents
    assert parse(message).warnings == ("payload_file_missing:OBX[1]",)
    assert alone.document is not None
    assert dict(alone.document.attributes)["unreadable"] is True


@pytest.mark.parametrize(
    ("stated", "content", "kept"),
    [
        ("PDF", b"%PDF-1.7", "application/pdf"),
        ("PDF", b"pas un PDF", "application/octet-stream"),
        ("XML", b"du texte", "application/octet-stream"),
        ("XML", b"<autre/>", "text/xml"),
        ("JPEG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("RTF", b"{\\rtf1}", "text/rtf"),
        ("TXT", b"du texte", "text/plain"),
    ],
)
def test_type_that_the_bytes_contradict_is_not_claimed(
    stated: str, content: bytes, kept: str
) -> None:
    value = f"^AP^{stated}^Base64^{base64.b64encode(content).decode()}"
    result = report(segment("OBX", f2="ED", f3="11526-1^CR^LN", f5=value, f11="F"))
    assert result.documents[0].media_type == kept
    assert ("payload_other_type:OBX[1]" in result.warnings) is (kept.endswith("octet-stream"))


def test_text_lines_make_one_report_per_order() -> None:
    result = report(
        "OBR|1|P1|L1|22034-3^CR ACP^LN",
        "OBX|1|TX|C^Conclusion||Carcinome infiltrant.||||||F",
        "OBX|2|TX|C^Conclusion||Grade \\T\\ stade : voir.~Fin.||||||F",
    )
    [found] = result.documents
    assert found.content.decode() == "Carcinome infiltrant.\nGrade & stade : voir.\nFin."
    assert (found.media_type, found.document_class) == ("text/plain", "CR-ACP")


@pytest.mark.parametrize(
    ("obx", "value", "unit"),
    [
        ("NM|718-7^Hb^LN||13,2|g/dL", Quantity(Decimal("13.2"), "g/dL"), "g/dL"),
        ("NM|85337-4^ER^LN||90", Decimal(90), ""),
        ("NM|X||sup. à 5", "sup. à 5", ""),
        ("NM|X||NaN", "NaN", ""),
        ("SN|29593-1^Ki67^LN||>^20|%", "> 20", "%"),
        ("DT|X||20260301", datetime(2026, 3, 1, tzinfo=UTC).date(), ""),
        ("TS|X||202603011200", datetime(2026, 3, 1, 11, tzinfo=UTC), ""),
        ("ST|X||HER2 3+", "HER2 3+", ""),
        ("ST|X||", None, ""),
        ('ST|X||""', None, ""),
    ],
)
def test_results_keep_their_type(obx: str, value: object, unit: str) -> None:
    [found] = report("OBR|1|P|L|58410-2^NFS^LN|||20260301", f"OBX|1|{obx}|||||F").observations
    assert found.value == value
    assert found.unit == unit


def test_coded_results_name_their_system() -> None:
    value = "LA6576-8^Positif^LN^3^Score 3^LOCAL"
    [found] = report(
        segment("OBR", f4="X", f15="BLK&Bloc"),
        segment("OBX", f2="CWE", f3="48676-1^HER2^LN", f5=value, f8="POS", f11="C"),
    ).observations
    assert isinstance(found.value, Coded)
    assert found.value.system == "2.16.840.1.113883.6.1"
    assert found.value.translations[0].code == "3"
    assert found.status is ObservationStatus.CORRECTED
    assert (found.specimen, found.abnormal, found.locator) == ("Bloc", "POS", "OBX[1]")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("F", "F"), ("P", "P"), ("C", "C"), ("X", "X"), ("W", "X"), ("D", "D"), ("R", "P"), ("", "P")],
)
def test_a_result_is_final_only_when_it_says_so(status: str, expected: str) -> None:
    [found] = report("OBR|1|P|L|X", f"OBX|1|NM|X||1||||||{status}").observations
    assert found.status == expected


def test_report_about_somebody_else_makes_the_identity_doubtful(examples: dict[str, bytes]) -> None:
    swapped = examples["007"].replace(b"PAT-TROIS^DOMINIQUE^DOMINIQUE", b"DEMO^AUTRE^AUTRE")
    result = parse(swapped)
    assert "document_patient_differs:OBX[1]" in result.warnings
    assert result.traits is not None
    assert IdentityAttribute.DOUBTFUL in result.traits.attributes
    assert result.traits.identifiers == ()
    untouched = parse(examples["007"]).traits
    assert untouched is not None
    assert not untouched.attributes


@pytest.mark.parametrize(
    ("event", "merged", "expected", "prior"),
    [
        ("A28", "", IdentityEvent.CREATED, None),
        ("A31", "", IdentityEvent.UPDATED, None),
        ("A08", "", IdentityEvent.UPDATED, None),
        ("Z99", "", IdentityEvent.UPDATED, None),
        ("A01", "", IdentityEvent.UPDATED, None),
        ("A03", "", IdentityEvent.NONE, None),
        ("A40", "900002", IdentityEvent.MERGED, "900002"),
        ("A47", "900003", IdentityEvent.IDENTIFIER_CHANGED, "900003"),
        ("A40", "", IdentityEvent.NONE, None),
    ],
)
def test_identity_messages_announce_their_event(
    event: str, merged: str, expected: IdentityEvent, prior: str | None
) -> None:
    result = parse(adt(event, "1", merged_ipp=merged))
    assert result.identity_event is expected
    assert (result.prior.identifiers[0].value if result.prior else None) == prior


@pytest.mark.parametrize("event", ["A24", "A37", "A44"])
def test_links_and_account_moves_wait_for_a_person(event: str) -> None:
    assert f"needs_a_person:{event}" in parse(adt(event, "1")).warnings


def test_mdm_notifications_without_document_wait_for_a_person() -> None:
    result = report("TXA|1|18748-4", kind="MDM^T11^MDM_T01", version="2.6")
    assert result.warnings == ("needs_a_person:T11",)


def test_opposition_to_the_dmp_is_read(examples: dict[str, bytes]) -> None:
    assert parse(examples["001"]).opposed_to == frozenset()
    assert parse(examples["003"]).opposed_to == {"dmp_consultation"}
    opposed = examples["003"].replace(b"|INO|", b"|IO|")
    assert parse(opposed).opposed_to == {"dmp", "dmp_consultation"}


def test_business_acknowledgement_names_our_message_and_the_reason(
    examples: dict[str, bytes],
) -> None:
    result = parse(examples["012"])
    assert result.answers == (DeliveryAnswer("015", "ACK_RECEPTION_DMP", False, "DMPClosed"),)
    assert result.observations == ()


def test_answer_to_an_order_names_it() -> None:
    lines = ("MSA|AA|M1", "ORC|OK|CMD-1||||", "ORC|UA|CMD-2", "ORC|XX|CMD-3")
    result = report(*lines, kind="ORL^O22^ORL_O22", version="2.5.1")
    assert result.answers == (
        DeliveryAnswer("M1", "OK CMD-1", True),
        DeliveryAnswer("M1", "UA CMD-2", False),
        DeliveryAnswer("M1", "XX CMD-3", None),
    )


@pytest.mark.parametrize("raw", [b"pas du HL7", b"MSH|^~\\&|A|B|C|D|1||SIU^S12|1|P|2.5"])
def test_what_cannot_be_read_is_said_without_quoting_it(raw: bytes) -> None:
    with pytest.raises(PermanentExchangeError) as caught:
        parse(raw)
    assert caught.value.code.startswith("LAB-E0")
    assert "pas du HL7" not in str(caught.value)


def test_charset_confusion_is_reported() -> None:
    raw = oru("1").decode().encode("iso8859-1")
    result = parse(raw)
    assert result.warnings == ("charset_suspect",)
    assert result.traits is not None
    assert result.traits.birth_family_name == "DÉMO-MARTIN"
    small_tilde = oru("1").decode().replace("~", "\u02dc").encode()
    assert parse(small_tilde).warnings == ("unusual_separators",)
    assert parse(small_tilde).traits == parse(oru("1")).traits
