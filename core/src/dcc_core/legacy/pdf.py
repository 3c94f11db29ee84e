"""A report as PDF, for a file that travels: plain pages of text, nothing embedded.

Source: ISO 32000-1:2008, 7.5 (file structure), 9.6.2.2 (standard fonts), annex D (WinAnsi).
"""

import textwrap
from collections.abc import Iterator, Sequence

_WIDTH, _HEIGHT, _MARGIN, _SIZE, _LEADING = 595, 842, 50, 9, 13
_COLUMNS = 88
_LINES = (_HEIGHT - 2 * _MARGIN) // _LEADING
_LABEL = 46


def report_pdf(title: str, sections: Sequence[tuple[str, list[tuple[str, str]]]]) -> bytes:
    """Return the report as a PDF of A4 pages."""
    lines = list(_lines(title, sections))
    pages = [lines[start : start + _LINES] for start in range(0, len(lines), _LINES)]
    return _file([_content(page, number, len(pages)) for number, page in enumerate(pages, 1)])


def _lines(title: str, sections: Sequence[tuple[str, list[tuple[str, str]]]]) -> Iterator[str]:
    yield title
    for name, pairs in sections:
        yield ""
        yield name.upper()
        for label, value in pairs:
            wrapped = textwrap.wrap(value, _COLUMNS - _LABEL) or [""]
            for place, part in enumerate(wrapped):
                yield f"{label[: _LABEL - 1] if place == 0 else '':<{_LABEL}}{part}"


def _content(page: Sequence[str], number: int, total: int) -> bytes:
    shown = "\n".join(f"({_escaped(line)}) Tj T*" for line in page)
    foot = f"1 0 0 1 {_MARGIN} 25 Tm ({number} / {total}) Tj"
    text = (
        f"BT /F1 {_SIZE} Tf {_LEADING} TL 1 0 0 1 {_MARGIN} {_HEIGHT - _MARGIN} Tm\n"
        f"{shown}\n{foot}\nET"
    )
    return text.encode("cp1252", errors="replace")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(contents: Sequence[bytes]) -> bytes:
    """Lay out the objects (catalogue, list of pages, font, each page), table and trailer."""
    first = 4
    kids = " ".join(f"{first + 2 * place} 0 R" for place in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for place, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}]"
            f" /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {first + 2 * place + 1} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
        + b"startxref\n%d\n%%%%EOF\n" % len(written)
    )
