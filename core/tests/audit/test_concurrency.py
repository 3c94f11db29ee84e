"""Writers, failures and sealers at once: nothing is lost or sealed twice, and no false alarm."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from dcc_core.audit import AuditEntry, AuditKeys
from dcc_core.audit.sealer import seal_entries, seal_everything
from dcc_core.audit.verify import verify_audit
from dcc_core.config import utc_now
from dcc_core.db import Database

Writer = Callable[[Session, int], None]
WRITERS, TRANSACTIONS = 4, 25


class Lost(Exception):
    """The business transaction failed after its audit row was written."""


def _work(database: Database, write: Writer, seed: int, committed: list[int]) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable mix
    for _ in range(TRANSACTIONS):
        rows, is_lost = chance.randint(1, 3), chance.random() < 0.2
        with suppress(Lost), database.session() as session:
            write(session, rows)
            if is_lost:
                raise Lost
        if not is_lost:
            committed.append(rows)


def _seal_until(database: Database, keys: AuditKeys, done: threading.Event) -> None:
    while not done.wait(0.02):
        with suppress(IntegrityError), database.session() as session:  # the other was faster
            seal_entries(session, keys=keys, now=utc_now(), limit=15)


def test_concurrent_writers_and_sealers(database: Database, write: Writer, keys: AuditKeys) -> None:
    committed: list[int] = []
    done = threading.Event()
    writers = [
        threading.Thread(target=_work, args=(database, write, seed, committed))
        for seed in range(WRITERS)
    ]
    sealers = [threading.Thread(target=_seal_until, args=(database, keys, done)) for _ in range(2)]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    with database.session() as session:
        seal_everything(session, keys=keys, now=utc_now())
    with database.session() as session:
        rows = session.scalar(select(func.count()).select_from(AuditEntry))
        seen = verify_audit(session, keys=keys, now=utc_now())
    assert rows == sum(committed)
    assert (seen.sealed, seen.unsealed, seen.faults) == (rows, 0, [])
