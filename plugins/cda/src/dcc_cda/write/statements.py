"""Clinical statements: neutral entries as CDA R2 observations, acts, procedures and organisers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_OID, uuid5

from dcc_cda.datatypes import coded, effective_time, value_element
from dcc_cda.frcp.slots import SLOTS
from dcc_cda.standards import frcp, pcc
from dcc_cda.standards.terminologies import loinc
from dcc_cda.write.narrative import Path
from dcc_cda.write.people import entry_author, performer
from dcc_cda.xml import Xml, element
from dcc_core.api import Entry, EntryKind, Mood, Value

COMMENT = loinc("48767-8", "Commentaire")
_ABSENT_TYPES = {"bool": "BL", "integer": "INT"}
_WITHOUT_ID = frozenset({EntryKind.COMMENT, EntryKind.ORGANIZER})
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

    def entries(self, entries: tuple[Entry, ...]) -> list[Xml]:
        """Return the ``entry`` elements of the section."""
        return [
            element("entry", self.statement(entry, (index,)))
            for index, entry in enumerate(entries)
            if entry.slot not in _IN_WORDS_ONLY
        ]

    def statement(self, entry: Entry, path: Path) -> Xml:
        """Return one statement with everything nested in it."""
        return _WRITERS[entry.kind](self, entry, path)

    def _observation(self, entry: Entry, path: Path) -> Xml:
        reference = self.references[path]
        return element(
            "observation",
            *self._head(entry, path),
            _status(entry),
            _effective(entry),
            *(self._value(one, entry, reference) for one in _values(entry)),
            coded("interpretationCode", entry.interpretation) if entry.interpretation else None,
            self._target_site(entry, reference),
            *_people(entry),
            *self._nested(entry, path),
            classCode="OBS",
            moodCode=entry.mood.value,
            negationInd="false" if entry.kind is EntryKind.PROBLEM else None,
        )

    def _procedure(self, entry: Entry, path: Path) -> Xml:
        return element(
            "procedure",
            *self._head(entry, path),
            _status(entry),
            effective_time(entry.effective) if entry.effective else None,
            _rank(entry),
            *_people(entry),
            *self._nested(entry, path),
            classCode="PROC",
            moodCode=entry.mood.value,
            negationInd="false",
        )

    def _encounter(self, entry: Entry, path: Path) -> Xml:
        return element(
            "encounter",
            *self._head(entry, path),
            effective_time(entry.effective) if entry.effective else None,
            coded("priorityCode", frcp.CONTACT_TO_BOOK) if entry.mood is Mood.REQUEST else None,
            *_people(entry),
            *self._nested(entry, path),
            classCode="ENC",
            moodCode=entry.mood.value,
        )

    def _act(self, entry: Entry, path: Path) -> Xml:
        return element(
            "act",
            *self._head(entry, path),
            _status(entry),
            effective_time(entry.effective) if entry.effective else None,
            *_people(entry),
            *self._nested(entry, path),
            classCode="ACT",
            moodCode=entry.mood.value,
        )

    def _organizer(self, entry: Entry, path: Path) -> Xml:
        return element(
            "organizer",
            *_templates(entry),
            coded("code", entry.code),
            _status(entry),
            effective_time(entry.effective) if entry.effective else None,
            *_people(entry),
            *(
                element("component", self.statement(child, (*path, index)))
                for index, child in enumerate(entry.children)
            ),
            self._note(entry, path, "component") if entry.text else None,
            classCode="CLUSTER",
            moodCode=entry.mood.value,
        )

    def _head(self, entry: Entry, path: Path) -> list[Xml]:
        """Return what every statement begins with. A concern or a staging group has no narrative of
        its own to point at, an act of concern no ``text`` at all.
        """
        head = _templates(entry)
        if entry.kind not in _WITHOUT_ID:
            head.append(element("id", root=self._identifier(path)))
        head.append(coded("code", entry.code))
        if entry.kind is not EntryKind.ACT:
            own = entry.text if self.inline and not _takes_comment(entry) else ""
            head.append(_words("text", own, self.references[path]))
        return head

    def _identifier(self, path: Path) -> str:
        name = f"{self.scope}/{'.'.join(map(str, path))}"
        return str(uuid5(NAMESPACE_OID, name)).upper()

    def _value(self, value: Value, entry: Entry, reference: str) -> Xml:
        slot = SLOTS.get(entry.slot)
        if entry.slot == "clinique.douleur":
            return value_element(value, absent_type="CO")
        absent = _ABSENT_TYPES.get(slot.takes, "CD") if slot else "CD"
        return value_element(value, reference="" if self.inline else reference, absent_type=absent)

    def _target_site(self, entry: Entry, reference: str) -> Xml | None:
        if entry.target_site is None and entry.slot != "tumeur":
            return None
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

    def _nested(self, entry: Entry, path: Path) -> list[Xml]:
        nested = [
            element(
                "entryRelationship",
                self.statement(child, (*path, index)),
                typeCode=child.relation or "COMP",
                inversionInd="true" if child.kind is EntryKind.COMMENT else "false",
            )
            for index, child in enumerate(entry.children)
        ]
        if entry.text and _takes_comment(entry):
            nested.append(self._note(entry, path, "entryRelationship"))
        return nested

    def _note(self, entry: Entry, path: Path, link: str) -> Xml:
        """Return the text that completes a statement, as a comment act."""
        own = entry.text if self.inline else ""
        act = element(
            "act",
            *(element("templateId", root=root) for root in pcc.COMMENT),
            coded("code", COMMENT),
            _words("text", own, f"{self.references[path]}-note"),
            element("statusCode", code="completed"),
            classCode="ACT",
            moodCode="EVN",
        )
        if link == "component":
            return element(link, act)
        return element(link, act, typeCode="SUBJ", inversionInd="true")


def _templates(entry: Entry) -> list[Xml]:
    slot = SLOTS.get(entry.slot)
    roots = slot.templates if slot and slot.templates else pcc.BY_KIND.get((entry.kind, entry.mood))
    return [element("templateId", root=root) for root in roots or ()]


def _status(entry: Entry) -> Xml:
    return element("statusCode", code=entry.status or pcc.usual_status(entry.kind, entry.mood))


def _effective(entry: Entry) -> Xml | None:
    if entry.effective is None and entry.mood is Mood.PROPOSAL:
        return None
    return effective_time(entry.effective)


def _values(entry: Entry) -> tuple[Value, ...]:
    if entry.value is None:
        return ()
    return entry.value if isinstance(entry.value, tuple) else (entry.value,)


def _rank(entry: Entry) -> Xml | None:
    if entry.rank is None:
        return None
    return element("priorityCode", element("originalText", str(entry.rank)))


def _takes_comment(entry: Entry) -> bool:
    slot = SLOTS.get(entry.slot)
    return entry.kind is not EntryKind.COMMENT and not (slot and slot.takes == "request")


def _words(name: str, own: str, reference: str) -> Xml:
    """Return the words themselves, or where the narrative has them."""
    return element(name, own or element("reference", value=f"#{reference}"))


def _people(entry: Entry) -> Iterator[Xml | None]:
    yield performer(entry.performer) if entry.performer else None
    yield entry_author(entry.author) if entry.author else None


_WRITERS: dict[EntryKind, Callable[[StatementWriter, Entry, Path], Xml]] = {
    EntryKind.OBSERVATION: StatementWriter._observation,
    EntryKind.PROBLEM: StatementWriter._observation,
    EntryKind.PROCEDURE: StatementWriter._procedure,
    EntryKind.ENCOUNTER: StatementWriter._encounter,
    EntryKind.ACT: StatementWriter._act,
    EntryKind.COMMENT: StatementWriter._act,
    EntryKind.ORGANIZER: StatementWriter._organizer,
}
