"""Load a form file all the way: read, compose, build, compile."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.composition.compose import Composed, Composer
from dcc_rcp_forms.composition.differences import Difference
from dcc_rcp_forms.language.build_form import build_form
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.language.nodes import Mapping, Node, Scalar
from dcc_rcp_forms.language.yaml_text import load_yaml_file, load_yaml_text
from dcc_rcp_forms.program.compile import compile_form
from dcc_rcp_forms.program.model import Program


@dataclass(frozen=True, slots=True)
class LoadedForm:
    """A form with everything derived from its file.

    Attributes:
        tree: the composed tree.
        content_hash: SHA-256 of the composed content; comments and layout do not count.
        differences: what the form changes in its base.
    """

    form: Form
    program: Program
    tree: Mapping
    content_hash: str
    differences: tuple[Difference, ...]


def load_form(
    path: Path, findings: Findings, catalogue: Catalogue | None = None
) -> LoadedForm | None:
    """Load a form file; None when it cannot be read at all. Everything wrong is in the findings."""
    tree = load_yaml_file(path, findings)
    return _finish(tree, path.parent, (path,), findings, catalogue)


def load_form_text(
    text: str, file: str, findings: Findings, catalogue: Catalogue | None = None
) -> LoadedForm | None:
    """Load a form from its text; `file` is the name shown in messages."""
    return _finish(load_yaml_text(text, file, findings), None, (), findings, catalogue)


def _finish(
    tree: Mapping | None,
    near: Path | None,
    chain: tuple[Path, ...],
    findings: Findings,
    catalogue: Catalogue | None,
) -> LoadedForm | None:
    if tree is None:
        return None
    composed = Composer(catalogue or Catalogue(), findings, chain).compose(tree, near)
    form = build_form(composed.tree, findings, composed.bases)
    program = compile_form(form, findings)
    return LoadedForm(form, program, composed.tree, content_hash(composed), composed.differences)


def content_hash(composed: Composed) -> str:
    """Return the SHA-256 of a composed form, as published and stored with each answer."""
    content = json.dumps(plain(composed.tree), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def plain(node: Node) -> Any:
    """Return a node as plain Python values."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    return [plain(value) for value in node]
