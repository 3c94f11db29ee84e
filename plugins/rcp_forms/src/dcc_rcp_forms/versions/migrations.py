"""Move stored answers from an older version of a form to the current one.

Signed fiches are never migrated: they stay on their version. Only drafts, and answers copied
forward when a patient is presented again, go through here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.language.group_reader import GroupReader
from dcc_rcp_forms.language.identifiers import check_name
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.language.nodes import Mapping as Group
from dcc_rcp_forms.language.nodes import Node, Scalar
from dcc_rcp_forms.language.suggest import did_you_mean
from dcc_rcp_forms.language.vocabulary import Keyword, Shape
from dcc_rcp_forms.versions.numbers import version_key
from dcc_rcp_forms.versions.reckoning import Reckoning

Answers = dict[str, Stored]


@dataclass(slots=True)
class Outcome:
    """What a migration did to one set of answers: names touched, names whose answer was lost."""

    answers: Answers
    touched: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


Operation = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """One entry of `migrations`, ready to run.

    Attributes:
        from_version: range of versions it starts from, `1.x`.
        covers: old addresses whose change it takes care of.
        targets: fields of the current form it writes.
    """

    from_version: str
    covers: frozenset[str]
    targets: frozenset[str]
    operations: tuple[Operation, ...]

    def applies_to(self, version: str) -> bool:
        """Tell whether answers of this version go through it: those of its range and older ones."""
        return version_key(version) <= version_key(self.from_version)


def migrate(
    answers: Mapping[str, Stored], version: str, migrations: Iterable[Migration]
) -> Outcome:
    """Run, in file order, the migrations that answers of this version must go through."""
    outcome = Outcome(dict(answers))
    for migration in migrations:
        if migration.applies_to(version):
            for operation in migration.operations:
                operation(outcome)
    return outcome


@dataclass(frozen=True, slots=True)
class DryRun:
    """Counts of a migration tried on stored answers, nothing written."""

    total: int
    touched: int
    lost: int
    lost_by_field: Mapping[str, int]


def try_migrations(
    stored: Iterable[tuple[str, Mapping[str, Stored]]], migrations: tuple[Migration, ...]
) -> DryRun:
    """Run migrations on pairs of version and answers, and count."""
    total = touched = lost = 0
    by_field: dict[str, int] = {}
    for version, answers in stored:
        outcome = migrate(answers, version, migrations)
        total += 1
        touched += bool(outcome.touched)
        lost += bool(outcome.lost)
        for name in outcome.lost:
            by_field[name] = by_field.get(name, 0) + 1
    return DryRun(total, touched, lost, by_field)


# --- reading


def read_migrations(form: Form, findings: Findings) -> tuple[Migration, ...]:
    """Read the migrations of a form; names and codes that lead nowhere are reported."""
    return tuple(_Reader(form, findings).read(entry) for entry in form.migrations)


def _words(*names: str) -> dict[str, Keyword]:
    return {name: Keyword(Shape.ANY, "") for name in names}


@dataclass(slots=True)
class _Reader:
    form: Form
    findings: Findings
    covers: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)

    def read(self, entry: Mapping[str, Node]) -> Migration:
        self.covers, self.targets = set(), set()
        readers: dict[str, Callable[[Node], list[Operation]]] = {
            "renomme": self._renames,
            "recode": self._recode,
            "convertit": self._convert,
            "fusionne": self._merge,
            "scinde": self._split,
            "supprime": self._drop,
        }
        operations = [
            operation
            for key, node in entry.items()
            if key in readers
            for operation in readers[key](node)
        ]
        start = entry.get("de")
        version = self._version(start) if isinstance(start, Scalar) else "0.0.0"
        return Migration(
            version, frozenset(self.covers), frozenset(self.targets), tuple(operations)
        )

    def _version(self, written: Scalar) -> str:
        parts = written.text.split(".")
        if all(part == "x" or part.isdecimal() for part in parts) and len(parts) <= 3:
            return written.text
        self.findings.error(
            "FRM-702",
            written.place,
            f"« {written.text} » n'est pas une version de départ.",
            "Écrivez 1.x, 2.0 ou 2.1.3.",
        )
        return "0.0.0"

    def _target(self, name: str, place: Place) -> str:
        known = [item.id for item in self.form.fields()]
        if name not in known:
            self.findings.error(
                "FRM-701",
                place,
                f"La migration mène au champ « {name} », qui n'existe pas.",
                did_you_mean(name, known, "Créez ce champ ou corrigez la migration."),
            )
        self.targets.add(name)
        return name

    def _renames(self, node: Node) -> list[Operation]:
        operations = []
        for old, new in node.entries.items() if isinstance(node, Group) else ():
            check_name(
                old, node.key_place(old) if isinstance(node, Group) else node.place, self.findings
            )
            if isinstance(new, Scalar):
                self.covers.add(old)
                operations.append(_rename(old, self._target(new.text, new.place)))
        return operations

    def _parts(self, node: Node, what: str, *names: str) -> GroupReader | None:
        if not isinstance(node, Group):
            return None
        reader = GroupReader(node, _words(*names), f"« {what} »", self.findings)
        for name in names:
            if name != "perte" and not reader.has(name):
                reader.required_text(name)
        return reader

    def _recode(self, node: Node) -> list[Operation]:
        reader = self._parts(node, "recode", "champ", "table", "perte")
        table = reader.group("table") if reader else None
        if reader is None or table is None:
            return []
        name = self._target(reader.text("champ"), reader.place("champ"))
        codes = {
            choice.code for item in self.form.fields() if item.id == name for choice in item.choices
        }
        mapping = {}
        for old, new in table.entries.items():
            if isinstance(new, Scalar):
                mapping[old] = new.text
                self.covers.add(f"{name}.{old}")
                self._check_code(new, name, codes)
        return [_recode(name, mapping, codes)]

    def _check_code(self, new: Scalar, name: str, codes: set[str]) -> None:
        if codes and new.text not in codes:
            self.findings.error(
                "FRM-701",
                new.place,
                f"La migration mène à la valeur « {new.text} », qui n'est pas dans {name}.",
                did_you_mean(new.text, codes, "Choisissez une valeur de la liste."),
            )

    def _convert(self, node: Node) -> list[Operation]:
        reader = self._parts(node, "convertit", "champ", "facteur")
        if reader is None:
            return []
        name = self._target(reader.text("champ"), reader.place("champ"))
        self.covers.add(name)
        try:
            factor = float(reader.text("facteur").replace(",", "."))
        except ValueError:
            self.findings.error(
                "FRM-109",
                reader.place("facteur"),
                "Le facteur de conversion n'est pas un nombre.",
                "Écrivez 10 pour passer des cm aux mm.",
            )
            return []
        return [_scale(name, factor)]

    def _merge(self, node: Node) -> list[Operation]:
        reader = self._parts(node, "fusionne", "champs", "vers", "valeur")
        if reader is None:
            return []
        old = reader.texts("champs")
        self.covers.update(old)
        target = self._target(reader.text("vers"), reader.place("vers"))
        return [self._computed({target: reader.scalar("valeur")}, old)]

    def _split(self, node: Node) -> list[Operation]:
        reader = self._parts(node, "scinde", "champ", "en")
        parts = reader.group("en") if reader else None
        if reader is None or parts is None:
            return []
        self.covers.add(reader.text("champ"))
        formulas = {
            self._target(name, parts.key_place(name)): value if isinstance(value, Scalar) else None
            for name, value in parts.entries.items()
        }
        return [self._computed(formulas, (reader.text("champ"),))]

    def _computed(self, formulas: Mapping[str, Scalar | None], old: tuple[str, ...]) -> Operation:
        written = {name: rule for name, rule in formulas.items() if rule}
        reckonings = {
            name: Reckoning.read(rule, old, self.form.field(name), self.findings)
            for name, rule in written.items()
            if any(item.id == name for item in self.form.fields())
        }
        return _reckon(reckonings, old)

    def _drop(self, node: Node) -> list[Operation]:
        names = (
            [item.text for item in node if isinstance(item, Scalar)]
            if not isinstance(node, Scalar | Group)
            else []
        )
        self.covers.update(names)
        return [_drop(name) for name in names]


# --- operations on one set of answers


def _rename(old: str, new: str) -> Operation:
    def run(outcome: Outcome) -> None:
        if old in outcome.answers:
            outcome.touched.add(new)
            outcome.answers[new] = outcome.answers.pop(old)

    return run


def _recode(name: str, table: Mapping[str, str], codes: set[str]) -> Operation:
    def recoded(code: Any, outcome: Outcome) -> Any:
        if code in table:
            outcome.touched.add(name)
            return table[code]
        if codes and code not in codes:
            outcome.lost.add(name)
            return None
        return code

    def run(outcome: Outcome) -> None:
        answer = outcome.answers.get(name)
        if isinstance(answer, str):
            outcome.answers[name] = recoded(answer, outcome)
        elif isinstance(answer, list):
            moved = [recoded(code, outcome) for code in answer]
            outcome.answers[name] = [code for code in dict.fromkeys(moved) if code is not None]

    return run


def _scale(name: str, factor: float) -> Operation:
    def run(outcome: Outcome) -> None:
        answer = outcome.answers.get(name)
        if isinstance(answer, int | float) and not isinstance(answer, bool):
            outcome.touched.add(name)
            outcome.answers[name] = round(answer * factor, 9)

    return run


def _reckon(reckonings: Mapping[str, Reckoning], old: tuple[str, ...]) -> Operation:
    def run(outcome: Outcome) -> None:
        before = {name: outcome.answers.get(name) for name in old}
        results = {name: reckoning.run(before) for name, reckoning in reckonings.items()}
        for name in old:
            outcome.answers.pop(name, None)
        for name, value in results.items():
            if value is not None:
                outcome.touched.add(name)
                outcome.answers[name] = value
        if any(value is not None for value in before.values()) and set(results.values()) <= {None}:
            outcome.lost.update(old)

    return run


def _drop(name: str) -> Operation:
    def run(outcome: Outcome) -> None:
        if outcome.answers.pop(name, None) is not None:
            outcome.lost.add(name)

    return run
