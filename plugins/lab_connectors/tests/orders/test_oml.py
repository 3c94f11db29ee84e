from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcc_core.api import (
    Coded,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Professional,
    Sex,
)
from dcc_lab_connectors.conformance.checker import Status, check_message
from dcc_lab_connectors.hl7.message import parse_message
from dcc_lab_connectors.ins import INS_TEST
from dcc_lab_connectors.orders.oml import MolecularOrder, OrderControl, Route, Specimen, build_oml
from dcc_lab_connectors.profiles.identity import read_identity

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROUTE = Route("DCC", "GRADES-DÉMO", "SGL", "PLATEFORME-DÉMO")
PATIENT = PatientTraits(
    birth_family_name="DÉMO-MARTIN",
    first_given_name="ZOÉ",
    birth_given_names=("ZOÉ", "ANNE"),
    birth_date=date(1957, 3, 12),
    sex=Sex.FEMALE,
    birth_place_insee="31555",
    identifiers=(
        PatientIdentifier("1.2.250.1.999.1", "900001"),
        PatientIdentifier("finess:310000001", "42"),
        PatientIdentifier(INS_TEST, "257033155500137", "INS"),
    ),
    status=IdentityStatus.QUALIFIED,
)
ORDER = MolecularOrder(
    number="DCC-2026-17",
    control=OrderControl.NEW,
    ordered_at=AT,
    patient=PATIENT,
    analyses=(Coded("EGFR", "", "Mutations d'EGFR", "LOCAL"), Coded("KRAS", "", "KRAS", "LOCAL")),
    specimen=Specimen("26-H-1234-A2", Coded("TISS", "", "Tissu"), date(2026, 2, 27)),
    prescriber=Professional("899700000001", "DÉMO-ARCAN", "Camille"),
    reason="Adénocarcinome pulmonaire",
)


def build(order: MolecularOrder = ORDER) -> bytes:
    return build_oml(order, ROUTE, control_id="M1", sent_at=AT)


def test_order_is_a_valid_oml() -> None:
    raw = build()
    message = parse_message(raw)
    names = [segment.name for segment in message]
    assert names == ["MSH", "PID", "ORC", "OBR", "SPM", "ORC", "OBR", "SPM"]
    assert check_message(raw).status is Status.VALID
    assert raw.endswith(b"\r")
    assert message.header.field(7).raw == b"20260302090000+0000"
    assert message.header.field(9).raw == b"OML^O21^OML_O21"
    assert [s.field(2).value for s in message.all("ORC")] == ["DCC-2026-17-1", "DCC-2026-17-2"]
    assert message.first("SPM").field(17).value == "20260227"
    assert message.first("OBR").field(16).component(2).value == "DÉMO-ARCAN"


def test_patient_is_read_back_as_written() -> None:
    assert read_identity(parse_message(build()).first("PID")).traits == PATIENT


@pytest.mark.parametrize(
    "status", [IdentityStatus.VALIDATED, IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED, None]
)
def test_ins_leaves_with_a_qualified_identity_only(status: IdentityStatus | None) -> None:
    raw = build(replace(ORDER, patient=replace(PATIENT, status=status)))
    assert b"257033155500137" not in raw
    assert b"900001" in raw


def test_cancellation_names_the_same_order() -> None:
    single = replace(ORDER, analyses=ORDER.analyses[:1], control=OrderControl.CANCEL)
    order = parse_message(build(single)).first("ORC")
    assert (order.field(1).value, order.field(2).value) == ("CA", "DCC-2026-17")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_any_text_survives_the_builder(text: str) -> None:
    order = replace(ORDER, reason=text, patient=replace(PATIENT, birth_family_name=text))
    message = parse_message(build(order))
    assert message.first("OBR").field(13).value == text
    assert message.first("PID").field(5).component(1).value == text
