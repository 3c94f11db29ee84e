"""Professionals as documents name them: the account if there is one, else what the RCP knows."""

from sqlmodel import Session

from dcc_core.api import Organisation, Professional, find_account
from dcc_rcp_meetings.directory.specialities import coded_speciality
from dcc_rcp_meetings.tables import Rcp

_TITLES = {"Dr": "DR", "Pr": "PR", "M.": "", "Mme": ""}
"""Titles as people write them and their national code (JDV_J246); civilities have none."""


class Professionals:
    """Professionals of one signature, each looked up once."""

    def __init__(self, session: Session, organisation: Organisation) -> None:
        self._session = session
        self._organisation = organisation
        self._known: dict[str, Professional] = {}

    def named(self, national_id: str, name: str, speciality: str = "") -> Professional:
        """Return somebody by national identifier; ``name`` is used when they have no account."""
        found = self._known.get(national_id)
        if found is None or not national_id:
            found = self._build(national_id, name, speciality)
            self._known[national_id] = found
        return found

    def _build(self, national_id: str, name: str, speciality: str) -> Professional:
        account = find_account(self._session, national_id) if national_id else None
        if account is not None:
            title, given, family = account.title, account.given_name, account.family_name
            speciality = account.specialty or speciality
        else:
            title, given, family = split_name(name)
        return Professional(
            national_id=national_id,
            family_name=family,
            given_name=given,
            title=_TITLES.get(title, title),
            specialty=coded_speciality(speciality),
            organisation=self._organisation,
        )


def split_name(name: str) -> tuple[str, str, str]:
    """Return title, given name and family name of a name as a list shows it.

    The family name is the first word in capitals; the rest is the given name.
    """
    words = name.split()
    title = words.pop(0) if words and words[0] in _TITLES else ""
    family = next((word for word in words if word.isupper()), words[-1] if words else "")
    given = " ".join(word for word in words if word != family)
    return title, given, family


def organisation_of(rcp: Rcp) -> Organisation:
    """Return the establishment that organises an RCP (CI-SIS Identifiant_Structure: 1 + FINESS)."""
    place = rcp.organiser
    finess = place.get("finess", "")
    return Organisation(
        national_id=f"1{finess}" if finess else "",
        name=place.get("name", ""),
        address_lines=(place["address"],) if place.get("address") else (),
        postal_code=place.get("postal_code", ""),
        city=place.get("city", ""),
    )
