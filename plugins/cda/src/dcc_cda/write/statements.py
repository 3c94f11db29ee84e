"""Clinical statements: neutral entries as CDA R2 observations, acts, procedures and organisers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha1
from uuid import NAMESPACE_OID

from dcc_cda.datatypes import coded, effective_time, value_element
from dcc_cda.frcp.slots import SLOTS
from dcc_cda.standards import frcp, pcc
from dcc_cda.standards.terminologies import loinc
from dcc_cda.write.narrative import Path
from dcc_cda.write.people import entry_author, performer
from dcc_cda.xml import Xml, element, escaped, join, quoted
from dcc_core.api import Entry, EntryKind, Mood, Value

COMMENT = loinc("48767-8", "Commentaire")
_ABSENT_TYPES = {"bool": "BL", "integer": "INT"}
_WITHOUT_ID = frozenset({EntryKind.COMMENT, EntryKind.ORGANIZER})
_OIDS = NAMESPACE_OID.bytes
_IN_WORDS_ONLY = frozenset({"examens", "synthèse", "question"})


@dataclass(frozen=True, slots=True)
class StatementWriter:
    """Writes the statements of one section.

    Attributes:
        scope: What makes identifiers unique and reproducible: document and section.
        references: Narrative identifier by path, from the section's narrative.
        inline: Whether words stand in the statement itself, because the narrative was received and
            has no place of its own for each of them.
    """

    scope: str
    references: dict[Path, str]
    inline: bool = False

    def section_identifier(self) -> str:
        """Return the identifier of the section itself."""
        return self._identifier(())

    def entries(self, entries: tuple[Entry, ...]) -> Xml:
        """Return the ``entry`` elements of the section."""
        return join(
            f"<entry>{self.statement(entry, (index,))}</entry>"
            for index, entry in enumerate(entries)
            if entry.slot not in _IN_WORDS_ONLY
        )

    def statement(self, entry: Entry, path: Path) -> Xml:
        """Return one statement with everything nested in it."""
        return _WRITERS[entry.kind](self, entry, path)

    def _observation(self, entry: Entry, path: Path) -> Xml:
        reference = self.references[path]
        problem = ' negationInd="false"' if entry.kind is EntryKind.PROBLEM else ""
        meaning = coded("interpretationCode", entry.interpretation) if entry.interpretation else ""
        return Xml(
            f'<observation classCode="OBS" moodCode="{entry.mood.value}"{problem}>'
            f"{self._head(entry, path)}{_status(entry)}{_effective(entry)}"
            f"{''.join(self._value(one, entry, reference) for one in _values(entry))}"
            f"{meaning}{self._target_site(entry, reference)}{_people(entry)}"
            f"{self._nested(entry, path)}</observation>"
        )

    def _procedure(self, entry: Entry, path: Path) -> Xml:
        return Xml(
            f'<procedure classCode="PROC" moodCode="{entry.mood.value}" negationInd="false">'
            f"{self._head(entry, path)}{_status(entry)}{_effective_if_known(entry)}{_rank(entry)}"
            f"{_people(entry)}{self._nested(entry, path)}</procedure>"
        )

    def _encounter(self, entry: Entry, path: Path) -> Xml:
        asked = entry.mood is Mood.REQUEST
        return Xml(
            f'<encounter classCode="ENC" moodCode="{entry.mood.value}">'
            f"{self._head(entry, path)}{_effective_if_known(entry)}"
            f"{coded('priorityCode', frcp.CONTACT_TO_BOOK) if asked else ''}"
            f"{_people(entry)}{self._nested(entry, path)}</encounter>"
        )

    def _act(self, entry: Entry, path: Path) -> Xml:
        return Xml(
            f'<act classCode="ACT" moodCode="{entry.mood.value}">'
            f"{self._head(entry, path)}{_status(entry)}{_effective_if_known(entry)}"
            f"{_people(entry)}{self._nested(entry, path)}</act>"
        )

    def _organizer(self, entry: Entry, path: Path) -> Xml:
        parts = "".join(
            f"<component>{self.statement(child, (*path, index))}</component>"
            for index, child in enumerate(entry.children)
        )
        note = f"<component>{self._note(entry, path)}</component>" if entry.text else ""
        return Xml(
            f'<organizer classCode="CLUSTER" moodCode="{entry.mood.value}">'
            f"{_templates(entry)}{coded('code', entry.code)}{_status(entry)}"
            f"{_effective_if_known(entry)}{_people(entry)}{parts}{note}</organizer>"
        )

    def _head(self, entry: Entry, path: Path) -> str:
        """Return what every statement begins with. A concern or a staging group has no narrative of
        its own to point at, an act of concern no ``text`` at all.
        """
        known = entry.kind not in _WITHOUT_ID
        identifier = f'<id root="{self._identifier(path)}"/>' if known else ""
        head = f"{_templates(entry)}{identifier}{coded('code', entry.code)}"
        if entry.kind is EntryKind.ACT:
            return head
        own = entry.text if self.inline and not _takes_comment(entry) else ""
        return f"{head}{_words(own, self.references[path])}"

    def _identifier(self, path: Path) -> str:
        return name_based_uuid(f"{self.scope}/{'.'.join(map(str, path))}")

    def _value(self, value: Value, entry: Entry, reference: str) -> Xml:
        slot = SLOTS.get(entry.slot)
        if entry.slot == "clinique.douleur":
            return value_element(value, absent_type="CO")
        absent = _ABSENT_TYPES.get(slot.takes, "CD") if slot else "CD"
        return value_element(value, reference="" if self.inline else reference, absent_type=absent)

    def _target_site(self, entry: Entry, reference: str) -> str:
        if entry.target_site is None and entry.slot != "tumeur":
            return ""
        side = (
            element(
                "qualifier",
                coded("name", frcp.LATERALITY),
                coded("value", entry.laterality),
            )
            if entry.laterality
            else None
        )
        return coded("targetSiteCode", entry.target_site, side, absent="NI")

    def _nested(self, entry: Entry, path: Path) -> str:
        nested = "".join(
            [
                f'<entryRelationship typeCode="{quoted(child.relation or "COMP")}" '
                f'inversionInd="{"true" if child.kind is EntryKind.COMMENT else "false"}">'
                f"{self.statement(child, (*path, index))}</entryRelationship>"
                for index, child in enumerate(entry.children)
            ]
        )
        if entry.text and _takes_comment(entry):
            return (
                f'{nested}<entryRelationship typeCode="SUBJ" inversionInd="true">'
                f"{self._note(entry, path)}</entryRelationship>"
            )
        return nested

    def _note(self, entry: Entry, path: Path) -> str:
        """Return the text that completes a statement, as a comment act."""
        own = entry.text if self.inline else ""
        return (
            f'<act classCode="ACT" moodCode="EVN">{_COMMENT_HEAD}'
            f"{_words(own, f'{self.references[path]}-note')}"
            '<statusCode code="completed"/></act>'
        )


def name_based_uuid(name: str) -> str:
    """Return the version 5 UUID of a name among OIDs (RFC 9562 §5.5), in capitals as CDA has it;
    the standard library takes four times as long to make the same.
    """
    digest = bytearray(sha1(_OIDS + name.encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    digits = digest.hex().upper()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _templates(entry: Entry) -> Xml:
    return _templates_of(entry.slot if entry.slot in SLOTS else "", entry.kind, entry.mood)


@cache
def _templates_of(name: str, kind: EntryKind, mood: Mood) -> Xml:
    slot = SLOTS.get(name)
    roots = slot.templates if slot and slot.templates else pcc.BY_KIND.get((kind, mood))
    return join(element("templateId", root=root) for root in roots or ())


_COMMENT_HEAD = join(
    (*(element("templateId", root=root) for root in pcc.COMMENT), coded("code", COMMENT))
)


def _status(entry: Entry) -> Xml:
    return _status_code(entry.status or pcc.usual_status(entry.kind, entry.mood))


@lru_cache(64)
def _status_code(code: str) -> Xml:
    return element("statusCode", code=code)


def _effective(entry: Entry) -> str:
    if entry.effective is None and entry.mood is Mood.PROPOSAL:
        return ""
    return effective_time(entry.effective)


def _effective_if_known(entry: Entry) -> str:
    return effective_time(entry.effective) if entry.effective else ""


def _values(entry: Entry) -> tuple[Value, ...]:
    if entry.value is None:
        return ()
    return entry.value if isinstance(entry.value, tuple) else (entry.value,)


def _rank(entry: Entry) -> str:
    if entry.rank is None:
        return ""
    return element("priorityCode", element("originalText", str(entry.rank)))


def _takes_comment(entry: Entry) -> bool:
    slot = SLOTS.get(entry.slot)
    return entry.kind is not EntryKind.COMMENT and not (slot and slot.takes == "request")


def _words(own: str, reference: str) -> str:
    """Return the words themselves, or where the narrative has them."""
    inside = escaped(own) if own else f'<reference value="#{reference}"/>'
    return f"<text>{inside}</text>"


def _people(entry: Entry) -> str:
    doer = performer(entry.performer) if entry.performer else ""
    return f"{doer}{(entry_author(entry.author) or '') if entry.author else ''}"


_WRITERS: dict[EntryKind, Callable[[StatementWriter, Entry, Path], Xml]] = {
    EntryKind.OBSERVATION: StatementWriter._observation,
    EntryKind.PROBLEM: StatementWriter._observation,
    EntryKind.PROCEDURE: StatementWriter._procedure,
    EntryKind.ENCOUNTER: StatementWriter._encounter,
    EntryKind.ACT: StatementWriter._act,
    EntryKind.COMMENT: StatementWriter._act,
    EntryKind.ORGANIZER: StatementWriter._organizer,
}
