from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from dcc_core.audit.context import SYSTEM
from dcc_core.errors import NotFound
from dcc_core.hooks.contracts.access import Actor
from dcc_core.testing.clock import START
from dcc_core.users import (
    ANONYMOUS,
    Account,
    Client,
    Organisation,
    SignedIn,
    UserSession,
    build_policy,
    choose_activity,
    csrf_token,
    disable_account,
    end_provider_sessions,
    end_session,
    grant_role,
    list_sessions,
    load_session,
    purge_sessions,
    read_open_session,
    sign_in,
    start_session,
    touch_session,
)
from dcc_core.users.sessions import ABSOLUTE, IDLE

CLIENT = Client(source_ip="192.0.2.10", user_agent="Firefox")
NewAccount = Callable[..., Account]


def _signed_in(session: Session, account: Account, **proof: str) -> tuple[str, UserSession]:
    proved = SignedIn(
        provider="sso",
        provider_session=proof.get("provider_session", ""),
        provider_subject=proof.get("provider_subject", ""),
    )
    return sign_in(session, account=account, proof=proved, client=CLIENT, now=START)


def test_token_that_was_never_issued_opens_nothing(session: Session) -> None:
    assert load_session(session, token="attackerchosen", now=START) is None


def test_signing_in_replaces_the_token_planted_before(
    session: Session, new_account: NewAccount
) -> None:
    planted, anonymous = start_session(session, client=CLIENT, now=START)
    token, _ = sign_in(
        session,
        account=new_account(),
        proof=SignedIn(provider="sso"),
        client=CLIENT,
        now=START,
        previous=anonymous,
    )
    assert token != planted
    assert load_session(session, token=planted, now=START) is None
    assert load_session(session, token=token, now=START) is not None


def test_database_holds_no_token(session: Session, new_account: NewAccount) -> None:
    token, opened = _signed_in(session, new_account())
    assert token not in str(opened.model_dump())


def test_idle_session_dies_after_thirty_minutes(session: Session, new_account: NewAccount) -> None:
    token, _ = _signed_in(session, new_account())
    just_before = START + IDLE - timedelta(seconds=1)
    assert load_session(session, token=token, now=just_before) is not None
    assert load_session(session, token=token, now=START + IDLE) is None


def test_session_in_use_dies_after_four_hours(session: Session, new_account: NewAccount) -> None:
    token, opened = _signed_in(session, new_account())
    now = START
    while now < START + ABSOLUTE - timedelta(minutes=20):
        now += timedelta(minutes=20)
        current = load_session(session, token=token, now=now)
        assert current is not None
        touch_session(session, current=current, now=now)
    assert load_session(session, token=token, now=START + ABSOLUTE) is None
    assert opened.expires_at == START + ABSOLUTE


def test_reading_pages_writes_the_last_use_at_most_once_a_minute(
    session: Session, new_account: NewAccount
) -> None:
    _, opened = _signed_in(session, new_account())
    assert not touch_session(session, current=opened, now=START + timedelta(seconds=59))
    assert touch_session(session, current=opened, now=START + timedelta(seconds=60))


def test_disabling_an_account_ends_its_sessions_at_once(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account()
    tokens = [_signed_in(session, account)[0] for _ in range(3)]
    disable_account(session, account_id=account.id, reason="départ", now=START)
    assert [load_session(session, token=token, now=START) for token in tokens] == [None] * 3


def test_account_that_reaches_its_term_loses_its_session(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account(expires_at=START + timedelta(minutes=5))
    token, _ = _signed_in(session, account)
    assert load_session(session, token=token, now=START + timedelta(minutes=5)) is None


def test_choosing_an_activity_replaces_the_token_and_the_roles(
    session: Session, new_account: NewAccount, hospital: Organisation
) -> None:
    account = new_account()
    policy = build_policy()
    for role, organisation in (("physician", hospital.id), ("identity_officer", None)):
        grant_role(
            session,
            account_id=account.id,
            role=role,
            author=SYSTEM,
            policy=policy,
            now=START,
            organisation_id=organisation,
        )
    before, opened = _signed_in(session, account)
    assert _actor(session, before).roles == {"identity_officer"}
    after = choose_activity(session, current=opened, organisation_id=hospital.id, now=START)
    assert load_session(session, token=before, now=START) is None
    actor = _actor(session, after)
    assert actor.roles == {"physician", "identity_officer"}
    assert actor.scoped_roles == {("physician", f"organisation:{hospital.id}")}


def test_nobody_signed_in_is_anonymous(session: Session) -> None:
    token, _ = start_session(session, client=CLIENT, now=START)
    assert _actor(session, token) is ANONYMOUS


def test_a_role_ends_with_its_grant_and_the_session_with_its_account(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account(expires_at=START + timedelta(minutes=5))
    grant_role(
        session,
        account_id=account.id,
        role="identity_officer",
        author=SYSTEM,
        policy=build_policy(),
        now=START,
        ends_at=START + timedelta(minutes=2),
    )
    token, _ = _signed_in(session, account)
    assert _actor(session, token).roles == {"identity_officer"}
    assert _actor(session, token, START + timedelta(minutes=2)).roles == frozenset()
    assert read_open_session(session, token=token, now=START + timedelta(minutes=5)) is None
    assert read_open_session(session, token="attackerchosen", now=START) is None


def _actor(session: Session, token: str, now: datetime = START) -> Actor:
    found = read_open_session(session, token=token, now=now)
    assert found is not None
    return found.actor


def test_holder_lists_and_ends_own_sessions_only(session: Session, new_account: NewAccount) -> None:
    holder, other = new_account(), new_account()
    _, first = _signed_in(session, holder)
    _, second = _signed_in(session, holder)
    _, foreign = _signed_in(session, other)
    listed = {row.id for row in list_sessions(session, account_id=holder.id, now=START)}
    assert listed == {first.id, second.id}
    end_session(session, session_id=first.id, account_id=holder.id)
    with pytest.raises(NotFound, match="ACC-501"):
        end_session(session, session_id=foreign.id, account_id=holder.id)
    left = list_sessions(session, account_id=holder.id, now=START)
    assert [row.id for row in left] == [second.id]


@pytest.mark.parametrize(
    ("provider_session", "subject", "left"), [("s1", "", 2), ("", "p1", 1), ("", "", 3)]
)
def test_back_channel_logout_ends_what_it_names(
    session: Session, new_account: NewAccount, provider_session: str, subject: str, left: int
) -> None:
    account = new_account()
    for own_session, person in (("s1", "p1"), ("s2", "p1"), ("s3", "p2")):
        _signed_in(session, account, provider_session=own_session, provider_subject=person)
    end_provider_sessions(
        session, provider="sso", provider_session=provider_session, subject=subject
    )
    assert len(list_sessions(session, account_id=account.id, now=START)) == left


def test_dead_sessions_are_purged(session: Session, new_account: NewAccount) -> None:
    _signed_in(session, new_account())
    purge_sessions(session, START + IDLE)
    assert session.exec(select(UserSession)).all() == []


def test_anti_forgery_token_belongs_to_one_session() -> None:
    assert csrf_token("one") == csrf_token("one") != csrf_token("two")


def test_session_does_not_outlive_the_sign_in_at_the_provider(
    session: Session, new_account: NewAccount
) -> None:
    """Single sign-on may answer three hours after the person proved who they are."""
    proof = SignedIn(provider="sso", authenticated_at=START - timedelta(hours=3))
    token, _ = sign_in(session, account=new_account(), proof=proof, client=CLIENT, now=START)
    late = START + timedelta(minutes=59)
    current = load_session(session, token=token, now=START)
    assert current is not None
    for minutes in (20, 40, 59):
        touch_session(session, current=current, now=START + timedelta(minutes=minutes))
    assert load_session(session, token=token, now=late)
    assert load_session(session, token=token, now=START + timedelta(hours=1)) is None
