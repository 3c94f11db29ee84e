import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcc_lab_connectors.hl7.charset import detect_charset
from dcc_lab_connectors.hl7.delimiters import Delimiters
from dcc_lab_connectors.hl7.escapes import escape, unescape


@pytest.mark.parametrize(
    ("text", "written_in", "declared", "codec", "suspect"),
    [
        ("DEMO", "ascii", "8859/1", "iso8859-1", False),
        ("DÉMO", "utf-8", "UNICODE UTF-8", "utf-8", False),
        ("DÉMO", "iso8859-1", "8859/1", "iso8859-1", False),
        ("cœur", "iso8859-15", "8859/15", "iso8859-15", False),
        ("DÉMO", "iso8859-1", "UNICODE UTF-8", "cp1252", True),
        ("DÉMO", "utf-8", "8859/15", "utf-8", True),
        ("l’œil", "cp1252", "8859/1", "cp1252", True),
        ("DÉMO", "utf-8", "", "utf-8", False),
        ("DÉMO", "cp1252", "", "cp1252", False),
        ("DÉMO", "utf-8", "KLINGON", "utf-8", True),
        ("DÉMO", "iso8859-1", "unicode utf-8", "cp1252", True),
    ],
)
def test_charset_is_what_the_bytes_say(
    text: str, written_in: str, declared: str, codec: str, suspect: bool
) -> None:
    raw = text.encode(written_in)
    charset = detect_charset(raw, declared)
    assert (charset.codec, charset.suspect) == (codec, suspect)
    assert charset.decode(raw) == text


@given(st.text())
def test_escape_hides_every_separator_and_comes_back(text: str) -> None:
    separators = Delimiters()
    written = escape(text, separators)
    assert not set("|^~&\r\n") & set(written)
    assert unescape(written, separators) == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"a\.br\b", "a\nb"),
        (r"a\.sp+2\b", "a\nb"),
        (r"\H\gras\N\ ", "gras "),
        (r"\XC3A9\t\X\ ", r"ét\X\ "),
        (r"C:\dossier", r"C:\dossier"),
        (r"\F\\S\\T\\R\\E\ ", "|^&~\\ "),
        (r"\Z12\ ", r"\Z12\ "),
    ],
)
def test_escapes_of_the_standard_are_read_and_others_kept(written: str, read: str) -> None:
    assert unescape(written, Delimiters()) == read
