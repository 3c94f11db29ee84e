"""Who a CDA document is about, who made it, who keeps it."""

from dcc_core.api import (
    Organisation,
    Participation,
    PatientIdentifier,
    PatientTraits,
    Professional,
    Role,
    Sex,
)
from dcc_lab_connectors.cda.xml import (
    Element,
    attribute,
    find,
    find_all,
    read_code,
    read_time_as_instant,
    text_of,
)
from dcc_lab_connectors.ins import INS_OIDS
from dcc_lab_connectors.profiles.identity import read_birth_date

_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}
_ROLES = (
    ("author", "assignedAuthor", Role.AUTHOR),
    ("legalAuthenticator", "assignedEntity", Role.LEGAL_AUTHENTICATOR),
)


def read_patient(root: Element) -> PatientTraits:
    """Read recordTarget; family and given names marked BR are the birth names."""
    role = find(root, "recordTarget/patientRole")
    patient = find(role, "patient") if role is not None else None
    if role is None or patient is None:
        return PatientTraits("", "", None)
    birth_date, precision = read_birth_date(attribute(patient, "birthTime", "value"))
    given = _parts(patient, "given", qualifier="BR")
    every_given = _parts(patient, "given", qualifier="")
    identifiers = (
        (element.get("root", ""), element.get("extension", "")) for element in find_all(role, "id")
    )
    return PatientTraits(
        birth_family_name=next(iter(_parts(patient, "family", qualifier="BR")), ""),
        first_given_name=next(iter(given), ""),
        birth_given_names=tuple(" ".join(every_given).split()),
        birth_date=birth_date,
        birth_date_precision=precision,
        sex=_SEXES.get(attribute(patient, "administrativeGenderCode", "code"), Sex.UNKNOWN),
        birth_place_insee=text_of(find(patient, "birthplace/place/addr/county")),
        used_family_name=next(iter(_parts(patient, "family", qualifier="CL")), ""),
        identifiers=tuple(
            PatientIdentifier(system, value, "INS" if system in INS_OIDS else "IPP")
            for system, value in identifiers
            if value
        ),
    )


def _parts(patient: Element, name: str, *, qualifier: str) -> list[str]:
    found = find_all(patient, f"name/{name}")
    return [text_of(part) for part in found if part.get("qualifier", "") == qualifier]


def read_participations(root: Element) -> tuple[Participation, ...]:
    """Read authors and the legal authenticator."""
    return tuple(
        Participation(
            role=role,
            professional=_read_professional(person),
            time=read_time_as_instant(find(element, "time")),
            function=read_code(find(element, "functionCode")),
        )
        for name, entity, role in _ROLES
        for element in find_all(root, name)
        if (person := find(element, entity)) is not None
    )


def _read_professional(entity: Element) -> Professional:
    organisation = find(entity, "representedOrganization")
    return Professional(
        national_id=attribute(entity, "id", "extension"),
        family_name=text_of(find(entity, "assignedPerson/name/family")),
        given_name=text_of(find(entity, "assignedPerson/name/given")),
        title=text_of(find(entity, "assignedPerson/name/suffix")),
        specialty=read_code(find(entity, "code")),
        organisation=read_organisation(organisation) if organisation is not None else None,
    )


def read_organisation(element: Element) -> Organisation:
    """Read an organisation by its national identifier."""
    return Organisation(
        national_id=attribute(element, "id", "extension"),
        name=text_of(find(element, "name")),
        sector=read_code(find(element, "standardIndustryClassCode")),
        postal_code=text_of(find(element, "addr/postalCode")),
        city=text_of(find(element, "addr/city")),
        telecom=tuple(t.get("value", "") for t in find_all(element, "telecom") if t.get("value")),
    )
