import os
from pathlib import Path

import pytest

from dcc_core.api import Coded, Confidentiality, Role, Table
from dcc_lab_connectors.cda.reader import CdaReading, read_cda
from dcc_lab_connectors.cda.xml import NotCdaError

REPOSITORY = Path(__file__).resolve().parents[4]


def example(name: str) -> bytes:
    places = [Path(os.environ.get("DCC_SHARED", "/nowhere"))]
    places += [REPOSITORY.parent / "shared", REPOSITORY.parent.parent / "shared"]
    for place in places:
        path = place / "ci-sis" / "ExemplesCDA" / name
        if path.is_file():
            return path.read_bytes()
    pytest.skip("official CDA examples not found: set DCC_SHARED to the reference folder")


@pytest.fixture
def molecular() -> CdaReading:
    return read_cda(example("CANCER-CR-GM_2022.01_AnalyseRealisee.xml"))


def test_molecular_genetics_report_is_read(molecular: CdaReading) -> None:
    document = molecular.document
    assert document.document_class == "CR-GM"
    assert document.patient.birth_family_name == "PAT-TROIS"
    assert document.patient.birth_place_insee
    assert len(document.having(Role.AUTHOR)) == 3
    assert document.custodian.national_id
    keys = {section.key for section in document.walk_sections()}
    required = {"22636-5", "46059-2", "22634-0", "83321-0", "22637-3", "89201-8", "33557-0"}
    assert required <= keys


def test_genes_and_variants_are_coded_and_located(molecular: CdaReading) -> None:
    genes = [o for o in molecular.observations if o.code.code == "48018-6"]
    assert genes
    assert all(isinstance(gene.value, Coded) and gene.value.code for gene in genes)
    assert genes[0].locator == "83321-0#1"
    by_place = {o.locator: o.value for o in molecular.observations}
    assert by_place["83321-0#3"] == "c.2573T>G"
    assert isinstance(by_place["22634-0#3"], Coded)
    assert by_place["22634-0#3"].code == "A7A8"


def test_narrative_tables_are_rectangular(molecular: CdaReading) -> None:
    tables = [
        block
        for section in molecular.document.walk_sections()
        for block in section.narrative
        if isinstance(block, Table)
    ]
    assert tables
    for table in tables:
        assert {len(row) for row in table.rows} <= {len(table.headings)}


MINIMAL = """<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2" extension="{extension}"/>
<code code="11526-1"/><confidentialityCode code="{confidentiality}"/>{more}</ClinicalDocument>"""


def minimal(extension: str = "7", confidentiality: str = "N", more: str = "") -> bytes:
    return MINIMAL.format(extension=extension, confidentiality=confidentiality, more=more).encode()


def test_identifiers_are_written_one_way() -> None:
    related = (
        '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2" extension="6"/>'
        "</parentDocument></relatedDocument>"
    )
    document = read_cda(minimal(more=related)).document
    assert (document.document_id, document.replaces, document.set_id) == ("1.2^7", "1.2^6", "1.2^7")
    assert document.document_class == "CR-ACP"


def test_unknown_confidentiality_is_the_strictest() -> None:
    assert read_cda(minimal()).document.confidentiality is Confidentiality.NORMAL
    strict = read_cda(minimal(confidentiality="?")).document.confidentiality
    assert strict is Confidentiality.VERY_RESTRICTED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"texte",
        b"<a/>",
        b"<ClinicalDocument/>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + minimal(extension="&b;"),
        minimal()[:-5],
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(NotCdaError):
        read_cda(content)
