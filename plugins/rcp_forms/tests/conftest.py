"""Shared fixtures of the form tests."""

from collections.abc import Callable

import pytest

import dcc_rcp_forms.fiches.tables  # noqa: F401  known before the test databases are made
from dcc_rcp_forms.language.issues import Findings, Issue
from dcc_rcp_forms.loading import LoadedForm, load_form_text

Load = Callable[[str], tuple[LoadedForm | None, tuple[Issue, ...]]]

HEADER = "fiche: essai\nversion: 1.0.0\ntitre: Essai\nsections:\n  s:\n    titre: S\n    champs:\n"


@pytest.fixture
def load() -> Load:
    """Load a form from its text; returns the form and its findings in order."""

    def run(text: str) -> tuple[LoadedForm | None, tuple[Issue, ...]]:
        findings = Findings()
        loaded = load_form_text(text, "essai.yaml", findings)
        return loaded, findings.in_order()

    return run


@pytest.fixture
def load_fields(load: Load) -> Load:
    """Load a form of one section from the text of its fields, indented as they please."""

    def run(fields: str) -> tuple[LoadedForm | None, tuple[Issue, ...]]:
        return load(HEADER + "".join(f"      {line}\n" for line in fields.strip("\n").split("\n")))

    return run
