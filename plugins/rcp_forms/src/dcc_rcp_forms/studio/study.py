"""What the studio knows about a text: faults, tests, changes, and what they cost real data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from dcc_rcp_forms.engine.examples import ExampleRun, run_examples
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.fiches.shelf import read_form
from dcc_rcp_forms.fiches.tables import Fiche, PublishedForm
from dcc_rcp_forms.language.issues import Findings, Issue
from dcc_rcp_forms.language.model import Field, Form
from dcc_rcp_forms.linter.lint import LintReport, lint_text
from dcc_rcp_forms.loading import LoadedForm
from dcc_rcp_forms.versions.migrations import DryRun
from dcc_rcp_forms.versions.numbers import line_of, version_order
from dcc_rcp_forms.versions.publication import Judgement, judge
from dcc_rcp_forms.versions.three_way import Collision, collisions


@dataclass(frozen=True, slots=True)
class Impact:
    """What publication touches outside the text.

    Attributes:
        drafts: fiches not yet signed on this form; they stay on their version until represented.
        signed: fiches signed for ever on their own version.
        statistics: names of the extraction whose field changes.
        slots: places of the national document whose field changes.
    """

    drafts: int
    signed: int
    statistics: tuple[str, ...]
    slots: tuple[str, ...]
    migration: DryRun


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the studio shows about a text.

    Attributes:
        previous: last published version of its line, None for the first.
        collisions: what the base and the adaptation both changed since that version.
    """

    report: LintReport
    judgement: Judgement
    previous: LoadedForm | None
    impact: Impact
    collisions: tuple[Collision, ...]
    run: ExampleRun | None
    run_issues: tuple[Issue, ...]

    @property
    def loaded(self) -> LoadedForm | None:
        """Return the form when it could be read."""
        return self.report.loaded

    @property
    def may_be_published(self) -> bool:
        """Tell whether nothing in the text stands against publication."""
        return self.loaded is not None and self.judgement.is_accepted


def study(session: Session, text: str, form_id: str) -> Study:
    """Study a text against what is published and stored."""
    report = lint_text(text, f"{form_id}.yaml")
    loaded = report.loaded
    previous = last_of_line(session, loaded.form.id, loaded.form.version) if loaded else None
    stored = list(_stored(session, form_id))
    open_answers = [(version, answers) for version, answers, is_signed in stored if not is_signed]
    judgement = judge(report, previous, open_answers)
    issues = Findings()
    run = run_examples(loaded.form, loaded.program, issues) if loaded else None
    return Study(
        report=report,
        judgement=judgement,
        previous=previous,
        impact=Impact(
            drafts=len(open_answers),
            signed=len(stored) - len(open_answers),
            statistics=_touched(loaded, previous, judgement, "statistic"),
            slots=_touched(loaded, previous, judgement, "slot"),
            migration=judgement.dry_run,
        ),
        collisions=_collisions(session, loaded, previous),
        run=run,
        run_issues=issues.in_order(),
    )


def last_of_line(session: Session, form_id: str, version: str) -> LoadedForm | None:
    """Return the last published version of the line of a version, None when there is none."""
    statement = select(PublishedForm.version).where(PublishedForm.form_id == form_id)
    mark = line_of(version)
    versions = [other for other in session.exec(statement) if line_of(other) == mark]
    if not versions:
        return None
    return read_form(session, form_id=form_id, version=max(versions, key=version_order))


def _stored(session: Session, form_id: str) -> Iterator[tuple[str, Mapping[str, Stored], bool]]:
    statement = select(Fiche.form_version, Fiche.answers, col(Fiche.signed_at).is_not(None))
    for version, answers, is_signed in session.exec(statement.where(Fiche.form_id == form_id)):
        yield version, answers, bool(is_signed)


def _touched(
    loaded: LoadedForm | None, previous: LoadedForm | None, judgement: Judgement, attribute: str
) -> tuple[str, ...]:
    if loaded is None or previous is None:
        return ()
    names = {change.address.partition(".")[0] for change in judgement.changes}
    found = {
        getattr(field, attribute): None
        for form in (previous.form, loaded.form)
        for field in _fields(form, names)
    }
    return tuple(name for name in found if name)


def _fields(form: Form, names: Iterable[str]) -> Iterator[Field]:
    wanted = set(names)
    return (field for field in form.fields() if field.id in wanted)


def _collisions(
    session: Session, loaded: LoadedForm | None, previous: LoadedForm | None
) -> tuple[Collision, ...]:
    """Compare the base of an adaptation with the one its last version stood on."""
    if loaded is None or previous is None or not loaded.form.bases or not previous.form.bases:
        return ()
    before, after = previous.form.bases[0], loaded.form.bases[0]
    if before == after or not line_of(loaded.form.version):
        return ()
    bases = [
        read_form(session, form_id=b.split()[0], version=b.split()[1]) for b in (before, after)
    ]
    return collisions(bases[0].form, bases[1].form, loaded.differences)
