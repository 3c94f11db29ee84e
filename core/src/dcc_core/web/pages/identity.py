"""The identity of a patient: traits, trust, warnings. The INS is never typed here."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from dcc_core.errors import Conflict, InvalidInput
from dcc_core.hooks.contracts.identity import IdentityAttribute, PatientIdentifier
from dcc_core.patients import (
    InvalidTraits,
    PatientOut,
    ValidationMode,
    set_attribute,
    update_patient,
    validate_identity,
    withdraw_trust,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later
from dcc_core.web.identities import list_identifiers
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.opened import OpenedPatient, open_patient
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.creation import FIELDS, traits_from
from dcc_core.web.validation import FieldErrors, field_errors

_READ = {PERMISSION: "core.identity.read"}
_UPDATE = {PERMISSION: "core.identity.update"}
_MANAGE = {PERMISSION: "core.identity.manage"}
_MODES = {
    ValidationMode.IDENTITY_CARD: later("Carte nationale d’identité"),
    ValidationMode.PASSPORT: later("Passeport"),
    ValidationMode.RESIDENCE_PERMIT: later("Titre de séjour"),
    ValidationMode.FAMILY_BOOKLET: later("Livret de famille"),
    ValidationMode.BIRTH_CERTIFICATE: later("Acte de naissance"),
    ValidationMode.ELECTRONIC_IDENTITY: later("Identité électronique"),
    ValidationMode.TRUSTED_FLOW: later("Flux d’une source de confiance"),
}
_PATH = "/patients/{patient_id:uuid}/identite"


@get(_PATH, name="core.patient.identity", opt=_READ, sync_to_thread=True)
def identity_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Show every trait, what it rests on, and the changes that the visitor may make."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    identifiers = list_identifiers(session, opened.id)
    return _page(page, opened, _values(opened.patient), {}, identifiers=identifiers)


@post(_PATH, name="core.patient.identity.update", opt=_UPDATE, sync_to_thread=True)
def update(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Change traits; a change of a strict one takes the trust back."""
    opened = open_patient(page, session, patient_id, action="core.identity.update")
    try:
        update_patient(
            session,
            opened.id,
            traits_from(data),
            expected_version=_version(data),
            clock=page.site.runtime.clock,
        )
    except InvalidTraits as error:
        errors = {issue.field: f"{issue.text} ({issue.code})" for issue in error.issues}
        return _page(page, opened, {**_values(opened.patient), **data}, errors, status=422)
    except Conflict as error:
        return _conflict(page, opened, data, error)
    return _done(page, opened, _("L’identité est enregistrée."))


@post(
    f"{_PATH}/validation", name="core.patient.identity.validate", opt=_MANAGE, sync_to_thread=True
)
def validate(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Note the document that proved the identity."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    try:
        mode = ValidationMode(data.get("mode", ""))
        validate_identity(session, opened.id, mode, clock=page.site.runtime.clock)
    except ValueError:
        errors = {"mode": _("Choisissez le titre présenté.")}
        return _page(page, opened, _values(opened.patient), errors, status=422)
    except InvalidInput as error:
        return _page(page, opened, _values(opened.patient), field_errors(error), status=422)
    return _done(page, opened, _("L’identité est validée."))


@post(f"{_PATH}/retrait", name="core.patient.identity.withdraw", opt=_MANAGE, sync_to_thread=True)
def withdraw(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Take the trust back: the identity is provisional again and its INS no longer leaves."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    withdraw_trust(session, opened.id, clock=page.site.runtime.clock)
    return _done(page, opened, _("L’identité est de nouveau provisoire."))


@post(f"{_PATH}/alerte", name="core.patient.identity.attribute", opt=_MANAGE, sync_to_thread=True)
def attribute(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Set or lift a warning: homonym, doubtful, fictitious."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    try:
        set_attribute(
            session,
            opened.id,
            IdentityAttribute(data.get("attribute", "")),
            is_set=data.get("set") == "yes",
            clock=page.site.runtime.clock,
        )
    except ValueError:
        errors = {"attribute": _("Choisissez une alerte de la liste.")}
        return _page(page, opened, _values(opened.patient), errors, status=422)
    except InvalidInput as error:
        return _page(page, opened, _values(opened.patient), field_errors(error), status=422)
    return _done(page, opened, _("L’alerte est enregistrée."))


def _conflict(page: Page, opened: OpenedPatient, data: Mapping[str, str], error: Conflict) -> Html:
    """Show both texts; saving again, after having seen them, replaces what the other wrote."""
    theirs = _values(opened.patient)
    both = [
        (name, data.get(name, "").strip(), theirs[name])
        for name in FIELDS
        if data.get(name, "").strip().casefold() != theirs[name].casefold()
    ]
    values = {**theirs, **data, "version": theirs["version"]}
    return _page(page, opened, values, {"": error.text}, status=409, both=both)


def _page(
    page: Page,
    opened: OpenedPatient,
    values: Mapping[str, str],
    errors: FieldErrors,
    *,
    status: int = 200,
    identifiers: tuple[PatientIdentifier, ...] = (),
    both: Sequence[tuple[str, str, str]] = (),
) -> Html:
    return page.render(
        "core/patient/identity.html",
        identifiers=(*opened.patient.traits.identifiers, *identifiers),
        status=status,
        opened=opened,
        values=values,
        errors=errors,
        both=both,
        mode_choices=[(mode.value, _(_MODES[mode])) for mode in ValidationMode],
        attributes=list(IdentityAttribute),
        may_update=opened.may("core.identity.update"),
        may_manage=page.may("core.identity.manage"),
    )


def _values(patient: PatientOut) -> dict[str, str]:
    traits = patient.traits
    values = {name: str(getattr(traits, name)) for name in FIELDS}
    values["birth_given_names"] = " ".join(traits.birth_given_names)
    values["birth_date"] = patient.birth.text
    values["version"] = str(patient.version)
    return values


def _version(data: Mapping[str, str]) -> int:
    try:
        return int(data.get("version", ""))
    except ValueError:
        raise InvalidInput("WEB-130", _("Rechargez la page puis recommencez.")) from None


def _done(page: Page, opened: OpenedPatient, notice: str) -> Html:
    return page.redirect(page.at("core.patient.identity", patient_id=opened.id), notice=notice)


ROUTES = (identity_page, update, validate, withdraw, attribute)
"""Route handlers of this module."""
