"""Nodes of a form file on one line, as an author would write them inline."""

from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar


def one_line(node: Node) -> str:
    """Write a node inline: `[a, b]`, `{x: 1}` or the text itself."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return (
            "{" + ", ".join(f"{key}: {one_line(item)}" for key, item in node.entries.items()) + "}"
        )
    return "[" + ", ".join(one_line(item) for item in node) + "]"
