"""Patients: identity traits, trust, identifiers, oppositions, search, duplicates, merge."""

import dcc_core.patients.guards  # noqa: F401 - the triggers belong to the tables
from dcc_core.patients.birth import BirthDate, parse_birth_date
from dcc_core.patients.duplicates import (
    DuplicateOut,
    count_duplicates,
    decide_distinct,
    list_duplicates,
    queue_duplicates,
    reopen_duplicate,
    scan_duplicates,
    score_pair,
)
from dcc_core.patients.hits import PatientHit, SearchResult
from dcc_core.patients.identifiers import (
    add_identifier,
    close_identifier,
    find_by_identifier,
    find_holders,
    system_of,
)
from dcc_core.patients.identity import (
    create_patient,
    get_patient,
    record_insi_answer,
    set_attribute,
    update_patient,
    validate_identity,
    withdraw_trust,
)
from dcc_core.patients.ins import Ins, InsKind, ins_key, read_ins
from dcc_core.patients.merge import (
    MergeOut,
    choose_survivor,
    list_merges,
    merge_patients,
    unmerge_patients,
)
from dcc_core.patients.models import InvalidTraits, PatientIn, PatientOut, read_patient
from dcc_core.patients.oppositions import (
    is_opposed_to,
    list_oppositions,
    opposed_purposes,
    record_opposition,
)
from dcc_core.patients.query import PatientQuery, query_of, read_query
from dcc_core.patients.references import merge_obstacles, patient_columns
from dcc_core.patients.rows import list_aliases, resolve_patient
from dcc_core.patients.search import find_people
from dcc_core.patients.strict import (
    MatchReason,
    PatientMatch,
    StrictMatch,
    find_strict,
    match_patient,
)
from dcc_core.patients.strict import differences as strict_differences
from dcc_core.patients.tables import InsMethod, SharingPurpose, ValidationMode

__all__ = [
    "BirthDate",
    "DuplicateOut",
    "Ins",
    "InsKind",
    "InsMethod",
    "InvalidTraits",
    "MatchReason",
    "MergeOut",
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
    "choose_survivor",
    "close_identifier",
    "count_duplicates",
    "create_patient",
    "decide_distinct",
    "find_by_identifier",
    "find_holders",
    "find_people",
    "find_strict",
    "get_patient",
    "ins_key",
    "is_opposed_to",
    "list_aliases",
    "list_duplicates",
    "list_merges",
    "list_oppositions",
    "match_patient",
    "merge_obstacles",
    "merge_patients",
    "opposed_purposes",
    "parse_birth_date",
    "patient_columns",
    "query_of",
    "queue_duplicates",
    "read_ins",
    "read_patient",
    "read_query",
    "record_insi_answer",
    "record_opposition",
    "reopen_duplicate",
    "resolve_patient",
    "scan_duplicates",
    "score_pair",
    "set_attribute",
    "strict_differences",
    "system_of",
    "unmerge_patients",
    "update_patient",
    "validate_identity",
    "withdraw_trust",
]
