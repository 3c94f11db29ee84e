"""The narrative of a section: what people read, with the identifiers that statements point at.

Coded statements are told in a table that this module derives from them, so that words and codes
cannot disagree; the author's own text follows.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from dcc_cda.frcp.slots import SLOTS
from dcc_cda.standards import pcc
from dcc_cda.wording import STATUSES, say_coded, say_effective, say_value
from dcc_cda.xml import Xml, clean, element, escaped, join
from dcc_core.api import Block, BulletList, Entry, Mood, Paragraph, Section, Table

Path = tuple[int, ...]
EMPTY = "Non renseigné"
"""What a mandatory section without content says."""
DERIVED = "donnees-"
"""Prefix of the identifier of a derived table; the reader knows its own tables by it."""


@dataclass(frozen=True, slots=True)
class Narrative:
    """The ``text`` of a section, and where each statement of the section is told.

    Attributes:
        text: The XML element.
        references: Narrative identifier by path of the statement in the section.
    """

    text: Xml
    references: dict[Path, str]


@dataclass(slots=True)
class _Derivation:
    section_id: str
    rows: list[str] = field(default_factory=list)
    references: dict[Path, str] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def tell(self, entry: Entry, path: Path) -> None:
        slot = SLOTS.get(entry.slot)
        if entry.slot == "tumeur":
            self._tell_tumour(entry, path)
        elif slot is not None and slot.takes:
            self._tell_one(entry, path)
        else:
            self.references[path] = self.section_id
        for index, child in enumerate(entry.children):
            self.tell(child, (*path, index))

    def _tell_one(self, entry: Entry, path: Path) -> None:
        base = self._identifier(entry.slot)
        self.references[path] = base
        self.rows.append(_row(_label(entry), _main(entry, base)))

    def _tell_tumour(self, entry: Entry, path: Path) -> None:
        base = self._identifier(entry.slot)
        self.references[path] = f"{base}-morphologie"
        parts = {
            "date": say_effective(entry).removeprefix("depuis le ") or "Non renseignée",
            "topographie": say_coded(entry.target_site) if entry.target_site else "Non renseignée",
            "lateralite": say_coded(entry.laterality) if entry.laterality else "",
            "morphologie": say_value(entry.value),
        }
        labels = ("Date du diagnostic", "Topographie", "Latéralité", "Morphologie")
        for label, (key, words) in zip(labels, parts.items(), strict=True):
            if words:
                note = _note(entry, f"{base}-morphologie") if key == "morphologie" else ""
                self.rows.append(_row(label, f"{_content(words, f'{base}-{key}')}{note}"))

    def _identifier(self, slot: str) -> str:
        number = self._seen[slot] = self._seen.get(slot, 0) + 1
        return slug(slot) if number == 1 else f"{slug(slot)}-{number}"


@lru_cache(1024)
def slug(words: str) -> str:
    """Return words as an XML name: ASCII letters, digits, hyphens."""
    ascii_only = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    return "".join(char if char.isalnum() else "-" for char in ascii_only.lower())


def tell_section(section: Section, *, derive: bool) -> Narrative:
    """Return the narrative of one section.

    Args:
        section: The section, its statements already nested as they will be written.
        derive: Whether coded statements are told in a table; False for a document received with a
            complete narrative of its own.
    """
    section_id = f"section-{slug(section.key)}"
    derivation = _Derivation(section_id)
    for index, entry in enumerate(section.entries):
        if derive:
            derivation.tell(entry, (index,))
        else:
            _point_at_section(entry, (index,), derivation.references, section_id)
    rows = "".join(derivation.rows)
    table = (
        f'<table ID="{DERIVED}{slug(section.key)}"><tbody>{rows}</tbody></table>' if rows else ""
    )
    blocks = [_block(block) for block in section.narrative]
    empty = "" if table or blocks or section.sections else element("paragraph", EMPTY)
    inside = Xml(f"{table}{''.join(blocks)}{empty}")
    return Narrative(element("text", inside, ID=section_id), derivation.references)


def _point_at_section(
    entry: Entry, path: Path, references: dict[Path, str], section_id: str
) -> None:
    references[path] = section_id
    for index, child in enumerate(entry.children):
        _point_at_section(child, (*path, index), references, section_id)


def _label(entry: Entry) -> str:
    label = SLOTS[entry.slot].label
    if entry.slot == "plan.propositions" and entry.rank:
        return f"{label} {entry.rank}"
    return label


def _row(label: str, content: str) -> str:
    return f"<tr><td>{escaped(label)}</td><td>{content}</td></tr>"


def _content(words: str, identifier: str) -> str:
    """Return words that a statement points at, line by line."""
    lines = escaped(words).replace("\n", "<br/>")
    return f'<content ID="{identifier}">{lines}</content>'


def _main(entry: Entry, base: str) -> str:
    match SLOTS[entry.slot].takes:
        case "treatment":
            words = say_coded(entry.code) if entry.code else "Traitement"
            when = ", ".join(filter(None, (say_effective(entry), _standing(entry))))
        case "request":
            return f"{_content(entry.text or 'Examen', base)}{_when(say_effective(entry))}"
        case "exam":
            return _exam(entry, base)
        case _:
            words = say_value(entry.value) or "Oui"
            when = say_effective(entry)
    return f"{_content(words, base)}{_note(entry, base)}{_when(when)}"


def _exam(entry: Entry, base: str) -> str:
    name = entry.text or (say_coded(entry.code) if entry.code else "Examen")
    told = say_effective(entry).removeprefix("le ")
    date = f"{_content(told, f'{base}-date')} : " if told else ""
    found = f" : {_content(say_value(entry.value), f'{base}-resultat')}" if entry.value else ""
    return f"{date}{_content(name, base)}{found}"


def _standing(entry: Entry) -> str:
    if entry.mood is not Mood.EVENT:
        return ""
    return STATUSES.get(entry.status or pcc.usual_status(entry.kind, entry.mood), "")


def _note(entry: Entry, base: str) -> str:
    return f" — {_content(entry.text, f'{base}-note')}" if entry.text else ""


def _when(words: str) -> str:
    return f" ({escaped(words)})" if words else ""


def _block(block: Block) -> Xml:
    match block:
        case Paragraph():
            label = element("content", block.label, styleCode="Bold") if block.label else None
            gap = " " if block.label and block.text else None
            return element("paragraph", label, gap, *_lines(block.text))
        case BulletList():
            return element("list", *(element("item", *_lines(item)) for item in block.items))
        case Table():
            head = element("tr", *(element("th", cell) for cell in block.headings))
            rows = (
                element("tr", *(element("td", *_lines(cell)) for cell in row)) for row in block.rows
            )
            return element(
                "table",
                element("caption", block.caption) if block.caption else None,
                element("thead", head) if any(block.headings) else None,
                element("tbody", join(rows)),
            )


def _lines(text: str) -> Iterator[Xml | str]:
    """Yield the lines of a text with a break between them."""
    for number, line in enumerate(clean(text).split("\n")):
        if number:
            yield element("br")
        yield line
