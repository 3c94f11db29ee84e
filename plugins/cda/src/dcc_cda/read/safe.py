"""Opening XML that came from outside: nothing is expanded, fetched or included."""

from xml.parsers import expat

from lxml import etree

from dcc_cda.standards.cda_r2 import NAMESPACE
from dcc_core.api import InvalidInput

MAX_BYTES = 64 * 1024 * 1024
"""A level-1 document of 30 MB is 41 MB once its body is in base 64."""
MAX_DEPTH = 100

_XINCLUDE = "{http://www.w3.org/2001/XInclude}*"


class _RootReached(Exception):
    """The prolog is over: nothing after the first element can declare a document type."""


def open_document(content: bytes) -> etree._Element:
    """Return the ``ClinicalDocument`` element of a file, also when the file is a self-presenting
    style sheet that carries it.

    Raises:
        InvalidInput: ``DCC-CDA-101`` too large, ``102`` document type, entities or inclusions,
            ``103`` not XML, ``104`` no clinical document, ``105`` nested too deeply.
    """
    if len(content) > MAX_BYTES:
        raise _refusal("DCC-CDA-101", f"Le fichier dépasse {MAX_BYTES // 1024**2} Mo.")
    _refuse_document_type(content)
    root = _parse(content)
    if next(root.iter(_XINCLUDE), None) is not None:
        raise _refusal("DCC-CDA-102", "Le fichier inclut d'autres fichiers (XInclude).")
    _refuse_depth(root)
    name = f"{{{NAMESPACE}}}ClinicalDocument"
    found = root if root.tag == name else root.find(f".//{name}")
    if found is None:
        raise _refusal("DCC-CDA-104", "Le fichier ne contient pas de document CDA.")
    return found


def _refuse_document_type(content: bytes) -> None:
    """Read the prolog with an event parser that expands nothing and stop at the first element, so
    that a bomb costs no more than its declaration.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = _stop_at_root
    try:
        parser.Parse(content, True)
    except _RootReached:
        return
    except expat.ExpatError as error:
        raise _not_xml() from error


def _refuse_doctype(*_: object) -> None:
    raise _refusal("DCC-CDA-102", "Le fichier déclare un type de document ou des entités.")


def _stop_at_root(*_: object) -> None:
    raise _RootReached


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _not_xml() from error


def _refuse_depth(root: etree._Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise _refusal("DCC-CDA-105", f"Le fichier dépasse {MAX_DEPTH} niveaux.")


def _not_xml() -> InvalidInput:
    return _refusal("DCC-CDA-103", "Le fichier n'est pas du XML lisible.")


def _refusal(code: str, fact: str) -> InvalidInput:
    return InvalidInput(
        code, f"{fact} Le document est refusé. Demandez à l'expéditeur un document CDA conforme."
    )
