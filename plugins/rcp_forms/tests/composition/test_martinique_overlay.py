"""A region adapts the national breast form without copying it."""

from pathlib import Path

import pytest

from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import LoadedForm, load_form

OVERLAY = Path(__file__).parents[1] / "fixtures" / "martinique" / "sein.yaml"


@pytest.fixture
def overlay() -> LoadedForm:
    findings = Findings()
    loaded = load_form(OVERLAY, findings)
    assert [str(issue) for issue in findings] == []
    assert loaded is not None
    return loaded


def test_every_difference_is_reported(overlay: LoadedForm) -> None:
    found = sorted((difference.kind, difference.address) for difference in overlay.differences)
    assert found == [
        ("champ ajouté", "contexte.chlordécone"),
        ("champ ajouté", "évasan.évasan_motif"),
        ("champ ajouté", "évasan.évasan_nécessaire"),
        ("champ masqué", "lésion.multifocal"),
        ("libellé modifié", "contexte.désir_grossesse"),
        ("obligatoire modifié", "lésion.acr"),
        ("section ajoutée", "évasan"),
        ("valeurs ajoutées", "type_histo"),
    ]


def test_added_things_stand_where_they_were_asked(overlay: LoadedForm) -> None:
    names = [section.id for section in overlay.form.sections]
    assert names.index("évasan") == names.index("calculs") + 1
    contexte = next(section for section in overlay.form.sections if section.id == "contexte")
    ids = [field.id for field in contexte.fields]
    assert ids.index("chlordécone") == ids.index("antécédent_familial") + 1
    assert "phyllode" in {choice.code for choice in overlay.form.field("histo").choices}


def test_the_overlay_names_its_bases(overlay: LoadedForm) -> None:
    assert overlay.form.version == "2.1.0+mq.1"
    assert overlay.form.region == "martinique"
    assert overlay.form.bases == ("sein 2.1.0", "socle-frcp 1.0.0")


def test_a_hidden_field_never_shows_and_a_hardened_one_is_missing(overlay: LoadedForm) -> None:
    state = Engine(overlay.program).evaluate({"multifocal": True, "évasan_nécessaire": True})
    assert "multifocal" not in state.visible
    assert "multifocal" not in state.values
    missing = {item.path for item in state.missing}
    assert {"acr", "évasan_motif"} <= missing
