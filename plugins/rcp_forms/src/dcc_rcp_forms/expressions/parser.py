"""Parse the text of an expression into its syntax tree."""

from functools import cache, lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import UnexpectedInput
from lark.tree import Meta

from dcc_rcp_forms.expressions import syntax as s
from dcc_rcp_forms.expressions.syntax_advice import SyntaxFault, explain

MAX_LENGTH = 2_000
MAX_DEPTH = 60

RESERVED_WORDS = frozenset(
    ("et", "ou", "non", "oui", "est", "parmi", "contient", "renseigné", "pas", "inconnu", "fait")
)

_TWINS = {"<=": "≤", ">=": "≥", "!=": "≠", "<>": "≠", "−": "-", "×": "*", "÷": "/"}


@lru_cache(maxsize=8192)
def parse_expression(text: str) -> s.Syntax | SyntaxFault:
    """Parse an expression; a fault carries its offset, what is wrong and what to write instead."""
    if len(text) > MAX_LENGTH:
        return SyntaxFault(
            "FRM-211",
            0,
            f"La règle dépasse {MAX_LENGTH} caractères.",
            "Découpez-la en champs calculés.",
        )
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        return explain(error, text)
    if _depth(tree) > MAX_DEPTH:
        return SyntaxFault(
            "FRM-211", 0, "La règle est trop imbriquée.", "Découpez-la en champs calculés."
        )
    return _SyntaxBuilder().transform(tree)


@cache
def _parser() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _depth(tree: Tree[Token]) -> int:
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        pending += [(child, depth + 1) for child in node.children if isinstance(child, Tree)]
    return deepest


@v_args(meta=True)
class _SyntaxBuilder(Transformer[Token, s.Syntax]):
    """Turn the Lark tree into our own nodes; method names are the rules of the grammar."""

    def nombre(self, meta: Meta, children: list[Token]) -> s.Number:
        written = str(children[0])
        return s.Number(float(written.replace(",", ".")), written, meta.start_pos)

    def texte(self, meta: Meta, children: list[Token]) -> s.Text:
        return s.Text(str(children[0])[1:-1], meta.start_pos)

    def booleen(self, meta: Meta, children: list[Token]) -> s.Truth:
        return s.Truth(children[0] == "oui", meta.start_pos)

    def nom(self, meta: Meta, children: list[Token]) -> s.Name:
        return s.Name(str(children[0]), meta.start_pos)

    def ou(self, meta: Meta, children: list[s.Syntax]) -> s.Logic:
        return s.Logic("ou", tuple(children), meta.start_pos)

    def et(self, meta: Meta, children: list[s.Syntax]) -> s.Logic:
        return s.Logic("et", tuple(children), meta.start_pos)

    def negation(self, meta: Meta, children: list[s.Syntax]) -> s.Not:
        return s.Not(children[0], meta.start_pos)

    def compare(self, meta: Meta, children: list[s.Syntax | Token]) -> s.Compare:
        left, operator, right = cast("tuple[s.Syntax, Token, s.Syntax]", children)
        sign = str(operator)
        return s.Compare(_TWINS.get(sign, sign), left, right, meta.start_pos)

    def parmi(self, meta: Meta, children: list[s.Syntax]) -> s.Among:
        options = cast("list[s.Number | s.Text]", children[1:])
        return s.Among(children[0], tuple(options), meta.start_pos)

    def contient(self, meta: Meta, children: list[s.Syntax]) -> s.Contains:
        return s.Contains(children[0], children[1], meta.start_pos)

    def renseigne(self, meta: Meta, children: list[s.Syntax]) -> s.Answered:
        return s.Answered(children[0], is_negated=False, at=meta.start_pos)

    def non_renseigne(self, meta: Meta, children: list[s.Syntax]) -> s.Answered:
        return s.Answered(children[0], is_negated=True, at=meta.start_pos)

    def inconnu(self, meta: Meta, children: list[s.Syntax]) -> s.Absent:
        return s.Absent(children[0], "inconnu", meta.start_pos)

    def non_fait(self, meta: Meta, children: list[s.Syntax]) -> s.Absent:
        return s.Absent(children[0], "non fait", meta.start_pos)

    def calcul(self, meta: Meta, children: list[s.Syntax | Token]) -> s.Arithmetic:
        left, operator, right = cast("tuple[s.Syntax, Token, s.Syntax]", children)
        sign = str(operator)
        return s.Arithmetic(_TWINS.get(sign, sign), left, right, meta.start_pos)

    def oppose(self, meta: Meta, children: list[s.Syntax]) -> s.Negative:
        return s.Negative(children[-1], meta.start_pos)

    def appel(self, meta: Meta, children: list[s.Syntax | Token]) -> s.Call:
        arguments = cast("list[s.Syntax]", children[1:])
        return s.Call(str(children[0]), tuple(arguments), meta.start_pos)
