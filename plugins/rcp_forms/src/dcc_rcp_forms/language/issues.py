"""Findings about a form file: stable code, exact place, fact and remedy in French."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an error forbids publication, the two others do not."""

    ERROR = "erreur"
    WARNING = "attention"
    INFO = "information"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a source file; lines and columns count from 1, columns in characters."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    Attributes:
        code: stable code of the catalogue (`FRM-nnn`).
        severity: weight of the finding.
        place: where the author must look.
        fact: what is wrong, one French sentence without final remedy.
        remedy: what to do next, one French sentence; may be empty when the fact says it.
    """

    code: str
    severity: Severity
    place: Place
    fact: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f" {self.remedy}" if self.remedy else ""
        return f"{self.place}: {self.severity} {self.code} {self.fact}{tail}"


@dataclass(slots=True)
class Findings:
    """Collects findings while a file is read; reading goes on after each of them."""

    items: list[Issue] = field(default_factory=list)

    def error(self, code: str, place: Place, fact: str, remedy: str = "") -> None:
        """Record something that forbids publication."""
        self.items.append(Issue(code, Severity.ERROR, place, fact, remedy))

    def warning(self, code: str, place: Place, fact: str, remedy: str = "") -> None:
        """Record something an expert should look at."""
        self.items.append(Issue(code, Severity.WARNING, place, fact, remedy))

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.items)

    @property
    def has_errors(self) -> bool:
        """Tell whether at least one finding forbids publication."""
        return any(issue.severity is Severity.ERROR for issue in self.items)

    def in_order(self) -> tuple[Issue, ...]:
        """Return the findings in reading order, each one once."""
        unique = dict.fromkeys(self.items)
        return tuple(sorted(unique, key=lambda issue: (issue.place, issue.code)))
