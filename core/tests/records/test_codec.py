"""A document comes back from its stored form exactly as it was."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc_core.errors import PermanentExchangeError
from dcc_core.hooks.contracts import documents as d
from dcc_core.hooks.contracts.identity import (
    DatePrecision,
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_core.hooks.contracts.labs import Observation, ObservationStatus
from dcc_core.records import codec
from dcc_core.records.codec import decode, encode

TEXT = st.text(max_size=12)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(timezones=ZONES).map(lambda instant: instant.replace(fold=0))
DATES = st.dates()
PARTIAL = st.builds(d.PartialDate, st.integers(1900, 2100), st.none() | st.integers(1, 12))
MOMENTS = DATES | INSTANTS | PARTIAL
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
CODED = st.recursive(
    st.builds(d.Coded, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
    lambda inner: st.builds(
        d.Coded, TEXT, TEXT, TEXT, translations=st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=3,
)
QUANTITIES = st.builds(d.Quantity, DECIMALS, TEXT)
PERIODS = st.builds(d.Period, st.none() | MOMENTS, st.none() | MOMENTS)
NULLS = st.sampled_from(d.NullFlavor)
VALUES = st.one_of(CODED, QUANTITIES, DECIMALS, st.integers(), st.booleans(), TEXT, MOMENTS, NULLS)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
ORGANISATIONS = st.builds(d.Organisation, TEXT, TEXT, st.none() | CODED, TEXTS, TEXT, TEXT, TEXTS)
PROFESSIONALS = st.builds(
    d.Professional, TEXT, TEXT, TEXT, TEXT, st.none() | CODED, st.none() | ORGANISATIONS, TEXTS
)
PARTICIPATIONS = st.builds(
    d.Participation,
    st.sampled_from(d.Role),
    st.none() | PROFESSIONALS,
    st.none() | INSTANTS,
    st.none() | CODED,
    st.none() | NULLS,
)
ENTRIES = st.recursive(
    st.builds(
        d.Entry,
        st.none() | CODED,
        st.none() | VALUES | st.lists(VALUES, max_size=2).map(tuple),
        st.sampled_from(d.EntryKind),
        st.sampled_from(d.Mood),
        TEXT,
        st.none() | PERIODS | MOMENTS,
        rank=st.none() | st.integers(0, 9),
        author=st.none() | PARTICIPATIONS,
        null_flavor=st.none() | NULLS,
    ),
    lambda inner: st.builds(
        d.Entry, st.none(), children=st.lists(inner, max_size=2).map(tuple), relation=TEXT
    ),
    max_leaves=3,
)
BLOCKS = st.one_of(
    st.builds(d.Paragraph, TEXT, TEXT),
    st.builds(d.BulletList, TEXTS),
    st.builds(d.Table, TEXTS, st.lists(TEXTS, max_size=2).map(tuple), TEXT),
)
SECTIONS = st.recursive(
    st.builds(
        d.Section,
        TEXT,
        TEXT,
        st.lists(BLOCKS, max_size=2).map(tuple),
        st.lists(ENTRIES, max_size=2).map(tuple),
        code=st.none() | CODED,
    ),
    lambda inner: st.builds(d.Section, TEXT, TEXT, sections=st.lists(inner, max_size=2).map(tuple)),
    max_leaves=3,
)
FILES = st.builds(d.Attachment, TEXT, st.binary(max_size=40), TEXT)
TRAITS = st.builds(
    PatientTraits,
    TEXT,
    TEXT,
    st.none() | DATES,
    st.sampled_from(Sex),
    TEXTS,
    st.sampled_from(DatePrecision),
    identifiers=st.lists(st.builds(PatientIdentifier, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    status=st.none() | st.sampled_from(IdentityStatus),
    attributes=st.frozensets(st.sampled_from(IdentityAttribute)),
    deceased_on=st.none() | DATES,
)
DOCUMENTS = st.builds(
    d.ClinicalDocument,
    TEXT,
    TEXT,
    st.integers(1, 9),
    TEXT,
    CODED,
    TEXT,
    INSTANTS,
    TRAITS,
    st.lists(PARTICIPATIONS, max_size=2).map(tuple),
    ORGANISATIONS,
    st.lists(st.builds(d.ServiceEvent, st.none() | CODED, PERIODS), max_size=2).map(tuple),
    st.builds(d.Encounter, PERIODS, st.just((d.DocumentIdentifier("1.2", "3"),))),
    st.lists(SECTIONS, max_size=2).map(tuple),
    st.none() | FILES,
    st.lists(FILES, max_size=2).map(tuple),
    st.sampled_from(d.Confidentiality),
    attributes=st.lists(st.tuples(TEXT, TEXT | st.integers() | st.booleans()), max_size=2).map(
        tuple
    ),
)


class Shelf(dict[str, bytes]):
    def keep(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        self[digest] = content
        return digest


def round_trip(value: Any) -> Any:
    shelf = Shelf()
    return decode(encode(value, shelf.keep), shelf.__getitem__)


def exact(value: Any) -> str:
    """Equality that tells True from 1, 1.0 from 1.00 and one zone from another."""
    return repr(value)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS)
def test_any_document_comes_back_as_it_was(document: d.ClinicalDocument) -> None:
    back = round_trip(document)
    assert back == document
    assert encode(back, Shelf().keep) == encode(document, Shelf().keep)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            Observation,
            CODED,
            st.none() | VALUES,
            st.sampled_from(ObservationStatus),
            observed_at=st.none() | MOMENTS,
        ),
        max_size=3,
    ).map(tuple)
)
def test_any_results_come_back_as_they_were(results: tuple[Observation, ...]) -> None:
    assert exact(round_trip(results)) == exact(results)


@pytest.mark.parametrize(
    "value",
    [True, 1, Decimal("1.0"), Decimal("1.00"), "1", date(1, 1, 1), datetime(1, 1, 1)],  # noqa: DTZ001 - a document may state a time without zone
)
def test_values_that_look_alike_stay_apart(value: Any) -> None:
    assert exact(round_trip((value,))) == exact((value,))


def test_every_type_of_the_contract_can_be_stored() -> None:
    types = [
        kind
        for kind in vars(d).values()
        if isinstance(kind, type) and kind.__module__ == d.__name__
    ]
    stored = {*codec._RECORDS.values(), *codec._ENUMS.values()}
    assert set(types) <= stored


def test_bytes_are_referred_to_not_embedded() -> None:
    shelf = Shelf()
    stored = encode(d.Attachment("text/plain", b"secret"), shelf.keep)
    assert json.loads(stored)["content"]["v"] == sha256(b"secret").hexdigest()
    assert list(shelf.values()) == [b"secret"]


def test_a_document_of_a_newer_version_is_refused() -> None:
    stored = json.loads(encode(d.Paragraph("x"), Shelf().keep)) | {"colour": "red"}
    with pytest.raises(PermanentExchangeError, match=r"REC-020.*Paragraph\.colour"):
        decode(json.dumps(stored).encode(), Shelf().__getitem__)


def test_what_is_not_part_of_a_document_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        encode(object(), Shelf().keep)


def test_default_fields_are_left_out() -> None:
    entry = d.Entry(None)
    assert json.loads(encode(entry, Shelf().keep)) == {"$": "Entry", "code": None}
    assert exact(round_trip(replace(entry, rank=1))) == exact(replace(entry, rank=1))
