"""The header of a CDA document (CI-SIS, volet Structuration minimale)."""

from collections.abc import Iterable
from functools import lru_cache

from dcc_cda.datatypes import coded, time_element
from dcc_cda.standards import ci_sis
from dcc_cda.standards.cda_r2 import (
    ADMINISTRATIVE_GENDER,
    CONFIDENTIALITY,
    CONFIDENTIALITY_LABELS,
    GENDER_LABELS,
    TYPE_ID_EXTENSION,
    TYPE_ID_ROOT,
)
from dcc_cda.write import people
from dcc_cda.xml import Xml, element
from dcc_core.api import (
    ClinicalDocument,
    Coded,
    DatePrecision,
    Encounter,
    IdentityStatus,
    Moment,
    NullFlavor,
    Organisation,
    PartialDate,
    Participation,
    PatientIdentifier,
    PatientTraits,
    Professional,
    Role,
    ServiceEvent,
)

Template = tuple[str, str]
"""templateId root and extension (empty for none)."""

_PARTICIPANTS: dict[Role, tuple[str, Coded | None, str]] = {
    Role.COORDINATOR: ("RESP", None, "Coordonnateur de la RCP"),
    Role.REQUESTER: ("REFB", None, "Demandeur"),
    Role.PRESENTER: ("PRF", None, "Présentateur"),
    Role.GENERAL_PRACTITIONER: ("INF", ci_sis.TREATING_PHYSICIAN, ""),
    Role.QUORUM_MEMBER: ("PRF", ci_sis.CARE_TEAM_MEMBER, "Participant du quorum"),
    Role.ATTENDEE: ("PRF", ci_sis.CORRESPONDENT, "Participant hors quorum"),
    Role.CORRESPONDENT: ("CON", ci_sis.CORRESPONDENT, "Correspondant"),
}
"""Role → typeCode, functionCode, words beside the function."""

_INFORMANTS = {Role.EMERGENCY_CONTACT: "ECON", Role.TRUSTED_PERSON: "NOK"}


def write_header(document: ClinicalDocument, templates: Iterable[Template]) -> list[Xml]:
    """Return every header element in schema order."""
    return [
        *_identification(document, templates),
        element("recordTarget", _patient_role(document.patient)),
        *_authors(document),
        *_informants(document),
        element("custodian", element("assignedCustodian", _custodian(document.custodian))),
        *_authenticator(document),
        *_participants(document),
        *(_service_event(event) for event in document.service_events),
        *_replaced(document),
        element("componentOf", _encounter(document.encounter)),
    ]


def _identification(document: ClinicalDocument, templates: Iterable[Template]) -> list[Xml]:
    confidentiality = document.confidentiality.value
    return [
        element("realmCode", code="FR"),
        element("typeId", root=TYPE_ID_ROOT, extension=TYPE_ID_EXTENSION),
        *(
            element("templateId", root=root, extension=extension or None)
            for root, extension in templates
        ),
        element("id", root=document.document_id),
        coded("code", document.type_code),
        element("title", document.title),
        time_element("effectiveTime", document.created_at),
        coded(
            "confidentialityCode",
            Coded(confidentiality, CONFIDENTIALITY, CONFIDENTIALITY_LABELS[confidentiality]),
        ),
        element("languageCode", code=document.language),
        element("setId", root=document.set_id),
        element("versionNumber", value=str(document.version)),
    ]


def _patient_role(traits: PatientTraits) -> Xml:
    return element(
        "patientRole",
        *(
            element("id", extension=one.value, root=one.system)
            for one in sendable_identifiers(traits)
        ),
        people.address(traits),
        *_patient_telecoms(traits),
        element(
            "patient",
            _patient_name(traits),
            coded(
                "administrativeGenderCode",
                Coded(traits.sex.value, ADMINISTRATIVE_GENDER, GENDER_LABELS[traits.sex.value]),
            ),
            time_element("birthTime", _birth_date(traits)),
            _birth_place(traits.birth_place_insee),
            classCode="PSN",
        ),
    )


def sendable_identifiers(traits: PatientTraits) -> list[PatientIdentifier]:
    """Return the identifiers that may leave: the INS only when the identity is qualified (RNIV
    EXI SI 08), the local ones always.
    """
    qualified = traits.status is IdentityStatus.QUALIFIED
    return [
        one for one in traits.identifiers if qualified or one.system not in ci_sis.INS_AUTHORITIES
    ]


def _patient_telecoms(traits: PatientTraits) -> list[Xml]:
    if not traits.telecom:
        return [element("telecom", nullFlavor="NAV")]
    return [element("telecom", value=value) for value in traits.telecom]


def _patient_name(traits: PatientTraits) -> Xml:
    used = traits.used_given_name
    return element(
        "name",
        element("family", traits.birth_family_name, qualifier="BR"),
        element("family", traits.used_family_name, qualifier="CL")
        if traits.used_family_name
        else None,
        element("given", " ".join(traits.birth_given_names)) if traits.birth_given_names else None,
        element("given", traits.first_given_name, qualifier="BR"),
        element("given", used, qualifier="CL") if used else None,
    )


def _birth_date(traits: PatientTraits) -> Moment | None:
    """A qualified identity carries the date INSi gave, complete by the RNIV rule; any other says no
    more than what is known.
    """
    born = traits.birth_date
    if born is None or traits.status is IdentityStatus.QUALIFIED:
        return born
    match traits.birth_date_precision:
        case DatePrecision.DAY:
            return born
        case DatePrecision.MONTH:
            return PartialDate(born.year, born.month)
        case DatePrecision.YEAR:
            return PartialDate(born.year)


def _birth_place(insee: str) -> Xml | None:
    if not insee:
        return None
    return element("birthplace", element("place", element("addr", element("county", insee))))


def _authors(document: ClinicalDocument) -> list[Xml]:
    return [
        people.author(part, part.professional, document.created_at)
        for part in document.having(Role.AUTHOR)
        if part.professional
    ]


def _informants(document: ClinicalDocument) -> list[Xml]:
    return [
        element("informant", _related(part.professional, _INFORMANTS[part.role]))
        for part in document.participations
        if part.role in _INFORMANTS and part.professional
    ]


def _related(person: Professional, class_code: str) -> Xml:
    return element(
        "relatedEntity",
        coded("code", person.specialty) if person.specialty else None,
        people.address(person.organisation),
        *people.telecoms(person.telecom),
        element("relatedPerson", people.person_name(person)),
        classCode=class_code,
    )


def _custodian(place: Organisation) -> Xml:
    return element(
        "representedCustodianOrganization",
        element("id", root=ci_sis.ORGANISATIONS, extension=place.national_id),
        element("name", place.name),
        people.telecoms(place.telecom)[0],
        people.address(place),
    )


def _authenticator(document: ClinicalDocument) -> list[Xml]:
    return [
        element(
            "legalAuthenticator",
            time_element("time", part.time or document.created_at),
            element("signatureCode", code="S"),
            people.assigned("assignedEntity", part.professional),
        )
        for part in document.having(Role.LEGAL_AUTHENTICATOR)[:1]
        if part.professional
    ]


def _participants(document: ClinicalDocument) -> list[Xml]:
    return [_participant(part) for part in document.participations if part.role in _PARTICIPANTS]


def _participant(part: Participation) -> Xml:
    type_code, usual, words = _PARTICIPANTS[part.role]
    return element(
        "participant",
        people.function(part.function or usual, "" if part.function else words),
        time_element("time", part.time),
        _associated(part.professional, part.null_flavor),
        typeCode=type_code,
    )


@lru_cache(people.PEOPLE_KEPT)
def _associated(person: Professional | None, null_flavor: NullFlavor | None) -> Xml:
    if person is None:
        absent = null_flavor.value if null_flavor else "UNK"
        return element("associatedEntity", classCode="PROV", nullFlavor=absent)
    return element(
        "associatedEntity",
        people.professional_id(person) if person.national_id or person.family_name else None,
        coded("code", person.specialty) if person.specialty else None,
        people.address(person.organisation),
        *people.telecoms(person.telecom),
        element("associatedPerson", people.person_name(person)) if person.family_name else None,
        people.organisation("scopingOrganization", person.organisation),
        classCode="PROV",
    )


def _service_event(event: ServiceEvent) -> Xml:
    return element(
        "documentationOf",
        element(
            "serviceEvent",
            _act_code(event),
            _interval(event),
            people.performer(event.performer, type_code="PRF") if event.performer else None,
            classCode="ACT",
        ),
    )


def _act_code(event: ServiceEvent) -> Xml | None:
    if not (event.code or event.text or event.null_flavor):
        return None
    words = element("originalText", event.text) if event.text else None
    absent = event.null_flavor.value if event.null_flavor else "NA"
    return coded("code", event.code, words, absent=absent)


def _interval(event: ServiceEvent) -> Xml | None:
    if event.period.low is None and event.period.high is None:
        return None
    return element(
        "effectiveTime",
        time_element("low", event.period.low),
        time_element("high", event.period.high) if event.period.high else None,
    )


def _replaced(document: ClinicalDocument) -> list[Xml]:
    if document.replaces is None:
        return []
    parent = element("parentDocument", element("id", root=document.replaces))
    return [element("relatedDocument", parent, typeCode="RPLC")]


def _encounter(encounter: Encounter) -> Xml:
    return element(
        "encompassingEncounter",
        *(
            element("id", root=one.root, extension=one.extension or None)
            for one in encounter.identifiers
        ),
        coded("code", encounter.code) if encounter.code else None,
        element(
            "effectiveTime",
            time_element("low", encounter.period.low),
            time_element("high", encounter.period.high) if encounter.period.high else None,
        ),
        _facility(encounter),
    )


def _facility(encounter: Encounter) -> Xml | None:
    place = encounter.facility
    if place is None:
        return None
    return element(
        "location",
        element(
            "healthCareFacility",
            element("id", root=ci_sis.ORGANISATIONS, extension=place.national_id)
            if place.national_id
            else None,
            coded("code", encounter.facility_type or ci_sis.PUBLIC_HOSPITAL),
            element("location", element("name", place.name), people.address(place)),
        ),
    )
