"""Faults of declarations: slots, codes of terminologies, bounds, phases, names in the extract."""

import re
from collections.abc import Iterator, Mapping

from dcc_rcp_forms.expressions.core import variables_of
from dcc_rcp_forms.language.issues import Findings, Place
from dcc_rcp_forms.language.model import Choice, Field, Form, Phase
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.language.suggest import did_you_mean
from dcc_rcp_forms.linter.slots import FIELD_SLOTS, SECTION_SLOTS
from dcc_rcp_forms.program.model import Program, Step
from dcc_rcp_forms.valuesets.collection import Library

_CODE_SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "cim10": (re.compile(r"[A-Z]\d\d(\.\d{1,3})?\+?", re.ASCII), "C50.9"),
    "cim-o-3": (re.compile(r"\d{4}/\d", re.ASCII), "8500/3"),
    "adicap": (re.compile(r"[A-Z0-9]{2,8}", re.ASCII), "A7B2"),
    "snomed": (re.compile(r"\d{6,18}", re.ASCII), "387713003"),
    "loinc": (re.compile(r"\d{1,7}-\d", re.ASCII), "48675-3"),
    "ncit": (re.compile(r"C\d{3,7}", re.ASCII), "C15313"),
    "ans": (re.compile(r"[A-Z]{3}-\d{3}(\.\d{2})*", re.ASCII), "MED-240"),
}
MEETING_SETS = {"appareil": "JDV_RCP_Appareil_CISIS", "organe": "JDV_RCP_Organe_CISIS"}
_STATISTIC = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


def check_declarations(form: Form, program: Program, findings: Findings) -> None:
    """Check what a form declares beside its rules."""
    _check_meeting(form, findings)
    _check_slots(form, findings)
    _check_statistics(form, findings)
    _check_summary(form, findings)
    sets = Library().names()
    for item in _with_columns(form):
        _check_codings(item, findings)
        _check_terminology(item, sets, findings)
    steps = {step.id: step for step in program.steps}
    secret = {field.id for field in form.fields() if field.is_sensitive}
    phases = {field.id: field.phase for field in form.fields() if field.is_answerable}
    for field in form.fields():
        step = steps[field.id]
        _check_bounds(field, step, findings)
        _check_secrecy(field, step, secret, findings)
        _check_phase(field, step, phases, findings)


def _with_columns(form: Form) -> Iterator[Field]:
    for field in form.fields():
        yield field
        yield from field.columns


def _check_meeting(form: Form, findings: Findings) -> None:
    """Check that the organ system and the organ are those of the national lists."""
    for key, name in MEETING_SETS.items():
        written = form.rcp.get(key)
        codes = Library().find(name)
        labels = [code.label for code in codes.codes] if codes else []
        if written and written not in labels:
            findings.error(
                "FRM-607",
                form.place,
                f"« {written} » n'est pas un {key} de la liste nationale.",
                did_you_mean(written, labels, f"Choisissez un libellé de {name}."),
            )


def _check_slots(form: Form, findings: Findings) -> None:
    for section in form.sections:
        if section.slot and section.slot not in SECTION_SLOTS:
            _unknown_slot(section.slot, section.place, SECTION_SLOTS, findings)
    taken: dict[str, str] = {}
    for field in form.fields():
        if not field.slot or field.is_hidden:
            continue
        if field.slot not in FIELD_SLOTS:
            _unknown_slot(field.slot, field.place, FIELD_SLOTS, findings)
        elif field.slot in taken:
            findings.error(
                "FRM-603",
                field.place,
                f"L'emplacement « {field.slot} » est déjà rempli par {taken[field.slot]}.",
                "Un emplacement du document national vient d'un seul champ.",
            )
        taken.setdefault(field.slot, field.id)


def _unknown_slot(slot: str, place: Place, known: tuple[str, ...], findings: Findings) -> None:
    findings.error(
        "FRM-602",
        place,
        f"L'emplacement « {slot} » n'existe pas dans le document national.",
        did_you_mean(slot, known, "Sans « cda », le champ va au texte de sa section."),
    )


def _check_statistics(form: Form, findings: Findings) -> None:
    taken: dict[str, str] = {}
    for field in form.fields():
        name = field.statistic
        if name and not _STATISTIC.fullmatch(name):
            findings.error(
                "FRM-605",
                field.place,
                f"« {name} » ne peut pas nommer une colonne statistique.",
                "Minuscules sans accent, chiffres et « _ », 60 signes au plus.",
            )
        elif name in taken:
            findings.error(
                "FRM-605",
                field.place,
                f"La colonne statistique « {name} » est déjà celle de {taken[name]}.",
                "Donnez un nom différent à chaque champ.",
            )
        if name:
            taken[name] = field.id


def _check_summary(form: Form, findings: Findings) -> None:
    known = [field.id for field in form.fields()]
    for item in form.printing.summary:
        if item.text not in known:
            findings.error(
                "FRM-202",
                item.place,
                f"Le champ « {item.text} » n'existe pas.",
                did_you_mean(item.text, known),
            )


def _check_codings(field: Field, findings: Findings) -> None:
    for choice in field.choices:
        for system, code in choice.codings.items():
            if problem := coding_problem(system, code):
                findings.error(
                    "FRM-601",
                    choice.place,
                    f"Valeur « {choice.code} » de {field.id} : « {code} » {problem}.",
                    f"Un code {system} s'écrit comme {_CODE_SHAPES[system][1]}.",
                )
    if (
        field.source
        and field.source.loinc
        and (problem := coding_problem("loinc", field.source.loinc))
    ):
        findings.error(
            "FRM-601",
            field.source.place,
            f"Le code LOINC « {field.source.loinc} » {problem}.",
            "Recopiez-le depuis le catalogue du laboratoire.",
        )
    _check_points(field.choices, field, findings)


def _check_terminology(field: Field, sets: list[str], findings: Findings) -> None:
    name = field.terminology.removeprefix("jdv:")
    if field.terminology.startswith("jdv:") and name not in sets:
        findings.error(
            "FRM-604",
            field.place,
            f"Le jeu de valeurs « {name} » n'est pas installé.",
            did_you_mean(name, sets, "Importez-le : dcc forms valueset import FICHIER."),
        )


def coding_problem(system: str, code: str) -> str:
    """Say what is wrong with a code, empty when its shape and its check digit are right."""
    if not _CODE_SHAPES[system][0].fullmatch(code):
        return f"n'a pas la forme d'un code {system}"
    if system == "loinc" and not _is_loinc(code):
        return "a un chiffre de contrôle faux"
    if system == "snomed" and not _is_verhoeff(code):
        return "a un chiffre de contrôle faux"
    return ""


def _is_loinc(code: str) -> bool:
    """Check the LOINC check digit (modulus 10, LOINC Users' Guide, appendix)."""
    digits, check = code.split("-")
    total = 0
    for position, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if position % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return (10 - total % 10) % 10 == int(check)


def _is_verhoeff(code: str) -> bool:
    """Check the SNOMED CT check digit (Verhoeff, dihedral group D5)."""
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = _multiply(check, _permute(int(digit), position % 8))
    return check == 0


def _multiply(left: int, right: int) -> int:
    """Multiply in the dihedral group of order ten."""
    if left < 5:
        return (left + right) % 5 if right < 5 else (left + right - 5) % 5 + 5
    return (left - right) % 5 + 5 if right < 5 else (left - right) % 5


def _permute(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


def _check_points(choices: tuple[Choice, ...], field: Field, findings: Findings) -> None:
    with_points = [choice for choice in choices if choice.points is not None]
    if with_points and len(with_points) < len(choices):
        without = next(choice.code for choice in choices if choice.points is None)
        findings.warning(
            "FRM-606",
            field.place,
            f"La valeur « {without} » de {field.id} n'a pas de points, les autres en ont.",
            "Un score qui la rencontre restera inconnu : donnez-lui des points.",
        )


def _check_bounds(field: Field, step: Step, findings: Findings) -> None:
    if not (isinstance(field.low, Scalar) and isinstance(field.high, Scalar)):
        return
    bounds = [rule.core for rule in step.constraints if rule.origin == "borne"]
    if len(bounds) == 2 and bounds[0][1][0] == bounds[1][2][0] == "n":
        low, high = bounds[0][1][1], bounds[1][2][1]
        if low > high:
            findings.error(
                "FRM-307",
                field.low.place,
                f"Le minimum de {field.id} dépasse son maximum.",
                "Inversez les deux bornes.",
            )


def _check_secrecy(field: Field, step: Step, secret: set[str], findings: Findings) -> None:
    if field.is_sensitive or not step.formula:
        return
    if leaked := variables_of(step.formula) & secret:
        findings.error(
            "FRM-305",
            field.place,
            f"« {field.id} » révèle le champ sensible {', '.join(sorted(leaked))}.",
            "Ajoutez « sensible: oui » à ce calcul.",
        )


def _check_phase(field: Field, step: Step, phases: Mapping[str, Phase], findings: Findings) -> None:
    later = [
        name
        for name in sorted(variables_of(step.visible))
        if name in phases and phases[name].rank > field.phase.rank
    ]
    if later and field.is_answerable:
        findings.warning(
            "FRM-309",
            field.place,
            f"« {field.id} » se remplit en {field.phase} mais dépend de {', '.join(later)}, "
            f"rempli en {phases[later[0]]}.",
            "Donnez à ce champ la phase du champ dont il dépend.",
        )
