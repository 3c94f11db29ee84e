"""Versions: computed, refused when they break answers, frozen, followed by old answers."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.linter.lint import lint_text
from dcc_rcp_forms.loading import LoadedForm, load_form_text
from dcc_rcp_forms.versions.diff import compare_forms, next_version
from dcc_rcp_forms.versions.migrations import migrate, read_migrations
from dcc_rcp_forms.versions.publication import (
    Archive,
    Judgement,
    PublicationConflictError,
    TamperedVersionError,
    judge,
)
from dcc_rcp_forms.versions.three_way import collisions

FIELDS = {
    "re": "{libellé: RE, type: nombre, unité: mm, min: 0, max: 100}",
    "her2": '{libellé: HER2, type: choix, valeurs: {"0": Négatif, "2+": Équivoque}}',
    "note": "{libellé: Note, type: texte}",
    "sur": "{libellé: Sûr, type: oui_non, si: her2 = '2+'}",
}
ALERT = "alertes:\n  al: {si: her2 = '2+', message: Attendre}\n"


def form(fields: Mapping[str, str] = FIELDS, *, version: str = "1.2.3", after: str = ALERT) -> str:
    lines = "".join(f"      {name}: {body}\n" for name, body in fields.items())
    head = f"fiche: essai\nversion: {version}\ntitre: Essai\n"
    return f"{head}sections:\n  s:\n    titre: S\n    champs:\n{lines}{after}"


def loaded(text: str) -> LoadedForm:
    findings = Findings()
    found = load_form_text(text, "essai.yaml", findings)
    assert found is not None
    assert list(findings) == []
    return found


def deserved(fields: Mapping[str, str], after: str = ALERT) -> tuple[str, set[str]]:
    changes = compare_forms(loaded(form()).form, loaded(form(fields, after=after)).form)
    return next_version("1.2.3", changes), {change.needs for change in changes} - {""}


def without(*names: str) -> dict[str, str]:
    return {name: body for name, body in FIELDS.items() if name not in names}


@pytest.mark.parametrize(
    ("change", "version", "needs"),
    [
        ({}, "1.2.3", set()),
        ({"re": FIELDS["re"].replace("libellé: RE", "libellé: Récepteurs")}, "1.2.4", set()),
        ({"her2": FIELDS["her2"].replace("Négatif", "Nul")}, "1.2.4", set()),
        ({"new": "{libellé: N, type: texte}"}, "1.3.0", set()),
        ({"her2": FIELDS["her2"].replace("}}", ', "3+": Fort}}')}, "1.3.0", set()),
        ({"re": FIELDS["re"].replace("100", "200")}, "1.3.0", set()),
        ({"sur": "{libellé: Sûr, type: oui_non, si: her2 = '0'}"}, "1.3.0", set()),
        ({"new": "{libellé: N, type: texte, obligatoire: oui}"}, "2.0.0", set()),
        ({"note": "{libellé: Note, type: texte, obligatoire: oui}"}, "2.0.0", set()),
        ({"re": FIELDS["re"].replace("100", "50")}, "2.0.0", set()),
        ({"re": FIELDS["re"].replace("mm", "cm")}, "2.0.0", {"convertit"}),
        ({"note": "{libellé: Note, type: texte_long}"}, "2.0.0", {"reprise"}),
        ({"her2": '{libellé: HER2, type: choix, valeurs: {"2+": Équivoque}}'}, "2.0.0", {"recode"}),
        (
            {"her2": FIELDS["her2"].replace("Négatif", "{libellé: Négatif, ans: MED-240}")},
            "2.0.0",
            {"recode"},
        ),
    ],
)
def test_the_version_is_computed(change: dict[str, str], version: str, needs: set[str]) -> None:
    assert deserved({**FIELDS, **change}) == (version, needs)


def test_a_removed_field_needs_a_migration() -> None:
    assert deserved(without("note")) == ("2.0.0", {"reprise"})


def test_alerts_count_too() -> None:
    assert deserved(FIELDS, "")[0] == "1.3.0"
    assert deserved(FIELDS, ALERT.replace("Attendre", "Attendre l'hybridation"))[0] == "1.2.4"
    assert deserved(FIELDS, ALERT.replace("}", ", bloque: validation}"))[0] == "1.3.0"


def judged(text: str, stored: list[tuple[str, dict[str, Any]]] | None = None) -> Judgement:
    return judge(lint_text(text, "essai.yaml"), loaded(form()), stored or [])


def codes(judgement: Judgement) -> list[str]:
    return [issue.code for issue in judgement.issues]


def test_a_version_too_small_is_refused() -> None:
    fields = {**FIELDS, "new": "{libellé: N, type: texte}"}
    assert codes(judged(form(fields, version="1.2.4"))) == ["FRM-704"]
    assert codes(judged(form(fields, version="1.3.0"))) == []
    assert codes(judged(form(fields))) == ["FRM-703"]


def test_a_destructive_change_without_migration_is_refused() -> None:
    judgement = judged(form(without("note"), version="2.0.0"))
    assert codes(judgement) == ["FRM-705"]
    assert not judgement.is_accepted


def test_a_failing_example_forbids_publication() -> None:
    after = ALERT + "essais:\n  - {nom: e, réponses: {her2: 0}, alertes: [al]}\n"
    assert codes(judged(form(FIELDS, version="1.3.0", after=after))) == ["FRM-502"]


MIGRATIONS = """\
migrations:
  - {de: 0.x, renomme: {estro: re}}
  - {de: 1.x, renomme: {note: mémo}, recode: {champ: her2, table: {"0": nul}, perte: oui}}
  - {de: 1.x, convertit: {champ: re, facteur: 10}}
  - {de: 1.x, fusionne: {champs: [a, b], vers: c, valeur: premier(a ; b)}}
  - {de: 1.x, scinde: {champ: d, en: {e: d + 1, f: d - 1}}}
  - {de: 1.x, supprime: [sur]}
"""
NEXT = {
    "re": "{libellé: RE, type: nombre, unité: µm}",
    "her2": '{libellé: HER2, type: choix, valeurs: {nul: Nul, "2+": Équivoque}}',
    "mémo": "{libellé: Mémo, type: texte}",
    "c": "{libellé: C, type: nombre}",
    "e": "{libellé: E, type: nombre}",
    "f": "{libellé: F, type: nombre}",
}


def next_form() -> str:
    return form(NEXT, version="2.0.0", after=ALERT + MIGRATIONS)


def test_a_destructive_change_with_migrations_is_accepted_and_counted() -> None:
    stored: list[tuple[str, dict[str, Any]]] = [
        ("1.2.3", {"re": 3, "her2": "0", "note": "n"}),
        ("1.0.0", {"her2": "perdu", "sur": True}),
        ("2.0.0", {"re": 5}),
    ]
    judgement = judged(next_form(), stored)
    assert codes(judgement) == []
    assert (judgement.dry_run.total, judgement.dry_run.touched, judgement.dry_run.lost) == (3, 1, 1)
    assert judgement.dry_run.lost_by_field == {"her2": 1, "sur": 1}


def test_answers_follow() -> None:
    findings = Findings()
    migrations = read_migrations(loaded(next_form()).form, findings)
    assert list(findings) == []
    old = {"estro": 3.2, "her2": "0", "note": "n", "b": 4, "d": 7}
    assert migrate(old, "0.9.0", migrations).answers == {
        "re": 32.0,
        "her2": "nul",
        "mémo": "n",
        "c": 4,
        "e": 8,
        "f": 6,
    }
    assert migrate({"re": 5}, "2.0.0", migrations).answers == {"re": 5}


def test_migrations_that_lead_nowhere_are_reported() -> None:
    after = (
        "migrations:\n  - {de: 1.x, renomme: {a: zz}}\n"
        '  - {de: un, recode: {champ: her2, table: {x: "9+"}}}\n'
    )
    found = [(i.code, i.place.line) for i in lint_text(form(after=after), "essai.yaml").issues]
    assert found == [("FRM-701", 13), ("FRM-702", 14), ("FRM-701", 14)]


def test_a_published_version_is_frozen_and_reads_back_the_same(tmp_path: Path) -> None:
    archive, first = Archive(tmp_path), loaded(form())
    archive.publish(first)
    again = archive.load("essai", "1.2.3")
    assert again.content_hash == first.content_hash
    assert compare_forms(first.form, again.form) == ()
    with pytest.raises(PublicationConflictError):
        archive.publish(first)


def test_a_published_version_edited_on_disk_is_refused(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    path = archive.publish(loaded(form()))
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8").replace("RE", "ER"), encoding="utf-8")
    with pytest.raises(TamperedVersionError):
        archive.load("essai", "1.2.3")


def test_a_version_that_is_gone_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Archive(tmp_path).load("essai", "9.9.9")


def test_only_one_of_two_simultaneous_publications_wins(tmp_path: Path) -> None:
    archive, candidate = Archive(tmp_path), loaded(form())
    outcomes: list[str] = []

    def publish() -> None:
        try:
            archive.publish(candidate)
            outcomes.append("publiée")
        except PublicationConflictError:
            outcomes.append("refusée")

    threads = [threading.Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["publiée"] + ["refusée"] * 7


def test_every_version_is_listed_in_order(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for version in ("1.10.0", "1.2.3", "1.9.0"):
        archive.publish(loaded(form(version=version)))
    assert archive.versions("essai") == ["1.2.3", "1.9.0", "1.10.0"]
    last = archive.last("essai")
    assert last is not None
    assert last.form.version == "1.10.0"


def test_the_hash_ignores_comments_and_layout() -> None:
    plain, commented = (
        form(),
        "# Commentaire\n" + form().replace("{libellé: RE,", "{libellé:   RE,"),
    )
    assert loaded(plain).content_hash == loaded(commented).content_hash


def test_a_moving_base_is_confronted_with_the_overlay(tmp_path: Path) -> None:
    (tmp_path / "essai.yaml").write_text(form(), encoding="utf-8")
    overlay = load_form_text(
        "fiche: essai\nversion: 1.2.3+mq.1\nsurcharge: pack/essai 1.x\n"
        "sections:\n  s:\n    champs:\n      re: {libellé: Autre}\n      note: {aide: Aide}\n",
        "mq.yaml",
        findings := Findings(),
        Catalogue({"pack": tmp_path}),
    )
    assert overlay is not None
    assert list(findings) == []
    moved = loaded(form({**FIELDS, "re": FIELDS["re"].replace("100", "50")}, version="2.0.0"))
    found = collisions(loaded(form()).form, moved.form, overlay.differences)
    assert [item.address for item in found] == ["re"]
