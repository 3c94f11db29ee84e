"""IHE Patient Care Coordination technical framework, content modules, their CCD ancestors and the
French models (CI-SIS, volet Modèles de contenus CDA, rules of 19 February 2025).

One tuple per kind of clinical statement: the templateId elements it declares, in order.
"""

from dcc_core.api import EntryKind, Mood

SIMPLE_OBSERVATION = ("1.3.6.1.4.1.19376.1.5.3.1.4.13", "1.2.250.1.213.1.1.3.48")
PROBLEM = (
    "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
)
PROBLEM_CONCERN = (
    "2.16.840.1.113883.10.20.1.27",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
    "1.2.250.1.213.1.1.3.39",
    "1.2.250.1.213.1.1.3.39.1",
)
PROCEDURE_DONE = (
    "1.3.6.1.4.1.19376.1.5.3.1.4.19",
    "2.16.840.1.113883.10.20.1.29",
    "1.2.250.1.213.1.1.3.62",
)
PROCEDURE_PLANNED = (
    "2.16.840.1.113883.10.20.1.25",
    "1.3.6.1.4.1.19376.1.5.3.1.4.19",
    "1.2.250.1.213.1.1.3.62",
)
OBSERVATION_REQUEST = (
    "2.16.840.1.113883.10.20.1.25",
    "1.3.6.1.4.1.19376.1.5.3.1.1.20.3.1",
    "1.2.250.1.213.1.1.3.27",
)
ENCOUNTER_REQUEST = (
    "2.16.840.1.113883.10.20.1.25",
    "1.3.6.1.4.1.19376.1.5.3.1.4.14",
    "1.2.250.1.213.1.1.3.58",
)
COMMENT = (
    "2.16.840.1.113883.10.20.1.40",
    "1.3.6.1.4.1.19376.1.5.3.1.4.2",
    "1.2.250.1.213.1.1.3.32",
)

BY_KIND: dict[tuple[EntryKind, Mood], tuple[str, ...]] = {
    (EntryKind.OBSERVATION, Mood.EVENT): SIMPLE_OBSERVATION,
    (EntryKind.OBSERVATION, Mood.PROPOSAL): OBSERVATION_REQUEST,
    (EntryKind.PROBLEM, Mood.EVENT): PROBLEM,
    (EntryKind.PROCEDURE, Mood.EVENT): PROCEDURE_DONE,
    (EntryKind.PROCEDURE, Mood.INTENT): PROCEDURE_PLANNED,
    (EntryKind.ENCOUNTER, Mood.REQUEST): ENCOUNTER_REQUEST,
    (EntryKind.COMMENT, Mood.EVENT): COMMENT,
}
"""Templates of a statement for which its volet asks nothing more."""


def usual_status(kind: EntryKind, mood: Mood) -> str:
    """Return where a statement stands when it does not say: a plan is active, a fact completed."""
    planned = mood is not Mood.EVENT and kind in (EntryKind.OBSERVATION, EntryKind.PROCEDURE)
    return "active" if planned else "completed"
