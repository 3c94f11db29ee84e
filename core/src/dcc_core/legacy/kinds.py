"""What a plugin adds to ``dcc import``: a kind of rows, and how to make its importer."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dcc_core.config import Clock, Establishment
from dcc_core.legacy.mapping import ImportMap
from dcc_core.legacy.model import Importer

ANY_TARGET = "*"
"""In the targets of a kind: columns with names of the kind's own are accepted too."""

MakeImporter = Callable[[ImportMap, Collection[Establishment], Clock], Importer]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of rows.

    Attributes:
        name: As in ``dcc import <name> FILE --map MAP``.
        targets: What a map may name; with ``*``, anything besides.
        needed: What a map must name.
        make: Returns the importer for a map, the establishments of the region and a clock.
    """

    name: str
    help: str
    targets: frozenset[str]
    needed: frozenset[str]
    make: MakeImporter


@runtime_checkable
class ImportCommands(Protocol):
    """The group ``dcc import``, as a plugin sees it in ``dcc_cli``."""

    def add_kind(self, kind: ImportKind) -> None:
        """Add a kind and its command."""
