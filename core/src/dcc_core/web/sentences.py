"""Write what never changes into the compiled template: sentences, icons, addresses of files.

A page would call these functions a hundred times with the same words. Calls of which every argument
is written in the template are made once, when it is compiled; hence one environment per language.
"""

from collections.abc import Callable, Mapping

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

Constant = Callable[..., object]
COMPONENTS = "core/_ui.html"


class ConstantEnvironment(Environment):
    """An environment that calls some functions while it compiles.

    Attributes:
        constants: Those functions, by the name under which templates call them; ``ui.icon`` is the
            ``icon`` of the shared components.
    """

    constants: Mapping[str, Constant] = {}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        own = {
            each.target
            for each in parsed.find_all(nodes.Import)
            if not (isinstance(each.template, nodes.Const) and each.template.value == COMPONENTS)
        }
        kept = {n: call for n, call in self.constants.items() if n.partition(".")[0] not in own}
        _Writer(kept).visit(parsed)
        return parsed


class _Writer(NodeTransformer):
    """Replace calls by what they return."""

    def __init__(self, constants: Mapping[str, Constant]) -> None:
        self._constants = constants

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - named by Jinja
        self.generic_visit(node)
        call = self._constants.get(_name(node.node))
        given = [each.value for each in node.args if isinstance(each, nodes.Const)]
        varies = node.kwargs or node.dyn_args or node.dyn_kwargs or len(given) < len(node.args)
        if call is None or varies:
            return node
        try:
            return _written(call(*given), node.lineno)
        except KeyError:  # named behind a condition, or wrongly: known when it is drawn
            return node


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""


def _written(value: object, line: int) -> nodes.Expr:
    if isinstance(value, Markup):
        return nodes.MarkSafe(nodes.Const(str(value), lineno=line), lineno=line)
    return nodes.Const(value, lineno=line)
