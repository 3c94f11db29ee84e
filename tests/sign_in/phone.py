"""The authenticator of somebody who may sign in locally during an outage."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from dcc_core.api import Database
from dcc_core.users import (
    DeviceCookies,
    LocalAuthentication,
    Vault,
    enrol,
    find_account,
    invite,
    read_invitation,
)
from dcc_core.users.totp import time_step, totp_code

from .region import SECRET_KEY

LOGIN = "chirurgien.demo"
PASSWORD = "une phrase de passe assez longue"
_LOCAL = LocalAuthentication(Vault(SECRET_KEY.encode()), DeviceCookies(SECRET_KEY.encode()))


class Phone:
    """The authenticator of the surgeon, enrolled an hour ago."""

    def __init__(self, database: Database) -> None:
        past = datetime.now(UTC) - timedelta(hours=1)
        self._last_step = 0
        with database.session() as session:
            account = find_account(session, LOGIN)
            assert account is not None
            token = invite(session, account_id=account.id, local=_LOCAL, now=past)
            shown = read_invitation(session, token=token, local=_LOCAL, now=past)
            self._secret = parse_qs(urlsplit(shown.uri).query)["secret"][0]
            code = totp_code(self._secret, time_step(past))
            enrol(session, token=token, password=PASSWORD, code=code, local=_LOCAL, now=past)

    def next_code(self) -> str:
        """Return a code that has not served: that of the present, then that of the next step."""
        step = max(time_step(datetime.now(UTC)), self._last_step + 1)
        self._last_step = step
        return totp_code(self._secret, step)
