"""A fault inside an expression is placed on its very character."""

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.language.scalar_places import place_in_scalar
from dcc_rcp_forms.language.yaml_text import load_yaml_text


def place_of(source: str, word: str) -> tuple[int, int]:
    tree = load_yaml_text(source, "f.yaml", Findings())
    assert tree is not None
    scalar = tree.entries["si"]
    assert isinstance(scalar, Scalar)
    place = place_in_scalar(scalar, scalar.text.index(word))
    return place.line, place.column


def test_plain_quoted_escaped_and_folded_values() -> None:
    assert place_of("si: re > 10 et xyz\n", "xyz") == (1, 16)
    assert place_of("si: \"re = '2' et xyz\"\n", "xyz") == (1, 18)
    assert place_of("si: 're = ''2'' et xyz'\n", "xyz") == (1, 20)
    assert place_of('si: "re = \\"2\\" et xyz"\n', "xyz") == (1, 20)
    assert place_of("si: >\n  re > 10\n  et xyz\n", "xyz") == (3, 6)
    assert place_of("si: |\n  re > 10\n  et xyz\n", "xyz") == (3, 6)
    assert place_of("si: re > 10\n  et xyz\n", "xyz") == (2, 6)


@given(st.text(alphabet="ab é'\"≥=()\\", min_size=1, max_size=30))
def test_quoted_values_are_placed_on_the_same_character(text: str) -> None:
    for quoted in (
        "'" + text.replace("'", "''") + "'",
        '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"',
    ):
        source = f"si: {quoted}\n"
        tree = load_yaml_text(source, "f.yaml", Findings())
        assert tree is not None
        scalar = tree.entries["si"]
        assert isinstance(scalar, Scalar)
        assert scalar.text == YAML(typ="safe").load(source)["si"]
        for offset, char in enumerate(scalar.text):
            place = place_in_scalar(scalar, offset)
            assert source[place.column - 1] == char
