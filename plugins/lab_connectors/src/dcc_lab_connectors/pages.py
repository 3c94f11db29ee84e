"""Pages of the plugin: the feeds, the messages of one of them, one message field by field.

Reading a message is audited. Segments that identify are shown to those who attach messages; the
others, and the bytes, only to those who may read the content of messages.
"""

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from dcc_core.api import (
    Clock,
    CurrentPage,
    FormFields,
    Html,
    InvalidInput,
    MessageOut,
    Page,
    ReadOnly,
    Transaction,
    list_messages,
    read_message,
    replay_range,
    show_message,
)
from dcc_lab_connectors.feeds import READ, Feed, declared_feeds, feed_states, find_feed
from dcc_lab_connectors.hl7.errors import Hl7SyntaxError
from dcc_lab_connectors.hl7.message import Message, parse_message
from dcc_lab_connectors.settings import LabSettings
from dcc_lab_connectors.viewer import Change, compare_messages, hide_content, view_message

MANAGE = "core.exchange.manage"
ATTACH = "core.exchange.attach"
CONTENT = "core.exchange.content"
_SHOWN = 50
_LONGEST_RAW = 200_000


def lab_routes(settings: LabSettings, now: Clock) -> list[ControllerRouterHandler]:
    """The pages, for these settings."""

    @get("/flux", name="lab_connectors.feeds", opt={"permission": READ}, sync_to_thread=True)
    def feeds(page: CurrentPage, reading: ReadOnly) -> Html:
        """Show each feed: last message, day's volume, what waits."""
        states = feed_states(reading, declared_feeds(settings), now=now())
        return page.render("lab_connectors/feeds.html", states=states)

    @get(
        "/flux/{key:str}", name="lab_connectors.feed", opt={"permission": READ}, sync_to_thread=True
    )
    def feed(
        page: CurrentPage,
        reading: ReadOnly,
        key: FromPath[str],
        avant: FromQuery[int | None] = None,
    ) -> Html:
        """Show the messages of one feed."""
        return _feed_page(page, reading, find_feed(settings, key), before=avant)

    @post(
        "/flux/{key:str}/rejeu",
        name="lab_connectors.replay",
        opt={"permission": MANAGE},
        sync_to_thread=True,
    )
    def replay(
        page: CurrentPage, session: Transaction, key: FromPath[str], data: FormFields
    ) -> Html:
        """Have a range of messages processed again."""
        chosen = find_feed(settings, key)
        try:
            first, last = _number(data, "first"), _number(data, "last")
            count = replay_range(session, source=chosen.source, first=first, last=last, clock=now)
        except InvalidInput as error:
            errors = {error.field: error.text}
            return _feed_page(page, session, chosen, values=data, errors=errors, status=422)
        notice = f"Messages qui vont être traités de nouveau : {count}."
        return page.redirect(page.at("lab_connectors.feed", key=key), notice=notice)

    @get(
        "/messages/{message_id:int}",
        name="lab_connectors.message",
        opt={"permission": ATTACH},
        sync_to_thread=True,
    )
    def message(
        page: CurrentPage,
        session: Transaction,
        message_id: FromPath[int],
        avec: FromQuery[int | None] = None,
    ) -> Html:
        """Show one message field by field, and what differs from another version of it."""
        return _message_page(page, session, message_id, avec)

    return [feeds, feed, replay, message]


def _feed_page(
    page: Page,
    session: Session,
    feed: Feed,
    *,
    before: int | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Html:
    found = list_messages(session, source=feed.source, before=before, limit=_SHOWN + 1)
    return page.render(
        "lab_connectors/feed.html",
        status=status,
        feed=feed,
        messages=found[:_SHOWN],
        older=found[_SHOWN - 1].id if len(found) > _SHOWN else None,
        values=values or {},
        errors=errors or {},
    )


def _number(data: dict[str, str], name: str) -> int:
    text = data.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InvalidInput("LAB-W02", "Indiquez un numéro de message.", field=name)
    return int(text)


def _message_page(page: Page, session: Session, message_id: int, other_id: int | None) -> Html:
    shown = show_message(session, message_id)
    content = read_message(session, message_id).content
    versions = _versions(session, shown)
    other = next((each for each in versions if each.id == other_id), None)
    message = _parsed(content)
    may_read = page.may(CONTENT)
    segments = view_message(message) if message else ()
    changes: tuple[Change, ...] = ()
    if message and other is not None:
        before = _parsed(read_message(session, other.id).content)
        changes = compare_messages(before, message) if before else ()
    return page.render(
        "lab_connectors/message.html",
        message=shown,
        segments=segments if may_read else hide_content(segments),
        changes=changes if may_read else tuple(c for c in changes if c.identifies),
        other=other,
        versions=versions,
        may_read=may_read,
        is_erased=shown.size_bytes > 0 and not content,
        raw=_raw_text(content, message) if may_read else "",
    )


def _versions(session: Session, shown: MessageOut) -> list[MessageOut]:
    """Other messages of the feed under the same identifier, latest first."""
    if not shown.message_id:
        return []
    found = list_messages(session, source=shown.source, message_id=shown.message_id)
    return [each for each in found if each.id != shown.id]


def _parsed(content: bytes) -> Message | None:
    try:
        return parse_message(content)
    except Hl7SyntaxError:
        return None


def _raw_text(content: bytes, message: Message | None) -> str:
    """The bytes as text, one segment a line; the beginning of a long one."""
    codec = message.grammar.codec if message else "utf-8"
    text = content[:_LONGEST_RAW].decode(codec, "replace")
    return "\n".join(text.splitlines())
