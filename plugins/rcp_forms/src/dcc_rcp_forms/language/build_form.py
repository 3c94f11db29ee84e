"""Read a composed form tree into the model."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import cast

from dcc_rcp_forms.language.build_blocks import Block, BlockExpander, read_blocks
from dcc_rcp_forms.language.build_choices import read_choices
from dcc_rcp_forms.language.build_fields import FieldBuilder
from dcc_rcp_forms.language.group_reader import GroupReader
from dcc_rcp_forms.language.identifiers import check_form_id, check_name, check_version
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.model import (
    Alert,
    Choice,
    Example,
    Field,
    FieldKind,
    Form,
    Level,
    Phase,
    PhaseRule,
    Printing,
    Section,
)
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar, kind_of
from dcc_rcp_forms.language.suggest import did_you_mean
from dcc_rcp_forms.language.vocabulary import (
    ALERT_KEYWORDS,
    EXAMPLE_KEYWORDS,
    FORM_KEYWORDS,
    LANGUAGE_VERSION,
    MIGRATION_KEYWORDS,
    PHASE_KEYWORDS,
    PRINTING_KEYWORDS,
    RCP_KEYWORDS,
    SECTION_KEYWORDS,
    Keyword,
)


def build_form(tree: Mapping, findings: Findings, bases: tuple[str, ...] = ()) -> Form:
    """Read the tree of a form; what is damaged is reported and left out."""
    return _FormBuilder(tree, findings).build(bases)


@dataclass(slots=True)
class _FormBuilder:
    tree: Mapping
    findings: Findings
    lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    seen: dict[str, Place] = field(default_factory=dict)

    def build(self, bases: tuple[str, ...]) -> Form:
        reader = GroupReader(self.tree, FORM_KEYWORDS, "un formulaire", self.findings)
        self._check_language(reader)
        self.lists = self._lists(reader)
        self.blocks = read_blocks(reader.group("blocs"), self.findings)
        form_id, version = reader.required_text("fiche"), reader.required_text("version")
        check_form_id(form_id, reader.place("fiche"), self.findings)
        check_version(version, reader.place("version"), self.findings)
        return Form(
            id=form_id,
            version=version,
            title=reader.required_text("titre"),
            place=self.tree.place,
            sections=self._sections(reader),
            description=reader.text("description"),
            region=reader.text("région"),
            authors=reader.texts("auteurs"),
            rcp=self._rcp(reader),
            alerts=self._alerts(reader),
            phases=self._phases(reader),
            printing=self._printing(reader),
            migrations=self._migrations(reader),
            examples=self._examples(reader),
            bases=bases or reader.texts("issu_de"),
        )

    def _check_language(self, reader: GroupReader) -> None:
        version = reader.integer("langage")
        if version is not None and version > LANGUAGE_VERSION:
            self.findings.error(
                "FRM-011",
                reader.place("langage"),
                f"Ce formulaire est écrit dans la version {version} du langage ; "
                f"ce logiciel connaît la version {LANGUAGE_VERSION}.",
                "Mettez le logiciel à jour avant d'utiliser ce formulaire.",
            )

    def _groups(
        self, reader: GroupReader, key: str, keywords: Table[str, Keyword], what: str
    ) -> list[tuple[str, GroupReader]]:
        """Return the named groups of a key, the others reported."""
        parent = reader.group(key)
        found = []
        for name, node in (parent.entries if parent else {}).items():
            if isinstance(node, Mapping):
                found.append(
                    (name, GroupReader(node, keywords, f"{what} « {name} »", self.findings))
                )
            else:
                self.findings.error(
                    "FRM-103",
                    node.place,
                    f"{what} « {name} » attend un groupe de clés, pas {kind_of(node)}.",
                    f"Clés : {', '.join(keywords)}.",
                )
        return found

    def _lists(self, reader: GroupReader) -> dict[str, tuple[Choice, ...]]:
        node = reader.group("listes")
        entries = node.entries if node else {}
        return {name: read_choices(value, self.findings) for name, value in entries.items()}

    def _sections(self, reader: GroupReader) -> tuple[Section, ...]:
        if not reader.has("sections"):
            reader.required_text("sections")
        sections = []
        for name, inner in self._groups(reader, "sections", SECTION_KEYWORDS, "la section"):
            check_name(
                name, cast("Mapping", reader.group("sections")).key_place(name), self.findings
            )
            phase = Phase(inner.text("phase") or Phase.PREPARATION)
            sections.append(
                Section(
                    id=name,
                    title=inner.required_text("titre"),
                    place=cast("Mapping", reader.group("sections")).key_place(name),
                    fields=self._fields(inner, phase),
                    help=inner.text("aide"),
                    visible_if=inner.rule("si"),
                    slot=inner.text("cda"),
                )
            )
        return tuple(sections)

    def _fields(self, reader: GroupReader, phase: Phase) -> tuple[Field, ...]:
        parent = reader.group("champs")
        if parent is None:
            if not reader.has("champs"):
                reader.required_text("champs")
            return ()
        builder = FieldBuilder(self.lists, self.findings, phase)
        fields: list[Field] = []
        for name, node in parent.entries.items():
            read = builder.read(name, node, parent)
            if read and self._is_new(read):
                fields += self._expanded(read, node, builder)
        return tuple(fields)

    def _is_new(self, candidate: Field) -> bool:
        first = self.seen.get(candidate.id)
        if first is None:
            self.seen[candidate.id] = candidate.place
            return True
        self.findings.error(
            "FRM-107",
            candidate.place,
            f"Le champ « {candidate.id} » existe déjà (ligne {first.line} de {first.file}).",
            "Un nom ne sert qu'une fois dans le formulaire : renommez-le.",
        )
        return False

    def _expanded(self, read: Field, node: Node, builder: FieldBuilder) -> tuple[Field, ...]:
        if read.kind is FieldKind.BLOCK and isinstance(node, Mapping):
            return BlockExpander(self.blocks, self.findings).expand(read, node, builder)
        return (read,)

    def _rcp(self, reader: GroupReader) -> dict[str, str]:
        node = reader.group("rcp")
        if node is None:
            return {}
        inner = GroupReader(node, RCP_KEYWORDS, "« rcp »", self.findings)
        return {key: inner.text(key) for key in RCP_KEYWORDS if inner.text(key)}

    def _alerts(self, reader: GroupReader) -> tuple[Alert, ...]:
        alerts = []
        for name, inner in self._groups(reader, "alertes", ALERT_KEYWORDS, "l'alerte"):
            condition = inner.rule("si")
            message = inner.required_text("message")
            if condition is None:
                inner.required_text("si")
                continue
            level = Level(inner.text("niveau") or Level.ATTENTION)
            alerts.append(
                Alert(name, condition, message, level, inner.text("bloque"), inner.place())
            )
        return tuple(alerts)

    def _phases(self, reader: GroupReader) -> tuple[PhaseRule, ...]:
        rules = []
        parent = reader.group("phases")
        for name, inner in self._groups(reader, "phases", PHASE_KEYWORDS, "la phase"):
            if name in set(Phase):
                rules.append(
                    PhaseRule(Phase(name), inner.text("libellé") or name, inner.texts("écriture"))
                )
            elif parent:
                self.findings.error(
                    "FRM-104",
                    parent.key_place(name),
                    f"La phase « {name} » n'existe pas.",
                    did_you_mean(name, Phase, "Phases : préparation, séance, après."),
                )
        return tuple(rules)

    def _printing(self, reader: GroupReader) -> Printing:
        node = reader.group("impression")
        if node is None:
            return Printing()
        inner = GroupReader(node, PRINTING_KEYWORDS, "« impression »", self.findings)
        return Printing(inner.scalars("résumé"), inner.integer("colonnes") or 1)

    def _list_groups(
        self, reader: GroupReader, key: str, keywords: Table[str, Keyword], what: str
    ) -> list[GroupReader]:
        found = []
        for node in reader.items(key):
            if isinstance(node, Mapping):
                found.append(GroupReader(node, keywords, what, self.findings))
            else:
                self.findings.error(
                    "FRM-103",
                    node.place,
                    f"{what} attend un groupe de clés.",
                    f"Clés : {', '.join(keywords)}.",
                )
        return found

    def _migrations(self, reader: GroupReader) -> tuple[Table[str, Node], ...]:
        readers = self._list_groups(reader, "migrations", MIGRATION_KEYWORDS, "une migration")
        for inner in readers:
            inner.required_text("de")
        return tuple(inner.node.entries for inner in readers)

    def _examples(self, reader: GroupReader) -> tuple[Example, ...]:
        readers = self._list_groups(reader, "essais", EXAMPLE_KEYWORDS, "un essai")
        return tuple(self._example(inner) for inner in readers)

    def _example(self, reader: GroupReader) -> Example:
        answers, expected = reader.group("réponses"), reader.group("attendu")
        scalars = {
            name: node
            for name, node in (expected.entries if expected else {}).items()
            if isinstance(node, Scalar)
        }
        return Example(
            name=reader.required_text("nom"),
            place=reader.place(),
            answers=answers.entries if answers else {},
            expected=scalars,
            alerts=reader.scalars("alertes") if reader.has("alertes") else None,
            visible=reader.scalars("visibles"),
            hidden=reader.scalars("masqués"),
            missing=reader.scalars("manquants"),
            errors=reader.scalars("erreurs"),
        )
