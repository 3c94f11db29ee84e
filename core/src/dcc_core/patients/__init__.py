"""Patients: identity traits, trust, identifiers, oppositions, search, duplicates, merge."""

import dcc_core.patients.guards  # noqa: F401 - the triggers belong to the tables
from dcc_core.patients.birth import BirthDate, parse_birth_date
from dcc_core.patients.hits import PatientHit, SearchResult
from dcc_core.patients.identifiers import (
    add_identifier,
    close_identifier,
    find_by_identifier,
    system_of,
)
from dcc_core.patients.identity import (
    create_patient,
    get_patient,
    record_insi_answer,
    resolve_patient,
    set_attribute,
    update_patient,
    validate_identity,
    withdraw_trust,
)
from dcc_core.patients.ins import Ins, InsKind, ins_key, read_ins
from dcc_core.patients.models import InvalidTraits, PatientIn, PatientOut, read_patient
from dcc_core.patients.oppositions import is_opposed_to, list_oppositions, record_opposition
from dcc_core.patients.query import PatientQuery, query_of, read_query
from dcc_core.patients.search import find_people
from dcc_core.patients.strict import (
    MatchReason,
    PatientMatch,
    StrictMatch,
    find_strict,
    match_patient,
)
from dcc_core.patients.tables import InsMethod, SharingPurpose, ValidationMode

__all__ = [
    "BirthDate",
    "Ins",
    "InsKind",
    "InsMethod",
    "InvalidTraits",
    "MatchReason",
    "PatientHit",
    "PatientIn",
    "PatientMatch",
    "PatientOut",
    "PatientQuery",
    "SearchResult",
    "SharingPurpose",
    "StrictMatch",
    "ValidationMode",
    "add_identifier",
    "close_identifier",
    "create_patient",
    "find_by_identifier",
    "find_people",
    "find_strict",
    "get_patient",
    "ins_key",
    "is_opposed_to",
    "list_oppositions",
    "match_patient",
    "parse_birth_date",
    "query_of",
    "read_ins",
    "read_patient",
    "read_query",
    "record_insi_answer",
    "record_opposition",
    "resolve_patient",
    "set_attribute",
    "system_of",
    "update_patient",
    "validate_identity",
    "withdraw_trust",
]
