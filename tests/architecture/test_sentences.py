"""What the pages of the core say in French goes through the message catalogue.

A sentence stands in ``_()``, ``ngettext()`` or, in a table that is translated when it is shown, in
``later()``. Templates are held to the same rule by the tests of the web.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "core" / "src" / "dcc_core" / "web"
CATALOGUE = frozenset({"_", "gettext", "ngettext", "later", "say", "say_number"})
_WORDS = r"le|la|les|un|une|des|du|et|ou|pas|pour|avec|dans|sur|est|vous|votre|ce|cette|de"
FRENCH = re.compile(
    rf"[àâçéèêëîïôùûüœÀÂÇÉÈÊÎÔŒ’]|\w \b({_WORDS})\b|\b({_WORDS})\b \w", re.IGNORECASE
)


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each French sentence that no catalogue can reach."""
    tree = ast.parse(source)
    said = {id(node) for call in ast.walk(tree) if _is_catalogue(call) for node in ast.walk(call)}
    said |= {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in said and _is_french(node.value):
            yield node.lineno, str(node.value)


def _is_french(value: object) -> bool:
    return isinstance(value, str) and FRENCH.search(value) is not None


def _is_catalogue(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in CATALOGUE


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the strings that stand alone: docstrings of modules, classes, functions and names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def test_every_sentence_of_the_pages_is_in_the_catalogue() -> None:
    found = [
        f"{path.relative_to(WEB)}:{line}: {text[:60]}"
        for path in sorted(WEB.rglob("*.py"))
        for line, text in untranslated(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('page.redirect("/", notice="La session est fermée")', 1),
        ('page.redirect("/", notice=f"{name} est parti")', 1),
        ('LABELS = {"a": "Équipe"}', 1),
        ('page.redirect("/", notice=_("La session est fermée"))', 0),
        ('LABELS = {"a": later("Équipe")}', 0),
        ('def f():\n    """Dit la vérité."""', 0),
        ('log.info("request", path=path)', 0),
    ],
)
def test_the_rule_tells_a_sentence_from_a_name(source: str, count: int) -> None:
    assert len(list(untranslated(source))) == count
