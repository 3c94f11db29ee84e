"""The validation service against the outside checker, and without national rules."""

import re
import shutil
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from dcc_cda.check.findings import Level
from dcc_cda.check.own import is_ins
from dcc_cda.check.rules import install_rules, read_origin
from dcc_cda.check.service import DocumentChecker, describe_level
from dcc_cda.specimen import frcp_specimen
from dcc_cda.write.document import write_frcp
from dcc_core.api import ConfigError, InvalidInput

NOW = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def installed(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "cda-rules"
    install_rules(shared / "ci-sis", folder, now=NOW)
    return folder


@pytest.fixture(scope="module")
def service(installed):
    return DocumentChecker(installed)


@pytest.fixture(scope="module")
def own_service(tmp_path_factory):
    return DocumentChecker(tmp_path_factory.mktemp("empty") / "cda-rules")


def content() -> str:
    return write_frcp(frcp_specimen()).decode()


MUTANTS = {
    "no document template": (r'<templateId root="1.2.250.1.213.1.1.1.1"/>', ""),
    "element out of place": (r"<setId ", "<id root='2.25.9'/><setId "),
    "unknown type": (r'code="34794-8"', 'code="99999-9"'),
    "two-letter language": (r"fr-FR", "fr"),
    "specialty retired": (r"G15_10/SM36", "G15_10/SCH10"),
    "topography outside the set": (r'"C50.2"', '"Z99.9"'),
    "morphology outside the set": (r'"8500/3"', '"9999/9"'),
    "treatment of another volet": (r'"C547"', '"C15445"'),
    "quorum outside the set": (r'"ORG-126"', '"ORG-999"'),
    "no T": (r'code="21905-5"', 'code="21905-9"'),
    "wrong key": (r"279035121518989", "279035121518990"),
    "short INS": (r"279035121518989", "2790351215189"),
    "dangling reference": (r'value="#tumeur-t"', 'value="#nulle-part"'),
    "no facility name": (r"<location><name>[^<]*</name>", "<location>"),
    "no quorum": (r'code="ORG-125"', 'code="ORG-999"'),
    "no organ": (r'code="ORG-119"', 'code="ORG-999"'),
    "no status of the case": (r'code="ORG-127"', 'code="ORG-999"'),
    "one RCP identifier missing": (r'<id root="1.2.250.1.161.1.20.2.1" extension="760114"/>', ""),
    "date without offset": (r'(<effectiveTime value="[0-9]{14})\+0000', r"\1"),
}


def mutant(name: str) -> bytes:
    pattern, replacement = MUTANTS[name]
    changed, count = re.subn(pattern, replacement, content())
    assert count, f"the mutation {name!r} changes nothing"
    return changed.encode()


def test_a_good_document_is_accepted_at_every_level(service):
    verdict = service.check(content().encode())
    assert verdict.findings == ()
    assert verdict.levels == tuple(Level)
    assert "ci-sis" in describe_level(verdict)


@pytest.mark.parametrize("name", MUTANTS)
def test_service_agrees_with_the_outside_checker(name, service, checker, shared, tmp_path_factory):
    validator = _outside(checker, shared)
    file = tmp_path_factory.mktemp("mutant") / "m.xml"
    file.write_bytes(mutant(name))
    theirs = {
        (one.level, one.severity == "error")
        for one in validator.check(file)
        if one.level not in ("dcc", "xml")
    }
    verdict = service.check(mutant(name))
    ours = {
        (one.level.value, one.blocking) for one in verdict.findings if one.level is not Level.OWN
    }
    assert ours == theirs
    assert verdict.findings, "somebody must notice"


_VALIDATORS = {}


def _outside(checker, shared):
    if "FRCP" not in _VALIDATORS:
        _VALIDATORS["FRCP"] = checker.Validator(shared / "ci-sis", "FRCP", checker.LEVELS)
    return _VALIDATORS["FRCP"]


SEEN_ALONE = sorted(
    set(MUTANTS)
    - {"no document template", "element out of place", "unknown type", "no T", "no facility name"}
)


@pytest.mark.parametrize("name", SEEN_ALONE)
def test_our_rules_alone_see_most_faults(name, own_service):
    verdict = own_service.check(mutant(name))
    assert verdict.findings
    assert not verdict.national
    assert "Contrôle partiel" in describe_level(verdict)


def test_our_rules_alone_accept_a_good_document(own_service):
    assert own_service.check(content().encode()).accepted


def test_findings_never_quote_the_document(service):
    for name in MUTANTS:
        for finding in service.check(mutant(name)).findings:
            said = finding.message + finding.location
            assert "2790351215189" not in said
            assert "DÉMO" not in said


def test_a_dangerous_file_stops_at_the_first_level(service):
    verdict = service.check(b"<!DOCTYPE x><x/>")
    assert verdict.levels == (Level.XML,)
    assert verdict.findings[0].rule == "DCC-CDA-102"


@pytest.mark.parametrize(
    ("matricule", "right"),
    [
        ("279035121518989", True),
        ("279035121518988", False),
        ("27903512151898", False),
        ("", False),
    ],
)
def test_key_of_a_matricule(matricule, right):
    assert is_ins(matricule) is right


def test_corsican_key_counts_letters_as_departments():
    as_numbers = 2790319215189
    assert is_ins(f"279032A215189{97 - as_numbers % 97:02}")
    assert is_ins(f"279032B215189{97 - 2790318215189 % 97:02}")


# ------------------------------------------------------------------ installation


def small_rules(folder):
    (folder / "infrastructure/cda").mkdir(parents=True)
    (folder / "schematrons").mkdir()
    (folder / "infrastructure/cda/CDA_extended.xsd").write_text("<not-a-schema/>")
    (folder / "schematrons/a.sch").write_text("<x/>")
    return folder


def test_rules_install_from_an_archive_under_any_top_folder(tmp_path):
    source = small_rules(tmp_path / "source")
    archive = tmp_path / "kit.zip"
    with ZipFile(archive, "w") as kit:
        for file in source.rglob("*"):
            if file.is_file():
                kit.write(file, f"kit-main/{file.relative_to(source)}")
        kit.writestr("kit-main/Executables/run.bat", "x")
    folder = tmp_path / "home/cda-rules"
    origin = install_rules(archive, folder, now=NOW)
    assert read_origin(folder) == origin
    assert origin.source == "kit.zip"
    assert "installée le 2026-03-12" in str(origin)
    assert not list(folder.rglob("*.bat"))


def test_a_second_installation_takes_the_place_of_the_first(tmp_path):
    source = small_rules(tmp_path / "source")
    folder = tmp_path / "home/cda-rules"
    first = install_rules(source, folder, now=NOW)
    (source / "schematrons/a.sch").unlink()
    (source / "schematrons/b.sch").write_text("<y/>")
    second = install_rules(source, folder, now=NOW)
    assert first.digest != second.digest
    assert [one.name for one in (folder / "schematrons").iterdir()] == ["b.sch"]
    assert [one.name for one in folder.parent.iterdir()] == ["cda-rules"]


def test_a_folder_without_rules_is_refused_and_nothing_changes(tmp_path):
    folder = tmp_path / "home/cda-rules"
    install_rules(small_rules(tmp_path / "source"), folder, now=NOW)
    before = read_origin(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="DCC-CDA-201"):
        install_rules(tmp_path / "empty", folder, now=NOW)
    assert read_origin(folder) == before


def test_an_archive_that_climbs_out_is_refused(tmp_path):
    archive = tmp_path / "evil.zip"
    with ZipFile(archive, "w") as kit:
        kit.writestr("../../evil.sch", "x")
    with pytest.raises(InvalidInput, match="DCC-CDA-202"):
        install_rules(archive, tmp_path / "home/cda-rules", now=NOW)
    assert not (tmp_path / "evil.sch").exists()


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    file = tmp_path / "rules.zip"
    file.write_text("bonjour")
    with pytest.raises(InvalidInput, match="DCC-CDA-202"):
        install_rules(file, tmp_path / "home/cda-rules", now=NOW)


def test_unusable_rules_are_told_with_the_remedy(tmp_path):
    folder = tmp_path / "home/cda-rules"
    install_rules(small_rules(tmp_path / "source"), folder, now=NOW)
    with pytest.raises(ConfigError, match="DCC-CDA-203"):
        DocumentChecker(folder).check(content().encode())


def test_rules_removed_brings_back_our_own_rules(installed, tmp_path):
    folder = tmp_path / "cda-rules"
    shutil.copytree(installed, folder)
    service = DocumentChecker(folder)
    assert service.check(content().encode()).national
    shutil.rmtree(folder)
    assert not service.check(content().encode()).national
