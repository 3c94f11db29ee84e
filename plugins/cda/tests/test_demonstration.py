"""The forms of a demonstration: for qualified patients, none on an empty region."""

import pytest

from dcc_cda.demonstration import file_forms
from dcc_core.api import create_patient, list_documents
from dcc_core.testing.exchange import demo_workshop
from dcc_core.testing.patients import demo_traits, qualified_patient


@pytest.fixture
def session(database, tmp_path):
    with demo_workshop(database, tmp_path).database.session() as opened:
        yield opened


def test_only_qualified_patients_have_a_form(session):
    file_forms(session)
    known = qualified_patient(session)
    doubtful = create_patient(session, demo_traits(birth_family_name="DÉMO-AUTRE"))
    file_forms(session)
    (form,) = list_documents(session, known.id)
    assert form.document_class == "FRCP"
    assert list_documents(session, doubtful.id) == ()


def test_a_second_filling_changes_nothing(session):
    known = qualified_patient(session)
    file_forms(session)
    first = list_documents(session, known.id)
    file_forms(session)
    assert list_documents(session, known.id) == first
