"""The slots that a document fills, whether its entries come flat from a form or nested from a CDA
document.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dcc_cda.frcp.slots import SLOTS
from dcc_core.api import ClinicalDocument, Entry, Period, Section


class FilledSlots:
    """Entries by slot name, in document order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_slot: dict[str, list[Entry]] = {}
        for entry in entries:
            self._by_slot.setdefault(entry.slot, []).append(entry)

    def __contains__(self, slot: str) -> bool:
        return slot in self._by_slot

    def one(self, slot: str) -> Entry | None:
        """Return the entry of a slot, None when the form left it empty."""
        return next(iter(self._by_slot.get(slot, ())), None)

    def many(self, slot: str) -> list[Entry]:
        """Return the entries of a slot, planned treatments in the order of their rank."""
        return sorted(self._by_slot.get(slot, ()), key=lambda entry: entry.rank or 0)


def filled_slots(document: ClinicalDocument) -> FilledSlots:
    """Return what a document fills."""
    return FilledSlots(
        flat
        for section in document.walk_sections()
        for entry in section.entries
        for flat in flatten(entry)
        if flat.slot in SLOTS
    )


def left_over(section: Section) -> tuple[Entry, ...]:
    """Return the entries of a section that the volet has no place for: they are told in words."""
    return tuple(entry for entry in section.entries if slot_name(entry) not in SLOTS)


def slot_name(entry: Entry) -> str:
    """Return the slot of an entry; the form language writes ``examens[]`` for a repeatable one."""
    return entry.slot.removesuffix("[]")


def flatten(entry: Entry) -> Iterator[Entry]:
    """Yield an entry and every entry nested in it, each alone, the tumour taken apart."""
    slot = slot_name(entry)
    if slot == "tumeur":
        yield from _tumour_parts(entry)
    elif SLOTS.get(slot) is None or SLOTS[slot].takes:
        is_alone = slot == entry.slot and not entry.children and not entry.relation
        yield entry if is_alone else replace(entry, slot=slot, children=(), relation="")
    for child in entry.children:
        yield from flatten(child)


def _tumour_parts(entry: Entry) -> Iterator[Entry]:
    when = entry.effective.low if isinstance(entry.effective, Period) else entry.effective
    parts = {
        "tumeur.date": when,
        "tumeur.topographie": entry.target_site,
        "tumeur.latéralité": entry.laterality,
        "tumeur.morphologie": entry.value,
    }
    for slot, value in parts.items():
        if value is not None:
            yield Entry(
                code=None,
                slot=slot,
                value=value,
                text=entry.text if slot == "tumeur.morphologie" else "",
            )
