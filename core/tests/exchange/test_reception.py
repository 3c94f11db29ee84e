"""Messages that arrive together are kept as if each had come alone."""

from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.exchange.reception import Reception, receive_messages
from dcc_core.exchange.tables import InboxMessage
from dcc_core.hooks.contracts.labs import InboundOutcome, RawMessage

STORED, DUPLICATE, REFUSED = (
    InboundOutcome.STORED,
    InboundOutcome.DUPLICATE,
    InboundOutcome.REFUSED,
)


def reception(identifier: str, content: bytes, *, source: str = "lab", refusal: str = "") -> object:
    return Reception(RawMessage(source, identifier, content, "x-hl7"), refusal=refusal)


def receive(session: Session, *receptions: object) -> list[InboundOutcome]:
    return receive_messages(session, receptions, max_bytes=100)  # type: ignore[arg-type]


def test_one_batch_holds_every_kind_of_arrival(session: Session) -> None:
    receive(session, reception("1", b"a"))
    outcomes = receive(
        session,
        reception("1", b"a"),
        reception("2", b"b"),
        reception("2", b"b"),
        reception("2", b"other"),
        reception("3", b"c", refusal="102"),
        reception("4", b"x" * 101),
        reception("2", b"b", source="other"),
        reception("", b"d"),
        reception("", b"e"),
    )
    kept = session.exec(select(InboxMessage).order_by(col(InboxMessage.id))).all()
    assert outcomes == [
        *(DUPLICATE, STORED, DUPLICATE, STORED, REFUSED),
        *(REFUSED, STORED, STORED, STORED),
    ]
    assert [row.content for row in kept] == [b"a", b"b", b"other", b"c", b"", b"b", b"d", b"e"]
    assert [row.duplicates for row in kept] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert [row.message_id for row in kept if row.report] == ["2"]


def test_numbers_follow_the_order_of_arrival(session: Session) -> None:
    receive(session, *(reception(str(n), b"%d" % n) for n in range(300)))
    kept = session.exec(select(InboxMessage).order_by(col(InboxMessage.id))).all()
    assert [row.message_id for row in kept] == [str(n) for n in range(300)]


def test_each_arrival_has_its_own_line_in_the_audit(session: Session) -> None:
    receive(session, reception("1", b"a"), reception("1", b"a"), reception("2", b"", refusal="100"))
    lines = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence))).all()
    assert [(line.event, line.outcome) for line in lines] == [
        ("message.receive", "success"),
        ("message.duplicate", "success"),
        ("message.receive", "failure"),
    ]
    assert lines[0].details["message"] == lines[1].details["message"]


def test_nothing_together_is_nothing(session: Session) -> None:
    assert receive(session) == []
