from datetime import timedelta

import pytest
from sqlmodel import Session

from dcc_core.audit.context import SYSTEM
from dcc_core.testing.clock import START
from dcc_core.testing.web import add_account
from dcc_core.users import (
    OrganisationIn,
    build_policy,
    grant_proposed_role,
    grant_role,
    list_grants,
    register_organisation,
)

POLICY = build_policy()
FOUR_HOURS = timedelta(hours=4)


@pytest.fixture
def hospital(session: Session):
    return register_organisation(session, entry=OrganisationIn(name="DÉMO CHU", finess="990000010"))


def propose(session, account_id, hospital, role="physician", now=START):
    return grant_proposed_role(
        session,
        account_id=account_id,
        role=role,
        organisation_id=hospital.id,
        policy=POLICY,
        now=now,
        ends_at=now + FOUR_HOURS,
    )


def test_a_role_by_rule_holds_in_its_structure_for_the_time_of_a_session(session, hospital):
    account_id = add_account(session)
    grant = propose(session, account_id, hospital)
    assert (grant.role, grant.organisation_id) == ("physician", hospital.id)
    assert list_grants(session, account_id=account_id, now=START) == [grant]
    assert list_grants(session, account_id=account_id, now=START + FOUR_HOURS) == []


def test_signing_in_again_prolongs_it_and_makes_no_second_one(session, hospital):
    account_id = add_account(session)
    propose(session, account_id, hospital)
    later = START + timedelta(hours=1)
    grant = propose(session, account_id, hospital, now=later)
    assert grant.ends_at == later + FOUR_HOURS
    assert list_grants(session, account_id=account_id, now=later) == [grant]


def test_a_grant_that_a_person_made_is_left_as_it_is(session, hospital):
    account_id = add_account(session)
    made = grant_role(
        session,
        account_id=account_id,
        role="physician",
        author=SYSTEM,
        policy=POLICY,
        now=START,
        organisation_id=hospital.id,
    )
    assert propose(session, account_id, hospital) is made
    assert made.ends_at is None


@pytest.mark.parametrize(
    "role", ["regional_admin", "support", "auditor", "identity_officer", "system", "nobody", ""]
)
def test_roles_that_administer_review_or_reach_everybody_are_never_given(session, hospital, role):
    account_id = add_account(session)
    assert propose(session, account_id, hospital, role) is None
    assert list_grants(session, account_id=account_id, now=START) == []
