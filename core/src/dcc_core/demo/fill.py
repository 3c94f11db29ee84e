"""Fill a demonstration once, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.audit.context import SYSTEM
from dcc_core.audit.tables import AuditEntry
from dcc_core.config import Clock, Establishment
from dcc_core.demo.professionals import COLLEAGUES, PLACES, Colleague
from dcc_core.demo.reports import write_reports
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.documents import Organisation as DocumentOrganisation
from dcc_core.hooks.contracts.documents import Professional
from dcc_core.patients.identifiers import system_of
from dcc_core.patients.models import traits_of
from dcc_core.patients.synth import Population, load_people, read_sources
from dcc_core.patients.tables import Patient
from dcc_core.records import file_document
from dcc_core.users.access_tables import CareSource
from dcc_core.users.accounts import create_account, disable_account
from dcc_core.users.grants import grant_role
from dcc_core.users.models import AccountIn, OrganisationIn
from dcc_core.users.organisations import register_organisation
from dcc_core.users.policy import AccessPolicy
from dcc_core.users.relations import Holder, grant_care_relation
from dcc_core.users.tables import Account, Organisation

_DONE = "demo.fill"
_SHARE_IN_CARE = 0.6
"""Part of the patients entrusted to each clinician: enough to work, few enough to be refused."""


@dataclass(frozen=True, slots=True)
class _Cast:
    """The people of the demonstration once they are in the database."""

    accounts: dict[str, Account]
    places: dict[str, Organisation]

    def authors(self) -> list[Professional]:
        """Return the clinicians who sign reports."""
        return [self._author(person) for person in COLLEAGUES if person.signs]

    def _author(self, person: Colleague) -> Professional:
        place = self.places[person.place]
        number = f"1{place.finess}" if place.finess else f"3{place.siret}"
        return Professional(
            person.national_id,
            person.family_name,
            person.given_name,
            title=person.title,
            organisation=DocumentOrganisation(number, place.name),
        )


def fill_demonstration(
    session: Session,
    *,
    patients: int,
    seed: int,
    dispatcher: Dispatcher,
    policy: AccessPolicy,
    clock: Clock,
) -> bool:
    """Write fictitious people, patients and reports, then what plugins add; tell whether it did.

    A demonstration that was filled before is left as it is. The same seed gives the same data.
    """
    if session.exec(select(AuditEntry.sequence).where(AuditEntry.event == _DONE)).first():
        return False
    now, chance = clock(), Random(seed)  # noqa: S311 - a demonstration that can be made again
    cast = _gather(session, policy, now)
    systems = [
        system_of(Establishment(finess=place.finess, name=place.name))
        for place in PLACES
        if place.finess
    ]
    population = Population(read_sources(), seed=seed, establishments=len(systems))
    load_people(session, population.people(patients), systems=systems, clock=clock)
    for patient in _all_patients(session):
        _entrust(session, patient, cast, now, chance)
        _report(session, patient, cast, clock, chance)
    dispatcher.tx("dcc_demo_data", session=session, seed=seed)
    record_event(session, _DONE, details={"patients": patients, "seed": seed})
    return True


def _gather(session: Session, policy: AccessPolicy, now: datetime) -> _Cast:
    places = {
        place.key: register_organisation(
            session,
            entry=OrganisationIn(
                name=place.name,
                finess=place.finess or None,
                siret=place.siret or None,
                is_3c=place.is_3c,
            ),
        )
        for place in PLACES
    }
    accounts: dict[str, Account] = {}
    for person in COLLEAGUES:
        account = create_account(
            session,
            entry=AccountIn(
                family_name=person.family_name,
                given_name=person.given_name,
                national_id=person.national_id,
                title=person.title,
                profession=person.profession,
                specialty=person.specialty,
            ),
            now=now,
        )
        grant_role(
            session,
            account_id=account.id,
            role=person.role,
            author=SYSTEM,
            policy=policy,
            now=now,
            organisation_id=places[person.place].id,
            scope=person.scope,
        )
        if person.disabled:
            disable_account(session, account_id=account.id, reason=person.disabled, now=now)
        accounts[person.national_id] = account
    return _Cast(accounts, places)


def _all_patients(session: Session) -> Iterator[Patient]:
    yield from session.exec(select(Patient).order_by(col(Patient.id))).all()


def _entrust(
    session: Session, patient: Patient, cast: _Cast, now: datetime, chance: Random
) -> None:
    for person in COLLEAGUES:
        if person.cares and chance.random() < _SHARE_IN_CARE:
            grant_care_relation(
                session,
                patient_id=patient.id,
                holder=Holder(account_id=cast.accounts[person.national_id].id),
                source=CareSource.NAMED,
                now=now,
                reference="demo",
            )
    for scope in {person.scope for person in COLLEAGUES if person.scope}:
        grant_care_relation(
            session,
            patient_id=patient.id,
            holder=Holder(scope=scope),
            source=CareSource.RCP,
            now=now,
            reference="demo",
        )


def _report(session: Session, patient: Patient, cast: _Cast, clock: Clock, chance: Random) -> None:
    reports = write_reports(
        traits_of(patient),
        patient_id=patient.id,
        authors=cast.authors(),
        now=clock(),
        chance=chance,
    )
    for report in reports:
        file_document(session, report, patient_id=patient.id, clock=clock)
