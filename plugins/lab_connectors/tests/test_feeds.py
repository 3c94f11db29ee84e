from datetime import UTC, datetime, timedelta

import pytest

from dcc_core.api import Database, RawMessage, receive_message
from dcc_lab_connectors.feeds import Feed, declared_feeds, feed_states
from dcc_lab_connectors.settings import LabSettings

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHU = Feed("lab_connectors.mllp.chu", "chu", "MLLP", silent_after_s=3600)


def test_feeds_are_those_of_the_settings() -> None:
    settings = LabSettings.model_validate(
        {
            "peers": [{"key": "chu", "silent_after_s": 3600}],
            "accounts": [{"key": "labo", "public_keys": ""}],
            "remotes": [
                {"key": "anapath", "host": "h", "user": "u", "private_key": "k", "host_key": "x"}
            ],
        }
    )
    assert list(declared_feeds(settings)) == [
        CHU,
        Feed("lab_connectors.sftp.labo", "labo", "SFTP"),
        Feed("lab_connectors.sftp.anapath", "anapath", "SFTP"),
    ]


@pytest.mark.parametrize(("minutes", "is_silent"), [(59, False), (61, True)])
def test_state_counts_the_day_and_tells_silence(
    database: Database, minutes: int, is_silent: bool
) -> None:
    ages = [timedelta(minutes=minutes), timedelta(hours=23), timedelta(hours=25)]
    with database.session() as session:
        for number, age in enumerate(reversed(ages)):
            raw = RawMessage(CHU.source, str(number), f"MSH|{number}".encode())
            receive_message(session, raw, clock=lambda at=NOW - age: at)  # type: ignore[misc]
    with database.reading() as session:
        [state, never] = feed_states(
            session, [CHU, Feed("lab_connectors.mllp.x", "x", "MLLP", 60)], now=NOW
        )
    assert (state.received, state.is_capped, state.is_silent) == (2, False, is_silent)
    assert state.last_at == NOW - ages[0]
    assert (never.last_at, never.is_silent) == (None, True)
