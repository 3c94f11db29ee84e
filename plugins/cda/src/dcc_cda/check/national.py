"""The national rules compiled once per process: XML Schema by lxml, Schematron by Saxon."""

import re
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from dcc_cda.check.findings import Finding, Level
from dcc_cda.check.rules import SCHEMA
from dcc_cda.check.schematron import translate

_PROFILES = {
    Level.HEADER: "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch",
    Level.IHE: "schematrons/profils/IHE.sch",
    Level.CONTENT: "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch",
    Level.ANS: "schematrons/profils/CI-SIS_Modeles_ANS.sch",
}
_VOLETS = {
    "FRCP": "schematrons/CI-SIS_CANCER-FRCP_2022.01.sch",
    "PPS": "schematrons/CI-SIS_CANCER-PPS_2022.01.sch",
    "CR-GM": "schematrons/CI-SIS_CANCER-CR-GM_2022.01.sch",
}
_WARNINGS = frozenset({"warning", "warn", "information", "info", "hint"})
_STEP = re.compile(r"Q\{[^}]*\}")
_ROOT = "Q{http://www.w3.org/2005/xpath-functions}root()"
_PREFIX = re.compile(r"^\[[^\]]*\]\s*")


class NationalRules:
    """Checks documents against one installed set of rules. Threads may share it: Saxon runs
    one document at a time.

    Args:
        folder: Where the rules were installed.
    """

    def __init__(self, folder: Path) -> None:
        from saxonche import PySaxonProcessor

        self._folder = folder
        self._lock = Lock()
        self._saxon = PySaxonProcessor(license=False)
        self._saxon.set_configuration_property(
            "http://saxon.sf.net/feature/allowedProtocols", "file"
        )
        self._schema = etree.XMLSchema(etree.parse(str(folder / SCHEMA)))
        self._sheets: dict[str, Any] = {}
        for file in _PROFILES.values():
            self._compile(file)

    def levels(self, document_class: str) -> tuple[Level, ...]:
        """Return the levels that exist for a class of documents."""
        volet = (Level.VOLET,) if document_class in _VOLETS else ()
        return (Level.SCHEMA, *_PROFILES, *volet)

    def check(self, document: etree._Element, document_class: str) -> tuple[Finding, ...]:
        """Return every national rule that a ``ClinicalDocument`` breaks."""
        with self._lock:
            found = list(self._check_schema(document))
            reports = self._reports(document, document_class)
        for level, report in reports.items():
            found += _findings(level, report)
        return tuple(found)

    def run_alone(self, document: etree._Element, document_class: str) -> None:
        """Run schema and rules without reading what they say: the floor of a measurement."""
        with self._lock:
            self._schema.validate(document)
            self._reports(document, document_class)

    def _reports(self, document: etree._Element, document_class: str) -> dict[Level, str]:
        files = dict(_PROFILES)
        if document_class in _VOLETS:
            files[Level.VOLET] = _VOLETS[document_class]
        node = self._saxon.parse_xml(xml_text=etree.tostring(document, encoding="unicode"))
        return {
            level: self._compile(file).transform_to_string(xdm_node=node)
            for level, file in files.items()
        }

    def _compile(self, file: str) -> Any:
        if file not in self._sheets:
            processor = self._saxon.new_xslt30_processor()
            sheet = translate(self._folder / file)
            self._sheets[file] = processor.compile_stylesheet(stylesheet_text=sheet)
        return self._sheets[file]

    def _check_schema(self, document: etree._Element) -> list[Finding]:
        if self._schema.validate(document):
            return []
        return [
            Finding(
                Level.SCHEMA,
                f"XSD-{error.type}",
                "Un élément n'est pas à sa place, ou sa valeur n'a pas la forme demandée par le "
                "schéma XML de CDA.",
                _local_names(error.path or ""),
            )
            for error in self._schema.error_log
        ]


def _findings(level: Level, report: str) -> list[Finding]:
    return [
        Finding(
            level,
            one.get("pattern", ""),
            _message(one),
            _STEP.sub("", one.get("path", "").removeprefix(_ROOT)),
            one.get("role") not in _WARNINGS,
        )
        for one in etree.fromstring(report.encode()).iterfind("failed")
    ]


def _message(finding: etree._Element) -> str:
    if finding.get("role") == "broken":
        return "La règle nationale n'a pas pu être évaluée sur ce document."
    words = " ".join("".join(finding.itertext()).split())
    return f"Règle nationale non respectée : {_PREFIX.sub('', words)}"


def _local_names(path: str) -> str:
    return re.sub(r"[\w.-]+:", "", path)
