"""What the studio's pages show, ready for their templates."""

from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.engine.coverage import Coverage
from dcc_rcp_forms.exports.controls import Controls, Widget
from dcc_rcp_forms.exports.formats import example_fiche
from dcc_rcp_forms.language.issues import Issue, Severity
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.studio.advice import Mend, mend_of
from dcc_rcp_forms.studio.study import Study
from dcc_rcp_forms.versions.diff import Change, Weight

PREVIEW_PREFIX = "p-"
_LOOKS = {Severity.ERROR: "ko", Severity.WARNING: "wa", Severity.INFO: "in"}
_COMPATIBILITY = {
    Weight.PATCH: ("ok", "compatible"),
    Weight.MINOR: ("ok", "compatible"),
    Weight.MAJOR: ("warn", "majeur"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """A finding beside the editor; `mend` is offered in one click."""

    issue: Issue
    look: str
    mend: Mend | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class TestLine:
    """One in-file test: its name and what disappointed, if anything did."""

    name: str
    line: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change since the published version, with what it costs."""

    change: Change
    look: str
    word: str


def checks(found: Study, text: str, file: str) -> list[Check]:
    """Return the findings in reading order; those of the tests have a place of their own."""
    lines = text.split("\n")
    return [
        Check(
            issue,
            _LOOKS[issue.severity],
            mend_of(issue, lines) if issue.place.file == file else None,
            issue.place.file == file,
        )
        for issue in found.judgement.issues
        if issue.code != "FRM-502"
    ]


def test_lines(found: Study) -> list[TestLine]:
    """Return the tests in file order with their disappointments."""
    form = found.loaded.form if found.loaded else None
    return [
        TestLine(
            example.name,
            example.place.line,
            tuple(
                issue.fact.removeprefix(f"Essai « {example.name} » : ")
                for issue in found.run_issues
                if f"« {example.name} »" in issue.fact
            ),
        )
        for example in (form.examples if form else ())
    ]


def coverage_of(found: Study) -> Coverage | None:
    """Return how many conditions the tests made true, when they could run."""
    return found.run.coverage if found.run else None


def change_lines(found: Study) -> list[ChangeLine]:
    """Return the changes since the published version: compatible, carried over, or breaking."""
    uncovered = [issue.fact for issue in found.judgement.issues if issue.code == "FRM-705"]
    return [_change_line(change, uncovered) for change in found.judgement.changes]


def _change_line(change: Change, uncovered: list[str]) -> ChangeLine:
    if not change.needs:
        return ChangeLine(change, *_COMPATIBILITY[change.weight])
    if any(fact.startswith(change.text) for fact in uncovered):
        return ChangeLine(change, "danger", "rupture")
    return ChangeLine(change, "warn", "reprise prévue")


def preview_values(
    found: Study, example_name: str = "", *, widget: Widget | None = None
) -> dict[str, Any] | None:
    """Return what draws the live form, filled with an in-file test if one is named."""
    loaded = found.loaded
    if loaded is None or not found.report.is_clean:
        return None
    example = next((e for e in loaded.form.examples if e.name == example_name), None)
    fiche = example_fiche(loaded, example)
    controls = Controls(
        loaded,
        fiche.answers,
        fiche.state,
        is_live=True,
        id_prefix=PREVIEW_PREFIX,
        widget=widget,
    )
    own = loaded.form.place.file
    values = controls.values()
    values["line_of"] = lambda item: item.place.line if item.place.file == own else 0
    return values


def session_date_of(found: Study, example_name: str) -> str:
    """Return the session date of an in-file test, empty when it has none."""
    for example in found.loaded.form.examples if found.loaded else ():
        if example.name == example_name:
            node = example.answers.get("date_rcp")
            return node.text if isinstance(node, Scalar) else ""
    return ""
