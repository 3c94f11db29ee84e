"""Lint a form file: read, check, question."""

from dataclasses import dataclass
from pathlib import Path

from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.engine.examples import run_examples
from dcc_rcp_forms.language.issues import Findings, Issue, Severity
from dcc_rcp_forms.linter.declarations import check_declarations
from dcc_rcp_forms.linter.reachability import check_reachability
from dcc_rcp_forms.linter.unused import check_unused
from dcc_rcp_forms.loading import LoadedForm, load_form, load_form_text
from dcc_rcp_forms.versions.migrations import read_migrations

_RULE_FAULTS = ("FRM-2", "FRM-301")


@dataclass(frozen=True, slots=True)
class LintReport:
    """The findings on one form, in reading order; `loaded` is None when it could not be read."""

    file: str
    issues: tuple[Issue, ...]
    loaded: LoadedForm | None

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing forbids publication."""
        return all(issue.severity is not Severity.ERROR for issue in self.issues)


def lint_file(path: Path, catalogue: Catalogue | None = None) -> LintReport:
    """Lint a form file."""
    findings = Findings()
    return _report(path.name, load_form(path, findings, catalogue), findings)


def lint_text(text: str, file: str, catalogue: Catalogue | None = None) -> LintReport:
    """Lint the text of a form; `file` is the name shown in messages."""
    findings = Findings()
    return _report(file, load_form_text(text, file, findings, catalogue), findings)


def _report(file: str, loaded: LoadedForm | None, findings: Findings) -> LintReport:
    if loaded is not None:
        check_declarations(loaded.form, loaded.program, findings)
        check_unused(loaded, findings)
        read_migrations(loaded.form, findings)
        _check_example_names(loaded, findings)
        if not any(issue.code.startswith(_RULE_FAULTS) for issue in findings):
            check_reachability(loaded.form, loaded.program, findings)
    return LintReport(file, findings.in_order(), loaded)


def _check_example_names(loaded: LoadedForm, findings: Findings) -> None:
    """Report names the tests use and the form lacks; whether they pass is for `test` to say."""
    trial = Findings()
    run_examples(loaded.form, loaded.program, trial)
    findings.items += [issue for issue in trial if issue.code == "FRM-501"]
