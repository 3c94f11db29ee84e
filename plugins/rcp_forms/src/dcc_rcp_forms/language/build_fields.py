"""Read one field of a form file into the model."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, replace

from dcc_rcp_forms.language.build_choices import read_choices
from dcc_rcp_forms.language.field_types import built_in_kind, extension_named
from dcc_rcp_forms.language.group_reader import GroupReader
from dcc_rcp_forms.language.identifiers import check_name
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import (
    Case,
    Check,
    Choice,
    Field,
    FieldKind,
    Freshness,
    Level,
    Phase,
    Printed,
    Source,
)
from dcc_rcp_forms.language.nodes import Mapping, Node, Sequence, kind_of
from dcc_rcp_forms.language.suggest import did_you_mean, enumerate_french
from dcc_rcp_forms.language.vocabulary import (
    CASE_KEYWORDS,
    CHECK_KEYWORDS,
    FIELD_KEYWORDS,
    FRESHNESS_KEYWORDS,
    KEYWORDS_BY_KIND,
    Keyword,
    Shape,
)

SOURCE_ORIGINS = ("patient", "séance", "dernière_fiche", "dmp")
TERMINOLOGIES = ("cim10", "cim-o-3", "adicap")

_WITH_EXTENSIONS = {**FIELD_KEYWORDS, "type": Keyword(Shape.TEXT, "Type du champ.")}
_NO_TABLE_IN_TABLE = frozenset((FieldKind.TABLE, FieldKind.MATRIX, FieldKind.BLOCK))


@dataclass(frozen=True, slots=True)
class FieldBuilder:
    """Reads fields; `lists` are the shared lists, `phase` the moment of the enclosing section."""

    lists: Table[str, tuple[Choice, ...]]
    findings: Findings
    phase: Phase = Phase.PREPARATION
    is_column: bool = False

    def read(self, field_id: str, node: Node, holder: Mapping) -> Field | None:
        """Read one field; None when it is too damaged to be used in rules."""
        place = holder.key_place(field_id)
        if not check_name(field_id, place, self.findings):
            return None
        if not isinstance(node, Mapping):
            self.findings.error(
                "FRM-103",
                node.place,
                f"Le champ « {field_id} » attend un groupe de clés, pas {kind_of(node)}.",
                "Écrivez au moins libellé et type.",
            )
            return None
        extension = extension_named(node.entries.get("type"))
        keywords = _WITH_EXTENSIONS if extension else FIELD_KEYWORDS
        reader = GroupReader(node, keywords, f"le champ « {field_id} »", self.findings)
        kind = built_in_kind(extension) if extension else self._kind(reader)
        if kind is None:
            return None
        self._refuse_foreign_keys(reader, kind)
        base = Field(
            id=field_id,
            label=reader.text("libellé")
            if kind is FieldKind.FIXED_TEXT
            else reader.required_text("libellé"),
            kind=kind,
            place=replace(place, length=len(field_id)),
            help=reader.text("aide"),
            is_hidden=reader.yes_no("masqué"),
            visible_if=tuple(filter(None, [reader.rule("si")])),
            slot=reader.text("cda"),
            fhir=reader.text("fhir"),
            phase=Phase(reader.text("phase") or self.phase),
            is_sensitive=reader.yes_no("sensible"),
            printed=Printed(reader.text("imprimé") or Printed.IF_FILLED),
            lock=reader.text("verrou"),
            extension=extension.key if extension else "",
        )
        return self._with_type(self._with_answer(base, reader), reader)

    def _kind(self, reader: GroupReader) -> FieldKind | None:
        name = reader.required_text("type")
        if not name:
            return None
        kind = FieldKind(name)
        if self.is_column and kind in _NO_TABLE_IN_TABLE:
            self.findings.error(
                "FRM-115",
                reader.place("type"),
                f"Une colonne ne peut pas être de type {kind}.",
                "Sortez ce champ du tableau.",
            )
            return None
        return kind

    def _refuse_foreign_keys(self, reader: GroupReader, kind: FieldKind) -> None:
        for key in reader.node.entries:
            if key in FIELD_KEYWORDS and key not in KEYWORDS_BY_KIND[kind]:
                fits = [str(other) for other, keys in KEYWORDS_BY_KIND.items() if key in keys]
                self.findings.error(
                    "FRM-108",
                    reader.place(key),
                    f"« {key} » ne s'applique pas au type {kind}.",
                    f"Types concernés : {enumerate_french(fits)}.",
                )

    def _with_answer(self, base: Field, reader: GroupReader) -> Field:
        return replace(
            base,
            required=reader.yes_no_or_rule("obligatoire"),
            checks=self._checks(reader),
            default=reader.scalar("défaut"),
            source=self._source(reader),
            statistic=reader.text("statistique"),
            allows_unknown=reader.yes_no("inconnu"),
            low=reader.rule("min"),
            high=reader.rule("max"),
            unit=reader.text("unité"),
            decimals=reader.integer("décimales"),
            precision=reader.text("précision") or "jour",
        )

    def _with_type(self, base: Field, reader: GroupReader) -> Field:
        match base.kind:
            case FieldKind.CHOICE | FieldKind.CHOICES | FieldKind.SCALE:
                return replace(base, choices=self._choices(reader, base.kind))
            case FieldKind.TABLE:
                table = replace(
                    base,
                    columns=self._columns(reader),
                    min_rows=reader.integer("minimum") or 0,
                    max_rows=reader.integer("maximum"),
                    sort=reader.text("tri"),
                )
                self._check_sort(table, reader)
                return replace(table, freshness=self._freshness(table, reader))
            case FieldKind.MATRIX:
                return replace(base, columns=self._columns(reader), rows=self._rows(reader))
            case FieldKind.DATE:
                return replace(base, freshness=self._freshness(base, reader))
            case FieldKind.CODE:
                return replace(base, terminology=self._terminology(reader))
            case FieldKind.COMPUTED:
                return self._computed(base, reader)
            case FieldKind.FIXED_TEXT:
                return replace(base, text=reader.required_text("texte"))
            case _:
                return base

    # --- parts

    def _checks(self, reader: GroupReader) -> tuple[Check, ...]:
        node = reader.any("contrôle")
        items = node.items if isinstance(node, Sequence) else (node,) if node else ()
        checks = []
        for item in items:
            inner = self._inner(item, CHECK_KEYWORDS, "contrôle")
            rule = inner.rule("règle") if inner else None
            if inner and rule is None:
                inner.required_text("règle")
            if inner and rule:
                level = Level(inner.text("niveau") or Level.ERROR)
                checks.append(Check(rule, inner.required_text("message"), level))
        return tuple(checks)

    def _inner(
        self, node: Node | None, keywords: Table[str, Keyword], what: str
    ) -> GroupReader | None:
        if node is None:
            return None
        if not isinstance(node, Mapping):
            self.findings.error(
                "FRM-103",
                node.place,
                f"« {what} » attend {Shape.GROUP}.",
                f"Clés : {enumerate_french(keywords)}.",
            )
            return None
        return GroupReader(node, keywords, f"« {what} »", self.findings)

    def _source(self, reader: GroupReader) -> Source | None:
        if laboratory := reader.group("depuis_labo"):
            loinc = {"loinc": Keyword(Shape.TEXT, "Code LOINC du résultat.")}
            inner = GroupReader(laboratory, loinc, "« depuis_labo »", self.findings)
            return Source("labo", "", inner.required_text("loinc"), inner.place("loinc"))
        written = reader.scalar("depuis")
        if written is None:
            return None
        origin, _, path = written.text.partition(".")
        if origin not in SOURCE_ORIGINS:
            advice = did_you_mean(
                origin, SOURCE_ORIGINS, f"Origines : {', '.join(SOURCE_ORIGINS)}."
            )
            self.findings.error(
                "FRM-104",
                written.place,
                f"« {written.text} » n'est pas une origine connue.",
                advice,
            )
        return Source(origin, path, "", written.place)

    def _choices(self, reader: GroupReader, kind: FieldKind) -> tuple[Choice, ...]:
        if name := reader.scalar("liste"):
            if name.text not in self.lists:
                advice = did_you_mean(name.text, self.lists, "Déclarez-la sous « listes ».")
                self.findings.error(
                    "FRM-110", name.place, f"La liste « {name.text} » n'existe pas.", advice
                )
            return self.lists.get(name.text, ())
        node = reader.any("valeurs")
        choices = read_choices(node, self.findings) if node else ()
        if not choices and kind is not FieldKind.SCALE and not reader.has("valeurs"):
            self.findings.error(
                "FRM-113",
                reader.place("type"),
                f"{reader.what} n'a pas de valeurs.",
                "Ajoutez « valeurs » ou « liste ».",
            )
        return choices

    def _columns(self, reader: GroupReader) -> tuple[Field, ...]:
        node = reader.group("colonnes")
        if node is None or not node.entries:
            self.findings.error(
                "FRM-115",
                reader.place("type"),
                f"{reader.what} n'a pas de colonnes.",
                "Ajoutez « colonnes », écrites comme des champs.",
            )
            return ()
        inner = replace(self, is_column=True)
        fields = (inner.read(name, column, node) for name, column in node.entries.items())
        return tuple(field for field in fields if field)

    def _rows(self, reader: GroupReader) -> tuple[Choice, ...]:
        node = reader.any("lignes")
        rows = read_choices(node, self.findings) if node else ()
        if not rows:
            self.findings.error(
                "FRM-115",
                reader.place("type"),
                f"{reader.what} n'a pas de lignes.",
                "Ajoutez « lignes » : {code: Libellé}.",
            )
        places = node if isinstance(node, Mapping) else reader.node
        return tuple(
            row for row in rows if check_name(row.code, places.key_place(row.code), self.findings)
        )

    def _check_sort(self, table: Field, reader: GroupReader) -> None:
        names = [column.id for column in table.columns]
        if table.sort and table.sort not in names:
            self.findings.error(
                "FRM-202",
                reader.place("tri"),
                f"La colonne « {table.sort} » n'existe pas.",
                did_you_mean(table.sort, names),
            )

    def _freshness(self, owner: Field, reader: GroupReader) -> Freshness | None:
        inner = self._inner(reader.group("fraîcheur"), FRESHNESS_KEYWORDS, "fraîcheur")
        if inner is None:
            return None
        column = inner.text("colonne")
        dates = [column.id for column in owner.columns if column.kind is FieldKind.DATE]
        if owner.kind is FieldKind.TABLE and column not in dates:
            self.findings.error(
                "FRM-202",
                inner.place("colonne"),
                f"« {column} » n'est pas une colonne de date.",
                did_you_mean(column, dates, "Nommez une colonne de type date."),
            )
            return None
        inner.required_text("jours")
        message = inner.required_text("message")
        days = inner.integer("jours")
        return None if days is None else Freshness(column, days, message, inner.place())

    def _terminology(self, reader: GroupReader) -> str:
        name = reader.required_text("terminologie")
        if name and name not in TERMINOLOGIES and not name.startswith("jdv:"):
            self.findings.error(
                "FRM-104",
                reader.place("terminologie"),
                f"« {name} » n'est pas une terminologie connue.",
                did_you_mean(
                    name, TERMINOLOGIES, "Terminologies : cim10, cim-o-3, adicap, jdv:NOM."
                ),
            )
        return name

    def _computed(self, base: Field, reader: GroupReader) -> Field:
        formula = reader.rule("valeur")
        cases = tuple(filter(None, (self._case(item) for item in reader.items("cas"))))
        if formula is None and not cases and not (reader.has("valeur") or reader.has("cas")):
            self.findings.error(
                "FRM-102",
                reader.place("type"),
                f"{reader.what} ne calcule rien.",
                "Ajoutez « valeur » (une formule) ou « cas » (une table de décision).",
            )
        if formula and cases:
            self.findings.error(
                "FRM-108",
                reader.place("cas"),
                "« valeur » et « cas » ne vont pas ensemble.",
                "Gardez la formule ou la table de décision.",
            )
        return replace(base, formula=formula, cases=cases, otherwise=reader.scalar("sinon"))

    def _case(self, node: Node) -> Case | None:
        inner = self._inner(node, CASE_KEYWORDS, "cas")
        if inner is None:
            return None
        condition = inner.rule("si")
        if condition is None:
            inner.required_text("si")
        if inner.has("alors") == inner.has("valeur"):
            self.findings.error(
                "FRM-102",
                inner.place(),
                "Un cas a un résultat et un seul.",
                "Écrivez « alors » (texte) ou « valeur » (formule).",
            )
        if condition is None:
            return None
        return Case(condition, inner.scalar("alors"), inner.rule("valeur"))
