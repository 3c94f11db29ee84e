"""Why a field shows, in the words of the form, when its condition is simple enough to be said."""

from collections.abc import Mapping

from dcc_rcp_forms.expressions.core import Core
from dcc_rcp_forms.language.model import Field

_SIGNS = {"<": "est inférieur à", "≤": "est au plus"}


Fields = Mapping[str, Field]


def reason_shown(visible: Core, fields: Fields) -> str:
    """Return « Affiché parce que HER2 vaut 2+ », or nothing."""
    said = _said(visible, fields)
    return f"Affiché parce que {said}" if said else ""


def _said(core: Core, fields: Fields) -> str:
    match core:
        case ["=", ["v", name], ["t", code]]:
            return f"{_label(name, fields)} vaut {_choice(name, code, fields)}"
        case ["non", ["=", ["v", name], ["t", code]]]:
            return f"{_label(name, fields)} n'est pas {_choice(name, code, fields)}"
        case ["v", name] | ["=", ["v", name], ["b", True]]:
            return f"la réponse à « {_label(name, fields)} » est oui"
        case ["=", ["v", name], ["b", False]]:
            return f"la réponse à « {_label(name, fields)} » est non"
        case ["<" | "≤" as sign, ["v", name], ["n", value]]:
            return f"{_label(name, fields)} {_SIGNS[sign]} {value:g}".replace(".", ",")
        case ["<" | "≤" as sign, ["n", value], ["v", name]]:
            words = {"<": "dépasse", "≤": "est au moins"}[sign]
            return f"{_label(name, fields)} {words} {value:g}".replace(".", ",")
        case _:
            return ""


def _label(name: str, fields: Fields) -> str:
    return fields[name].label if name in fields else name


def _choice(name: str, code: str, fields: Fields) -> str:
    choices = fields[name].choices if name in fields else ()
    return next((choice.label for choice in choices if choice.code == code), code)
