"""Published forms in the database: put there once, never changed, verified when read."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from dcc_core.api import Conflict, FormModel, NotFound
from dcc_rcp_forms.engine.evaluate_form import Engine
from dcc_rcp_forms.fiches.tables import PublishedForm
from dcc_rcp_forms.language.issues import Findings
from dcc_rcp_forms.loading import LoadedForm, load_form_text
from dcc_rcp_forms.versions.numbers import version_order


def publish_form(
    session: Session,
    *,
    form: FormModel,
    author: str,
    at: datetime,
    written: str = "",
    reviewer: str = "",
) -> bool:
    """Put a version on the shelf; tell whether it is new.

    Args:
        written: what its author wrote, comments included, when that is kept.
        reviewer: who approved it.

    Raises:
        Conflict: `FRM-S01` this version is there with another content; `FRM-S02` somebody else
            publishes it at this very moment.
    """
    known = find_published(session, form.code, form.version)
    if known is not None:
        if known.digest != form.digest:
            raise Conflict(
                "FRM-S01",
                f"La version {form.version} de {form.code} est déjà publiée avec un autre contenu. "
                "Changez de numéro de version.",
            )
        return False
    row = PublishedForm(
        form_id=form.code,
        version=form.version,
        digest=form.digest,
        title=form.title,
        source=form.source,
        written=written,
        author=author,
        reviewer=reviewer,
        published_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        winner = find_published(session, form.code, form.version)
        if winner is not None and winner.digest == form.digest:
            return False
        raise Conflict(
            "FRM-S02",
            f"La version {form.version} de {form.code} vient d'être publiée par quelqu'un d'autre. "
            "Relisez-la, puis changez de numéro.",
        ) from error
    return True


def publish_pack(session: Session, *, models: Iterable[FormModel], at: datetime) -> int:
    """Put the forms of installed packs on the shelf; return how many were new."""
    return sum(publish_form(session, form=model, author="paquet", at=at) for model in models)


def read_form(session: Session, *, form_id: str, version: str) -> LoadedForm:
    """Return a published version.

    Raises:
        NotFound: `FRM-S03` it was never published here.
        Conflict: `FRM-S04` its content is no longer the one that was published.
    """
    return load_published(find_published(session, form_id, version), form_id, version)


def load_published(row: PublishedForm | None, form_id: str, version: str) -> LoadedForm:
    """Return the form of a row, verified.

    Raises:
        NotFound: `FRM-S03` there is no such row.
        Conflict: `FRM-S04` its content is no longer the one that was published.
    """
    if row is None:
        raise NotFound(
            "FRM-S03",
            f"La version {version} de {form_id} n'est pas publiée ici. Réinstallez son paquet.",
        )
    if hashlib.sha256(row.source.encode()).hexdigest() != row.digest:
        raise Conflict(
            "FRM-S04",
            f"Le contenu publié de {form_id} {version} a été modifié. Restaurez la sauvegarde.",
        )
    return _load(row.source, f"{form_id}-{version}.yaml")


def list_forms(session: Session) -> list[tuple[str, str, str]]:
    """List the published forms as id, version and title, by id and age."""
    statement = select(PublishedForm.form_id, PublishedForm.version, PublishedForm.title)
    return sorted(session.exec(statement), key=lambda row: (row[0], version_order(row[1])))


def latest_version(session: Session, *, form_id: str) -> str | None:
    """Return the newest published version of a form, None when it was never published here."""
    versions = session.exec(
        select(PublishedForm.version).where(PublishedForm.form_id == form_id)
    ).all()
    return max(versions, key=version_order, default=None)


@lru_cache(maxsize=128)
def _load(source: str, file: str) -> LoadedForm:
    loaded = load_form_text(source, file, Findings())
    assert loaded is not None  # noqa: S101  it was checked before it was published
    return loaded


@lru_cache(maxsize=128)
def engine_of(loaded: LoadedForm) -> Engine:
    """Return the engine of a form, built once."""
    return Engine(loaded.program)


def find_published(session: Session, form_id: str, version: str) -> PublishedForm | None:
    """Return the row of a published version, None when there is none."""
    statement = select(PublishedForm).where(
        PublishedForm.form_id == form_id, PublishedForm.version == version
    )
    return session.exec(statement).first()
