"""The template of regions: what it writes and refuses, and that the four regions are its output."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cookiecutter.exceptions import FailedHookException
from cookiecutter.main import cookiecutter

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
    asked = ["--into", tmp_path, "--set", "plugins=cda, sso_psc", "--set", "slug=essai"]
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
