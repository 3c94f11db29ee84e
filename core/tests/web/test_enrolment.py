"""An invited person sets password and code; the invitation serves once."""

import logging
import re

import pytest

from dcc_core.config import Settings
from dcc_core.config.keys import master_secret
from dcc_core.testing.clock import START, MovableClock
from dcc_core.users import (
    AccountIn,
    DeviceCookies,
    LocalAuthentication,
    Vault,
    create_account,
    invite,
)
from dcc_core.users.totp import time_step, totp_code

PASSWORD = "la truite saute au matin"


@pytest.fixture
def clock():
    return MovableClock(START)


@pytest.fixture
def client(make_client, clock):
    return make_client(clock=clock)


@pytest.fixture
def token(embedded, clock):
    secret = master_secret(Settings(env="test", secret_key="s" * 32))
    local = LocalAuthentication(Vault(secret), DeviceCookies(secret))
    entry = AccountIn(family_name="DÉMO-INVITÉE", given_name="Nina", login="nina.demo")
    with embedded.session() as session:
        account = create_account(session, entry=entry, now=clock())
        return invite(session, account_id=account.id, local=local, now=clock())


def _open(client, token):
    page = client.get("/invitation", params={"jeton": token})
    fields = dict(re.findall(r'name="(_csrf|token)" value="([^"]+)"', page.text))
    return page, fields


def _code(page, clock):
    secret = "".join(re.search(r"<b>([A-Z2-7 ]{32,})</b>", page.text)[1].split())
    return totp_code(secret, time_step(clock()))


def test_an_invited_person_sets_password_and_code_then_signs_in(client, token, clock):
    page, fields = _open(client, token)
    assert page.status_code == 200
    assert "<svg" in page.text
    given = {**fields, "password": PASSWORD, "again": PASSWORD, "code": _code(page, clock)}
    done = client.post("/invitation", data=given)
    assert done.status_code == 200
    assert len(re.findall(r"<li>[0-9a-f]{10}</li>", done.text)) == 10
    assert client.get("/invitation", params={"jeton": token}).status_code == 404
    clock.advance(seconds=60)
    form = client.get("/connexion").text
    csrf = re.search(r'name="_csrf" value="([^"]+)"', form)[1]
    proof = {"login": "nina.demo", "password": PASSWORD, "code": _code(page, clock), "_csrf": csrf}
    signed = client.post("/connexion/compte", data=proof, follow_redirects=False)
    assert signed.status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"again": "autre chose entièrement"}, "again"),
        ({"password": "court", "again": "court"}, "password"),
        ({"code": "000000"}, "code"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_the_password_is_never_sent_back(
    client, token, clock, change, field
):
    page, fields = _open(client, token)
    given = {**fields, "password": PASSWORD, "again": PASSWORD, "code": _code(page, clock)}
    answer = client.post("/invitation", data={**given, **change})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert PASSWORD not in answer.text
    assert client.get("/invitation", params={"jeton": token}).status_code == 200


@pytest.mark.parametrize("given", ["", "attackerchosen"])
def test_an_unknown_invitation_opens_nothing(client, given):
    answer = client.get("/invitation", params={"jeton": given})
    assert answer.status_code == 404
    assert "ACC-614" in answer.text


def test_an_invitation_closes_after_three_days(client, token, clock):
    clock.advance(hours=72)
    assert client.get("/invitation", params={"jeton": token}).status_code == 404


def test_the_token_stays_out_of_the_log(client, token, caplog):
    with caplog.at_level(logging.INFO, logger="dcc"):
        _open(client, token)
    said = " ".join(str(vars(record)) for record in caplog.records)
    assert "/invitation" in said
    assert token not in said
