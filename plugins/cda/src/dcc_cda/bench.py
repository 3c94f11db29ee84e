"""``dcc bench documents``: what a document costs, each step beside its floor in the same run.

The floor of a step is the library alone on the same input: lxml writing the finished tree, Saxon
running the compiled rules, typst compiling the same page from the same data. Writing a tree that
somebody else has built is the strictest floor of a builder: beside it stands what lxml takes to
build that very tree, element by element, and write it.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import Any

import click
from lxml import etree

from dcc_cda.check.national import NationalRules
from dcc_cda.check.own import check_own_rules
from dcc_cda.check.rules import rules_folder
from dcc_cda.check.service import compile_rules
from dcc_cda.pdf.document import write_pdf
from dcc_cda.pdf.model import page_of
from dcc_cda.pdf.typesetting import branded, typeset
from dcc_cda.read.document import read_document
from dcc_cda.read.safe import open_document
from dcc_cda.specimen import frcp_specimen
from dcc_cda.standards.cda_r2 import NAMESPACE, XSI
from dcc_cda.write.document import write_frcp
from dcc_core.api import ClinicalDocument, Settings

_Recorded = tuple[str, dict[str, str], str | None, str | None, list[Any]]
"""An element: name, attributes, text, tail, children."""

GOALS = {"cda_build": 2.0, "validation": 1.2, "pdf": 1.5}
PIPELINE_GOAL_MS = 400.0
MAX_ROUNDS = 200


@click.command("documents")
@click.option(
    "--rounds",
    type=click.IntRange(3, MAX_ROUNDS - 1),
    default=20,
    show_default=True,
    help="Runs of each step.",
)
@click.option("--rules", type=click.Path(exists=True, path_type=Path), help="National rules.")
def command(rounds: int, rules: Path | None) -> dict[str, Any]:
    """Measure building, checking and printing a tumour-board form, in CPU time."""
    folder = rules or rules_folder(Settings().home)
    national = compile_rules(folder) if folder.is_dir() else None
    return measure(rounds, national)


def measure(rounds: int, national: NationalRules | None) -> dict[str, Any]:
    """Return the figures; steps that need the national rules are left out without them."""
    specimen = frcp_specimen()
    content = write_frcp(specimen)
    tree = etree.fromstring(content)
    document = open_document(content)
    steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "cda_build": (lambda: write_frcp(specimen), lambda: _serialise(tree)),
        "cda_read": (lambda: read_document(content), lambda: etree.fromstring(content)),
        "pdf": (_printing(content), _typesetting(content)),
    }
    if national is not None:
        steps["validation"] = (
            lambda: (check_own_rules(document), national.check(document, "FRCP")),
            lambda: national.run_alone(document, "FRCP"),
        )
    figures = {name: _compare(name, *step, rounds) for name, step in steps.items()}
    recorded = _record(tree)
    built = _compare("", steps["cda_build"][0], lambda: _serialise(_rebuild(recorded)), rounds)
    figures["cda_build"] |= {"lxml_build_ms": built["floor_ms"], "ratio_lxml_build": built["ratio"]}
    total = sum(figures[name]["ms"] for name in figures if name != "cda_read")
    return {
        **figures,
        "pipeline": {"ms": round(total, 1), "goal_ms": PIPELINE_GOAL_MS},
        "national_rules": national is not None,
    }


def _compare(
    name: str, ours: Callable[[], object], floor: Callable[[], object], rounds: int
) -> dict[str, float]:
    """Return both times and their ratio; the two are interleaved, so that both meet the same
    machine.
    """
    ours()
    floor()
    times = [(_cpu_ms(ours), _cpu_ms(floor)) for _ in range(rounds)]
    mine, least = (sorted(column)[rounds // 2] for column in zip(*times, strict=True))
    told = {"ms": round(mine, 2), "floor_ms": round(least, 2), "ratio": round(mine / least, 2)}
    return told | ({"goal": GOALS[name]} if name in GOALS else {})


def _cpu_ms(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return (time.process_time() - begun) * 1000


def _serialise(tree: etree._Element) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def _record(element: etree._Element) -> _Recorded:
    return (
        str(element.tag),
        {str(name): str(value) for name, value in element.attrib.items()},
        element.text,
        element.tail,
        [_record(child) for child in element],
    )


def _rebuild(recorded: _Recorded, parent: etree._Element | None = None) -> etree._Element:
    tag, attributes, text, tail, children = recorded
    if parent is None:
        element = etree.Element(tag, attributes, nsmap={None: NAMESPACE, "xsi": XSI})
    else:
        element = etree.SubElement(parent, tag, attributes)
    element.text, element.tail = text, tail
    for child in children:
        _rebuild(child, element)
    return element


def _printing(content: bytes) -> Callable[[], object]:
    """Return the printing of a new document each time: typst remembers what it has just set."""
    numbers = count()
    return lambda: write_pdf(_renamed(next(numbers)), branding={}, cda=content)


def _typesetting(content: bytes) -> Callable[[], object]:
    """Return typst alone, on pages made beforehand."""
    documents = [_renamed(number) for number in range(-MAX_ROUNDS, 0)]
    pages = [(one, asdict(page_of(one, branded({})))) for one in documents]

    def run() -> bytes:
        document, page = pages.pop()
        return typeset(
            "document.typ",
            page,
            created_at=document.created_at,
            attachment=content,
            attachment_name="cda.xml",
        )

    return run


def _renamed(number: int) -> ClinicalDocument:
    return replace(frcp_specimen(), title=f"FRCP DÉMO {number}")
