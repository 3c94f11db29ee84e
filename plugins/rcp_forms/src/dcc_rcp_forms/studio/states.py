"""The states of a draft and the steps that lead from one to the next."""

from enum import StrEnum


class DraftState(StrEnum):
    """Where a draft stands on its way to publication."""

    WRITING = "brouillon"
    PROPOSED = "proposé"
    APPROVED = "approuvé"
    PUBLISHED = "publié"
    DROPPED = "abandonné"


OPEN = (DraftState.WRITING, DraftState.PROPOSED, DraftState.APPROVED)
"""States in which a draft still leads somewhere."""


class StepKind(StrEnum):
    """What somebody did with a draft."""

    OPENED = "ouvert"
    PROPOSED = "proposé"
    RESUMED = "repris"
    RETURNED = "renvoyé"
    APPROVED = "approuvé"
    PUBLISHED = "publié"
    DROPPED = "abandonné"
