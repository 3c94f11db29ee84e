"""Compare two versions of a form by stable field ids and compute the version it deserves."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from dcc_rcp_forms.language.model import Alert, Choice, Field, FieldKind, Form, Rule
from dcc_rcp_forms.language.nodes import Scalar


class Weight(IntEnum):
    """How much a change weighs in the version number."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One change between two versions.

    Attributes:
        address: field id, or `id.code` for a value, or `alerte.id`.
        needs: migration that keeps old answers meaningful (`renomme`, `recode`, `convertit`,
            `reprise`), empty when none is needed.
    """

    weight: Weight
    address: str
    text: str
    needs: str = ""


def compare_forms(old: Form, new: Form) -> tuple[Change, ...]:
    """Return every change from an old version to a new one."""
    before = {field.id: field for field in old.fields()}
    after = {field.id: field for field in new.fields()}
    changes: list[Change] = []
    for name, field in before.items():
        if name not in after:
            changes.append(_removed(field))
        else:
            changes += _field_changes(name, field, after[name])
    changes += [_added(field) for name, field in after.items() if name not in before]
    changes += _alert_changes(old.alerts, new.alerts)
    changes += _layout_changes(old, new)
    return tuple(changes)


def next_version(version: str, changes: tuple[Change, ...]) -> str:
    """Return the version these changes deserve, without regional suffix."""
    major, minor, patch = (int(part) for part in version.partition("+")[0].split("."))
    match max((change.weight for change in changes), default=None):
        case Weight.MAJOR:
            return f"{major + 1}.0.0"
        case Weight.MINOR:
            return f"{major}.{minor + 1}.0"
        case Weight.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case _:
            return f"{major}.{minor}.{patch}"


def _removed(field: Field) -> Change:
    needs = "reprise" if field.is_answerable else ""
    return Change(Weight.MAJOR, field.id, f"Champ « {field.id} » retiré.", needs)


def _added(field: Field) -> Change:
    if field.required is False or not field.is_answerable:
        return Change(Weight.MINOR, field.id, f"Champ « {field.id} » ajouté.")
    return Change(Weight.MAJOR, field.id, f"Champ obligatoire « {field.id} » ajouté.")


def _field_changes(name: str, old: Field, new: Field) -> Iterator[Change]:
    if old.kind is not new.kind:
        yield Change(Weight.MAJOR, name, f"« {name} » : type {old.kind} → {new.kind}.", "reprise")
        return
    if old.unit != new.unit:
        yield Change(
            Weight.MAJOR,
            name,
            f"« {name} » : unité {old.unit or '—'} → {new.unit or '—'}.",
            "convertit",
        )
    yield from _requirement_changes(name, old, new)
    yield from _choice_changes(name, old.choices, new.choices)
    yield from _choice_changes(name, old.rows, new.rows)
    yield from _bound_changes(name, old, new)
    yield from _rule_changes(name, old, new)
    yield from _column_changes(name, old, new)
    if (old.label, old.help, old.text) != (new.label, new.help, new.text):
        yield Change(Weight.PATCH, name, f"« {name} » : texte affiché modifié.")


def _requirement_changes(name: str, old: Field, new: Field) -> Iterator[Change]:
    before, after = _written(old.required), _written(new.required)
    if before == after and old.min_rows >= new.min_rows:
        return
    is_harder = after != "non" and before != "oui"
    weight = Weight.MAJOR if is_harder or old.min_rows < new.min_rows else Weight.MINOR
    yield Change(weight, name, f"« {name} » : obligatoire {before} → {after}.")


def _choice_changes(
    name: str, old: tuple[Choice, ...], new: tuple[Choice, ...]
) -> Iterator[Change]:
    after = {choice.code: choice for choice in new}
    for choice in old:
        address = f"{name}.{choice.code}"
        kept = after.get(choice.code)
        if kept is None:
            yield Change(
                Weight.MAJOR, address, f"« {name} » : valeur {choice.code} retirée.", "recode"
            )
        elif kept.codings != choice.codings or kept.points != choice.points:
            yield Change(
                Weight.MAJOR, address, f"« {name} » : sens de {choice.code} modifié.", "recode"
            )
        elif kept.is_retired != choice.is_retired:
            yield Change(Weight.MINOR, address, f"« {name} » : {choice.code} n'est plus proposé.")
        elif kept.label != choice.label:
            yield Change(Weight.PATCH, address, f"« {name} » : libellé de {choice.code} modifié.")
    known = {choice.code for choice in old}
    for code in after.keys() - known:
        yield Change(Weight.MINOR, f"{name}.{code}", f"« {name} » : valeur {code} ajoutée.")


def _bound_changes(name: str, old: Field, new: Field) -> Iterator[Change]:
    for word, before, after, sign in (
        ("min", old.low, new.low, 1),
        ("max", old.high, new.high, -1),
    ):
        if _text(before) != _text(after):
            weight = Weight.MAJOR if _is_narrower(before, after, sign) else Weight.MINOR
            text = f"« {name} » : {word} {_text(before) or '—'} → {_text(after) or '—'}."
            yield Change(weight, name, text)
    if new.decimals is not None and (old.decimals is None or old.decimals > new.decimals):
        yield Change(Weight.MAJOR, name, f"« {name} » : moins de décimales.")


def _is_narrower(before: Rule | None, after: Rule | None, sign: int) -> bool:
    """Tell whether a bound may refuse answers it accepted; a computed bound may."""
    if after is None:
        return False
    try:
        return before is None or sign * (float(after.text) - float(before.text)) > 0
    except ValueError:
        return True


def _rule_changes(name: str, old: Field, new: Field) -> Iterator[Change]:
    if old.kind is FieldKind.COMPUTED and _formula(old) != _formula(new):
        yield Change(Weight.MINOR, name, f"« {name} » : calcul modifié.")
    if [rule.text for rule in old.visible_if] != [rule.text for rule in new.visible_if]:
        yield Change(Weight.MINOR, name, f"« {name} » : condition d'affichage modifiée.")
    if [check.rule.text for check in old.checks] != [check.rule.text for check in new.checks]:
        yield Change(Weight.MINOR, name, f"« {name} » : contrôle modifié.")
    if (old.slot, old.statistic, old.phase) != (new.slot, new.statistic, new.phase):
        yield Change(Weight.MINOR, name, f"« {name} » : emplacement, statistique ou phase modifié.")
    if old.is_hidden != new.is_hidden:
        yield Change(
            Weight.MINOR, name, f"« {name} » : {'masqué' if new.is_hidden else 'rétabli'}."
        )


def _column_changes(name: str, old: Field, new: Field) -> Iterator[Change]:
    after = {column.id: column for column in new.columns}
    for column in old.columns:
        address = f"{name}.{column.id}"
        if column.id in after:
            yield from _field_changes(address, column, after[column.id])
        else:
            yield Change(
                Weight.MAJOR, address, f"« {name} » : colonne {column.id} retirée.", "reprise"
            )
    for column_id in after.keys() - {column.id for column in old.columns}:
        is_optional = after[column_id].required is False
        weight = Weight.MINOR if is_optional else Weight.MAJOR
        yield Change(weight, f"{name}.{column_id}", f"« {name} » : colonne {column_id} ajoutée.")


def _alert_changes(old: tuple[Alert, ...], new: tuple[Alert, ...]) -> Iterator[Change]:
    before = {alert.id: alert for alert in old}
    after = {alert.id: alert for alert in new}
    for name in [*before, *(key for key in after if key not in before)]:
        address = f"alerte.{name}"
        if name not in after:
            yield Change(Weight.MINOR, address, f"Alerte « {name} » retirée.")
        elif name not in before:
            yield Change(Weight.MINOR, address, f"Alerte « {name} » ajoutée.")
        elif _alert_key(before[name]) != _alert_key(after[name]):
            yield Change(Weight.MINOR, address, f"Alerte « {name} » modifiée.")
        elif before[name].message != after[name].message:
            yield Change(Weight.PATCH, address, f"Alerte « {name} » : message modifié.")


def _alert_key(alert: Alert) -> tuple[str, str, str]:
    return alert.condition.text, alert.level, alert.blocks


def _layout_changes(old: Form, new: Form) -> Iterator[Change]:
    if old.title != new.title or old.description != new.description:
        yield Change(Weight.PATCH, "titre", "Titre ou description modifié.")
    before = [
        (section.id, section.title, section.help, [f.id for f in section.fields])
        for section in old.sections
    ]
    after = [
        (section.id, section.title, section.help, [f.id for f in section.fields])
        for section in new.sections
    ]
    if before != after:
        yield Change(Weight.PATCH, "sections", "Titres ou ordre modifiés.")
    conditions = [
        {section.id: _text(section.visible_if) for section in form.sections} for form in (old, new)
    ]
    if any(conditions[0][name] != conditions[1].get(name, "") for name in conditions[0]):
        yield Change(Weight.MINOR, "sections", "Condition d'affichage d'une section modifiée.")


def _formula(field: Field) -> tuple[str, ...]:
    cases = (
        part
        for case in field.cases
        for part in (case.condition.text, _text(case.literal), _text(case.formula))
    )
    return (_text(field.formula), _text(field.otherwise), *cases)


def _text(rule: Scalar | None) -> str:
    return rule.text if rule else ""


def _written(required: Rule | bool) -> str:
    if isinstance(required, bool):
        return "oui" if required else "non"
    return f"si {required.text}"
