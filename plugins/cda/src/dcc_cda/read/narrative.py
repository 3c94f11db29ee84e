"""The narrative of a received section, as neutral blocks, and the words behind each identifier."""

from collections.abc import Iterable, Iterator

from lxml import etree

from dcc_cda.read.values import child, tag, text_of
from dcc_core.api import Block, BulletList, Paragraph, Table

_BOLD = "Bold"
_BREAK, _TABLE, _LIST, _PARAGRAPH = tag("br"), tag("table"), tag("list"), tag("paragraph")


def narratives_of(document: etree._Element, *, breaks: bool) -> dict[str, str]:
    """Return the words of every identified part of the narrative.

    Args:
        document: The body.
        breaks: Whether a line break is part of the words; elsewhere it is layout.
    """
    return {
        element.get("ID", ""): lines_of(element) if breaks else " ".join(lines_of(element).split())
        for text in document.iter(tag("text"))
        for element in text.iter()
        if element.get("ID")
    }


def read_blocks(text: etree._Element | None) -> tuple[Block, ...]:
    """Return the blocks of a ``text`` element, loose words gathered into paragraphs."""
    if text is None:
        return ()
    return tuple(block for block in _blocks(text) if block)


def lines_of(element: etree._Element) -> str:
    """Return the words of an element, one line per break, spaces collapsed within a line."""
    lines = "".join(_pieces(element)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield words; a line end in the source is white space, a break is a line end."""
    yield _flat(element.text)
    for inner in element:
        if inner.tag == _BREAK:
            yield "\n"
        else:
            yield from _pieces(inner)
        yield _flat(inner.tail)


def _flat(words: str | None) -> str:
    return " ".join(words.splitlines()) if words else ""


def _blocks(text: etree._Element) -> Iterator[Block | None]:
    loose = _flat(text.text)
    for inner in text:
        if inner.tag in _BLOCK_READERS:
            yield _loose(loose)
            loose = ""
            yield _BLOCK_READERS[inner.tag](inner)
        elif inner.tag == _BREAK:
            loose += "\n"
        else:
            loose += lines_of(inner)
        loose += _flat(inner.tail)
    yield _loose(loose)


def _loose(words: str) -> Paragraph | None:
    text = "\n".join(" ".join(line.split()) for line in words.split("\n")).strip()
    return Paragraph(text) if text else None


def _paragraph(element: etree._Element) -> Paragraph | None:
    label = child(element, "content")
    words = lines_of(element)
    if label is None or label.get("styleCode") != _BOLD or (element.text or "").strip():
        return Paragraph(words) if words else None
    name = lines_of(label)
    return Paragraph(words.removeprefix(name).strip(), label=name)


def _list(element: etree._Element) -> BulletList | None:
    items = tuple(filter(None, (lines_of(item) for item in element.findall(tag("item")))))
    return BulletList(items) if items else None


def _table(element: etree._Element) -> Table | None:
    headings = _cells(element.findall(f"{tag('thead')}/{tag('tr')}"))
    rows = _cells(element.iter(tag("tr")))[len(headings) :]
    width = max((len(row) for row in (*headings, *rows)), default=0)
    if not rows:
        return None
    return Table(
        _padded(headings[-1] if headings else (), width),
        tuple(_padded(row, width) for row in rows),
        text_of(child(element, "caption")),
    )


def _cells(rows: Iterable[etree._Element]) -> list[tuple[str, ...]]:
    return [
        tuple(lines_of(cell) for cell in row if cell.tag in (tag("td"), tag("th"))) for row in rows
    ]


def _padded(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    return row + ("",) * (width - len(row))


_BLOCK_READERS = {_PARAGRAPH: _paragraph, _LIST: _list, _TABLE: _table}
