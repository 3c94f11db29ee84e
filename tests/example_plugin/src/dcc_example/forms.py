"""A form, a field type and a value set."""

from hashlib import sha256
from typing import Annotated

from pydantic import Field

from dcc_core.api import Concept, FieldType, FormModel, ValueSet

_SNOMED = "2.16.840.1.113883.6.96"

PERCENTAGE = FieldType(
    key="pourcentage",
    python_type=Annotated[float, Field(ge=0, le=100)],
    template="example/_percentage.html",
    to_text=lambda value: f"{value:g} %",
)

SIDES = ValueSet(
    oid="1.2.250.1.999.2",
    version="2026-11-24",
    label="Côtés",
    concepts=(
        Concept("24028007", _SNOMED, "Droit"),
        Concept("7771000", _SNOMED, "Gauche"),
        Concept("51440002", _SNOMED, "Bilatéral", retired=True),
    ),
)


def greeting_form(region: str) -> FormModel:
    """Return a form whose title names the region."""
    source = f"fiche: bonjour\nversion: 1.0.0\ntitre: Bonjour {region}\n"
    return FormModel(
        code="bonjour",
        version="1.0.0",
        title=f"Bonjour {region}",
        digest=sha256(source.encode()).hexdigest(),
        source=source,
    )
