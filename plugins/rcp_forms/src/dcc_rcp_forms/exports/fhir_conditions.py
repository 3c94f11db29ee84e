"""Conditions of display as FHIR `enableWhen`, when FHIR can say them.

FHIR has no three-valued logic. A comparison with an unanswered item is false there except for `!=`,
which is true: it is therefore always paired with `exists`, so that both show the same fields.
"""

from typing import TYPE_CHECKING, Any

from dcc_rcp_forms.exports.fhir_coding import coding
from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.language.model import FieldKind
from dcc_rcp_forms.program.model import ALWAYS, NEVER

if TYPE_CHECKING:
    from dcc_rcp_forms.loading import LoadedForm

Condition = dict[str, Any]


def enable_when(core: Core, loaded: "LoadedForm") -> dict[str, Any]:
    """Return `enableWhen` elements; none when the condition is richer than FHIR's comparisons."""
    if core in (ALWAYS, NEVER):
        return {}
    parts, is_any = ([core], False)
    if core[0] in {"et", "ou"}:
        parts, is_any = core[1:], core[0] == "ou"
    groups = [_conditions(part, loaded) for part in parts]
    if not all(groups) or (is_any and any(len(group) > 1 for group in groups)):
        return {}
    found = [condition for group in groups for condition in group]
    behaviour = {"enableBehavior": "any" if is_any else "all"} if len(found) > 1 else {}
    return {"enableWhen": found, **behaviour}


def is_expressible(core: Core, loaded: "LoadedForm") -> bool:
    """Tell whether FHIR shows a field under the same condition."""
    return core in (ALWAYS, NEVER) or bool(enable_when(core, loaded))


def _conditions(core: Core, loaded: "LoadedForm") -> list[Condition]:
    match core:
        case ["=", ["v", name], ["t", code]]:
            return [_coded(name, "=", code, loaded)]
        case ["non", ["=", ["v", name], ["t", code]]]:
            return [_exists(name), _coded(name, "!=", code, loaded)]
        case ["=", ["v", name], ["b", value]]:
            return [{"question": name, "operator": "=", "answerBoolean": value}]
        case ["v", name]:
            return [{"question": name, "operator": "=", "answerBoolean": True}]
        case ["=" | "<" | "≤" as sign, ["v", name], ["n", value]]:
            return [_number(name, {"=": "=", "<": "<", "≤": "<="}[sign], value, loaded)]
        case ["<" | "≤" as sign, ["n", value], ["v", name]]:
            return [_number(name, {"<": ">", "≤": ">="}[sign], value, loaded)]
        case ["rens", ["v", name]]:
            return [_exists(name)]
        case _:
            return []


def _exists(name: str) -> Condition:
    return {"question": name, "operator": "exists", "answerBoolean": True}


def _coded(name: str, sign: str, code: str, loaded: "LoadedForm") -> Condition:
    field = loaded.form.field(name)
    choice = next((item for item in field.choices if item.code == code), None)
    if choice is None:
        return {"question": name, "operator": sign, "answerString": code}
    return {"question": name, "operator": sign, "answerCoding": coding(choice, field)}


def _number(name: str, sign: str, value: float, loaded: "LoadedForm") -> Condition:
    field = loaded.form.field(name)
    is_whole = field.kind is FieldKind.SCALE or field.decimals == 0
    key = "answerInteger" if is_whole else "answerDecimal"
    return {"question": name, "operator": sign, key: int(value) if is_whole else value}
