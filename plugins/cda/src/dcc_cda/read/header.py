"""The header of a received document."""

from datetime import UTC, date, datetime
from uuid import NAMESPACE_OID, uuid5

from lxml import etree

from dcc_cda.read.values import (
    child,
    member,
    read_coded,
    read_null_flavor,
    read_period,
    read_time,
    tag,
    text_of,
)
from dcc_cda.standards import ci_sis
from dcc_core.api import (
    Coded,
    DatePrecision,
    DocumentIdentifier,
    Encounter,
    IdentityStatus,
    InvalidInput,
    Moment,
    Organisation,
    PartialDate,
    Participation,
    PatientIdentifier,
    PatientTraits,
    Professional,
    Role,
    ServiceEvent,
    Sex,
)

_STREET = ("streetAddressLine", "streetName", "additionalLocator", "unitID", "postBox")
_USUAL_FUNCTIONS = {
    Role.GENERAL_PRACTITIONER: ci_sis.TREATING_PHYSICIAN,
    Role.QUORUM_MEMBER: ci_sis.CARE_TEAM_MEMBER,
    Role.ATTENDEE: ci_sis.CORRESPONDENT,
    Role.CORRESPONDENT: ci_sis.CORRESPONDENT,
}


def read_identifier(element: etree._Element | None) -> str:
    """Return a document identifier as one OID: the DMP knows no extension. A root with a numeric
    extension stays readable; any other becomes the OID of a UUID made from both.
    """
    if element is None or not element.get("root"):
        raise InvalidInput(
            "DCC-CDA-106",
            "Le document n'a pas d'identifiant. Il est refusé. "
            "Demandez à l'expéditeur un document CDA conforme.",
        )
    root, extension = element.get("root", ""), element.get("extension", "")
    if not extension:
        return root
    if extension.isdecimal():
        return f"{root}.{extension}"
    return f"2.25.{uuid5(NAMESPACE_OID, f'{root}^{extension}').int}"


def read_instant(element: etree._Element | None) -> datetime:
    """Return the moment a document was made; a bare date is the beginning of that day."""
    moment = read_time(element)
    if isinstance(moment, datetime):
        return moment
    if isinstance(moment, date):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    raise InvalidInput(
        "DCC-CDA-107",
        "La date du document est absente ou illisible. Il est refusé. "
        "Demandez à l'expéditeur un document CDA conforme.",
    )


def read_patient(role: etree._Element | None) -> PatientTraits:
    """Return the traits. An INS in the document says that its sender holds the identity qualified:
    no other may carry it (RNIV EXI SI 08). Believing it is for identity matching to decide.
    """
    patient = child(role, "patient")
    name = child(patient, "name")
    identifiers = _identifiers(role)
    has_ins = any(one.kind == "INS" for one in identifiers)
    born, precision = _birth_date(read_time(child(patient, "birthTime")))
    first, all_given = _given_names(name)
    sex = child(patient, "administrativeGenderCode")
    lines, postal_code, city = _address(child(role, "addr"))
    return PatientTraits(
        birth_family_name=_named(name, "family", "BR") or _named(name, "family", None),
        first_given_name=first,
        birth_date=born,
        sex=member(Sex, sex.get("code") if sex is not None else None, Sex.UNKNOWN),
        birth_given_names=all_given,
        birth_date_precision=precision,
        birth_place_insee=text_of(child(patient, "birthplace", "place", "addr", "county")),
        used_family_name=_named(name, "family", "CL"),
        used_given_name=_named(name, "given", "CL"),
        identifiers=identifiers,
        status=IdentityStatus.QUALIFIED if has_ins else None,
        address_lines=lines,
        postal_code=postal_code,
        city=city,
        telecom=_telecoms(role),
    )


def _identifiers(role: etree._Element | None) -> tuple[PatientIdentifier, ...]:
    elements = role.findall(tag("id")) if role is not None else []
    return tuple(
        PatientIdentifier(
            one.get("root", ""),
            one.get("extension", ""),
            "INS" if one.get("root") in ci_sis.INS_AUTHORITIES else "IPP",
        )
        for one in elements
        if one.get("extension")
    )


def _named(name: etree._Element | None, part: str, qualifier: str | None) -> str:
    for one in name.findall(tag(part)) if name is not None else []:
        if one.get("qualifier") == qualifier:
            return text_of(one)
    return ""


def _given_names(name: etree._Element | None) -> tuple[str, tuple[str, ...]]:
    """Return the first given name and the whole list, which stands without qualifier."""
    listed = tuple(_named(name, "given", None).split())
    first = _named(name, "given", "BR")
    return (first, listed) if first else (listed[0] if listed else "", listed)


def _birth_date(moment: Moment | None) -> tuple[date | None, DatePrecision]:
    match moment:
        case PartialDate(year=year, month=None):
            return date(year, 1, 1), DatePrecision.YEAR
        case PartialDate(year=year, month=int(month)):
            return date(year, month, 1), DatePrecision.MONTH
        case datetime():
            return moment.date(), DatePrecision.DAY
        case date():
            return moment, DatePrecision.DAY
        case _:
            return None, DatePrecision.DAY


def _address(addr: etree._Element | None) -> tuple[tuple[str, ...], str, str]:
    if addr is None:
        return (), "", ""
    number = text_of(child(addr, "houseNumber"))
    lines = [text_of(one) for name in _STREET for one in addr.findall(tag(name))]
    if number:
        lines[:1] = [f"{number} {lines[0]}" if lines else number]
    return (
        tuple(filter(None, lines)),
        text_of(child(addr, "postalCode")),
        text_of(child(addr, "city")),
    )


def _telecoms(parent: etree._Element | None) -> tuple[str, ...]:
    elements = parent.findall(tag("telecom")) if parent is not None else []
    return tuple(one.get("value", "") for one in elements if one.get("value"))


def read_organisation(element: etree._Element | None) -> Organisation | None:
    """Return an organisation, None when the element is absent."""
    if element is None:
        return None
    sector = read_coded(child(element, "standardIndustryClassCode"))
    lines, postal_code, city = _address(child(element, "addr"))
    return Organisation(
        national_id=_national_id(element, ci_sis.ORGANISATIONS),
        name=text_of(child(element, "name")),
        sector=None if _same(sector, ci_sis.ESTABLISHMENT) else sector,
        address_lines=lines,
        postal_code=postal_code,
        city=city,
        telecom=_telecoms(element),
    )


def read_professional(entity: etree._Element | None) -> Professional | None:
    """Return whoever an assigned or associated entity is: a person, or a service of an organisation
    (no name then). None when it names neither.
    """
    name = _first(
        entity,
        ("assignedPerson", "name"),
        ("associatedPerson", "name"),
        ("relatedPerson", "name"),
    )
    place = _first(entity, ("representedOrganization",), ("scopingOrganization",))
    if entity is None or (name is None and place is None):
        return None
    return Professional(
        national_id=_national_id(entity, ci_sis.PROFESSIONALS),
        family_name=text_of(child(name, "family")),
        given_name=text_of(child(name, "given")),
        title=text_of(child(name, "suffix")) or text_of(child(name, "prefix")),
        specialty=read_coded(child(entity, "code")),
        organisation=read_organisation(place),
        telecom=_telecoms(entity),
    )


def _first(parent: etree._Element | None, *paths: tuple[str, ...]) -> etree._Element | None:
    return next((found for path in paths if (found := child(parent, *path)) is not None), None)


def _national_id(element: etree._Element, authority: str) -> str:
    for one in element.findall(tag("id")):
        if one.get("root") == authority:
            return one.get("extension", "")
    return ""


def _same(code: Coded | None, usual: Coded) -> bool:
    return code is not None and (code.code, code.system) == (usual.code, usual.system)


def read_participations(document: etree._Element) -> tuple[Participation, ...]:
    """Return everybody who takes part, in the order of the header's elements."""
    parts = [
        *(_part(Role.AUTHOR, one, "assignedAuthor") for one in document.findall(tag("author"))),
        *(
            _part(Role.LEGAL_AUTHENTICATOR, one, "assignedEntity")
            for one in document.findall(tag("legalAuthenticator"))
        ),
        *(_informant(one) for one in document.findall(tag("informant"))),
        *(
            _part(_role(one), one, "associatedEntity")
            for one in document.findall(tag("participant"))
        ),
    ]
    return tuple(parts)


def _part(role: Role, element: etree._Element, entity: str) -> Participation:
    function = read_coded(child(element, "functionCode"))
    usual = _USUAL_FUNCTIONS.get(role)
    known = child(element, entity)
    person = read_professional(known)
    when = read_time(child(element, "time"))
    return Participation(
        role,
        person,
        when if isinstance(when, datetime) else None,
        None if usual and _same(function, usual) else function,
        read_null_flavor(known) if known is not None and person is None else None,
    )


def _informant(element: etree._Element) -> Participation:
    entity = child(element, "relatedEntity")
    emergency = entity is not None and entity.get("classCode") == "ECON"
    role = Role.EMERGENCY_CONTACT if emergency else Role.TRUSTED_PERSON
    return _part(role, element, "relatedEntity")


def _role(element: etree._Element) -> Role:
    function = child(element, "functionCode")
    code = function.get("code", "") if function is not None else ""
    match element.get("typeCode"), code:
        case "RESP", _:
            return Role.COORDINATOR
        case "REFB" | "REF", _:
            return Role.REQUESTER
        case "PRF", "353":
            return Role.QUORUM_MEMBER
        case "PRF", "CORRE":
            return Role.ATTENDEE
        case "PRF", _:
            return Role.PRESENTER
        case "INF", "PCP":
            return Role.GENERAL_PRACTITIONER
        case _:
            return Role.CORRESPONDENT


def read_service_events(document: etree._Element) -> tuple[ServiceEvent, ...]:
    """Return the acts the document reports."""
    events = [
        event
        for one in document.findall(tag("documentationOf"))
        if (event := child(one, "serviceEvent")) is not None
    ]
    return tuple(_service_event(event) for event in events)


def _service_event(event: etree._Element) -> ServiceEvent:
    element = child(event, "code")
    words = text_of(child(element, "originalText"))
    code = read_coded(element)
    return ServiceEvent(
        Coded(code.code, code.system, code.label, code.system_name, code.version) if code else None,
        read_period(child(event, "effectiveTime")),
        read_professional(child(event, "performer", "assignedEntity")),
        words,
        read_null_flavor(element) if element is not None else None,
    )


def read_encounter(element: etree._Element | None) -> Encounter:
    """Return the encounter; an absent one has an open period and no place."""
    identifiers = element.findall(tag("id")) if element is not None else []
    facility = child(element, "location", "healthCareFacility")
    kind = read_coded(child(facility, "code"))
    return Encounter(
        read_period(child(element, "effectiveTime")),
        tuple(
            DocumentIdentifier(one.get("root", ""), one.get("extension", ""))
            for one in identifiers
            if one.get("root")
        ),
        read_coded(child(element, "code")),
        _facility(facility),
        None if _same(kind, ci_sis.PUBLIC_HOSPITAL) else kind,
    )


def _facility(element: etree._Element | None) -> Organisation | None:
    place = child(element, "location")
    if element is None:
        return None
    lines, postal_code, city = _address(child(place, "addr"))
    return Organisation(
        _national_id(element, ci_sis.ORGANISATIONS),
        text_of(child(place, "name")),
        address_lines=lines,
        postal_code=postal_code,
        city=city,
    )
