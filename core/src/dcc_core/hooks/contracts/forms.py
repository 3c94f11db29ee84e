"""Form models, field types, value sets and issues: what the forms family of hooks exchanges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class FormModel:
    """One published version of a form.

    Attributes:
        code: Stable code of the form (``sein``).
        version: Semantic version; ``(code, version)`` is unique in a region.
        digest: SHA-256 (hex) of ``source``; a signed answer keeps it.
        source: Text of the form in the form language.
        extends: ``code@version`` of the form this one overlays, empty when none.
    """

    code: str
    version: str
    title: str
    digest: str
    source: str = field(repr=False)
    extends: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class FieldType:
    """A kind of field that forms may use beyond the built-in ones.

    Attributes:
        key: Name in the form language.
        python_type: Type that pydantic validates answers against; must survive a JSON round trip.
        template: Template of the widget, in the plugin's own folder.
        to_text: Return what a person reads for a value.
    """

    key: str
    python_type: Any
    template: str
    to_text: Callable[[Any], str]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Concept:
    """One code of a value set; codes are never deleted, only retired."""

    code: str
    system: str
    label: str
    retired: bool = False


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A versioned list of codes.

    Attributes:
        oid: OID or URI of the set.
        version: Publication date or version; ``(oid, version)`` is unique.
    """

    oid: str
    version: str
    label: str
    concepts: tuple[Concept, ...] = field(repr=False)
    order: int = 100


class IssueLevel(StrEnum):
    """How much an issue weighs; only ``BLOCKING`` stops a stage."""

    INFORMATION = "information"
    WARNING = "warning"
    BLOCKING = "blocking"


class Stage(StrEnum):
    """When answers are checked: while drafting, or before signature."""

    DRAFT = "draft"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Issue:
    """A remark on the answers of a form: stable code, field concerned (empty for the whole), French
    text.
    """

    code: str
    text: str
    level: IssueLevel = IssueLevel.WARNING
    field: str = ""


Answers = Mapping[str, Any]
"""Typed answers by field id, as the form engine holds them. Read-only."""
