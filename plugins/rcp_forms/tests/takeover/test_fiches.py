"""Fiches of a previous tool, for patients imported before."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from dcc_core.cli.main import root
from dcc_core.cli.runtime import open_runtime
from dcc_core.testing.databases import Lane
from dcc_rcp_forms.composition.catalogue import NATIONAL_PACK
from dcc_rcp_forms.fiches.service import read_fiche
from dcc_rcp_forms.fiches.tables import Fiche, Statistic
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.published import load_pack_form

OID = "1.2.250.1.999.77"
PATIENTS = f"""
kind = "patients"
system = "{OID}"
[columns]
identifier = "IPP"
birth_family_name = "NOM"
first_given_name = "PRENOM"
birth_date = "DDN"
sex = "SEXE"
"""
FICHES = f"""
kind = "fiches"
system = "{OID}"
[options]
form = "sein"
version = "2.1.0"
[columns]
patient = "IPP"
number = "FICHE"
date = "DATE"
"côté" = "COTE"
taille_clinique = "TAILLE"
date_diagnostic = "DIAG"
[values."côté"]
"G" = "gauche"
"D" = "droit"
"""
HEAD = "IPP;FICHE;DATE;COTE;TAILLE;DIAG"
SOUND = "A1;F1;12/05/2019;G;12,5;03/2019"


@pytest.fixture
def place(lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with lane.empty() as base:
        monkeypatch.setenv("DCC_ENV", "test")
        monkeypatch.setenv("DCC_HOME", str(tmp_path / "home"))
        url = base.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("DCC_DATABASE_URL", url)
        with open_runtime(migrate_first=True):
            pass
        people = "IPP;NOM;PRENOM;DDN;SEXE\nA1;DÉMO-RIVEL;Anne;12/03/1957;F\n"
        (tmp_path / "p.csv").write_text(people, encoding="utf-8")
        (tmp_path / "p.toml").write_text(PATIENTS, encoding="utf-8")
        done = run("import", "patients", tmp_path / "p.csv", "--map", tmp_path / "p.toml")
        assert done.exit_code == 0, f"{done.output}{done.exception}"
        (tmp_path / "map.toml").write_text(FICHES, encoding="utf-8")
        yield tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner(catch_exceptions=True).invoke(root, list(map(str, arguments)))


def imported(place: Path, *lines: str, name: str = "f.csv") -> dict[str, Any]:
    (place / name).write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    done = run("import", "fiches", place / name, "--map", place / "map.toml", "--json")
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_fiche_keeps_its_answers_its_day_and_its_statistics(place: Path) -> None:
    done = imported(place, SOUND)
    assert done["verdicts"] == {"created": 1}
    with open_runtime() as runtime, runtime.session() as session:
        fiche = session.exec(select(Fiche)).one()
        assert fiche.answers == {
            "côté": "gauche",
            "taille_clinique": 12.5,
            "date_diagnostic": "2019-03",
        }
        assert (fiche.session_date, fiche.form_id) == ("2019-05-12", "sein")
        assert fiche.signed_at is not None
        read_fiche(session, fiche_id=fiche.id)  # it opens in its own version of the form
        names = {row.name for row in session.exec(select(Statistic))}
    fields = {field.statistic for field in national_form("sein").fields() if field.statistic}
    assert names <= fields
    again = imported(place, SOUND, SOUND.replace("F1", "F2"), name="autre.csv")
    assert again["verdicts"] == {"created": 1, "known": 1}


def national_form(code: str) -> Form:
    return load_pack_form(NATIONAL_PACK / f"{code}.yaml").form


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A9;F1;12/05/2019;G;12;03/2019", "IMP-030"),
        ("A1;F1;31/02/2019;G;12;03/2019", "IMP-032"),
        ("A1;F1;12/05/2919;G;12;03/2019", "IMP-032"),
        ("A1;F1;03/2019;G;12;03/2019", "IMP-032"),
        ("A1;;12/05/2019;G;12;03/2019", "IMP-031"),
        ("A1;F1;12/05/2019;X;12;03/2019", "IMP-031"),
        ("A1;F1;12/05/2019;G;douze;03/2019", "IMP-031"),
        ("A1;F1;12/05/2019;G;12;99/2019", "IMP-031"),
        ("A1;F1;12/05/2019;G;12", "IMP-011"),
    ],
)
def test_an_unusable_fiche_is_refused_with_its_reason(place: Path, row: str, code: str) -> None:
    done = imported(place, row, SOUND.replace("F1", "F2"))
    assert done["verdicts"] == {"created": 1, "refused": 1}
    assert done["reasons"] == {code: 1}


def test_one_number_with_two_contents_waits_for_a_person(place: Path) -> None:
    done = imported(place, SOUND, SOUND.replace("G;", "D;"))
    assert done["verdicts"] == {"ambiguous": 1, "created": 1}
    assert done["reasons"] == {"IMP-033": 1}


def test_a_reversed_batch_leaves_no_fiche_then_no_patient(place: Path) -> None:
    done = imported(place, SOUND)
    batches = json.loads(run("import", "list", "--json").stdout)
    patients = next(batch["id"] for batch in batches if batch["kind"] == "patients")
    undone = json.loads(run("import", "revert", done["id"], "--json").stdout)
    assert (undone["kept"], undone["present"]) == (0, 0)
    undone = json.loads(run("import", "revert", patients, "--json").stdout)
    assert (undone["kept"], undone["present"]) == (0, 0)


def test_a_patient_with_a_fiche_stays_when_its_batch_is_reversed(place: Path) -> None:
    imported(place, SOUND)
    batches = json.loads(run("import", "list", "--json").stdout)
    patients = next(batch["id"] for batch in batches if batch["kind"] == "patients")
    undone = json.loads(run("import", "revert", patients, "--json").stdout)
    assert (undone["kept"], undone["present"], undone["reconciled"]) == (1, 1, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"côté" = "COTE"', 'couleur = "COTE"'),
        ('taille_clinique = "TAILLE"', 'sous_type = "TAILLE"'),
        ('form = "sein"', 'formulaire = "sein"'),
    ],
)
def test_a_map_that_does_not_fit_the_form_is_refused(place: Path, before: str, after: str) -> None:
    text = FICHES.replace(before, after).replace('[values."côté"]', "[values.patient]")
    (place / "map.toml").write_text(text, encoding="utf-8")
    (place / "f.csv").write_text(f"{HEAD}\n{SOUND}\n", encoding="utf-8")
    done = run("import", "fiches", place / "f.csv", "--map", place / "map.toml")
    assert "IMP-001" in str(done.exception)
