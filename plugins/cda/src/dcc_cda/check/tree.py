"""Questions asked of a CDA tree, and findings about its elements."""

import re

from lxml import etree

from dcc_cda.check.findings import Finding, Level
from dcc_cda.standards.cda_r2 import NAMESPACE

_NS = {"c": NAMESPACE}


def select(parent: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements that a path selects; ``c:`` stands for the CDA namespace."""
    found = parent.xpath(path, namespaces=_NS)
    return [one for one in found if isinstance(one, etree._Element)]


def values(parent: etree._Element, path: str) -> list[str]:
    """Return the attribute values that a path selects."""
    found = parent.xpath(path, namespaces=_NS)
    return [str(one) for one in found]


def broken(rule: str, message: str, at: etree._Element, *, blocking: bool = True) -> Finding:
    """Return a finding of ours about an element."""
    return Finding(Level.OWN, rule, message, path_of(at), blocking)


def path_of(element: etree._Element) -> str:
    """Return where an element is, by local names and positions."""
    path = element.getroottree().getelementpath(element)
    names = re.sub(r"\{[^}]*\}", "", str(path))
    return "/ClinicalDocument" if names == "." else f"/ClinicalDocument/{names}"
