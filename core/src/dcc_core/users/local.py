"""Local accounts: invitation, enrolment of password and one-time code, sign-in.

For people whom the national provider does not know, and for the day it is down.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from dcc_core.audit import Outcome, record_event
from dcc_core.errors import InvalidInput, NotFound
from dcc_core.users.accounts import find_account, get_account
from dcc_core.users.passwords import hash_password, is_password
from dcc_core.users.sessions import Client, end_account_sessions, is_usable
from dcc_core.users.tables import Account, LocalCredential
from dcc_core.users.throttle import (
    DeviceCookies,
    bucket_of,
    forget_failures,
    is_throttled,
    note_failure,
)
from dcc_core.users.totp import accepted_step, new_totp_secret, totp_uri
from dcc_core.users.vault import Vault

INVITATION = timedelta(hours=72)
RECOVERY_CODES = 10
REFUSED = "Identifiant, mot de passe ou code incorrect. Vérifiez-les et recommencez."
THROTTLED = "Trop d'essais depuis cet appareil. Attendez cinq minutes avant de recommencer."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the enrolment page shows: whose account it is, and the secret as a QR code."""

    account_id: UUID
    login: str
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalSignIn:
    """How a local sign-in ended. Not an exception: the failure must be counted and committed.

    Attributes:
        account: The account, None when refused.
        code: ``ACC-600`` success, ``ACC-621`` refused, ``ACC-622`` too many tries.
        text: French sentence; the same for an unknown login and a wrong password.
        device_cookie: Cookie to set so that this device keeps a counter of its own.
    """

    account: Account | None
    code: str
    text: str = ""
    device_cookie: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LocalAuthentication:
    """What local sign-in needs beyond the database; built once per process."""

    vault: Vault
    devices: DeviceCookies
    issuer: str = "DCC"


def invite(session: Session, *, account_id: UUID, local: LocalAuthentication, now: datetime) -> str:
    """Return a token, good once and for 72 hours, with which the holder sets password and code.

    An earlier password, code and open sessions stop working: inviting again is how a lost phone is
    replaced.

    Raises:
        InvalidInput: ``ACC-613`` the account has no login.
    """
    account = get_account(session, account_id)
    if not account.login:
        raise InvalidInput("ACC-613", "Ce compte n'a pas d'identifiant local.", field="login")
    token = secrets.token_urlsafe(32)
    credential = session.get(LocalCredential, account_id) or LocalCredential(
        account_id=account_id, totp_secret=""
    )
    credential.password_hash = ""
    credential.enrolled_at = None
    credential.recovery = []
    credential.totp_secret = local.vault.seal(new_totp_secret(), about=str(account_id))
    credential.invitation_hash = _digest(token)
    credential.invitation_expires_at = now + INVITATION
    session.add(credential)
    session.flush()
    end_account_sessions(session, account_id=account_id)
    record_event(session, "account.invite", object_kind="account", object_id=account_id)
    return token


def read_invitation(
    session: Session, *, token: str, local: LocalAuthentication, now: datetime
) -> Enrolment:
    """Return what the enrolment page shows; reading changes nothing.

    Raises:
        NotFound: ``ACC-614`` unknown, used or expired token.
    """
    credential = _invited(session, token, now)
    account = get_account(session, credential.account_id)
    secret = local.vault.open(credential.totp_secret, about=str(account.id))
    login = account.login or ""
    return Enrolment(account.id, login, totp_uri(secret, issuer=local.issuer, login=login))


def enrol(
    session: Session,
    *,
    token: str,
    password: str,
    code: str,
    local: LocalAuthentication,
    now: datetime,
) -> tuple[str, ...]:
    """Set the password once the app shows the right code; return single-use recovery codes.

    Raises:
        NotFound: ``ACC-614`` unknown, used or expired token.
        InvalidInput: ``ACC-611``, ``ACC-612`` password; ``ACC-615`` code.
    """
    credential = _invited(session, token, now)
    account = get_account(session, credential.account_id)
    about = (account.login or "", account.family_name, account.given_name)
    hashed = hash_password(password, about=about)
    secret = local.vault.open(credential.totp_secret, about=str(account.id))
    step = accepted_step(secret, code, now=now, last_step=0)
    if step is None:
        raise InvalidInput(
            "ACC-615",
            "Le code ne correspond pas. Vérifiez l'heure de votre téléphone et ressaisissez-le.",
            field="code",
        )
    codes = tuple(secrets.token_hex(5) for _ in range(RECOVERY_CODES))
    credential.password_hash = hashed
    credential.last_step = step
    credential.recovery = [_digest(code) for code in codes]
    credential.enrolled_at = now
    credential.invitation_hash = ""
    session.add(credential)
    session.flush()
    record_event(session, "account.enrol", object_kind="account", object_id=account.id)
    return codes


def sign_in_locally(
    session: Session,
    *,
    login: str,
    password: str,
    code: str,
    client: Client,
    local: LocalAuthentication,
    now: datetime,
    device_cookie: str = "",
) -> LocalSignIn:
    """Check login, password and one-time code together, so that none is confirmed alone.

    The caller commits whatever the outcome, then opens a session with ``sign_in``.
    """
    device = local.devices.device_of(login, device_cookie)
    bucket = bucket_of(login, source_ip=client.source_ip, device=device)
    if is_throttled(session, bucket, now):
        return LocalSignIn(None, "ACC-622", THROTTLED)
    account = find_account(session, login)
    credential = session.get(LocalCredential, account.id) if account else None
    right_password = is_password(credential.password_hash if credential else "", password)
    if not (
        account is not None
        and credential is not None
        and account.login == login.lower()
        and right_password
        and is_usable(account, now)
        and _consume_code(session, credential, code, local, now)
    ):
        note_failure(session, bucket, now)
        _record_failure(session, account)
        return LocalSignIn(None, "ACC-621", REFUSED)
    forget_failures(session, bucket)
    cookie = local.devices.issue(login, device or secrets.token_hex(16))
    return LocalSignIn(account, "ACC-600", device_cookie=cookie)


def _consume_code(
    session: Session,
    credential: LocalCredential,
    code: str,
    local: LocalAuthentication,
    now: datetime,
) -> bool:
    secret = local.vault.open(credential.totp_secret, about=str(credential.account_id))
    step = accepted_step(secret, code, now=now, last_step=credential.last_step)
    digest = _digest("".join(code.split()).lower())
    if step is not None:
        credential.last_step = step
    elif digest in credential.recovery:
        credential.recovery = [kept for kept in credential.recovery if kept != digest]
    else:
        return False
    session.add(credential)
    session.flush()
    return True


def _invited(session: Session, token: str, now: datetime) -> LocalCredential:
    credential = session.exec(
        select(LocalCredential).where(LocalCredential.invitation_hash == _digest(token))
    ).first()
    expires = credential.invitation_expires_at if credential else None
    if credential is None or expires is None or expires <= now:
        raise NotFound(
            "ACC-614", "Cette invitation a expiré ou a déjà servi. Demandez-en une nouvelle."
        )
    return credential


def _record_failure(session: Session, account: Account | None) -> None:
    """The login as typed is not kept: people type their password in the wrong box."""
    record_event(
        session,
        "session.refused",
        outcome=Outcome.FAILURE,
        object_kind="account",
        object_id=account.id if account else None,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
