"""The template of regions: what it writes and refuses, and that the four regions are its output."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "cookiecutter-region"
REGIONS = sorted(path.parent for path in (ROOT / "regions").glob("*/.dcc-region.json"))
OWN_FILES = {"CHANGELOG.md"}
SOUND = [
    {"region_name": "Île-de-France"},
    {"region_name": "Provence-Alpes-Côte d'Azur"},
    {"region_name": "Outre-mer 972", "timezone": "America/Martinique", "insee_codes": "02"},
    {"region_name": "Sans greffon", "plugins": ""},
    {"region_name": "Deux", "plugins": "cda, sso_psc", "establishments": "970211215=CHU DÉMO*"},
]


def bake(folder: Path, **answers: str) -> Path:
    return Path(
        cookiecutter(str(TEMPLATE), no_input=True, extra_context=answers, output_dir=str(folder))
    )


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and ".venv" not in path.parts
    }


@pytest.mark.parametrize("answers", SOUND, ids=lambda answers: answers["region_name"])
def test_a_region_is_small_whole_and_valid_python(answers: dict[str, str], tmp_path: Path) -> None:
    written = files(bake(tmp_path, **answers))
    assert len(written) <= 15
    for name, text in written.items():
        assert "{{" not in text, name
        assert "cookiecutter." not in text, name
        if name.endswith(".py"):
            compile(text, name, "exec")
        if name.endswith(".json"):
            json.loads(text)


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ({"slug": "9lives"}, "nom court"),
        ({"slug": "Été"}, "nom court"),
        ({"timezone": "Mars/Olympus"}, "fuseau"),
        ({"accent": "red"}, "rrggbb"),
        ({"accent": "#ffff00"}, "contraste"),
        ({"establishments": "CHU de nulle part"}, "FINESS"),
    ],
)
def test_unsound_answers_are_refused_with_the_reason(
    answers: dict[str, str], word: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedHookException):
        bake(tmp_path, region_name="Essai", **answers)
    assert word in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_template_works_from_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "template.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in (TEMPLATE, *sorted(TEMPLATE.rglob("*"))):
            zipped.write(path, Path("cookiecutter-region") / path.relative_to(TEMPLATE))
    written = cookiecutter(
        str(archive),
        no_input=True,
        extra_context={"region_name": "Zippée"},
        output_dir=str(tmp_path / "out"),
    )
    assert (Path(written) / "pyproject.toml").exists()


@pytest.mark.parametrize("region", REGIONS, ids=lambda path: path.name)
def test_a_reference_region_is_the_output_of_the_template(region: Path, tmp_path: Path) -> None:
    recorded = json.loads((region / ".dcc-region.json").read_text(encoding="utf-8"))
    baked = files(bake(tmp_path, **recorded["answers"]))
    kept = files(region)
    for name in baked.keys() - OWN_FILES:
        assert kept[name] == baked[name], name


@pytest.mark.parametrize("region", REGIONS, ids=lambda path: path.name)
def test_a_reference_region_passes_every_check(region: Path, tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    done = subprocess.run(
        [sys.executable, "-m", "dcc_core", "check", "--region", region.name, "--strict"],
        env=kept | {"DCC_ENV": "test", "DCC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_region_passes_its_own_tests(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    home = kept | {"DCC_ENV": "test", "DCC_HOME": str(tmp_path / "data")}
    command = [sys.executable, "-m", "dcc_core", "region", "new", "Essai d'été"]
    asked = ["--into", str(tmp_path), "--set", "plugins=cda, sso_psc", "--set", "slug=essai"]
    subprocess.run([*command, *asked], env=home, check=True)
    folder = tmp_path / "dcc-region-essai"
    site = tmp_path / "site"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*install, "--target", site, folder], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        env=home | {"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_units_run_commands_that_exist(tmp_path: Path) -> None:
    deploy = bake(tmp_path, region_name="Essai") / "deploy"
    units = [read_unit(path) for path in sorted(deploy.glob("*.service"))]
    assert len(units) == 2
    for unit in units:
        assert unit["Service"]["User"] == "dcc"
        assert unit["Service"]["EnvironmentFile"] == "/etc/dcc/env"
    lines = "\n".join(line for unit in units for line in unit["Service"].values())
    called = set(re.findall(r"bin/dcc (\w+)", lines))
    assert called == {"backup", "migrate"}
    timer = read_unit(deploy / "dcc-backup.timer")
    assert timer["Timer"]["Persistent"] == "true"


def read_unit(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    unit.read(path, encoding="utf-8")
    return unit


def test_the_containers_are_the_services_of_the_units(tmp_path: Path) -> None:
    text = (bake(tmp_path, region_name="Essai") / "deploy" / "compose.yaml").read_text("utf-8")
    compose = YAML(typ="safe").load(text)
    assert set(compose["services"]) == {"database", "web", "worker", "proxy"}
    for name in ("web", "worker"):
        settings = compose["services"][name]["environment"]
        assert settings["DCC_ENV"] == "production"
        assert settings["DCC_SECRET_KEY"] == "${DCC_SECRET_KEY}"


def test_an_establishment_may_state_the_authority_of_its_numbers(tmp_path: Path) -> None:
    places = "970211215=CHU DÉMO* @1.2.250.1.999.1; 970211231=Clinique DÉMO"
    written = files(bake(tmp_path, region_name="Essai", establishments=places))
    source = written["src/dcc_region_essai/region.py"]
    assert 'name="CHU DÉMO"' in source
    assert source.count("patient_oid=") == 1
    assert 'patient_oid="1.2.250.1.999.1"' in source


def test_the_difference_of_two_regions_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "difference.html"
    command = [sys.executable, "-m", "dcc_core", "region", "diff", "martinique", "bretagne"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DCC_")}
    subprocess.run([*command, "--output", page], env=kept, check=True, capture_output=True)
    text = page.read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert "America/Martinique" in text


def test_make_test_passes_in_a_new_region_within_two_minutes(tmp_path: Path) -> None:
    """As its engineer does it, with the packages of this checkout instead of released ones."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DCC_", "VIRTUAL_ENV"))}
    begun = time.monotonic()
    new = [sys.executable, "-m", "dcc_core", "region", "new", "Essai", "--into", str(tmp_path)]
    subprocess.run(new, env=kept, check=True, stdout=subprocess.DEVNULL)
    [folder] = tmp_path.iterdir()
    make = ["make", "test", f"DCC={ROOT}", f"PYTHON={sys.executable}"]
    done = subprocess.run(make, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert time.monotonic() - begun < 120
