"""Show findings: to a person, to a program, to a merge request."""

import json
from collections.abc import Callable, Iterable

from dcc_rcp_forms.language.issues import Issue, Severity

_ANNOTATIONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_text(issues: Iterable[Issue]) -> str:
    """Return one line per finding, as compilers do, so that editors can jump to it."""
    return "\n".join(str(issue) for issue in issues)


def as_json(issues: Iterable[Issue]) -> str:
    """Return one JSON document."""
    found = [
        {
            "code": issue.code,
            "severity": issue.severity,
            "file": issue.place.file,
            "line": issue.place.line,
            "column": issue.place.column,
            "length": issue.place.length,
            "fact": issue.fact,
            "remedy": issue.remedy,
        }
        for issue in issues
    ]
    return json.dumps({"issues": found}, ensure_ascii=False, indent=2)


def as_annotations(issues: Iterable[Issue]) -> str:
    """Return workflow commands that show each finding in the margin of a merge request."""
    return "\n".join(_annotation(issue) for issue in issues)


def _annotation(issue: Issue) -> str:
    place = issue.place
    text = f"{issue.fact} {issue.remedy}".strip().replace("%", "%25").replace("\n", "%0A")
    position = f"file={place.file},line={place.line},col={place.column},title={issue.code}"
    return f"::{_ANNOTATIONS[issue.severity]} {position}::{text}"


FORMATS: dict[str, Callable[[Iterable[Issue]], str]] = {
    "text": as_text,
    "json": as_json,
    "ci": as_annotations,
}
