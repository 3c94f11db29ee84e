"""Load a form file all the way: read, compose, build, compile."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.composition.compose import Composer
from dcc_rcp_forms.composition.differences import Difference
from dcc_rcp_forms.language.build_form import build_form
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Form
from dcc_rcp_forms.language.nodes import Mapping
from dcc_rcp_forms.language.yaml_text import load_yaml_file, load_yaml_text
from dcc_rcp_forms.language.yaml_writer import canonical_text
from dcc_rcp_forms.program.compile import compile_form
from dcc_rcp_forms.program.model import Program


@dataclass(frozen=True, slots=True, eq=False)
class LoadedForm:
    """A form with everything derived from its file.

    Attributes:
        tree: the composed tree.
        source: the composed form written out, bases included; what publication freezes.
        content_hash: SHA-256 of `source`; comments and layout of the file do not count.
        differences: what the form changes in its base.
    """

    form: Form
    program: Program
    tree: Mapping
    source: str
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
    source = canonical_text(composed.tree, form.bases)
    digest = hashlib.sha256(source.encode()).hexdigest()
    return LoadedForm(form, program, composed.tree, source, digest, composed.differences)
