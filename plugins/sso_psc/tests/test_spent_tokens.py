from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, func, select

from dcc_core.api import Database
from dcc_sso_psc.spent_tokens import StoredSpentTokens
from dcc_sso_psc.tables import SpentToken

_NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
_UNTIL = _NOW + timedelta(seconds=150)


def test_token_serves_once(session: Session) -> None:
    spent = StoredSpentTokens(session, now=_NOW)
    assert spent.spend("jti-1", until=_UNTIL)
    assert not spent.spend("jti-1", until=_UNTIL)
    assert spent.spend("jti-2", until=_UNTIL)


def test_stale_tokens_are_forgotten_and_identifiers_are_not_kept(session: Session) -> None:
    StoredSpentTokens(session, now=_NOW).spend("canari-jti", until=_UNTIL)
    assert "canari-jti" not in str(session.exec(select(SpentToken)).all())
    StoredSpentTokens(session, now=_UNTIL).spend("autre", until=_UNTIL + timedelta(seconds=150))
    assert session.exec(select(func.count()).select_from(SpentToken)).one() == 1


def test_concurrent_replays_serve_once(database: Database) -> None:
    def spend(_: int) -> bool:
        with database.session() as session:
            return StoredSpentTokens(session, now=_NOW).spend("jti", until=_UNTIL)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(spend, range(8))) == [False] * 7 + [True]
