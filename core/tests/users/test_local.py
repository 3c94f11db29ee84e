import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import Session, select

from dcc_core.audit import AuditEntry
from dcc_core.errors import ConfigError, InvalidInput, NotFound
from dcc_core.testing.clock import START
from dcc_core.users import (
    Account,
    Client,
    DeviceCookies,
    LocalAuthentication,
    LocalSignIn,
    Vault,
    disable_account,
    enrol,
    invite,
    read_invitation,
    sign_in_locally,
)
from dcc_core.users.tables import LocalCredential
from dcc_core.users.totp import accepted_step, time_step, totp_code

NewAccount = Callable[..., Account]
PASSWORD = "quatre chevaux traversent"
LOCAL = LocalAuthentication(Vault(b"k" * 32), DeviceCookies(b"k" * 32))
HOME = Client(source_ip="192.0.2.10")
ELSEWHERE = Client(source_ip="198.51.100.7")


class Person:
    """Somebody with a local account, an authenticator app and a watch."""

    def __init__(self, session: Session, account: Account) -> None:
        self.session = session
        self.account = account
        token = invite(session, account_id=account.id, local=LOCAL, now=START)
        shown = read_invitation(session, token=token, local=LOCAL, now=START)
        self.secret = parse_qs(urlsplit(shown.uri).query)["secret"][0]
        self.now = START
        self.recovery = enrol(
            session,
            token=token,
            password=PASSWORD,
            code=self.code(),
            local=LOCAL,
            now=START,
        )

    def code(self) -> str:
        return totp_code(self.secret, time_step(self.now))

    def later(self, **amount: float) -> datetime:
        self.now += timedelta(**amount)
        return self.now

    def sign_in(
        self,
        password: str = PASSWORD,
        code: str | None = None,
        client: Client = HOME,
        cookie: str = "",
        login: str | None = None,
    ) -> LocalSignIn:
        return sign_in_locally(
            self.session,
            login=login or self.account.login or "",
            password=password,
            code=self.code() if code is None else code,
            client=client,
            local=LOCAL,
            now=self.now,
            device_cookie=cookie,
        )


@pytest.fixture
def person(session: Session, new_account: NewAccount) -> Person:
    return Person(session, new_account())


@pytest.mark.parametrize(
    ("unix_time", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(unix_time: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890" in base 32
    assert totp_code(secret, unix_time // 30) == code


@pytest.mark.parametrize(
    ("offset_s", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_phone_may_be_half_a_minute_off(offset_s: int, accepted: bool) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    code = totp_code(secret, time_step(START + timedelta(seconds=offset_s)))
    assert (accepted_step(secret, code, now=START, last_step=0) is not None) is accepted


def test_right_login_password_and_code_sign_in(person: Person) -> None:
    person.later(minutes=1)
    signed_in = person.sign_in(login=(person.account.login or "").upper())
    assert signed_in.account is person.account


def test_code_works_once(person: Person) -> None:
    assert person.sign_in().code == "ACC-621"  # already used to enrol
    person.later(seconds=30)
    assert person.sign_in().code == "ACC-600"
    assert person.sign_in().code == "ACC-621"


def test_recovery_code_works_once(person: Person) -> None:
    person.later(minutes=1)
    assert person.sign_in(code=person.recovery[0].upper()).account is not None
    assert person.sign_in(code=person.recovery[0]).account is None
    assert person.sign_in(code=person.recovery[1]).account is not None


def test_every_refusal_says_the_same(person: Person) -> None:
    person.later(minutes=1)
    refused = [
        person.sign_in(password="fausse phrase de passe"),
        person.sign_in(code="000000"),
        person.sign_in(login="personne.inconnue"),
        person.sign_in(login=person.account.national_id),
    ]
    assert {(result.account, result.code, result.text) for result in refused} == {
        (None, "ACC-621", refused[0].text)
    }


def test_disabled_account_is_refused_like_a_wrong_password(
    session: Session, person: Person
) -> None:
    disable_account(session, account_id=person.account.id, reason="départ", now=START)
    person.later(minutes=1)
    assert person.sign_in().code == "ACC-621"


def test_five_failures_close_the_door_to_that_address_for_five_minutes(person: Person) -> None:
    person.later(minutes=1)
    codes = [person.sign_in(password="faux", client=ELSEWHERE).code for _ in range(6)]
    assert codes == ["ACC-621"] * 5 + ["ACC-622"]
    assert person.sign_in(client=ELSEWHERE).code == "ACC-622"
    person.later(minutes=5)
    assert person.sign_in(client=ELSEWHERE).code == "ACC-600"


def test_guessing_elsewhere_never_locks_the_holder_out(person: Person) -> None:
    person.later(minutes=1)
    for _ in range(20):
        person.sign_in(password="faux", client=ELSEWHERE)
    assert person.sign_in(client=HOME).code == "ACC-600"


def test_guessing_behind_the_same_address_does_not_lock_a_known_device(person: Person) -> None:
    person.later(minutes=1)
    cookie = person.sign_in(client=HOME).device_cookie
    person.later(minutes=1)
    for _ in range(20):
        person.sign_in(password="faux", client=HOME)
    assert person.sign_in(client=HOME).code == "ACC-622"
    assert person.sign_in(client=HOME, cookie=cookie).code == "ACC-600"


def test_forged_or_foreign_device_cookie_is_worth_nothing() -> None:
    devices = DeviceCookies(b"k" * 32)
    cookie = devices.issue("camille", "d1")
    assert devices.device_of("camille", cookie) == "d1"
    assert devices.device_of("CAMILLE", cookie) == "d1"
    for login, forged in (
        ("claude", cookie),
        ("camille", "d2." + cookie.partition(".")[2]),
        ("camille", "d1"),
        ("camille", ""),
    ):
        assert devices.device_of(login, forged) == ""
    assert DeviceCookies(b"x" * 32).device_of("camille", cookie) == ""


def test_failure_is_audited_without_what_was_typed(session: Session, person: Person) -> None:
    person.later(minutes=1)
    person.sign_in(password="motdepasse-tapé", login="faute.de.frappe")
    line = session.exec(select(AuditEntry).where(AuditEntry.event == "session.refused")).one()
    written = str(line.model_dump())
    assert "motdepasse-tapé" not in written
    assert "faute.de.frappe" not in written


def test_database_holds_neither_password_nor_secret(session: Session, person: Person) -> None:
    stored = str(session.get_one(LocalCredential, person.account.id).model_dump())
    for secret in (PASSWORD, person.secret, *person.recovery):
        assert secret not in stored


def test_invitation_works_once_and_for_three_days(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account()
    token = invite(session, account_id=account.id, local=LOCAL, now=START)
    late = START + timedelta(hours=72)
    for wrong, now in (("other", START), ("", START), (token, late)):
        with pytest.raises(NotFound, match="ACC-614"):
            read_invitation(session, token=wrong, local=LOCAL, now=now)
    person = Person(session, account)
    with pytest.raises(NotFound, match="ACC-614"):
        read_invitation(session, token=token, local=LOCAL, now=START)
    assert person.recovery


def test_new_invitation_replaces_a_lost_phone(session: Session, person: Person) -> None:
    old_secret = person.secret
    invite(session, account_id=person.account.id, local=LOCAL, now=START)
    person.later(minutes=1)
    assert person.sign_in(code=totp_code(old_secret, time_step(person.now))).account is None
    assert person.sign_in(code=person.recovery[0]).account is None


def test_account_without_login_cannot_be_invited(session: Session, new_account: NewAccount) -> None:
    with pytest.raises(InvalidInput, match="ACC-613"):
        invite(session, account_id=new_account(login=None).id, local=LOCAL, now=START)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("court", "ACC-611"),
        ("x" * 129, "ACC-611"),
        ("aaaaaaaaaaaaaaaa", "ACC-612"),
        ("motdepasse1234", "ACC-612"),
        ("démo-martin 1azerty", "ACC-612"),
    ],
)
def test_weak_password_is_refused_with_its_reason(
    session: Session, new_account: NewAccount, password: str, code: str
) -> None:
    token = invite(session, account_id=new_account().id, local=LOCAL, now=START)
    with pytest.raises(InvalidInput, match=code) as caught:
        enrol(session, token=token, password=password, code="", local=LOCAL, now=START)
    assert caught.value.field == "password"


def test_wrong_code_leaves_the_invitation_open(session: Session, new_account: NewAccount) -> None:
    token = invite(session, account_id=new_account().id, local=LOCAL, now=START)
    with pytest.raises(InvalidInput, match="ACC-615"):
        enrol(session, token=token, password=PASSWORD, code="000000", local=LOCAL, now=START)
    assert read_invitation(session, token=token, local=LOCAL, now=START).login


def test_sealed_secret_opens_only_with_its_key_and_for_its_row() -> None:
    sealed = LOCAL.vault.seal("JBSWY3DP", about="account-1")
    assert LOCAL.vault.open(sealed, about="account-1") == "JBSWY3DP"
    for vault, about in ((LOCAL.vault, "account-2"), (Vault(b"x" * 32), "account-1")):
        with pytest.raises(ConfigError, match="ACC-601"):
            vault.open(sealed, about=about)


def test_unknown_login_costs_what_a_wrong_password_costs(person: Person) -> None:
    """Compared in processor time: a busy machine must not decide."""

    def cost(login: str) -> float:
        begun = time.process_time()
        person.sign_in(login=login, password="fausse phrase de passe", client=Client(login))
        return time.process_time() - begun

    known, unknown = person.account.login or "", "personne.inconnue"
    for login in (known, unknown):
        cost(login)
    costs = {login: min(cost(login) for _ in range(4)) for login in (known, unknown)}
    assert abs(costs[known] - costs[unknown]) < 0.25 * max(costs.values())
