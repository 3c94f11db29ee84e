"""What the directory takes in and gives out."""

import unicodedata
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)


class RcpKind(StrEnum):
    """Kinds of RCP: the four of the INCa frame of reference, and those that regions add."""

    STANDARD = "standard"
    RECOURSE = "recours"
    RARE = "cancers_rares"
    PAEDIATRIC = "pediatrique"
    TRANSVERSAL = "transversale"
    MOLECULAR = "moleculaire"
    STAFF = "staff"


KIND_LABELS = {
    RcpKind.STANDARD: "Standard",
    RcpKind.RECOURSE: "Recours",
    RcpKind.RARE: "Cancers rares",
    RcpKind.PAEDIATRIC: "Pédiatrique interrégionale",
    RcpKind.TRANSVERSAL: "Transversale et soins de support",
    RcpKind.MOLECULAR: "Moléculaire",
    RcpKind.STAFF: "Staff",
}


class Function(StrEnum):
    """What a person does in an RCP; one person may have several."""

    COORDINATOR = "coordonnateur"
    SECRETARY = "secretaire"
    ANIMATOR = "animateur"
    MEMBER = "membre"
    DEPUTY = "suppleant"


FUNCTION_LABELS = {
    Function.COORDINATOR: "coordination",
    Function.SECRETARY: "secrétariat",
    Function.ANIMATOR: "animation",
    Function.MEMBER: "",
    Function.DEPUTY: "suppléance",
}


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=160)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Organ(_In):
    """An organ or an apparatus; the national list mixes terminologies, so the system goes along."""

    system: str
    code: str
    label: str


class Establishment(_In):
    """An establishment as documents name it; ``address`` is mandatory in the FRCP header."""

    finess: Annotated[str, StringConstraints(pattern=r"^([0-9][0-9AB][0-9]{7})?$")] = ""
    name: Line = ""
    address: Line = ""
    postal_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,5}$")] = ""
    city: Line = ""


class Coordination(_In):
    """Network and 3C, with the identifiers that the header of an FRCP asks for."""

    network_name: Line = ""
    network_id: Line = ""
    manager_name: Line = ""
    manager_id: Line = ""


class Rhythm(_In):
    """How sessions repeat.

    Attributes:
        weekday: ISO weekday, 1 is Monday.
        weeks: ``()`` every ``every`` weeks; else ordinal weeks of the month (1 to 5).
        every: Every so many weeks, counted from ``anchor``.
        start: Local time, ``14:00``.
        except_days: Days without session, holidays apart.
        skips_holidays: Whether no session is made on a public holiday.
    """

    weekday: int = Field(ge=1, le=7)
    start: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    minutes: int = Field(default=90, ge=15, le=480)
    every: int = Field(default=1, ge=1, le=12)
    anchor: date | None = None
    weeks: tuple[Annotated[int, Field(ge=1, le=5)], ...] = ()
    except_days: tuple[date, ...] = ()
    skips_holidays: bool = True


class RcpIn(_In):
    """An RCP as a person or a file describes it."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$")]
    name: Name
    kind: RcpKind
    organs: tuple[Organ, ...] = ()
    form_id: str = ""
    organiser: Establishment = Establishment()
    partners: tuple[Establishment, ...] = ()
    coordination: Coordination = Coordination()
    anrcp_id: Annotated[str, StringConstraints(max_length=40)] = ""
    place: Line = ""
    video_url: Annotated[str, StringConstraints(pattern=r"^(https://\S+)?$", max_length=300)] = ""
    contact: Line = ""
    timezone: str = "Europe/Paris"
    rhythm: Rhythm | None = None
    closing_hours: int = Field(default=24, ge=0, le=720)
    freshness: dict[str, Annotated[int, Field(ge=1, le=730)]] = Field(default_factory=dict)
    capacity: int = Field(default=20, ge=1, le=200)
    quorum_code: str = ""
    active_from: date
    active_until: date | None = None
    scope: Annotated[str, StringConstraints(pattern=r"^(rcp:[a-z0-9-]{1,60})?$")] = ""

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("fuseau horaire inconnu") from error
        return value

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.active_until is not None and self.active_until < self.active_from:
            raise ValueError("la période d'activité finit avant de commencer")
        return self


class MemberIn(_In):
    """A person of an RCP."""

    function: Function
    national_id: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    family_name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    given_name: Annotated[str, StringConstraints(max_length=100)] = ""
    title: Annotated[str, StringConstraints(max_length=20)] = ""
    profession: Annotated[str, StringConstraints(max_length=20)] = "10"
    speciality: Annotated[str, StringConstraints(max_length=20)] = ""


class MemberOut(MemberIn):
    """A person of an RCP as pages show them."""

    id: UUID
    account_id: UUID | None = None

    @property
    def name(self) -> str:
        """Return title, given name and family name."""
        return " ".join(filter(None, (self.title, self.given_name, self.family_name)))


class RcpOut(RcpIn):
    """An RCP of the directory."""

    id: UUID
    scope: str
    members: tuple[MemberOut, ...] = ()

    def having(self, *functions: Function) -> tuple[MemberOut, ...]:
        """Return the persons with one of these functions."""
        return tuple(member for member in self.members if member.function in functions)

    @property
    def kind_label(self) -> str:
        """Return the kind as people read it."""
        return KIND_LABELS[self.kind]

    def is_active(self, day: date) -> bool:
        """Tell whether the RCP meets at that date."""
        return self.active_from <= day and (self.active_until is None or day <= self.active_until)


def sort_key(text: str) -> str:
    """Return a text without accents or case, so that both databases sort and search alike."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def as_json(model: BaseModel) -> Any:
    """Return a model as the database keeps it."""
    return model.model_dump(mode="json")
