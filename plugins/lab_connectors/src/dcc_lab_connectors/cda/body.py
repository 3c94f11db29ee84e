"""Sections of a structured body: narrative for people, statements for machines."""

from collections.abc import Iterator

from dcc_core.api import Block, BulletList, Entry, EntryKind, Paragraph, Section, Table
from dcc_lab_connectors.cda.xml import (
    Element,
    find,
    find_all,
    read_code,
    read_null_flavor,
    read_period,
    read_value,
    text_of,
)

_KINDS = {
    "observation": EntryKind.OBSERVATION,
    "organizer": EntryKind.ORGANIZER,
    "act": EntryKind.ACT,
    "procedure": EntryKind.PROCEDURE,
    "encounter": EntryKind.ENCOUNTER,
}
_CHILDREN = ("entryRelationship", "component")


def read_sections(element: Element, narrative: dict[str, Element]) -> tuple[Section, ...]:
    """Read the sections right under a structuredBody or a section."""
    found = find_all(element, "component/section")
    return tuple(_read_section(section, narrative) for section in found)


def index_narrative(root: Element) -> dict[str, Element]:
    """Elements of the narrative by their ID, so that entries can cite them."""
    return {element.get("ID", ""): element for element in root.iter() if element.get("ID")}


def _read_section(section: Element, narrative: dict[str, Element]) -> Section:
    code = read_code(find(section, "code"))
    text = find(section, "text")
    statements = (child for entry in find_all(section, "entry") for child in entry)
    return Section(
        key=code.code if code else "",
        title=text_of(find(section, "title")),
        narrative=tuple(_read_blocks(text)) if text is not None else (),
        entries=tuple(_read_entries(statements, narrative)),
        sections=read_sections(section, narrative),
        code=code,
        null_flavor=read_null_flavor(section),
    )


def _read_entries(statements: Iterator[Element], narrative: dict[str, Element]) -> Iterator[Entry]:
    for statement in statements:
        kind = _KINDS.get(_local_name(statement))
        if kind is None:
            continue
        children = (
            child for name in _CHILDREN for holder in find_all(statement, name) for child in holder
        )
        values = tuple(
            value for value in map(read_value, find_all(statement, "value")) if value is not None
        )
        yield Entry(
            code=read_code(find(statement, "code")),
            value=values[0] if len(values) == 1 else values or None,
            kind=kind,
            effective=read_period(find(statement, "effectiveTime")),
            interpretation=read_code(find(statement, "interpretationCode")),
            text=_read_text(find(statement, "text"), narrative),
            children=tuple(_read_entries(children, narrative)),
            null_flavor=read_null_flavor(statement),
        )


def _read_text(text: Element | None, narrative: dict[str, Element]) -> str:
    """Text of an entry, or of the piece of narrative it cites."""
    if text is None:
        return ""
    reference = find(text, "reference")
    if reference is None:
        return text_of(text)
    return text_of(narrative.get(reference.get("value", "").lstrip("#")))


def _read_blocks(text: Element) -> Iterator[Block]:
    """Blocks of a narrative in reading order; nothing that can be read is left out."""
    if loose := " ".join((text.text or "").split()):
        yield Paragraph(loose)
    for element in text:
        match _local_name(element):
            case "table":
                yield _read_table(element)
            case "list":
                yield BulletList(tuple(text_of(item) for item in find_all(element, "item")))
            case "br":
                pass
            case _:
                yield from _read_loose(element)
        if tail := " ".join((element.tail or "").split()):
            yield Paragraph(tail)


def _read_loose(element: Element) -> Iterator[Block]:
    holds_blocks = any(_local_name(child) in {"table", "list"} for child in element.iter())
    if holds_blocks:
        yield from _read_blocks(element)
    elif words := text_of(element):
        yield Paragraph(words)


def _read_table(table: Element) -> Table:
    heads = find_all(table, "thead/tr")
    rows = find_all(table, "tbody/tr") + find_all(table, "tr") + find_all(table, "tfoot/tr")
    headings = _cells(heads[-1]) if heads else ()
    cells = [_cells(row) for row in [*heads[:-1], *rows]]
    width = max((len(row) for row in [headings, *cells]), default=0)
    return Table(
        headings=_padded(headings, width),
        rows=tuple(_padded(row, width) for row in cells),
        caption=text_of(find(table, "caption")),
    )


def _cells(row: Element) -> tuple[str, ...]:
    return tuple(text_of(cell) for cell in row if _local_name(cell) in {"td", "th"})


def _padded(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    return row + ("",) * (width - len(row))


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
