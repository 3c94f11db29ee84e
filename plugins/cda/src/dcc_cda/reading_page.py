"""A document as a part of a web page: what the printed page says, the decision first, coded
statements in words. It bears no identity, the dossier around it does.
"""

from collections.abc import Iterable

from dcc_cda.pdf.model import Json, Part, Row, page_of
from dcc_cda.xml import Xml, element, join
from dcc_core.api import ClinicalDocument


def write_reading_page(document: ClinicalDocument) -> bytes:
    """Return the fragment; every word of the document in it is escaped."""
    page = page_of(document, {})
    decision = (
        *((element("p", element("b", page.question)),) if page.question else ()),
        _rows(page.proposals),
        _section("Examens demandés", _list([row.value for row in page.requests])),
        _rows(page.frame),
    )
    people = [" : ".join((str(one["role"]), str(one["name"]))) for one in page.people]
    return join(
        (
            _rows(page.facts),
            _section("Proposition de la RCP", join(decision)),
            *(_section(part.title, _part(part)) for part in page.parts),
            _section("Participants", _list(people)),
            element("p", page.signature, **{"class": "small t2"}) if page.signature else Xml(),
        )
    ).encode()


def _section(title: str, content: Xml) -> Xml:
    if not content:
        return Xml()
    return element("section", element("h2", title), content, **{"class": "doc-part"})


def _part(part: Part) -> Xml:
    told = (
        element("p", *((element("b", row.label), " ") if row.label else ()), _words(row))
        for row in part.told
    )
    return join((_rows(part.rows), *told, *(_block(block) for block in part.blocks)))


def _rows(rows: Iterable[Row]) -> Xml:
    lines = [element("dt", row.label or "–") + element("dd", _words(row)) for row in rows]
    return element("dl", join(lines), **{"class": "defs"}) if lines else Xml()


def _words(row: Row) -> Xml:
    note = element("span", f" · {row.note}", **{"class": "t2"}) if row.note else None
    return element("span", row.value or "–", note)


def _list(items: Iterable[str]) -> Xml:
    lines = [element("li", item) for item in items if item]
    return element("ul", *lines, **{"class": "doc-list"}) if lines else Xml()


def _block(block: Json) -> Xml:
    match block["kind"]:
        case "list":
            return _list(_texts(block["items"]))
        case "table":
            return _table(block)
        case _:
            label = element("b", str(block["label"])) if block["label"] else None
            return element("p", label, " " if label else None, str(block["text"]))


def _table(block: Json) -> Xml:
    rows = block["rows"] if isinstance(block["rows"], list) else []
    headings = _texts(block["headings"])
    head = element("tr", *(element("th", cell or "–", scope="col") for cell in headings))
    body = (element("tr", *(element("td", cell or "–") for cell in _texts(row))) for row in rows)
    table = element(
        "table",
        element("caption", str(block["caption"])) if block["caption"] else None,
        element("thead", head) if headings else None,
        element("tbody", *body),
    )
    return element("div", table, **{"class": "tablewrap"})


def _texts(given: object) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else []
