"""Publish a version: judged against the last one, frozen for ever with its hash."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dcc_rcp_forms.engine.examples import run_examples
from dcc_rcp_forms.engine.stored import Stored
from dcc_rcp_forms.language.issues import Findings, Issue, Severity
from dcc_rcp_forms.language.nodes import Scalar
from dcc_rcp_forms.linter.lint import LintReport
from dcc_rcp_forms.loading import LoadedForm, load_form_text
from dcc_rcp_forms.versions.diff import Change, compare_forms, next_version
from dcc_rcp_forms.versions.migrations import (
    DryRun,
    Migration,
    read_migrations,
    try_migrations,
)
from dcc_rcp_forms.versions.numbers import (
    is_version,
    line_of,
    regional_number,
    version_key,
    version_order,
)


class PublicationConflictError(Exception):
    """Another publication of the same version came first."""


class TamperedVersionError(Exception):
    """A published version on disk no longer has the content it was published with."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a form may be published, and what it would do.

    Attributes:
        changes: what differs from the last published version.
        deserved: the smallest version these changes allow.
        issues: what stands against publication, warnings included.
        dry_run: migrations tried on the stored answers.
    """

    changes: tuple[Change, ...]
    deserved: str
    issues: tuple[Issue, ...]
    dry_run: DryRun

    @property
    def is_accepted(self) -> bool:
        """Tell whether nothing forbids publication."""
        return all(issue.severity is not Severity.ERROR for issue in self.issues)


def judge(
    report: LintReport,
    published: LoadedForm | None,
    stored: Iterable[tuple[str, Mapping[str, Stored]]] = (),
) -> Judgement:
    """Judge a form against its last published version and the answers stored so far."""
    findings = Findings(list(report.issues))
    if report.loaded is None:
        return Judgement((), "", findings.in_order(), try_migrations((), ()))
    form = report.loaded.form
    if not findings.has_errors:
        run_examples(form, report.loaded.program, findings)
    migrations = read_migrations(form, findings)
    changes = compare_forms(published.form, form) if published else ()
    is_numbered = is_version(form.version)
    deserved = _deserved(form.version, published, changes) if is_numbered else ""
    if published and is_numbered:
        _check_version(report.loaded, published, deserved, findings)
        _check_covered(report.loaded, changes, migrations, published.form.version, findings)
    return Judgement(changes, deserved, findings.in_order(), try_migrations(stored, migrations))


def _deserved(version: str, published: LoadedForm | None, changes: tuple[Change, ...]) -> str:
    """Return the smallest number allowed; an adapted form counts behind the number of its base."""
    if published is None:
        return version
    last, mark = published.form.version, line_of(published.form.version)
    if not mark or mark != line_of(version):
        return next_version(last, changes)
    if version_key(version) != version_key(last):
        return f"{version.partition('+')[0]}+{mark}.1"
    return f"{last.partition('+')[0]}+{mark}.{regional_number(last) + bool(changes)}"


def _check_version(
    loaded: LoadedForm, published: LoadedForm, deserved: str, findings: Findings
) -> None:
    form, last = loaded.form, published.form.version
    written = loaded.tree.entries.get("version")
    place = written.place if isinstance(written, Scalar) else form.place
    if loaded.content_hash != published.content_hash and form.version == last:
        findings.error(
            "FRM-703",
            place,
            f"La version {last} est déjà publiée avec un autre contenu.",
            f"Écrivez version: {deserved}.",
        )
    elif version_order(form.version) < version_order(deserved):
        findings.error(
            "FRM-704",
            place,
            f"La version {form.version} est trop petite pour ces changements.",
            f"Écrivez version: {deserved}.",
        )


def _check_covered(
    loaded: LoadedForm,
    changes: tuple[Change, ...],
    migrations: tuple[Migration, ...],
    last: str,
    findings: Findings,
) -> None:
    covered = {name for item in migrations if item.applies_to(last) for name in item.covers}
    for change in changes:
        if change.needs and change.address not in covered:
            findings.error(
                "FRM-705",
                loaded.form.place,
                f"{change.text} Aucune migration ne dit ce que deviennent les réponses.",
                _ADVICE[change.needs],
            )


_ADVICE = {
    "reprise": "Ajoutez une migration renomme, fusionne, scinde ou supprime.",
    "recode": "Ajoutez une migration recode, ou gardez la valeur avec « retiré: oui ».",
    "convertit": "Ajoutez une migration convertit avec le facteur.",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """Published versions as files: `<id>/<version>.yaml` beside its `.sha256`. Never rewritten."""

    folder: Path

    def publish(self, loaded: LoadedForm) -> Path:
        """Freeze a version.

        Raises:
            PublicationConflictError: this version exists already, even published a moment ago.
        """
        path = self._path(loaded.form.id, loaded.form.version)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(loaded.source)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError as error:
            raise PublicationConflictError(f"{loaded.form.id} {loaded.form.version}") from error
        path.with_suffix(".sha256").write_text(f"{loaded.content_hash}\n", encoding="ascii")
        path.chmod(0o444)
        return path

    def versions(self, form_id: str) -> list[str]:
        """List the published versions of a form, oldest first."""
        folder = self.folder / form_id
        return sorted((path.stem for path in folder.glob("*.yaml")), key=version_order)

    def load(self, form_id: str, version: str) -> LoadedForm:
        """Read a published version.

        Raises:
            FileNotFoundError: this version was never published here.
            TamperedVersionError: the file was edited after publication.
        """
        path = self._path(form_id, version)
        text = path.read_text(encoding="utf-8")
        digest = path.with_suffix(".sha256").read_text(encoding="ascii").strip()
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise TamperedVersionError(f"{form_id} {version}")
        loaded = load_form_text(text, path.name, Findings())
        if loaded is None:
            raise TamperedVersionError(f"{form_id} {version}")
        return loaded

    def last(self, form_id: str) -> LoadedForm | None:
        """Read the last published version, None when there is none."""
        versions = self.versions(form_id)
        return self.load(form_id, versions[-1]) if versions else None

    def _path(self, form_id: str, version: str) -> Path:
        return self.folder / form_id / f"{version}.yaml"
