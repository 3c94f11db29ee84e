"""The studio through its pages: write, check, propose, review, publish, read for ever."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from dcc_core.audit.tables import AuditEntry
from dcc_core.testing.web import Browser, submit, token_of
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.fiches.shelf import publish_form
from dcc_rcp_forms.fiches.tables import PublishedForm
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import load_form_text
from dcc_rcp_forms.published import form_model

ROOT = "/x/rcp_forms/studio"
FORM = """\
# Un commentaire qui reste
fiche: {name}
version: {version}
titre: Fiche RCP — Essai
sections:
  lésion:
    titre: Lésion
    champs:
      her2: {{libellé: HER2, type: choix, valeurs: ["0", "1+", "2+", "3+"], statistique: her2}}
      ish: {{libellé: Hybridation, type: oui_non, si: her2 = '2+', obligatoire: oui}}
      taille: {{libellé: Taille, type: nombre, unité: mm, min: 0, max: {high}}}
alertes:
  grande: {{si: taille > 30, message: Plus de 30 mm}}
essais:
  - nom: HER2 2+ demande l'hybridation
    réponses: {{her2: 2+, taille: 31}}
    visibles: [ish]
    manquants: [ish]
    alertes: [grande]
"""


def text_of(name: str, version: str = "1.0.0", high: int = 100) -> str:
    return FORM.format(name=name, version=version, high=high)


def start(browser: Browser, **fields: str) -> str:
    answer = submit(browser, ROOT, ROOT, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def revision_of(browser: Browser, draft: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', browser.get(draft).text)
    assert found
    return found[1]


def save(browser: Browser, draft: str, text: str, revision: str = "", **headers: str):
    token = token_of(browser.get(draft).text)
    seen = revision or revision_of(browser, draft)
    return browser.post(
        draft,
        data={"_csrf": token, "texte": text, "revision": seen},
        headers=headers,
        follow_redirects=False,
    )


def step(browser: Browser, draft: str, kind: str, action: str, comment: str = ""):
    token, revision = token_of(browser.get(draft).text), ""
    if kind == "etape" and action == "proposer":
        revision = revision_of(browser, draft)
    data = {"_csrf": token, "action": action, "commentaire": comment, "revision": revision}
    return browser.post(f"{draft}/{kind}", data=data, follow_redirects=False)


def published(people, name: str, version: str = "1.0.0", text: str = "") -> str:
    draft = start(people["expert"], nom=name) if version == "1.0.0" else ""
    assert save(people["expert"], draft, text or text_of(name)).status_code == 303
    assert step(people["expert"], draft, "etape", "proposer").status_code == 303
    assert step(people["second"], draft, "relecture", "approuver").status_code == 303
    assert step(people["second"], draft, "relecture", "publier").status_code == 303
    return draft


def test_the_list_shows_the_pack_with_versions_and_state(people) -> None:
    page = people["expert"].get(ROOT).text
    assert page.count('data-l="En service"') >= 19
    assert "sein" in page
    assert "2.1.0" in page


def test_a_clinician_reads_and_writes_nothing(people) -> None:
    assert people["physician"].get(ROOT).status_code == 200
    assert "Nouvelle version" not in people["physician"].get(ROOT).text
    token = token_of(people["physician"].get("/patients").text)
    answer = people["physician"].post(ROOT, data={"_csrf": token, "nom": "essai"})
    assert answer.status_code == 403


def test_the_guided_blank_is_right(people) -> None:
    page = people["expert"].get(start(people["expert"], nom="testicule")).text
    assert "Rien à corriger" in page
    assert "2 / 2" in page


def test_a_fault_is_shown_at_its_line_and_column_with_a_mend(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="fautif")
    damaged = text_of("fautif").replace("si: her2 =", "si: her3 =")
    token = token_of(expert.get(draft).text)
    answer = expert.post(
        f"{draft}/controle", data={"_csrf": token, "texte": damaged, "essai": ""}
    ).json()
    [finding] = [item for item in answer["findings"] if item["look"] == "ko"][:1]
    assert (finding["line"], finding["column"], finding["length"]) == (10, 54, 4)
    assert 'data-mend="10:54" data-was="her3" data-text="her2"' in answer["checks"]
    assert answer["ready"] is False
    assert answer["preview"] == ""


def test_a_right_text_comes_with_its_live_form_its_tests_and_its_program(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="juste")
    token = token_of(expert.get(draft).text)
    data = {"_csrf": token, "texte": text_of("juste"), "essai": "HER2 2+ demande l'hybridation"}
    answer = expert.post(f"{draft}/controle", data=data).json()
    assert answer["findings"] == []
    assert answer["ready"] is True
    assert 'value="2+" checked' in answer["preview"]
    assert answer["program"]["display"] == ["her2", "ish", "taille"]
    assert "1 / 1" in answer["side"]
    assert "2 conditions vérifiées sur 2" in answer["side"]


def test_two_megabytes_pasted_are_refused_with_advice(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="enorme")
    answer = save(expert, draft, "titre: " + "Texte collé. " * 160_000)
    assert answer.status_code == 422
    assert "FRM-S13" in answer.text


def test_a_stale_save_shows_both_texts_and_loses_none(people) -> None:
    draft = start(people["expert"], nom="double")
    seen = revision_of(people["expert"], draft)
    assert save(people["second"], draft, text_of("double", high=200), seen).status_code == 303
    mine = text_of("double", high=300)
    answer = save(people["expert"], draft, mine, seen)
    assert answer.status_code == 409
    assert "max: 200" in answer.text
    assert "max: 300" in answer.text
    assert save(people["expert"], draft, mine, seen, accept="application/json").status_code == 409
    latest = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert latest
    assert save(people["expert"], draft, mine, latest[1]).status_code == 303


def test_a_form_with_faults_or_failing_tests_is_not_proposed(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="rouge")
    save(expert, draft, text_of("rouge").replace("alertes: [grande]", "alertes: []"))
    answer = step(expert, draft, "etape", "proposer")
    assert answer.status_code == 409
    assert "FRM-S16" in answer.text


def test_nobody_approves_what_they_wrote(people) -> None:
    draft = start(people["expert"], nom="juge")
    save(people["expert"], draft, text_of("juge"))
    step(people["expert"], draft, "etape", "proposer")
    answer = step(people["expert"], draft, "relecture", "approuver")
    assert answer.status_code == 409
    assert "FRM-S18" in answer.text
    assert "Approuver cette version" not in people["expert"].get(draft).text
    assert step(people["second"], draft, "relecture", "renvoyer").status_code == 422
    assert (
        step(people["second"], draft, "relecture", "renvoyer", "Seuil à revoir").status_code == 303
    )
    assert "Seuil à revoir" in people["expert"].get(draft).text


def test_a_proposed_draft_does_not_move_under_its_reviewer(people) -> None:
    draft = start(people["expert"], nom="figee")
    save(people["expert"], draft, text_of("figee"))
    step(people["expert"], draft, "etape", "proposer")
    answer = save(people["expert"], draft, text_of("figee", high=7), "2")
    assert answer.status_code == 409
    assert "FRM-S12" in answer.text
    assert step(people["expert"], draft, "etape", "reprendre").status_code == 303
    assert save(people["expert"], draft, text_of("figee", high=7)).status_code == 303


def test_published_versions_are_read_for_ever_with_their_comments(people, studio) -> None:
    published(people, "publique")
    page = people["physician"].get(f"{ROOT}/formulaires/publique/1.0.0").text
    assert "Un commentaire qui reste" in page
    assert "Relue par Dr Inès DÉMO-RELECTEUR" in page
    with studio.database.reading() as session:
        row = session.exec(select(PublishedForm).where(PublishedForm.form_id == "publique")).one()
        events = session.exec(
            select(AuditEntry.event).where(AuditEntry.object_kind == "form")
        ).all()
    assert row.reviewer
    assert "form.publish" in events


def test_the_next_version_tells_its_number_changes_and_impact(people) -> None:
    published(people, "suite")
    expert = people["expert"]
    draft = start(expert, nom="suite", version="1.0.0")
    save(expert, draft, text_of("suite", high=90).replace("libellé: HER2", "libellé: HER2 (IHC)"))
    page = expert.get(draft).text
    assert "Changements depuis 1.0.0" in page
    assert "numéro attendu : 2.0.0" in page
    assert "Statistiques : her2." in page
    assert 'data-text="2.0.0"' in page


def test_two_drafts_of_one_line_are_one(people) -> None:
    published(people, "ensemble")
    first = start(people["expert"], nom="ensemble", version="1.0.0")
    assert start(people["second"], nom="ensemble", version="1.0.0") == first


def test_a_region_adapts_a_national_form_the_same_way(people) -> None:
    expert = people["expert"]
    draft = start(expert, cible="sein 2.1.0", marque="mq")
    text = (
        "fiche: sein\nsurcharge: national/sein 2.x\nrégion: martinique\nversion: 2.1.0+mq.1\n"
        "sections:\n  lésion:\n    champs:\n      acr: {obligatoire: oui}\n"
    )
    save(expert, draft, text)
    assert step(expert, draft, "etape", "proposer").status_code == 303
    step(people["second"], draft, "relecture", "approuver")
    assert step(people["second"], draft, "relecture", "publier").status_code == 303
    listed = expert.get(ROOT).text
    assert "adapté pour mq" in listed
    again = start(expert, nom="sein", version="2.1.0+mq.1")
    save(expert, again, text.replace("acr: {obligatoire: oui}", "acr: {libellé: Densité ACR}"))
    assert "numéro attendu : 2.1.0+mq.2" in expert.get(again).text


def test_concurrent_publication_is_refused_clearly(people, studio) -> None:
    """Another draft of the same form and number was published between approval and publication."""
    expert, second = people["expert"], people["second"]
    draft = published(people, "course")
    answer = step(second, draft, "relecture", "publier")
    assert answer.status_code == 409
    assert "FRM-S19" in answer.text
    later = start(expert, nom="course", version="1.0.0")
    save(expert, later, text_of("course", "1.1.0", high=200))
    step(expert, later, "etape", "proposer")
    step(second, later, "relecture", "approuver")
    rival = text_of("course", "1.1.0", high=300)
    publish_behind(studio, rival)
    answer = step(second, later, "relecture", "publier")
    assert answer.status_code == 409
    assert "1.1.0" in answer.text


def publish_behind(studio, text: str) -> None:
    """Publish the same number with another content, as a second server of the region would."""
    loaded = load_form_text(text, "course.yaml", Findings())
    assert loaded
    with studio.database.session() as session:
        publish_form(session, form=form_model(loaded), author="autre", at=studio.clock())


def test_the_table_changes_cells_and_keeps_comments(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="tableau")
    save(expert, draft, text_of("tableau"))
    page = expert.get(f"{draft}?vue=tableau").text
    assert 'name="libellé:taille" value="Taille"' in page
    data = {"_csrf": token_of(page), "revision": revision_of(expert, draft)}
    answer = expert.post(
        f"{draft}/tableau", data={**data, "libellé:taille": "Grand axe"}, follow_redirects=False
    )
    assert answer.status_code == 303
    text = expert.get(draft).text
    assert "libellé: Grand axe" in text
    assert "# Un commentaire qui reste" in text


@pytest.mark.parametrize(("target", "mark"), [("fhir", "Questionnaire"), ("document", "[")])
def test_a_draft_is_shown_in_the_formats_of_the_nation(people, target: str, mark: str) -> None:
    draft = start(people["expert"], nom="formats")
    answer = people["expert"].get(f"{draft}/export?vers={target}")
    assert answer.status_code == 200
    assert mark in answer.text


def test_the_editor_knows_the_words_of_the_language(people) -> None:
    words = people["expert"].get(f"{ROOT}/vocabulaire").json()
    assert "choix_multiple" in words["groups"]["champ"]["type"]["options"]
    assert "tumeur.t" in words["slots"]


def damaged_texts() -> Iterator[str]:
    """Yield texts an expert may leave half-written: cut, lines dropped, numbers and names wrong."""
    text = (NATIONAL_PACK / "sein.yaml").read_text(encoding="utf-8")
    lines = text.split("\n")
    yield from ("", "fiche:", "\t", "- a", "{", text[:777], text[:3210], "é" * 5000)
    for number in range(1, len(lines), 9):
        yield "\n".join([*lines[:number], *lines[number + 1 :]])
    for wrong in (
        "deux",
        "2",
        "2.1",
        "2.x.1",
        "99999999999999999999.0.0",
        "2.1.0+",
        "[]",
        "-1.0.0",
    ):
        yield text.replace("version: 2.1.0", f"version: {wrong}")
    yield text.replace("fiche: sein", "fiche: autre")
    yield text.replace("fiche: sein", "fiche: [sein]")
    yield text.replace("étend: socle-frcp 1.x", "étend: rien 1.x")
    yield text + "migrations: [{de: 1.x, renomme: {a: b}}, 3]\n"


def test_no_half_written_text_breaks_the_studio(people) -> None:
    expert = people["expert"]
    draft = start(expert, nom="sein", version="2.1.0")
    token = token_of(expert.get(draft).text)
    broken = []
    for text in damaged_texts():
        data = {"_csrf": token, "texte": text, "essai": "inconnu"}
        answer = expert.post(f"{draft}/controle", data=data)
        if answer.status_code != 200:
            broken.append((answer.status_code, text[:80]))
    assert broken == []


@pytest.mark.parametrize("text", ["", "version: deux", "fiche: vide\nsections: {s: 3}"])
def test_a_saved_text_that_cannot_be_read_still_opens(people, text: str) -> None:
    expert = people["expert"]
    draft = start(expert, nom="vide")
    assert save(expert, draft, text).status_code == 303
    for view in ("yaml", "tableau"):
        page = expert.get(f"{draft}?vue={view}")
        assert page.status_code == 200
        assert "FRM-" in page.text
    assert expert.get(f"{draft}/export?vers=fhir").status_code in {200, 404}
    assert step(expert, draft, "etape", "proposer").status_code == 409
