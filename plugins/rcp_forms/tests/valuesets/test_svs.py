"""National value sets are imported whole, and only honest files are."""

import os
from pathlib import Path

import pytest

from dcc_rcp_forms.valuesets.collection import Library
from dcc_rcp_forms.valuesets.model import Code, CodeList
from dcc_rcp_forms.valuesets.svs import SvsError, read_svs

SVS = """<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
  <ValueSet displayName="JDV_Essai" id="1.2.3" revisionDate="2024-01-15T00:00:00+01:00" version="test">
    <ConceptList>
      <Concept code="A" codeSystem="1.9" displayName="Libellé
         d'essai" dateFin=""/>
      <Concept code="A" codeSystem="2.9" displayName="Autre système" dateFin="20230803000000"/>
    </ConceptList>
  </ValueSet>
</RetrieveValueSetResponse>
"""  # noqa: E501


def shared() -> Path:
    root = Path(__file__).parents[4]
    places = [
        Path(os.environ.get("DCC_SHARED", "")),
        root.parent / "shared",
        root.parents[1] / "shared",
    ]
    return next((p for p in places if (p / "ci-sis").is_dir()), root)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "JDV_Essai.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_set_is_read_whole(tmp_path: Path) -> None:
    found = read_svs(written(tmp_path, SVS))
    assert found == CodeList(
        "1.2.3",
        "JDV_Essai",
        "2024-01-15",
        (
            Code("A", "1.9", "Libellé d'essai"),
            Code("A", "2.9", "Autre système", "2023-08-03"),
        ),
    )
    assert CodeList.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        SVS[:300],
        SVS.replace('code="A"', 'code=""'),
        SVS.replace("urn:ihe:iti:svs:2008", "urn:autre"),
        '<!DOCTYPE a [<!ENTITY x "y">]>' + SVS.partition("?>")[2],
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
def test_damaged_and_hostile_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SvsError):
        read_svs(written(tmp_path, text))


def test_the_same_version_cannot_get_other_codes(tmp_path: Path) -> None:
    library = Library((tmp_path / "jeux",))
    codes = read_svs(written(tmp_path, SVS))
    assert library.save(codes)[1] is True
    assert library.save(codes)[1] is False
    with pytest.raises(FileExistsError):
        library.save(read_svs(written(tmp_path, SVS.replace("Autre système", "Autre"))))
    assert library.names() == ["JDV_Essai"]
    assert library.find("JDV_Essai", "2024-01-15") == codes
    assert library.find("JDV_Essai", "1999-01-01") is None


@pytest.mark.skipif(not (shared() / "ci-sis").is_dir(), reason="national files not at hand")
def test_the_pack_holds_the_national_codes() -> None:
    library = Library()
    folder = shared() / "ci-sis" / "jeuxDeValeurs"
    for name in library.names():
        assert library.find(name) == read_svs(folder / f"{name}.xml")


@pytest.mark.skipif(not (shared() / "ci-sis").is_dir(), reason="national files not at hand")
def test_every_national_file_is_readable() -> None:
    files = sorted((shared() / "ci-sis" / "jeuxDeValeurs").glob("JDV_*.xml"))
    assert len(files) > 50
    assert all(read_svs(path).codes for path in files)
