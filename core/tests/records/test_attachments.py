"""A file is what its bytes say, weighs what it may, and never leaves its place."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.documents import Attachment
from dcc_core.records import Limits, check_attachment, is_safe_inline
from dcc_core.records.attachments import safe_file_name
from dcc_core.records.media_types import ACCEPTED

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj"
SMALL = Limits(size_bytes=10_000, unpacked_bytes=100_000, members=10, pixels=1_000_000)


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
    )


def archive(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return buffer.getvalue()


def lying_archive() -> bytes:
    """An archive whose directory announces one byte where there are a million."""
    honest = bytearray(archive(("big", b"0" * 1_000_000)))
    directory = honest.index(b"PK\x01\x02")
    honest[directory + 24 : directory + 28] = struct.pack("<I", 1)
    return bytes(honest)


def check(content: bytes, declared: str = "", name: str = "") -> Attachment:
    return check_attachment(Attachment(declared, content, name), limits=SMALL)


@pytest.mark.parametrize(
    ("content", "declared", "expected"),
    [
        (PDF, "application/pdf", "application/pdf"),
        (PDF, "application/octet-stream", "application/pdf"),
        (png(10, 10), "image/png", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpg", "image/jpeg"),
        (
            b"\xef\xbb\xbf<?xml version='1.0'?><ClinicalDocument/>",
            "application/xml",
            "application/xml",
        ),
        (b"<ClinicalDocument/>", "application/cda+xml", "application/cda+xml"),
        (b"<ClinicalDocument/>", "", "text/xml"),
        (b"{\\rtf1 compte rendu}", "application/rtf", "text/rtf"),
        (
            "compte rendu été".encode("latin-1"),
            "text/plain; charset=iso-8859-1",
            "text/plain; charset=iso-8859-1",
        ),
        (b"MSH|^~\\&|A\rPID|1\r", "x-application/hl7-v2+er7", "x-application/hl7-v2+er7"),
        (archive(("CDA.xml", b"<a/>")), "application/zip", "application/zip"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, declared: str, expected: str) -> None:
    assert check(content, declared).media_type == expected


@pytest.mark.parametrize(
    ("content", "declared", "code"),
    [
        (b"", "text/plain", "REC-040"),
        (b"x" * 10_001, "text/plain", "REC-041"),
        (b"MZ\x90\x00\x03", "application/pdf", "REC-042"),
        (b"<html><script>alert(1)</script>", "text/html", "REC-042"),
        (b"<?xml version='1.0'?>\n<svg onload='x'/>", "text/xml", "REC-042"),
        (b"<a xmlns:s='http://www.w3.org/2000/svg'><s:svg/></a>", "text/xml", "REC-042"),
        (PDF, "image/png", "REC-043"),
        (b"bonjour", "text/html", "REC-043"),
        (b"alert(1)", "text/javascript", "REC-043"),
        (b"<a/>", "image/svg+xml", "REC-043"),
        (b"<a/>", "application/xhtml+xml", "REC-043"),
        (archive(("x", b"0" * 200_000)), "application/zip", "REC-044"),
        (lying_archive(), "application/zip", "REC-044"),
        (archive(*((str(n), b"") for n in range(11))), "application/zip", "REC-044"),
        (archive(("../../etc/passwd", b"x")), "application/zip", "REC-044"),
        (archive(("/etc/passwd", b"x")), "application/zip", "REC-044"),
        (archive(("C:\\x", b"x")), "application/zip", "REC-044"),
        (b"PK\x03\x04 broken", "application/zip", "REC-044"),
        (png(50_000, 50_000), "image/png", "REC-044"),
    ],
)
def test_what_could_harm_is_refused_at_its_field(content: bytes, declared: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(content, declared)
    assert (caught.value.code, caught.value.field) == (code, "attachment")


@given(st.text(max_size=300), st.sampled_from(sorted(ACCEPTED)))
def test_no_name_leaves_its_folder(name: str, media_type: str) -> None:
    safe = safe_file_name(name, media_type)
    assert PurePosixPath(safe).name == safe
    assert safe not in {"", ".", ".."}
    assert len(safe) <= 160
    assert not set(safe) & {"/", "\\", "\0", "\n", "\u202e"}


@given(st.binary(max_size=300), st.sampled_from(["", "text/plain", "application/zip", "text/xml"]))
def test_any_bytes_are_taken_or_refused_never_more(content: bytes, declared: str) -> None:
    with suppress(InvalidInput):
        assert check(content, declared).media_type in ACCEPTED


@pytest.mark.parametrize(
    "active",
    [b"/JavaScript", b"/JS", b"/Launch", b"/#4aavaScript", b"/J#53", b"/EmbeddedFile", b"/XFA"],
)
def test_an_active_pdf_is_only_downloaded(active: bytes) -> None:
    assert is_safe_inline(PDF, "application/pdf")
    assert not is_safe_inline(PDF + active + b" (app.alert(1))", "application/pdf")


@pytest.mark.parametrize("media_type", ["text/xml", "text/rtf", "application/zip"])
def test_what_a_browser_could_run_is_only_downloaded(media_type: str) -> None:
    assert not is_safe_inline(b"<a/>", media_type)
