import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from dcc_core.config import utc_now
from dcc_core.db import Database
from dcc_core.live import LiveEvent, live_position, news_since, prune_news, publish
from dcc_core.live.publishing import KEPT

TOPIC = "example.remarks"


def written(database: Database) -> list[tuple[str, dict[str, str | int]]]:
    with database.reading() as session:
        rows = session.exec(select(LiveEvent).order_by(LiveEvent.id))
        return [(row.subject, row.facts) for row in rows]


def test_news_is_written_with_what_it_is_about(database):
    subject = uuid4()
    with database.session() as session:
        publish(session, TOPIC, subject, facts={"version": 3, "note": subject})
        publish(session, TOPIC, subject, facts={"version": 4})
        assert session.exec(select(LiveEvent)).all() == []
    assert written(database) == [(str(subject), {"version": 4})]


def test_a_transaction_rolled_back_leaves_no_news(database):
    with pytest.raises(RuntimeError), database.session() as session:
        publish(session, TOPIC, 1)
        raise RuntimeError
    with database.session() as session:
        publish(session, TOPIC, 2)
        session.flush()
        session.rollback()
    assert written(database) == []


def test_a_savepoint_does_not_send_the_news_before_its_transaction(database):
    with database.session() as session:
        with session.begin_nested():
            publish(session, TOPIC, 1)
        assert session.exec(select(LiveEvent)).all() == []
    assert written(database) == [("1", {})]


@pytest.mark.parametrize("text", ["DÉMO-LAURIER Mireille", "", "a" * 65, "un deux", "<b>"])
def test_news_carries_no_text(session, text):
    for arguments in ((text, {}), (1, {"name": text})):
        with pytest.raises(ValueError) as refused:
            publish(session, TOPIC, arguments[0], facts=arguments[1])
        assert not text or text not in str(refused.value)


@pytest.mark.parametrize("topic", ["remarks", "Example.remarks", "example:remarks", ""])
def test_a_topic_has_a_plugin_and_a_name(session, topic):
    with pytest.raises(ValueError):
        publish(session, topic, 1)


def test_places_follow_the_order_of_the_commits(postgres_lane):
    """The first to publish commits last: it must not slip in behind what readers have seen."""
    with postgres_lane.fresh() as database:
        begun, finish = threading.Event(), threading.Event()

        def slow() -> None:
            with database.session() as session:
                publish(session, TOPIC, "slow")
                session.exec(select(LiveEvent)).all()
                begun.set()
                finish.wait(10)

        thread = threading.Thread(target=slow)
        thread.start()
        begun.wait(10)
        with database.session() as session:
            publish(session, TOPIC, "quick")
        finish.set()
        thread.join(10)
        assert [subject for subject, _ in written(database)] == ["quick", "slow"]


def test_many_writers_leave_no_gap_behind_a_reader(postgres_lane):
    """Whatever a reader has read, nothing appears before it later."""
    with postgres_lane.fresh() as database:
        seen: list[int] = []
        writers = [threading.Thread(target=_write_some, args=(database, n)) for n in range(4)]
        for thread in writers:
            thread.start()
        while len(seen) < 100:
            with database.reading() as session:
                after = seen[-1] if seen else 0
                rows = session.exec(select(LiveEvent).where(LiveEvent.id > after)).all()
            seen += sorted(row.id for row in rows)
        for thread in writers:
            thread.join(10)
        assert len(written(database)) == len(seen) == 100


def _write_some(database: Database, writer: int) -> None:
    for number in range(25):
        with database.session() as session:
            publish(session, TOPIC, f"{writer}-{number}")


def test_missed_news_are_told_in_order_to_those_who_follow(database):
    for subject in ("a", "b", "a"):
        with database.session() as session:
            publish(session, TOPIC, subject)
    with database.reading() as session:
        first = news_since(session, 0, {f"{TOPIC}:a"})
        assert [news.subject for news in first] == ["a", "a"]
        assert [n.id for n in news_since(session, first[0].id, {f"{TOPIC}:a"})] == [first[1].id]
        assert news_since(session, live_position(session), {f"{TOPIC}:a"}) == ()
        assert news_since(session, live_position(session) + 50, {f"{TOPIC}:a"}) is None


def test_old_news_is_deleted_and_the_latest_place_kept(database):
    for number in range(3):
        with database.session() as session:
            publish(session, TOPIC, number)
    with database.session() as session:
        before = live_position(session)
        prune_news(session, utc_now() + KEPT - timedelta(minutes=1))
        assert news_since(session, 1, {f"{TOPIC}:2"}) is not None
        prune_news(session, utc_now() + KEPT + timedelta(minutes=1))
        assert live_position(session) == before
        assert news_since(session, before - 1, {f"{TOPIC}:2"}) is None
    with database.session() as session:
        publish(session, TOPIC, 9)
    with database.reading() as session:
        assert live_position(session) == before + 1
