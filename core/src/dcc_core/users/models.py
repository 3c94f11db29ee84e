"""What enters: validated input of accounts, organisations and requests."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from dcc_core.users.tables import OrganisationKind

_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _one_line(value: Any) -> Any:
    """Normalise to NFC and single spaces; refuse control, format and bidi characters."""
    if not isinstance(value, str):
        return value
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} for char in text):
        raise ValueError("contient un caractère invisible ou interdit : ressaisissez-le au clavier")
    return text


def _with_letter(value: str) -> str:
    if not any(char.isalpha() for char in value):
        raise ValueError("doit contenir au moins une lettre")
    return value


def _siret_key(value: str) -> str:
    if value and not is_luhn(value):
        raise ValueError("la clé du SIRET est fausse : vérifiez les 14 chiffres")
    return value


def _email(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        raise ValueError("n'est pas une adresse électronique")
    return value


def is_luhn(digits: str) -> bool:
    """Tell whether the key of a SIRET or RPPS is right (Luhn, ISO/IEC 7812-1)."""
    total = sum(
        _LUHN_DOUBLED[int(char)] if place % 2 else int(char)
        for place, char in enumerate(reversed(digits))
    )
    return total % 10 == 0


def _line(maximum: int, minimum: int = 0) -> Any:
    return StringConstraints(min_length=minimum, max_length=maximum)


PersonName = Annotated[str, BeforeValidator(_one_line), _line(100, 1), AfterValidator(_with_letter)]
Line = Annotated[str, BeforeValidator(_one_line), _line(200)]
Code = Annotated[str, BeforeValidator(_one_line), StringConstraints(pattern=r"^[\w.\-]{0,20}$")]
Email = Annotated[str, BeforeValidator(_one_line), _line(200), AfterValidator(_email)]
NationalId = Annotated[
    str,
    BeforeValidator(_one_line),
    StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z/_.\-]{3,79}$"),
]
"""PS_IdNat: a type digit, then an identifier that may hold letters and a slash."""
Login = Annotated[
    str,
    BeforeValidator(_one_line),
    StringConstraints(to_lower=True, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._@\-]{2,79}$"),
]
Finess = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{7}$")]
Siret = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$"), AfterValidator(_siret_key)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AccountIn(_Input):
    """An account to create. A local account has a ``login``; the others sign in elsewhere."""

    family_name: PersonName
    given_name: PersonName
    national_id: NationalId | None = None
    login: Login | None = None
    title: Code = ""
    profession: Code = ""
    specialty: Code = ""
    email: Email = ""
    expires_at: datetime | None = None


class OrganisationIn(_Input):
    """An organisation to register."""

    name: Annotated[str, BeforeValidator(_one_line), _line(200, 1)]
    kind: OrganisationKind = OrganisationKind.ESTABLISHMENT
    finess: Finess | None = None
    siret: Siret | None = None
    is_3c: bool = False


class AccountRequestIn(_Input):
    """An account asked for by its future holder."""

    family_name: PersonName
    given_name: PersonName
    role: Code
    national_id: NationalId | None = None
    email: Email = ""
    profession: Code = ""
    finess: Finess | None = None
    motive: Annotated[str, BeforeValidator(_one_line), _line(500)] = ""


class AccountOut(BaseModel):
    """An account as administration screens and commands show it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    national_id: str | None
    login: str | None
    family_name: str
    given_name: str
    profession: str
    state: str
    expires_at: datetime | None
    revalidate_by: datetime | None
    last_seen_at: datetime | None


class SessionOut(BaseModel):
    """A session as its owner sees it in the list of devices."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    opened_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    provider: str
    source_ip: str
    user_agent: str
