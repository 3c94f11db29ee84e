"""Write a form tree as YAML, always the same text for the same content."""

import json
import re
from collections.abc import Iterator

from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")
_BARE = re.compile(r"[\w.,/+-]*\w")
_NOT_WRITTEN = ("étend", "surcharge", "ordre", "accueille_après")


def canonical_text(tree: Mapping, bases: tuple[str, ...] = ()) -> str:
    """Return a composed form as self-contained text: block style, every value quoted."""
    entries = {key: node for key, node in tree.entries.items() if key not in _NOT_WRITTEN}
    head = f"issu_de: {json.dumps(list(bases), ensure_ascii=False)}\n" if bases else ""
    entries.pop("issu_de", None)
    return head + "\n".join(_mapping(entries, 0)) + "\n"


def _mapping(entries: dict[str, Node], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, node in entries.items():
        name = key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
        if isinstance(node, Scalar):
            yield f"{indent}{name}: {_quoted(node)}"
        elif isinstance(node, Mapping):
            yield f"{indent}{name}:" if node.entries else f"{indent}{name}: {{}}"
            yield from _mapping(node.entries, depth + 1)
        else:
            yield f"{indent}{name}:" if node.items else f"{indent}{name}: []"
            yield from _items(node.items, depth + 1)


def _items(items: tuple[Node, ...], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for node in items:
        if isinstance(node, Scalar):
            yield f"{indent}- {_quoted(node)}"
        elif isinstance(node, Mapping):
            lines = list(_mapping(node.entries, depth + 1)) or [f"{indent}  {{}}"]
            yield f"{indent}- {lines[0].lstrip()}"
            yield from lines[1:]
        else:
            yield f"{indent}-"
            yield from _items(node.items, depth + 1)


def _quoted(node: Scalar) -> str:
    """Quote with the escapes JSON and YAML share; a bare word stays bare, its type hangs on it."""
    is_bare = node.is_plain and _BARE.fullmatch(node.text) is not None
    return node.text if is_bare else json.dumps(node.text, ensure_ascii=False)
