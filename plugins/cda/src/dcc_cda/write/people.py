"""People, organisations and places of the header and of statements."""

from datetime import datetime
from functools import lru_cache

from dcc_cda.datatypes import coded, time_element
from dcc_cda.standards import ci_sis
from dcc_cda.xml import Xml, element
from dcc_core.api import Coded, Organisation, Participation, PatientTraits, Professional

_ADDRESS_PARTS = ("streetName", "additionalLocator", "unitID")
"""The header schema takes either free lines or a street with a town: the town is worth having."""


def address(place: Organisation | PatientTraits | None) -> Xml:
    """Return ``addr``, with a null flavour when nothing is known."""
    if place is None or not (place.address_lines or place.postal_code or place.city):
        return element("addr", nullFlavor="NAV")
    lines = (*place.address_lines[:2], ", ".join(place.address_lines[2:]))
    return element(
        "addr",
        *(element(name, line) for name, line in zip(_ADDRESS_PARTS, lines, strict=False) if line),
        element("postalCode", place.postal_code) if place.postal_code else None,
        element("city", place.city) if place.city else None,
    )


def telecoms(values: tuple[str, ...]) -> list[Xml]:
    """Return ``telecom`` elements (``tel:``, ``mailto:``), one null flavour when there is none."""
    if not values:
        return [element("telecom", nullFlavor="NAV")]
    return [element("telecom", value=value, use="WP") for value in values]


def person_name(person: Professional) -> Xml:
    """Return ``name``: a civility (JDV_J245) goes in front, a title (JDV_J246) behind."""
    civil = person.title in ci_sis.CIVILITIES
    return element(
        "name",
        element("prefix", person.title) if civil else None,
        element("given", person.given_name) if person.given_name else None,
        element("family", person.family_name),
        element("suffix", person.title) if person.title and not civil else None,
    )


def professional_id(person: Professional) -> Xml:
    """Return the national identifier, with a null flavour for a person who has none."""
    if not person.national_id:
        return element("id", nullFlavor="UNK")
    return element("id", root=ci_sis.PROFESSIONALS, extension=person.national_id)


PEOPLE_KEPT = 1024
"""How many written professionals and places are remembered: the same ones sign all day."""


@lru_cache(PEOPLE_KEPT)
def organisation(name: str, place: Organisation | None) -> Xml | None:
    """Return an organisation under the element name its place in the document demands."""
    if place is None:
        return None
    return element(
        name,
        element("id", root=ci_sis.ORGANISATIONS, extension=place.national_id)
        if place.national_id
        else None,
        element("name", place.name),
        *(telecoms(place.telecom) if place.telecom else ()),
        address(place),
        coded("standardIndustryClassCode", place.sector or ci_sis.ESTABLISHMENT),
    )


@lru_cache(PEOPLE_KEPT)
def assigned(name: str, person: Professional) -> Xml:
    """Return ``assignedAuthor`` or ``assignedEntity``."""
    return element(
        name,
        professional_id(person),
        coded("code", person.specialty, absent="UNK"),
        address(person.organisation),
        *telecoms(person.telecom),
        element("assignedPerson", person_name(person)),
        organisation("representedOrganization", person.organisation),
    )


def function(code: Coded | None, text: str = "") -> Xml | None:
    """Return ``functionCode``, with a null flavour when only words say what somebody did."""
    if code is None and not text:
        return None
    words = element("originalText", text) if text and not (code and code.original_text) else None
    return coded("functionCode", code, words)


def author(part: Participation, person: Professional, created_at: datetime) -> Xml:
    """Return a document ``author``."""
    return element(
        "author",
        function(part.function),
        time_element("time", part.time or created_at),
        assigned("assignedAuthor", person),
    )


def entry_author(part: Participation) -> Xml | None:
    """Return the author of one statement, None when nobody is named."""
    if part.professional is None:
        return None
    return element(
        "author",
        time_element("time", part.time),
        assigned("assignedAuthor", part.professional),
    )


def performer(person: Professional, *, type_code: str | None = None) -> Xml:
    """Return who did an act."""
    return element("performer", assigned("assignedEntity", person), typeCode=type_code)
