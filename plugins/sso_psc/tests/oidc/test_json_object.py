import pytest

from dcc_sso_psc.oidc.json_object import parse_object


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"1",
        b"null",
        b'"texte"',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"a": 1} {"a": 2}',
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_not_a_plain_object_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parse_object(raw)


def test_object_is_read() -> None:
    assert parse_object('{"a": {"b": [1, "é"]}}') == {"a": {"b": [1, "é"]}}
