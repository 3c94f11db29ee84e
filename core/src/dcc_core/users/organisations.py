"""Organisations: establishments, practices, laboratories and networks of the region."""

from collections.abc import Sequence

from sqlalchemy import or_
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.errors import Conflict
from dcc_core.users.models import OrganisationIn
from dcc_core.users.tables import Organisation


def register_organisation(session: Session, *, entry: OrganisationIn) -> Organisation:
    """Register an organisation.

    Raises:
        Conflict: ``ACC-421`` its FINESS or SIRET is already registered.
    """
    for number in (entry.finess, entry.siret):
        if number and find_organisation(session, number) is not None:
            raise Conflict("ACC-421", "Une structure porte déjà ce numéro FINESS ou SIRET.")
    organisation = Organisation(**entry.model_dump())
    session.add(organisation)
    session.flush()
    record_event(
        session, "organisation.create", object_kind="organisation", object_id=organisation.id
    )
    return organisation


def find_organisation(session: Session, number: str) -> Organisation | None:
    """Return the organisation of a FINESS or SIRET number, or None."""
    return session.exec(
        select(Organisation).where(
            or_(col(Organisation.finess) == number, col(Organisation.siret) == number)
        )
    ).first()


def list_organisations(session: Session) -> Sequence[Organisation]:
    """Return the organisations still open, by name."""
    return session.exec(
        select(Organisation)
        .where(col(Organisation.closed_at).is_(None))
        .order_by(col(Organisation.name), col(Organisation.id))
    ).all()
