"""Conditions that can never act, or always do, and absence tests that fire on hidden fields."""

from collections.abc import Iterator

from dcc_rcp_forms.expressions.core import Core, variables_of
from dcc_rcp_forms.expressions.evaluate import Thunk, prepare
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.language.suggest import enumerate_french
from dcc_rcp_forms.linter.conditions import Condition, conditions_of
from dcc_rcp_forms.linter.possibilities import Possibilities, Situation
from dcc_rcp_forms.program.model import NEVER, Program


def check_reachability(form: Form, program: Program, findings: Findings) -> None:
    """Question the conditions written in the form's own file; bases are linted on their own."""
    hidden = {step.id for step in program.steps if step.visible == NEVER}
    own = (item for item in conditions_of(form, program) if item.place.file == form.place.file)
    for condition in own:
        possibilities = Possibilities(program, [condition.core, *condition.earlier])
        if possibilities.is_exhaustive:
            _check_act(condition, possibilities, hidden, findings)
        _check_hidden(condition, possibilities, findings)
        _check_hasty(condition, possibilities, findings)


def _check_act(
    condition: Condition, possibilities: Possibilities, hidden: set[str], findings: Findings
) -> None:
    thunk = prepare(condition.core)
    earlier = [prepare(core) for core in condition.earlier]
    can_act = can_rest = False
    for situation in possibilities.situations():
        value = thunk(situation.context)
        acts = value is condition.fires_on and not _is_taken(earlier, situation)
        can_act = can_act or acts
        can_rest = can_rest or not acts
        if can_act and can_rest:
            return
    if not can_act and not variables_of(condition.core) & hidden:
        _report_never(condition, findings)
    elif not can_rest and not condition.is_row:
        findings.warning(
            "FRM-303",
            condition.place,
            f"{condition.what} agit toujours, quelles que soient les réponses.",
            "Retirez la condition ou corrigez-la.",
        )


def _is_taken(earlier: list[Thunk], situation: Situation) -> bool:
    return any(thunk(situation.context) is True for thunk in earlier)


def _report_never(condition: Condition, findings: Findings) -> None:
    if condition.earlier and _is_possible_alone(condition):
        findings.error(
            "FRM-306",
            condition.place,
            f"{condition.what} n'est jamais atteint : les cas précédents le couvrent.",
            "Placez-le plus haut ou retirez-le.",
        )
        return
    word = "ne peut jamais être enfreint" if not condition.fires_on else "n'est jamais vrai"
    findings.error(
        "FRM-302",
        condition.place,
        f"{condition.what} {word}.",
        "Vérifiez les valeurs comparées, les bornes et l'affichage des champs cités.",
    )


def _is_possible_alone(condition: Condition) -> bool:
    return condition.core[0] not in {"?", "b"}


def _check_hidden(condition: Condition, possibilities: Possibilities, findings: Findings) -> None:
    """Report an absence test that is true because nobody can see the field."""
    names = set(_absence_tests(condition.core))
    if not names:
        return
    thunk = prepare(condition.core)
    for situation in possibilities.situations():
        leaked = names - situation.visible
        if leaked and thunk(situation.context) is True:
            findings.warning(
                "FRM-304",
                condition.place,
                f"{condition.what} est vrai quand {enumerate_french(sorted(leaked))} est masqué.",
                "Ajoutez à la règle la condition d'affichage de ce champ.",
            )
            return


def _check_hasty(condition: Condition, possibilities: Possibilities, findings: Findings) -> None:
    """Report a row that wins while a row above it still waits for an answer."""
    thunk = prepare(condition.core)
    accepted = set(_absence_tests(condition.core))
    earlier = [(prepare(core), variables_of(core) - accepted) for core in condition.earlier]
    if not earlier:
        return
    for situation in possibilities.situations():
        if thunk(situation.context) is not True or _is_taken([t for t, _ in earlier], situation):
            continue
        waiting = {
            name
            for above, names in earlier
            if above(situation.context) is None
            for name in names & situation.visible
            if situation.context.values.get(name) is None
        }
        if waiting:
            findings.warning(
                "FRM-308",
                condition.place,
                f"{condition.what} l'emporte alors qu'un cas précédent attend encore "
                f"{enumerate_french(sorted(waiting))}.",
                "Complétez sa condition pour qu'elle exclue les cas précédents.",
            )
            return


def _absence_tests(core: Core) -> Iterator[str]:
    """Find `x n'est pas renseigné` on a field."""
    if core[0] == "non" and core[1][0] == "rens" and core[1][1][0] == "v":
        yield core[1][1][1]
        return
    for part in core[1:]:
        if isinstance(part, list) and part and isinstance(part[0], str):
            yield from _absence_tests(part)
