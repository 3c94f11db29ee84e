"""What answers make of a form."""
# ruff: noqa: E501

from typing import Any

import pytest

from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.state import FormState
from dcc_rcp_forms.engine.stored import stored_from_text
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Level, Phase
from dcc_rcp_forms.loading import LoadedForm, load_form_text

FORM = """\
fiche: essai
version: 1.0.0
titre: Essai
blocs:
  prélèvement:
    paramètres: [côté, obligatoire]
    champs:
      réalisé: {libellé: "Prélèvement {côté}", type: oui_non, obligatoire: "{obligatoire}"}
      date: {libellé: "Date du prélèvement {côté}", type: date, si: réalisé = oui, obligatoire: oui}
sections:
  un:
    titre: Un
    champs:
      a: {libellé: A, type: oui_non, inconnu: oui, obligatoire: oui}
      b: {libellé: B, type: nombre, min: 0, max: 10, décimales: 1, si: a = oui}
      c: {libellé: C, type: calcul, valeur: b * 2}
      d: {libellé: D, type: texte, si: c ≥ 10}
      h: {libellé: Heure, type: heure, max: "18:00"}
      j: {libellé: Jour, type: date, max: date_rcp, précision: mois}
      ps: {libellé: Médecin, type: professionnel}
      es: {libellé: Lieu, type: établissement}
      ecog: {libellé: OMS, type: échelle, min: 0, max: 4}
      nul: {libellé: Rien, type: texte_fixe, texte: Bonjour}
  deux:
    titre: Deux
    phase: séance
    si: a = oui
    champs:
      avis: {libellé: Avis, type: texte, obligatoire: oui}
      suite: {libellé: Suite, type: texte, phase: après, obligatoire: oui}
      lignes:
        libellé: Lignes
        type: tableau
        minimum: 1
        maximum: 2
        colonnes:
          x: {libellé: X, type: nombre, obligatoire: oui}
          y: {libellé: Y, type: calcul, valeur: x + 1}
          z: {libellé: Z, type: texte, si: y > 5, obligatoire: oui}
  trois:
    titre: Trois
    champs:
      stations:
        libellé: Stations ganglionnaires
        type: matrice
        lignes: {r4: Station 4R, r7: Station 7}
        colonnes:
          vue: {libellé: Vue, type: oui_non}
          taille: {libellé: Taille, type: nombre, unité: mm, si: vue = oui, obligatoire: oui}
      grosse: {libellé: Grosse, type: calcul, valeur: max(stations ; taille)}
      sept: {libellé: Station 7 atteinte, type: calcul, cas: [{si: stations.r7.taille > 10, alors: oui}], sinon: non}
      droite: {libellé: Droite, type: bloc, bloc: prélèvement, avec: {côté: droit, obligatoire: oui}}
      gauche: {libellé: Gauche, type: bloc, bloc: prélèvement, avec: {côté: gauche, obligatoire: non}, si: droite.réalisé = oui}
alertes:
  bloquante: {si: c > 15, message: Trop, bloque: préparation}
  fin: {si: b est renseigné, message: Fin, bloque: validation}
"""


@pytest.fixture(scope="module")
def form() -> LoadedForm:
    findings = Findings()
    loaded = load_form_text(FORM, "essai.yaml", findings)
    assert [str(issue) for issue in findings] == []
    assert loaded is not None
    return loaded


@pytest.fixture(scope="module")
def engine(form: LoadedForm) -> Engine:
    return Engine(form.program)


def faults(state: FormState) -> dict[str, str]:
    return {error.path: error.message for error in state.errors}


def test_hiding_is_transitive_and_forgets_nothing(engine: Engine) -> None:
    answers = {"a": False, "b": 8, "d": "gardé"}
    state = engine.evaluate(answers)
    assert {"b", "d", "avis"}.isdisjoint(state.visible)
    assert "c" not in state.values
    answers["a"] = True
    state = engine.evaluate(answers)
    assert state.values["c"] == 16.0
    assert state.values["d"] == "gardé"


def test_missing_answers_belong_to_their_phase(engine: Engine) -> None:
    state = engine.evaluate({"a": True, "droite.réalisé": False})
    assert state.missing_at(Phase.PREPARATION) == ()
    assert state.missing_at(Phase.SESSION) == ("avis", "lignes")
    assert state.missing_at(Phase.AFTER) == ("avis", "suite", "lignes")
    assert state.can_end(Phase.PREPARATION)
    assert not state.can_end(Phase.SESSION)


def test_alerts_block_their_phase(engine: Engine) -> None:
    state = engine.evaluate({"a": True, "b": 9, "droite.réalisé": False})
    assert [alert.id for alert in state.blockers("préparation")] == ["bloquante"]
    assert [alert.id for alert in state.blockers("validation")] == ["bloquante", "fin"]
    assert not state.can_end(Phase.PREPARATION)


def test_a_declared_absence_answers_where_it_is_allowed(engine: Engine) -> None:
    state = engine.evaluate({"a": {"absent": "inconnu"}, "h": {"absent": "inconnu"}})
    assert state.absences == {"a": "inconnu"}
    assert "a" in state.answered
    assert "a" not in {item.path for item in state.missing}
    assert "h" in faults(state)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"b": 11}, "supérieure au maximum (10)"),
        ({"b": -1}, "inférieure au minimum (0)"),
        ({"b": 1.25}, "1 décimale"),
        ({"b": "deux"}, "Un nombre"),
        ({"b": True}, "Un nombre"),
        ({"b": float("inf")}, "Un nombre"),
        ({"h": "25:00"}, "Heure illisible"),
        ({"h": "18:01"}, "18:00"),
        ({"j": "2024"}, "trop imprécise"),
        ({"j": "2024-04-01"}, "date_rcp"),
        ({"ps": "1234567890"}, "RPPS"),
        ({"es": "75000"}, "FINESS"),
        ({"ecog": 1.5}, "entier"),
        ({"ecog": 5}, "maximum (4)"),
        ({"lignes": "x"}, "tableau"),
        ({"lignes": [{"x": 1}, {"x": 2}, {"x": 3}]}, "2 ligne(s)"),
        ({"stations": {"r9": {}}}, "matrice"),
    ],
)
def test_bad_answers_are_errors_not_values(
    engine: Engine, answer: dict[str, Any], words: str
) -> None:
    state = engine.evaluate({"a": True, **answer}, "2024-03-15")
    [name] = answer
    assert words in faults(state)[name]


def test_an_imprecise_date_passes_when_it_may_be_right(engine: Engine) -> None:
    assert faults(engine.evaluate({"j": "2024-03"}, "2024-03-15")) == {}
    assert "j" in faults(engine.evaluate({"j": "2024-04"}, "2024-03-15"))


def test_rows_compute_and_ask_for_themselves(engine: Engine) -> None:
    state = engine.evaluate({"a": True, "lignes": [{"x": 7}, {}]})
    paths = {item.path for item in state.missing}
    assert {"lignes[0].z", "lignes[1].x"} <= paths
    assert "lignes[1].z" not in paths
    assert state.values["lignes"][0]["y"] == 8.0


def test_a_matrix_reads_by_row_and_by_cell(engine: Engine) -> None:
    state = engine.evaluate(
        {"stations": {"r4": {"vue": True, "taille": 8}, "r7": {"vue": True, "taille": 12}}}
    )
    assert state.values["grosse"] == 12.0
    assert state.values["sept"] is True
    state = engine.evaluate({"stations": {"r4": {"vue": True}}})
    assert "stations.r4.taille" in {item.path for item in state.missing}
    assert state.values["sept"] is False


def test_blocks_have_their_own_labels_and_obligations(form: LoadedForm, engine: Engine) -> None:
    assert form.form.field("droite.date").label == "Date du prélèvement droit"
    state = engine.evaluate({"droite.réalisé": True})
    missing = {item.path for item in state.missing}
    assert {"droite.date"} <= missing
    assert "gauche.réalisé" in state.visible
    assert "gauche.réalisé" not in missing


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("b", "2,5", 2.5),
        ("b", " 3 ", 3),
        ("b", "deux", "deux"),
        ("a", "oui", True),
        ("a", "non fait", {"absent": "non fait"}),
        ("j", "15/03/2024", "2024-03-15"),
        ("j", "hier", "hier"),
        ("b", "1e5", "1e5"),
    ],
)
def test_typed_text_is_read_or_kept_as_it_is(
    form: LoadedForm, name: str, typed: str, stored: Any
) -> None:
    assert stored_from_text(form.program.step(name), typed) == stored


def test_errors_weigh_by_level(engine: Engine) -> None:
    state = engine.evaluate({"a": True, "b": 11})
    assert {error.level for error in state.errors} == {Level.ERROR}


def test_a_coded_answer_must_be_in_its_value_set() -> None:
    text = FORM.replace(
        "      nul:",
        '      siège: {libellé: Siège, type: code, terminologie: "jdv:JDV_Tumeur_CISIS"}\n      nul:',
    )
    loaded = load_form_text(text, "essai.yaml", Findings())
    assert loaded is not None
    engine = Engine(loaded.program)
    assert engine.evaluate({"siège": "C50.9"}).values["siège"] == "C50.9"
    assert "jeu de valeurs" in faults(engine.evaluate({"siège": "C99.99"}))["siège"]
