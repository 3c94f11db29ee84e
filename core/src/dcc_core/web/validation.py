"""Turn what pydantic refuses into French sentences beside the fields of a form."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dcc_core.errors import InvalidInput
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later

FieldErrors = Mapping[str, str]
"""What is wrong, by field name; the empty name is the form as a whole."""

_TEXTS = {
    "missing": later("Ce champ est nécessaire : remplissez-le."),
    "string_too_short": later("Ce champ est nécessaire : remplissez-le."),
    "string_too_long": later("Ce texte est trop long : raccourcissez-le."),
    "string_pattern_mismatch": later(
        "Ce n’est pas la forme attendue : vérifiez les caractères saisis."
    ),
    "date_from_datetime_parsing": later("Cette date n’existe pas : écrivez jj/mm/aaaa."),
    "date_parsing": later("Cette date n’existe pas : écrivez jj/mm/aaaa."),
    "enum": later("Choisissez une valeur de la liste."),
    "uuid_parsing": later("Choisissez une valeur de la liste."),
}


def field_errors(error: ValidationError | InvalidInput) -> FieldErrors:
    """Return one sentence per field at fault, without what was typed."""
    if isinstance(error, InvalidInput):
        return {error.field: f"{error.text} ({error.code})"}
    found: dict[str, str] = {}
    for detail in error.errors(include_input=False, include_url=False):
        found.setdefault(str(detail["loc"][0]) if detail["loc"] else "", _sentence(detail))
    return found


def _sentence(detail: ErrorDetails) -> str:
    """A validator of ours already wrote a sentence; pydantic's own kinds have theirs here."""
    if detail["type"] == "value_error":
        text = str(detail.get("ctx", {}).get("error", "")) or detail["msg"]
        return text[:1].upper() + text[1:]
    return _(_TEXTS.get(detail["type"], "Cette valeur n’est pas acceptée : vérifiez-la."))
