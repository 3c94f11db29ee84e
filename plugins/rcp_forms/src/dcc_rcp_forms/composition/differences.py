"""What a form changes in the form it is built on."""

from dataclasses import dataclass, field

from dcc_rcp_forms.language.issues import Place


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: what was done, where, and the sentence shown to experts."""

    kind: str
    address: str
    text: str
    place: Place


@dataclass(slots=True)
class DifferenceLog:
    """Collects the differences of one composition."""

    items: list[Difference] = field(default_factory=list)

    def add(self, kind: str, address: str, text: str, place: Place) -> None:
        """Record one difference."""
        self.items.append(Difference(kind, address, text, place))
