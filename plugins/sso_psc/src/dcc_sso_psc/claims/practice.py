"""Exercices and activities: in which capacity and in which structure the person works.

Every field is optional in practice: lists are missing or empty, values are ``""``, unknown fields
appear. Whatever has an unexpected type is read as absent, because a badly described activity must
not shut out a professional whose identity is proven.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dcc_core.api import ProfessionalActivity
from dcc_sso_psc.claims.national_id import NationalId

STUDENT = "E"
_CATEGORIES = {"M": "militaire", STUDENT: "étudiant"}
_MODES = {"L": "libéral", "S": "salarié", "B": "bénévole"}
_MAX_ITEMS = 50
_MAX_TEXT = 200
_MAX_CODE = 40

Claims = dict[str, Any]


@dataclass(frozen=True)
class Practice:
    """One exercice in one structure; codes as the directory writes them, empty for none.

    Attributes:
        category: ``C`` civil, ``M`` militaire, ``E`` étudiant.
        mode: ``L`` libéral, ``S`` salarié.
    """

    profession: str = ""
    category: str = ""
    specialty: str = ""
    structure_id: str = ""
    structure_name: str = ""
    sector: str = ""
    role: str = ""
    mode: str = ""

    def activity(self) -> ProfessionalActivity:
        """Return it as the core knows it, with a label for the person to choose from."""
        details = (
            self.structure_name or self.structure_id,
            _MODES.get(self.mode, ""),
            _CATEGORIES.get(self.category, ""),
        )
        return ProfessionalActivity(
            structure_id=self.structure_id,
            structure_name=self.structure_name,
            profession=self.profession,
            specialty=self.specialty,
            role=self.role,
            sector=self.sector,
            label=", ".join(filter(None, details)),
        )


def read_practices(claims: Claims, national_id: NationalId) -> tuple[Practice, ...]:
    """Return the practices, most precise source first, without duplicates."""
    reference = claims.get("SubjectRefPro")
    reference = reference if isinstance(reference, dict) else {}
    found = [
        practice
        for exercise in _objects(reference, "exercices")
        for practice in _of_exercise(exercise)
    ]
    found += [_practice({}, activity) for activity in _objects(reference, "activities")]
    return tuple(dict.fromkeys(found)) or _from_card(claims, national_id)


def _of_exercise(exercise: Claims) -> Iterator[Practice]:
    activities = _objects(exercise, "activities")
    for activity in activities or [{}]:
        yield _practice(exercise, activity)


def _practice(exercise: Claims, activity: Claims) -> Practice:
    structure = (
        code(activity, "numeroFinessSite")
        or code(activity, "numeroSiretSite")
        or code(activity, "identifiantTechniqueDeLaStructure").removeprefix("F")
    )
    name = text(activity, "raisonSocialeSite") or text(activity, "enseigneCommercialeSite")
    return Practice(
        profession=code(exercise, "codeProfession"),
        category=code(exercise, "codeCategorieProfessionnelle"),
        specialty=code(exercise, "codeSavoirFaire"),
        structure_id=structure,
        structure_name=name,
        sector=code(activity, "codeSecteurDactivite"),
        role=code(activity, "codeRole"),
        mode=code(activity, "codeModeExercice"),
    )


def _from_card(claims: Claims, national_id: NationalId) -> tuple[Practice, ...]:
    """Describe a holder of a structure's card, who has no exercice, by the card itself."""
    structure = code(claims, "SubjectOrganizationID").removeprefix("F") or national_id.structure
    if not structure:
        return ()
    return (
        Practice(
            structure_id=structure,
            structure_name=text(claims, "SubjectOrganization"),
            sector=code(claims, "Secteur_Activite").partition("^")[0],
        ),
    )


def _objects(source: Claims, name: str) -> list[Claims]:
    items = source.get(name)
    listed = items[:_MAX_ITEMS] if isinstance(items, list) else []
    return [item for item in listed if isinstance(item, dict)]


def code(source: Claims, name: str) -> str:
    """Read a code: printable ASCII without spaces, or nothing."""
    value = source.get(name)
    if not isinstance(value, str) or len(value) > _MAX_CODE or " " in value:
        return ""
    return value if value.isascii() and value.isprintable() else ""


def text(source: Claims, name: str) -> str:
    """Read a text on one line, cut to a reasonable length; control characters become spaces."""
    value = source.get(name)
    if not isinstance(value, str):
        return ""
    visible = "".join(char if char.isprintable() else " " for char in value)
    return " ".join(visible.split())[:_MAX_TEXT]
