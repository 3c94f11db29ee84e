"""Known facts fill a fiche, each with its source; roles and phases decide who writes."""

import pytest

from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.engine.prefill import KnownFacts, prefill
from dcc_rcp_forms.engine.writing import writable_fields
from dcc_rcp_forms.language.model import Phase
from dcc_rcp_forms.linter.lint import lint_file
from dcc_rcp_forms.loading import LoadedForm


@pytest.fixture(scope="module")
def breast() -> LoadedForm:
    loaded = lint_file(NATIONAL_PACK / "sein.yaml").loaded
    assert loaded is not None
    return loaded


def test_each_known_value_shows_its_source(breast: LoadedForm) -> None:
    facts = KnownFacts(
        patient={"sexe": "F", "âge": 62},
        meeting={"quorum": "atteint"},
        laboratory={"48675-3": "amplifié", "22637-3": "Carcinome infiltrant."},
    )
    assert prefill(breast.form, breast.program, facts) == {
        "sexe": ("patient", "F"),
        "âge": ("patient", 62),
        "quorum": ("séance", "atteint"),
        "her2_his": ("laboratoire", "amplifié"),
        "acp_conclusion": ("laboratoire", "Carcinome infiltrant."),
        "tnm_édition": ("défaut", "8"),
    }


def test_a_fact_the_field_would_refuse_is_left_out(breast: LoadedForm) -> None:
    facts = KnownFacts(patient={"sexe": "X", "âge": "vieux"}, laboratory={"48675-3": "POS"})
    assert set(prefill(breast.form, breast.program, facts)) == {"tnm_édition"}


def test_phases_and_roles_decide_who_writes(breast: LoadedForm) -> None:
    before = writable_fields(breast.form, Phase.PREPARATION, ["demandeur"])
    assert "histo" in before
    assert "nature_avis" not in before
    assert "statut_her2" not in before
    during = writable_fields(breast.form, Phase.SESSION, ["animateur"])
    assert {"histo", "nature_avis"} <= during
    assert "suite" not in during
    assert writable_fields(breast.form, Phase.SESSION, ["demandeur"]) == frozenset()
    assert "suite" in writable_fields(breast.form, Phase.AFTER, ["coordonnateur"])
