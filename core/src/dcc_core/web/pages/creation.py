"""Creating a patient: look for duplicates first, then create on purpose."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from sqlmodel import Session

from dcc_core.errors import NotFound
from dcc_core.patients import (
    InvalidTraits,
    PatientIn,
    PatientOut,
    StrictMatch,
    create_patient,
    find_strict,
    get_patient,
    read_patient,
)
from dcc_core.users import CareSource, Holder, grant_care_relation
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.validation import FieldErrors

_CREATE = {PERMISSION: "core.identity.create"}
FEATURE = "core.patient_creation"
FIELDS = (
    "birth_family_name",
    "first_given_name",
    "birth_given_names",
    "birth_date",
    "sex",
    "birth_place_insee",
    "used_family_name",
    "used_given_name",
    "postal_code",
    "city",
)


@get("/patients/nouveau", name="core.patients.new", opt=_CREATE, sync_to_thread=True)
def creation_page(page: CurrentPage) -> Html:
    """Show the form that creates a patient."""
    _require_feature(page)
    return _form(page, {}, {})


@post("/patients/nouveau", name="core.patients.create", opt=_CREATE, sync_to_thread=True)
def create(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Create a patient, unless somebody much alike is already known and this was not confirmed."""
    _require_feature(page)
    try:
        traits = traits_from(data)
    except InvalidTraits as error:
        errors = {issue.field: f"{issue.text} ({issue.code})" for issue in error.issues}
        return _form(page, data, errors, status=422)
    alike = find_strict(session, traits)
    if alike and data.get("confirmed") != _fingerprint(alike):
        people = [(match, get_patient(session, match.patient_id)) for match in alike]
        return _form(page, data, {}, status=409, alike=people, fingerprint=_fingerprint(alike))
    created = _create(page, session, traits)
    return page.redirect(
        page.at("core.patient", patient_id=created.id),
        notice=_("Le dossier est créé. L’identité est provisoire : vérifiez-la avec un titre."),
    )


def traits_from(data: Mapping[str, str]) -> PatientIn:
    """Return the traits of a posted form.

    Raises:
        InvalidTraits: With one sentence per field at fault.
    """
    values: dict[str, Any] = {name: data.get(name, "").strip() for name in FIELDS}
    names = tuple(values["birth_given_names"].replace(",", " ").split())
    values["birth_given_names"] = names
    return read_patient({name: value for name, value in values.items() if value})


def _create(page: Page, session: Session, traits: PatientIn) -> PatientOut:
    runtime = page.site.runtime
    created = create_patient(session, traits, source="web", clock=runtime.clock)
    actor = page.visitor.actor
    grant_care_relation(
        session,
        patient_id=created.id,
        holder=Holder(account_id=actor.account_id),
        source=CareSource.AUTHOR,
        now=runtime.clock(),
        author_id=actor.account_id,
    )
    return created


def _form(
    page: Page,
    values: Mapping[str, str],
    errors: FieldErrors,
    *,
    status: int = 200,
    alike: list[tuple[StrictMatch, PatientOut]] | None = None,
    fingerprint: str = "",
) -> Html:
    return page.render(
        "core/patients/new.html",
        status=status,
        values=values,
        errors=errors,
        alike=alike or [],
        fingerprint=fingerprint,
    )


def _fingerprint(alike: tuple[StrictMatch, ...]) -> str:
    """What was shown: somebody alike who arrives meanwhile asks for a new confirmation."""
    return ",".join(sorted(str(match.patient_id) for match in alike))


def _require_feature(page: Page) -> None:
    if not page.site.runtime.region.has_feature(FEATURE, default=True):
        raise NotFound("WEB-404", "")


ROUTES = (creation_page, create)
"""Route handlers of this module."""
