"""A JSON Schema for editors: completion and hover help while a form is typed.

It knows keywords, not rules; the linter has the last word. First line of a form:
`# yaml-language-server: $schema=fiche.schema.json`
"""

from collections.abc import Mapping
from typing import Any

from dcc_rcp_forms.language import vocabulary as v
from dcc_rcp_forms.language.vocabulary import Keyword, Shape

Schema = dict[str, Any]

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_SHAPES: Mapping[Shape, Schema] = {
    Shape.TEXT: _SCALAR,
    Shape.YES_NO: {"enum": ["oui", "non"]},
    Shape.RULE: _SCALAR,
    Shape.YES_NO_OR_RULE: _SCALAR,
    Shape.INTEGER: {"type": "integer", "minimum": 0},
    Shape.TEXTS: {"type": ["array", "string"], "items": _SCALAR},
    Shape.GROUP: {"type": "object"},
    Shape.LIST: {"type": "array"},
    Shape.ANY: {},
}


def editor_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of form files."""
    form = _group(v.FORM_KEYWORDS)
    form["properties"] |= {
        "sections": _named("section"),
        "blocs": _named("bloc"),
        "alertes": _named("alerte"),
        "phases": _named("phase"),
        "rcp": {"$ref": "#/$defs/rcp"},
        "impression": {"$ref": "#/$defs/impression"},
        "essais": {"type": "array", "items": {"$ref": "#/$defs/essai"}},
        "migrations": {"type": "array", "items": {"$ref": "#/$defs/migration"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Formulaire RCP",
        "$defs": _definitions(),
        **form,
    }


def _definitions() -> dict[str, Schema]:
    section = _group(v.SECTION_KEYWORDS)
    section["properties"]["champs"] = _named("champ")
    field = _group(v.FIELD_KEYWORDS)
    field["properties"] |= {
        "colonnes": _named("champ"),
        "fraîcheur": {"$ref": "#/$defs/fraîcheur"},
        "cas": {"type": "array", "items": {"$ref": "#/$defs/cas"}},
    }
    block = _group(v.BLOCK_KEYWORDS)
    block["properties"]["champs"] = _named("champ")
    return {
        "section": section,
        "champ": field,
        "bloc": block,
        "alerte": _group(v.ALERT_KEYWORDS),
        "phase": _group(v.PHASE_KEYWORDS),
        "rcp": _group(v.RCP_KEYWORDS),
        "impression": _group(v.PRINTING_KEYWORDS),
        "essai": _group(v.EXAMPLE_KEYWORDS),
        "migration": _group(v.MIGRATION_KEYWORDS),
        "fraîcheur": _group(v.FRESHNESS_KEYWORDS),
        "cas": _group(v.CASE_KEYWORDS),
    }


def _named(definition: str) -> Schema:
    return {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{definition}"}}


def _group(keywords: Mapping[str, Keyword]) -> Schema:
    properties = {name: _property(keyword) for name, keyword in keywords.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _property(keyword: Keyword) -> Schema:
    schema: Schema = {**_SHAPES[keyword.shape], "description": keyword.help}
    return {**schema, "enum": list(keyword.options)} if keyword.options else schema
