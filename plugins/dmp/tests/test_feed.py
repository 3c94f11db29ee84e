"""The feed against the simulated DMP over real sockets: each operation, each fault, once."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from uuid import uuid4

import pytest

from dcc_cda.specimen import PATIENT
from dcc_core.api import (
    Confidentiality,
    DocumentNotice,
    ExchangeError,
    IdentityStatus,
    PermanentExchangeError,
    RetryableExchangeError,
    Role,
)
from dcc_sandbox.dmp import names
from dcc_sandbox.dmp.authority import server_tls
from dcc_sandbox.dmp.faults import Trouble
from dcc_sandbox.dmp.server import SimulatedDmp, running_dmp

from .support import feed_for, new_document, next_version, settings_for

INS = "279035121518989"


def held(dmp):
    return [(one.unique_id, one.status) for one in dmp.holdings.documents()]


# ------------------------------------------------------------------ the four operations


def test_a_document_arrives_as_it_left(feed, envelope, dmp):
    sent = envelope()
    receipt = feed.deliver(sent)
    (one,) = dmp.holdings.documents()
    assert one.content == sent.renditions[0].content
    assert one.hash_sha1 == sha1(one.content, usedforsecurity=False).hexdigest()
    assert one.format_code == "urn:asip:ci-sis:frcp:2011"
    assert one.patient_id == f"{INS}^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert one.confidentialities == {"N"}
    assert receipt.reference == one.unique_id
    assert receipt.recipient == "DMP"


def test_a_new_version_replaces_the_old_one(feed, envelope, dmp):
    first = new_document()
    second = next_version(first)
    feed.deliver(envelope(document=first))
    feed.deliver(envelope("replace", second))
    assert held(dmp) == [
        (first.document_id, names.DEPRECATED),
        (second.document_id, names.APPROVED),
    ]


def test_a_withdrawn_document_is_deleted_there(feed, envelope, dmp):
    document = new_document()
    feed.deliver(envelope(document=document))
    feed.deliver(envelope("withdraw", document))
    assert held(dmp) == [(document.document_id, names.DELETED)]


def test_withdrawing_twice_or_what_never_arrived_is_done(feed, envelope, dmp):
    document = new_document()
    feed.deliver(envelope("withdraw", document))
    assert held(dmp) == []
    feed.deliver(envelope(document=document))
    feed.deliver(envelope("withdraw", document))
    feed.deliver(envelope("withdraw", document, attempt=2))
    assert held(dmp) == [(document.document_id, names.DELETED)]


def test_a_document_waits_for_the_announcement_then_shows(address, organisation, envelope, dmp):
    feed = feed_for(settings_for(address, organisation, hide_until_announced=("FRCP",)))
    document = new_document()
    feed.deliver(envelope(document=document))
    assert dmp.holdings.documents()[0].confidentialities == {"N", "INVISIBLE_PATIENT"}
    feed.deliver(envelope("visibility", document, parameters={"announced": "yes"}))
    (shown,) = dmp.holdings.documents()
    assert shown.confidentialities == {"N"}
    assert shown.version == 2
    assert shown.content == envelope(document=document).renditions[0].content


def test_a_visibility_change_then_a_replacement_uses_the_new_identifier(
    address, organisation, envelope, dmp
):
    feed = feed_for(settings_for(address, organisation, hide_until_announced=("FRCP",)))
    first = new_document()
    feed.deliver(envelope(document=first))
    feed.deliver(envelope("visibility", first, parameters={"announced": "yes"}))
    second = next_version(first)
    feed.deliver(envelope("replace", second, parameters={"announced": "yes"}))
    assert held(dmp) == [
        (first.document_id, names.DEPRECATED),
        (second.document_id, names.APPROVED),
    ]


def test_hidden_from_patient_and_professionals_at_once_is_refused(feed, envelope, dmp):
    both = {"hide_from_patient": "yes", "hide_from_professionals": "yes"}
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-017"):
        feed.deliver(envelope(parameters=both))
    assert held(dmp) == []


def test_the_lot_is_signed_over_the_very_bytes(feed, envelope, dmp):
    feed.deliver(envelope())
    signatures = [one for one in dmp.holdings.latest() if one.format_code == names.SIGNATURE_FORMAT]
    assert len(signatures) == 1
    assert b"urn:oid:" in signatures[0].content


# ------------------------------------------------------------------ exactly once


def test_a_lost_answer_counts_as_delivered_after_checking(feed, envelope, dmp):
    sent = envelope()
    dmp.troubles.plan(None, Trouble.LOST_ANSWER)
    with pytest.raises(RetryableExchangeError, match="DCC-DMP-040"):
        feed.deliver(sent)
    assert len(dmp.holdings.documents()) == 1
    receipt = feed.deliver(replace(sent, attempt=2))
    assert receipt.reference == sent.document.document_id
    assert len(dmp.holdings.documents()) == 1
    assert (
        "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
        "XDSDuplicateUniqueIdInRegistry",
    ) in dmp.log


def test_a_lost_answer_to_a_replacement_counts_too(feed, envelope, dmp):
    first = new_document()
    feed.deliver(envelope(document=first))
    second = envelope("replace", next_version(first))
    dmp.troubles.plan(None, None, None, Trouble.LOST_ANSWER)
    with pytest.raises(RetryableExchangeError):
        feed.deliver(second)
    feed.deliver(replace(second, attempt=2))
    assert [status for _, status in held(dmp)] == [names.DEPRECATED, names.APPROVED]


def test_a_duplicate_with_other_content_is_not_delivered(feed, envelope, dmp):
    document = new_document()
    feed.deliver(envelope(document=document))
    other = replace(document, title="Autre titre")
    with pytest.raises(PermanentExchangeError, match="XDSNonIdenticalHash"):
        feed.deliver(envelope(document=other))


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.LOST_REQUEST,
        Trouble.BUSY,
        Trouble.RECEIVER_FAULT,
        Trouble.HTML_PAGE,
        Trouble.TRUNCATED,
        Trouble.SLOW,
    ],
)
def test_passing_troubles_are_tried_again(trouble, feed, envelope, dmp):
    sent = envelope()
    dmp.troubles.plan(None, trouble)
    with pytest.raises(RetryableExchangeError):
        feed.deliver(sent)
    feed.deliver(replace(sent, attempt=2))
    assert held(dmp) == [(sent.document.document_id, names.APPROVED)]


# ------------------------------------------------------------------ what nothing can mend


def test_a_closed_dmp_is_told(feed, envelope, dmp):
    dmp.holdings.closed.add(INS)
    with pytest.raises(PermanentExchangeError, match="a fermé son DMP"):
        feed.deliver(envelope())
    assert [action for action, _ in dmp.log] == [names.EXISTENCE]


@pytest.mark.parametrize("trouble", [Trouble.BUSY, Trouble.RECEIVER_FAULT, Trouble.HTML_PAGE])
def test_no_dmp_is_believed_only_when_it_is_said(trouble, feed, envelope, dmp):
    dmp.troubles.plan(trouble)
    with pytest.raises(RetryableExchangeError):
        feed.deliver(envelope())


def test_no_dmp_is_told(feed, envelope, dmp):
    dmp.holdings.absent.add(INS)
    with pytest.raises(PermanentExchangeError, match="n'a pas de DMP"):
        feed.deliver(envelope())


def test_replacing_what_is_no_longer_current_is_told(feed, envelope, dmp):
    first = new_document()
    feed.deliver(envelope(document=first))
    feed.deliver(envelope("withdraw", first))
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-015"):
        feed.deliver(envelope("replace", next_version(first)))


@pytest.mark.parametrize(
    "status", [None, *(one for one in IdentityStatus if one is not IdentityStatus.QUALIFIED)]
)
def test_an_identity_not_qualified_goes_nowhere(status, feed, envelope, dmp):
    document = new_document(patient=replace(PATIENT, status=status))
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-013"):
        feed.deliver(envelope(document=document))
    assert dmp.log == []


def test_a_qualified_identity_without_ins_goes_nowhere(feed, envelope, dmp):
    document = new_document(patient=replace(PATIENT, identifiers=PATIENT.identifiers[1:]))
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-010"):
        feed.deliver(envelope(document=document))
    assert dmp.log == []


def test_a_restricted_document_is_not_shared(feed, envelope, dmp):
    document = new_document(confidentiality=Confidentiality.RESTRICTED)
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-012"):
        feed.deliver(envelope(document=document))
    assert dmp.log == []


def test_a_document_without_cda_is_told(feed, envelope):
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-018"):
        feed.deliver(replace(envelope(), renditions=()))


def test_a_document_that_breaks_a_rule_never_leaves(feed, envelope, dmp):
    sent = envelope()
    content = sent.renditions[0].content.replace(b"ORG-126", b"ORG-999")
    faulty = replace(sent, renditions=(replace(sent.renditions[0], content=content),))
    with pytest.raises(PermanentExchangeError) as refusal:
        feed.deliver(faulty)
    assert refusal.value.code == "DCC-DMP-019"
    assert refusal.value.params["rule"] == "DCC-COD-2"
    assert "jeu de valeurs « quorum »" in refusal.value.text
    assert dmp.log == []


def test_a_dmp_that_judges_the_cda_is_heard(feed, envelope, dmp):
    dmp.judge = lambda content: [] if b"ORG-126" in content else ["quorum"]
    feed.deliver(envelope())
    dmp.judge = lambda content: ["une règle de plus"]
    with pytest.raises(PermanentExchangeError, match="XDSRepositoryMetadataError"):
        feed.deliver(envelope())
    assert len(dmp.holdings.documents()) == 1


def test_a_withdrawal_needs_no_rendition(feed, envelope, dmp):
    document = new_document()
    feed.deliver(envelope(document=document))
    feed.deliver(replace(envelope("withdraw", document), renditions=()))
    assert held(dmp) == [(document.document_id, names.DELETED)]


def test_an_unknown_operation_is_told(feed, envelope):
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-014"):
        feed.deliver(replace(envelope(), operation="consult"))


def test_a_wrong_finess_is_refused_by_the_dmp(address, organisation, envelope):
    feed = feed_for(settings_for(address, organisation, structure="1999999999"))
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-033"):
        feed.deliver(envelope())


def test_a_stranger_s_certificate_is_refused_by_the_dmp(address, authority, envelope):
    feed = feed_for(settings_for(address, authority.issue("stranger")))
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-033"):
        feed.deliver(envelope())


def test_an_expired_certificate_waits_for_its_successor(address, authority, envelope, dmp):
    expired = authority.issue("expired", since=-20, days=-10)
    with pytest.raises(RetryableExchangeError, match="DCC-DMP-022"):
        feed_for(settings_for(address, expired)).deliver(envelope())
    assert dmp.log == []


@pytest.mark.parametrize(
    ("shift", "accepted"), [(30, True), (-30, True), (900, False), (-900, False)]
)
def test_clock_skew(shift, accepted, feed, envelope, dmp):
    dmp.clock = lambda: datetime.now(UTC) + timedelta(seconds=shift)
    if accepted:
        feed.deliver(envelope())
    else:
        with pytest.raises(PermanentExchangeError, match="l'heure du serveur"):
            feed.deliver(envelope())


def test_refusals_never_carry_the_patient(feed, envelope, dmp):
    errors = []
    dmp.holdings.closed.add(INS)
    for trouble in (Trouble.HTML_PAGE, Trouble.BUSY, Trouble.STALE_VIHF, Trouble.LOST_ANSWER, None):
        dmp.troubles.plan(trouble)
        with pytest.raises(ExchangeError) as refusal:
            feed.deliver(envelope())
        errors.append(f"{refusal.value} {refusal.value.params}")
    for said in errors:
        assert INS not in said
        assert "DÉMO" not in said


# ------------------------------------------------------------------ the network


def test_mutual_tls(authority, organisation, envelope):
    server = authority.issue("serveur")
    client = authority.issue("org-auth")
    dmp = SimulatedDmp(trusted=organisation.pem, structure="1310000000")
    with running_dmp(dmp, tls=server_tls(server, authority.certificate)) as address:
        known = {"tls_certificate": client.certificate, "tls_key": client.key}
        trusted = settings_for(address, organisation, tls_authority=authority.certificate, **known)
        feed_for(trusted).deliver(envelope())
        assert len(dmp.holdings.documents()) == 1
        stranger = settings_for(address, organisation, **known)
        with pytest.raises(RetryableExchangeError, match="DCC-DMP-041"):
            feed_for(stranger).deliver(envelope())
        bare = settings_for(address, organisation)
        with pytest.raises(RetryableExchangeError, match=r"DCC-DMP-04[01]"):
            feed_for(bare).deliver(envelope())
        assert len(dmp.holdings.documents()) == 1


def test_an_expired_server_certificate_is_refused(authority, organisation, envelope):
    server = authority.issue("serveur-perime", since=-20, days=-10)
    client = authority.issue("org-auth-2")
    dmp = SimulatedDmp(trusted=organisation.pem, structure="1310000000")
    with running_dmp(dmp, tls=server_tls(server, authority.certificate)) as address:
        known = settings_for(
            address,
            organisation,
            tls_certificate=client.certificate,
            tls_key=client.key,
            tls_authority=authority.certificate,
        )
        with pytest.raises(RetryableExchangeError, match="DCC-DMP-041"):
            feed_for(known).deliver(envelope())


def test_nobody_there(organisation, envelope):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = feed_for(settings_for(f"http://127.0.0.1:{port}", organisation))
    with pytest.raises(RetryableExchangeError, match="DCC-DMP-040"):
        feed.deliver(envelope())


def test_the_breaker_spares_a_dmp_that_is_down(address, organisation, envelope, dmp):
    feed = feed_for(settings_for(address, organisation, breaker_failures=3, breaker_pause_s=0.2))
    dmp.troubles.plan(*[Trouble.LOST_REQUEST] * 3)
    for _ in range(3):
        with pytest.raises(RetryableExchangeError, match="DCC-DMP-040"):
            feed.deliver(envelope())
    with pytest.raises(RetryableExchangeError, match="DCC-DMP-043"):
        feed.deliver(envelope())
    assert dmp.log == []
    feed._client.breaker._open_until = None  # the pause is over
    feed.deliver(envelope())
    assert len(dmp.holdings.documents()) == 1


def test_refusals_do_not_open_the_breaker(address, organisation, envelope, dmp):
    feed = feed_for(settings_for(address, organisation, breaker_failures=1))
    dmp.holdings.closed.add(INS)
    for _ in range(3):
        with pytest.raises(PermanentExchangeError):
            feed.deliver(envelope())


def test_a_30_mb_document_arrives(address, organisation, envelope, dmp):
    feed = feed_for(settings_for(address, organisation, timeout_s=60))
    sent = envelope()
    padding = b"<!--" + b"x" * 30_000_000 + b"-->"
    content = sent.renditions[0].content.replace(b"<realmCode", padding + b"<realmCode", 1)
    big = replace(sent, renditions=(replace(sent.renditions[0], content=content),))
    feed.deliver(big)
    assert dmp.holdings.documents()[0].size == len(content)


# ------------------------------------------------------------------ which documents


@pytest.mark.parametrize(
    ("document_class", "wanted"), [("FRCP", True), ("PPS", True), ("CR-ACP", False)]
)
def test_only_chosen_classes_are_fed(document_class, wanted, feed):
    notice = DocumentNotice(
        uuid4(), uuid4(), document_class, "34794-8", 1, "final", IdentityStatus.QUALIFIED, "rcp"
    )
    assert feed.wants(notice) is wanted


def test_a_document_nobody_answers_for_goes_nowhere(feed, envelope):
    sent = envelope()
    nobody = replace(
        sent.document,
        participations=tuple(
            part
            for part in sent.document.participations
            if part.role is not Role.LEGAL_AUTHENTICATOR
        ),
    )
    with pytest.raises(PermanentExchangeError, match="DCC-DMP-011"):
        feed.deliver(replace(sent, document=nobody))
