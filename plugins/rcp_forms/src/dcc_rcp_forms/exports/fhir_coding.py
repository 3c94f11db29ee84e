"""Values of choices as FHIR codings."""

from dcc_rcp_forms.exports.systems import FHIR_SYSTEMS, PREFERRED
from dcc_rcp_forms.language.model import Choice, Field

FORM_URN = "urn:dcc:form"


def coding(choice: Choice, field: Field) -> dict[str, str]:
    """Return the coding of a value: its terminology code, or the code of the form."""
    for name in PREFERRED:
        if code := choice.codings.get(name):
            return {"system": FHIR_SYSTEMS[name], "code": code, "display": choice.label}
    return {"system": f"{FORM_URN}:champ:{field.id}", "code": choice.code, "display": choice.label}
