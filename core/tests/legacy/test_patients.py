"""Patients of a previous tool: every row gets its verdict, nothing is merged, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dcc_core.cli.main import root
from dcc_core.cli.runtime import open_runtime
from dcc_core.config import Establishment
from dcc_core.db import Database
from dcc_core.legacy import ImportMap, run_import
from dcc_core.legacy.patients import PatientImporter
from dcc_core.legacy.source import open_source
from dcc_core.patients import SharingPurpose, record_opposition
from dcc_core.testing.databases import Lane

OID = "1.2.250.1.999.77"
HEAD = "IPP;NOM;PRENOM;DDN;SEXE;VILLE"
MAP = f"""
kind = "patients"
system = "{OID}"
[columns]
identifier = "IPP"
birth_family_name = "NOM"
first_given_name = "PRENOM"
birth_date = "DDN"
sex = "SEXE"
city = "VILLE"
[values.sex]
"1" = "M"
"2" = "F"
"""


@pytest.fixture
def place(lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with lane.empty() as base:
        monkeypatch.setenv("DCC_ENV", "test")
        monkeypatch.setenv("DCC_HOME", str(tmp_path / "home"))
        url = base.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("DCC_DATABASE_URL", url)
        with open_runtime(migrate_first=True):
            pass
        (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
        yield tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner(catch_exceptions=True).invoke(root, list(map(str, arguments)))


def write(place: Path, *lines: str, encoding: str = "utf-8", name: str = "f.csv") -> Path:
    (place / name).write_text("\n".join((HEAD, *lines)) + "\n", encoding=encoding)
    return place / name


def imported(place: Path, file: Path, *more: str) -> dict[str, Any]:
    done = run("import", "patients", file, "--map", place / "map.toml", "--json", *more)
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def count(table: str) -> int:
    with open_runtime() as runtime, runtime.reading() as session:
        found = session.connection().execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
        return int(found.scalar_one())


ANNE = "A1;DÉMO-RIVEL;Anne;12/03/1957;2;Sylvère"


def test_a_new_patient_is_created_with_its_identifier_and_found(place: Path) -> None:
    done = imported(place, write(place, ANNE))
    assert done["verdicts"] == {"created": 1}
    assert done["reconciled"]
    hits = json.loads(run("patients", "find", "rivel anne", "--json").stdout)["hits"]
    assert [hit["birth_family_name"] for hit in hits] == ["DÉMO-RIVEL"]
    assert run("audit", "verify").exit_code == 0


def test_a_dry_run_judges_and_writes_nothing(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A2;;Zoé;01/01/1960;2;"), "--dry-run")
    assert done["verdicts"] == {"created": 1, "refused": 1}
    assert (count("core_patient"), count("core_import_batch")) == (0, 0)
    assert imported(place, write(place, ANNE))["verdicts"] == {"created": 1}


def test_the_same_file_is_imported_once(place: Path) -> None:
    file = write(place, ANNE)
    assert imported(place, file)["id"] == imported(place, file)["id"]
    assert count("core_patient") == 1


def test_the_same_person_in_another_file_is_known(place: Path) -> None:
    imported(place, write(place, ANNE))
    again = imported(place, write(place, ANNE, "A9;DÉMO-NOUVEAU;Luc;02/02/1950;1;"))
    assert again["verdicts"] == {"created": 1, "known": 1}


def test_equal_names_without_a_common_identifier_wait_for_a_person(place: Path) -> None:
    """Never merged in silence: the record is not touched, nothing is created."""
    imported(place, write(place, ANNE))
    done = imported(place, write(place, ANNE.replace("A1", "B7"), name="autre.csv"))
    assert done["verdicts"] == {"ambiguous": 1}
    assert done["reasons"] == {"IMP-021": 1}
    assert (count("core_patient"), count("core_patient_identifier")) == (1, 1)
    waiting = json.loads(run("import", "queue", done["id"], "--json").stdout)
    assert len(waiting[0]["candidates"]) == 1
    assert dict(waiting[0]["content"])["NOM"] == "DÉMO-RIVEL"


def test_duplicate_ids_of_two_persons_wait_for_a_person(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A1;DÉMO-AUTRE;Paul;05/06/1944;1;"))
    assert done["verdicts"] == {"ambiguous": 1, "created": 1}
    assert done["reasons"] == {"IMP-020": 1}


def test_a_row_twice_is_known_the_second_time(place: Path) -> None:
    assert imported(place, write(place, ANNE, ANNE))["verdicts"] == {"created": 1, "known": 1}


def test_people_much_alike_are_created_and_queued_as_duplicates(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A2;DÉMO-RIVELL;Anne;12/03/1957;2;"))
    assert done["verdicts"] == {"created": 2}
    pairs = json.loads(run("patients", "duplicates", "--json").stdout)
    assert len(pairs) == 1


def test_twins_are_two_persons(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A2;DÉMO-RIVEL;Jeanne;12/03/1957;2;"))
    assert done["verdicts"] == {"created": 2}


def test_a_person_settles_a_doubtful_row(place: Path) -> None:
    imported(place, write(place, ANNE))
    lines = (ANNE.replace("A1", "B7"), ANNE.replace("A1", "B8"))
    done = imported(place, write(place, *lines, name="autre.csv"))
    held = json.loads(run("import", "queue", done["id"], "--json").stdout)[0]["candidates"][0]
    decide = ("import", "decide", done["id"])
    assert run(*decide, "1", "--map", place / "map.toml", "--attach", held).exit_code == 0
    assert run(*decide, "2", "--map", place / "map.toml", "--create").exit_code == 0
    assert (count("core_patient"), count("core_patient_identifier")) == (2, 3)
    again = run(*decide, "2", "--map", place / "map.toml", "--create")
    assert "IMP-008" in str(again.exception)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A1;DÉMO-RIVEL;Anne;31/02/1957;2;", "PAT-005"),
        ("A1;DÉMO-RIVEL;Anne;12/03/2957;2;", "PAT-006"),
        ("A1;DÉMO-RIVEL;Anne;12/03/1757;2;", "PAT-007"),
        ("A1;DÉMO-RIVEL;Anne;12/03/1957;9;", "PAT-010"),
        ("A1;;Anne;12/03/1957;2;", "PAT-001"),
        (";DÉMO-RIVEL;Anne;12/03/1957;2;", "PAT-050"),
        ("A1;DÉMO-RIVEL;Anne;12/03/1957;2", "IMP-011"),
        ('A1;"DÉMO-RIVEL;Anne;12/03/1957;2;', "IMP-010"),
        ("A1;DÉMO-RIV\x00EL;Anne;12/03/1957;2;", "IMP-012"),
        ("A1;DÉMO<b>RIVEL;Anne;12/03/1957;2;", "PAT-002"),
    ],
)
def test_an_unusable_row_is_refused_with_its_reason_and_kept(
    place: Path, row: str, code: str
) -> None:
    done = imported(place, write(place, row, ANNE.replace("A1", "A2")))
    assert done["verdicts"] == {"created": 1, "refused": 1}
    assert done["reasons"] == {code: 1}
    waiting = json.loads(run("import", "queue", done["id"], "--json").stdout)
    assert waiting[0]["line"] == 2
    assert waiting[0]["content"]


@pytest.mark.parametrize(
    ("written", "stated"), [("windows-1252", "utf-8"), ("utf-8", "windows-1252")]
)
def test_a_wrong_encoding_refuses_the_whole_file(place: Path, written: str, stated: str) -> None:
    (place / "map.toml").write_text(f'encoding = "{stated}"\n{MAP}', encoding="utf-8")
    file = write(place, ANNE, encoding=written)
    done = run("import", "patients", file, "--map", place / "map.toml")
    assert "IMP-002" in str(done.exception)
    assert count("core_import_batch") == 0


def test_the_right_encoding_is_read(place: Path) -> None:
    (place / "map.toml").write_text(f'encoding = "windows-1252"\n{MAP}', encoding="utf-8")
    imported(place, write(place, ANNE, encoding="windows-1252"))
    hits = json.loads(run("patients", "find", "rivel", "--json").stdout)["hits"]
    assert hits[0]["birth_family_name"] == "DÉMO-RIVEL"


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ('identifier = "IPP"', 'identifier = "NUMERO"', "IMP-003"),
        ('identifier = "IPP"\n', "", "IMP-001"),
        ('city = "VILLE"', 'taille = "VILLE"', "IMP-001"),
        ('kind = "patients"', 'kind = "fiches"', "IMP-001"),
        ("[columns]", "[columns", "IMP-001"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    place: Path, before: str, after: str, word: str
) -> None:
    (place / "map.toml").write_text(MAP.replace(before, after), encoding="utf-8")
    done = run("import", "patients", write(place, ANNE), "--map", place / "map.toml")
    assert word in str(done.exception)


def test_an_unknown_authority_refuses_every_row(place: Path) -> None:
    (place / "map.toml").write_text(MAP.replace(OID, "finess:999999999"), encoding="utf-8")
    assert imported(place, write(place, ANNE))["reasons"] == {"PAT-051": 1}


def test_one_garbage_row_in_a_hundred_and_none_is_dropped(place: Path) -> None:
    chance = Random(7)  # noqa: S311 - the same rows at each run
    names = [f"{family(n)};{given_name(n)};{born(n)}" for n in range(1_000)]
    lines = [f"N{n};{name};{1 + n % 2};Ville" for n, name in enumerate(names)]
    spoiled = chance.sample(range(1_000), 10)
    for place_, number in enumerate(spoiled):
        lines[number] = ('"' * 3, ";;;;;", "\x01\x02", "x" * 400, 'a"b;c')[place_ % 5]
    done = imported(place, write(place, *lines))
    assert done["rows"] == 1_000
    assert done["verdicts"]["refused"] == 10
    assert sum(done["verdicts"].values()) == 1_000
    waiting = json.loads(run("import", "queue", done["id"], "--json").stdout)
    refused = {row["number"] for row in waiting if row["verdict"] == "refused"}
    assert refused == {number + 1 for number in spoiled}


def family(number: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRST"
    return f"DÉMO-{letters[number % 20]}{letters[number // 20 % 20]}{letters[number // 400]}VIER"


def given_name(number: int) -> str:
    return ("Anne", "Paul", "Zoé", "Hugo", "Inès")[number % 5]


def born(number: int) -> str:
    return f"{1 + number % 28:02}/{1 + number // 28 % 12:02}/{1930 + number % 60}"


def test_a_reversed_batch_leaves_no_patient_but_those_used_since(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A2;DÉMO-SEREIN;Paul;05/06/1944;1;"))
    kept = json.loads(run("patients", "find", "serein", "--json").stdout)["hits"][0]["id"]
    with open_runtime() as runtime, runtime.session() as session:
        record_opposition(
            session,
            UUID(kept),
            SharingPurpose.DMP,
            is_opposed=True,
            stated_on=date(2026, 1, 2),
        )
    undone = json.loads(run("import", "revert", done["id"], "--json").stdout)
    assert (undone["kept"], undone["present"], undone["reconciled"]) == (1, 1, True)
    assert count("core_patient") == 1
    assert "IMP-006" in str(run("import", "revert", done["id"]).exception)
    assert imported(place, write(place, ANNE))["verdicts"] == {"created": 1}
    assert run("audit", "verify").exit_code == 0


def test_the_report_is_a_pdf_that_a_reader_opens_and_holds_no_patient(place: Path) -> None:
    done = imported(place, write(place, ANNE, "A2;;(Zoé);01/01/1960;2;"))
    assert run("import", "report", done["id"], "--output", place / "r.pdf").exit_code == 0
    assert run("import", "report", done["id"], "--output", place / "r.html").exit_code == 0
    shown = subprocess.run(
        ["pdftotext", "-layout", place / "r.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    page = (place / "r.html").read_text(encoding="utf-8")
    for told in (shown, page):
        assert "exact" in told
        assert "trait obligatoire absent" in told
        assert "RIVEL" not in told


def test_killed_it_goes_on_where_it_stopped(place: Path) -> None:
    """kill -9 in the middle: the second run finishes, nothing is lost and nothing is twice."""
    total = 7_500
    names = (f"{family(n % 8000)}{n // 8000 * 'E'};{given_name(n)}" for n in range(total))
    lines = [f"N{n};{name};{born(n * 7)};1;V" for n, name in enumerate(names)]
    file = write(place, *lines)
    command = [sys.executable, "-m", "dcc_core", "import", "patients", str(file)]
    child = subprocess.Popen(
        [*command, "--map", str(place / "map.toml")], env=os.environ, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (begun := count("core_import_row")) and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert 0 < begun < total
    done = imported(place, file)
    assert done["rows_done"] == total
    assert sum(done["verdicts"].values()) == total == count("core_import_row")
    assert count("core_patient") == done["verdicts"]["created"] == done["present"]
    assert run("audit", "verify").exit_code == 0


def test_values_on_several_lines(place: Path) -> None:
    (place / "map.toml").write_text(f"multiline = true\n{MAP}", encoding="utf-8")
    folded = 'A1;DÉMO-RIVEL;Anne;12/03/1957;2;"Sylvère\nle Haut"'
    open_quote = 'A3;"DÉMO-PERDU;Luc;01/01/1950;1;'
    done = imported(place, write(place, folded, open_quote, "A2;DÉMO-SEREIN;Paul;05/06/1944;1;"))
    assert sum(done["verdicts"].values()) == done["rows"]
    assert done["verdicts"]["created"] == 1  # a city on two lines is refused by its own rule
    assert done["reasons"] == {"IMP-010": 1, "PAT-012": 1}


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(lines=st.lists(st.text(max_size=60), max_size=12), multiline=st.booleans())
def test_whatever_the_file_holds_each_record_has_a_verdict(
    sqlite_lane: Any, tmp_path: Path, lines: list[str], multiline: bool
) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes("\n".join((HEAD, *lines)).encode("utf-8", errors="replace"))
    mapping = _map(multiline)
    with sqlite_lane.fresh() as database:
        done = run_import(database, _importer(mapping), open_source(file, mapping))
        assert sum(done.verdicts.values()) == done.rows
        assert done.is_reconciled


def test_the_core_rules_decide_as_for_one_person(database: Database, tmp_path: Path) -> None:
    """A married name, a particle: what ``find_strict`` would show is not created beside it."""
    mapping = _map(multiline=False)
    first = write(tmp_path, "A1;DÉMO LE GOFF;Anne;12/03/1957;2;")
    run_import(database, _importer(mapping), open_source(first, mapping))
    second = write(tmp_path, "A2;DÉMO-LEGOFF;Anne;12/03/1957;2;", "A3;GOFF;Anne;12/03/1957;2;")
    done = run_import(database, _importer(mapping), open_source(second, mapping))
    assert done.verdicts == {"ambiguous": 2}


def _map(multiline: bool) -> ImportMap:
    columns = {
        "identifier": "IPP",
        "birth_family_name": "NOM",
        "first_given_name": "PRENOM",
        "birth_date": "DDN",
        "sex": "SEXE",
    }
    values = {"sex": {"1": "M", "2": "F"}}
    return ImportMap(
        kind="patients", system=OID, columns=columns, values=values, multiline=multiline
    )


def _importer(mapping: ImportMap) -> PatientImporter:
    return PatientImporter(mapping, establishments=[Establishment(finess="970211215", name="DÉMO")])
