"""Order fields so that each comes after those its display or its value depends on; find circles."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dcc_rcp_forms.expressions.parser import parse_expression
from dcc_rcp_forms.expressions.syntax import names_in
from dcc_rcp_forms.expressions.syntax_advice import SyntaxFault
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Field, Form, Rule, Section
from dcc_rcp_forms.language.scalar_places import place_in_scalar


@dataclass(frozen=True, slots=True)
class Mention:
    """A name written in a rule that decides the display or the value of a field."""

    target: str
    rule: Rule
    at: int


Graph = Mapping[str, tuple[Mention, ...]]


def dependency_graph(form: Form) -> dict[str, tuple[Mention, ...]]:
    """Return, for each field, the fields its display and value depend on."""
    known = {field.id for field in form.fields()}
    return {
        field.id: tuple(_mentions(field, section, known))
        for section in form.sections
        for field in section.fields
    }


def evaluation_order(graph: Graph, findings: Findings) -> list[str]:
    """Sort the fields; each circle is reported once, with its path, where it closes."""
    done: set[str] = set()
    order: list[str] = []
    for start in graph:
        _visit(start, graph, findings, done, order)
    return order


def column_order(columns: tuple[Field, ...], findings: Findings) -> list[str]:
    """Sort the columns of a table the same way."""
    known = {column.id for column in columns}
    graph = {
        column.id: tuple(
            mention for rule in _own_rules(column) for mention in _names(rule, "", known)
        )
        for column in columns
    }
    return evaluation_order(graph, findings)


def _visit(start: str, graph: Graph, findings: Findings, done: set[str], order: list[str]) -> None:
    if start in done:
        return
    path: dict[str, Iterator[Mention]] = {start: iter(graph[start])}
    while path:
        current = next(reversed(path))
        mention = next(path[current], None)
        if mention is None:
            del path[current]
            done.add(current)
            order.append(current)
        elif mention.target in path:
            _report_circle(list(path), mention, findings)
        elif mention.target not in done:
            path[mention.target] = iter(graph[mention.target])


def _report_circle(path: list[str], mention: Mention, findings: Findings) -> None:
    circle = [*path[path.index(mention.target) :], mention.target]
    findings.error(
        "FRM-301",
        place_in_scalar(mention.rule, mention.at, len(mention.target)),
        f"Les règles tournent en rond : {' → '.join(circle)}.",
        "Retirez l'une de ces dépendances.",
    )


def _mentions(field: Field, section: Section, known: set[str]) -> Iterator[Mention]:
    if section.visible_if:
        yield from _names(section.visible_if, "", known)
    rules = [*_own_rules(field), *(rule for column in field.columns for rule in _own_rules(column))]
    local = {column.id for column in field.columns}
    for rule in rules:
        for mention in _names(rule, field.prefix, known):
            is_column = mention.target in local and rule not in field.visible_if
            if not is_column and not (mention.target == field.id and field.columns):
                yield mention


def _own_rules(field: Field) -> Iterable[Rule]:
    yield from field.visible_if
    if field.formula:
        yield field.formula
    for case in field.cases:
        yield case.condition
        if case.formula:
            yield case.formula


def _names(rule: Rule, prefix: str, known: set[str]) -> Iterator[Mention]:
    syntax = parse_expression(rule.text)
    if isinstance(syntax, SyntaxFault):
        return
    for name in names_in(syntax):
        for candidate in (f"{prefix}.{name.path}", name.path, name.path.split(".")[0]):
            if candidate in known:
                yield Mention(candidate, rule, name.at)
                break
