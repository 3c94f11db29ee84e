"""The page of `dcc forms preview`: the live form, what it gives, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcc_core.api import DccError
from dcc_rcp_forms.composition.catalogue import Catalogue
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.engine.examples import example_answers, example_session_date, value_text
from dcc_rcp_forms.exports.controls import Controls
from dcc_rcp_forms.exports.formats import FORMATS
from dcc_rcp_forms.exports.page import standalone_templates
from dcc_rcp_forms.exports.rendering import NoRendererError
from dcc_rcp_forms.language.identifiers import SESSION_DATE
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.language.model import Example, FieldKind
from dcc_rcp_forms.linter.lint import LintReport, lint_file
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.web.answers import posted_answers

TABS = (("saisie", "Saisie"), ("cda", "CDA"), ("fhir", "FHIR"), ("pdf", "PDF"))


@dataclass(frozen=True, slots=True)
class Request:
    """What the author asks to see: a tab, filled with an in-file test, or with what was typed."""

    tab: str = "saisie"
    example: str = ""
    typed: Mapping[str, list[str]] | None = None


def preview_page(file: Path, request: Request, catalogue: Catalogue) -> str:
    """Return the page of a form file; its faults stand where the form cannot."""
    report = lint_file(file, catalogue)
    loaded = report.loaded if report.is_clean else None
    values: dict[str, Any] = {
        "file": file.name,
        "saved": saved_at(file),
        "title": loaded.form.title if loaded else file.name,
        "issues": report.issues,
        "tabs": TABS,
        "tab": request.tab if request.tab in dict(TABS) else "saisie",
        "example": request.example,
        "form": None,
    }
    if loaded is not None:
        values |= _form_values(loaded, request)
    return standalone_templates().get_template("rcp_forms/apercu.html").render(values)


def _form_values(loaded: LoadedForm, request: Request) -> dict[str, Any]:
    example = _example(loaded, request.example)
    typed = request.typed or {}
    date = (typed.get(SESSION_DATE) or [example_session_date(example) if example else ""])[0]
    answers = posted_answers(loaded.program.steps, typed)
    if request.typed is None and example:
        answers = example_answers(example, loaded.program, Findings())
    state = Engine(loaded.program).evaluate(answers, date)
    names = {item.id: item.label for item in loaded.form.fields()}
    computed = [step.id for step in loaded.program.steps if step.kind is FieldKind.COMPUTED]
    hidden = [name for name in loaded.program.display if name not in state.visible]
    return {
        **Controls(loaded, answers, state, is_live=True).values(),
        "date": date,
        "computed": [(names[name], value_text(state.values.get(name))) for name in computed],
        "hidden": [names[name] for name in hidden],
        "exported": _text(loaded, request.tab, example) if request.tab in {"cda", "fhir"} else "",
    }


def export_of(report: LintReport, target: str, name: str) -> bytes | None:
    """Return an export of the form, None when it cannot be made."""
    if report.loaded is None or target not in FORMATS:
        return None
    try:
        return FORMATS[target](report.loaded, _filled(report.loaded, name))
    except (NoRendererError, DccError):
        return None


def saved_at(file: Path) -> str:
    """Return what changes each time the file is saved."""
    return str(file.stat().st_mtime_ns) if file.exists() else "0"


def _text(loaded: LoadedForm, target: str, example: Example | None) -> str:
    try:
        chosen = _filled(loaded, example.name if example else "") if target == "cda" else example
        return FORMATS[target](loaded, chosen).decode("utf-8", "replace")
    except NoRendererError:
        return "Aucun greffon installé ne produit ce format. Installez dcc-cda."
    except DccError as error:
        return f"{error.text} ({error.code})"


def _filled(loaded: LoadedForm, name: str) -> Example | None:
    """Return the test named, or the first one: a document is never rendered empty."""
    return _example(loaded, name) or next(iter(loaded.form.examples), None)


def _example(loaded: LoadedForm, name: str) -> Example | None:
    return next((item for item in loaded.form.examples if item.name == name), None)
