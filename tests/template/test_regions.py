"""What the reference regions add to the template, and regions that cannot stand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BRETAGNE = ROOT / "regions" / "bretagne" / "src" / "dcc_region_bretagne" / "takeover"
REGION = """
from dcc_core.api import PluginEntry, Region

region = Region(slug="{slug}", name="Essai", plugins=({plugins}), form_packs=({packs}),
                templates={templates})
"""


def dcc(home: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    return subprocess.run(
        [sys.executable, "-m", "dcc_core", *map(str, arguments)],
        env=kept | {"DCC_ENV": "test", "DCC_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        check=False,
    )


def install(
    folder: Path,
    *,
    slug: str = "essai",
    package: str = "dcc_essai",
    plugins: str = 'PluginEntry(name="rcp_forms"),',
    packs: str = "",
    templates: str = "None",
) -> str:
    """Lay a region out as an installed distribution; return what PYTHONPATH needs."""
    code = folder / package
    code.mkdir(parents=True)
    text = REGION.format(slug=slug, plugins=plugins, packs=packs, templates=templates)
    (code / "__init__.py").write_text(text, encoding="utf-8")
    facts = folder / f"{package}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[dcc.regions]\n{slug} = {package}:region\n")
    return str(folder)


def check(folder: Path, slug: str = "essai", **more: str) -> str:
    done = dcc(folder, "check", "--region", slug, "--strict", **more)
    assert done.returncode == 1, done.stdout
    return done.stdout + done.stderr


def test_martinique_runs_its_own_forms() -> None:
    done = dcc(Path("unused"), "region", "show", "martinique", "--json")
    forms = json.loads(done.stdout)["forms"]
    assert {"prostate 1.0.0+mq.1", "sein 2.1.0+mq.1", "sein 2.1.0"} <= set(forms)


def test_occitanie_opens_the_exchanges_of_its_diagram() -> None:
    done = dcc(Path("unused"), "region", "show", "occitanie", "--json")
    settings = json.loads(done.stdout)["plugins"]["lab_connectors"]["settings"]
    assert (settings["mllp_port"], settings["sftp_port"]) == ("2575", "2222")


def test_bretagne_takes_its_previous_tool_over(tmp_path: Path) -> None:
    """The maps of the region read a file as the previous tool wrote it."""
    here = {"DCC_REGION": "bretagne"}
    assert dcc(tmp_path, "migrate", **here).returncode == 0
    people = "IPP;NOM_NAISSANCE;NOM_USAGE;PRENOM;DATE_NAISSANCE;SEXE;INSEE_NAISSANCE\n"
    people += "B1;DÉMO-LE GOFF;;Maël;05/06/1951;1;29019\nB2;DÉMO-KERIEL;;Zoé;31/02/1951;2;\n"
    fiches = "IPP;NUMERO_FICHE;DATE_RCP;DATE_DIAGNOSTIC;LATERALITE;TAILLE_MM;QUESTION\n"
    fiches += 'B1;F1;03/04/2020;03/2020;G;12;"Chirurgie\npremière ?"\n'
    for kind, name, text in (
        ("patients", "patients", people),
        ("fiches", "fiches-sein", fiches),
    ):
        file = tmp_path / f"{name}.csv"
        file.write_bytes(text.encode("windows-1252"))
        done = dcc(
            tmp_path, "import", kind, file, "--map", BRETAGNE / f"{name}.toml", "--json", **here
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["verdicts"]["created"] == 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Provence-Alpes-Côte d'Azur", "provence_alpes_cote_d_azur"),
        ("Région 972", "region_972"),
        ("L'Île", "l_ile"),
    ],
)
def test_a_name_with_accents_apostrophe_or_digits_gives_a_sound_slug(
    name: str, slug: str, tmp_path: Path
) -> None:
    done = dcc(tmp_path, "region", "new", name, "--into", tmp_path)
    assert done.returncode == 0, done.stderr
    [record] = tmp_path.glob("*/.dcc-region.json")
    assert json.loads(record.read_text(encoding="utf-8"))["answers"]["slug"] == slug


def test_two_regions_with_one_slug_are_refused(tmp_path: Path) -> None:
    one = install(tmp_path / "one", package="dcc_one")
    other = install(tmp_path / "other", package="dcc_other")
    assert "essai" in check(tmp_path, PYTHONPATH=f"{one}{os.pathsep}{other}")


def test_a_plugin_that_is_not_installed_is_named(tmp_path: Path) -> None:
    site = install(tmp_path, plugins='PluginEntry(name="absent_ici"),')
    found = check(tmp_path, PYTHONPATH=site)
    assert "absent_ici" in found


def test_an_overlay_of_a_form_that_moved_is_named(tmp_path: Path) -> None:
    site = install(tmp_path, packs='"dcc_essai:forms",')
    forms = tmp_path / "dcc_essai" / "forms"
    forms.mkdir()
    text = "fiche: sein\nsurcharge: national/senologie 2.x\nrégion: essai\nversion: 1.0.0+es.1\n"
    (forms / "sein.yaml").write_text(text, encoding="utf-8")
    found = check(tmp_path, PYTHONPATH=site)
    assert "senologie" in found
    assert "FRM-405" in found


def test_a_pack_that_is_not_installed_is_named(tmp_path: Path) -> None:
    site = install(tmp_path, packs='"dcc_nowhere:forms",')
    assert "FRM-420" in check(tmp_path, PYTHONPATH=site)


def test_a_template_that_replaces_nothing_is_named(tmp_path: Path) -> None:
    site = install(tmp_path, templates='"dcc_essai:templates"')
    pages = tmp_path / "dcc_essai" / "templates" / "core"
    pages.mkdir(parents=True)
    (pages / "disparue.html").write_text("<p>Page retirée</p>", encoding="utf-8")
    assert "disparue.html" in check(tmp_path, PYTHONPATH=site)


def test_production_without_its_secret_does_not_start(tmp_path: Path) -> None:
    done = dcc(tmp_path, "migrate", DCC_ENV="production", DCC_REGION="bretagne")
    assert done.returncode == 1
    assert "DCC-C004" in done.stderr
