"""Spent logout tokens in the database, so that a replay fails on every worker."""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from dcc_sso_psc.tables import SpentToken


class StoredSpentTokens:
    """Implements ``SpentTokens`` within one transaction."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now

    def spend(self, jti: str, *, until: datetime) -> bool:
        """Record an identifier; False when it is there, even from a concurrent transaction."""
        self._session.exec(delete(SpentToken).where(col(SpentToken.until) <= self._now))
        digest = hashlib.sha256(jti.encode()).hexdigest()
        try:
            with self._session.begin_nested():
                self._session.add(SpentToken(digest=digest, until=until))
        except IntegrityError:
            return False
        return True
