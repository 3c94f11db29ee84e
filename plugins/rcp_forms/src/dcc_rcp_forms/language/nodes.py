"""The tree of a form file: every scalar is text, every node knows its place."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dcc_rcp_forms.language.issues import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text value, with the raw characters it was written with.

    Attributes:
        text: the value.
        place: place of its first raw character.
        raw: the source characters, quotes included; used to place a fault inside an expression.
        is_plain: written without quotes.
    """

    text: str
    place: Place
    raw: str = ""
    is_plain: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """An ordered list of nodes."""

    items: tuple["Node", ...]
    place: Place

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Named nodes in file order; `keys` keeps the place of each name."""

    entries: dict[str, "Node"]
    place: Place
    keys: dict[str, Scalar] = field(default_factory=dict)

    def key_place(self, key: str) -> Place:
        """Return the place of a key, or of the mapping when the key was added by composition."""
        scalar = self.keys.get(key)
        return scalar.place if scalar else self.place


Node = Scalar | Sequence | Mapping

KIND_NAMES = {Scalar: "une valeur simple", Sequence: "une liste", Mapping: "un groupe de clés"}


def kind_of(node: Node) -> str:
    """Name the kind of a node for a message."""
    return KIND_NAMES[type(node)]
