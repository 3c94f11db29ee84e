"""Roles by profession and structure: from the settings of the region to the pages that open."""

from sqlmodel import select

from dcc_core.api import Database
from dcc_core.testing.browser import served
from dcc_core.users import Organisation, find_account
from dcc_core.users.tables import RoleGrant
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider

from .region import Browser, region_app

_RULES = [
    {"profession": "10", "structures": ["990000010"], "role": "rcp_participant"},
    {"profession": "10", "structures": ["990000028"], "role": "regional_admin"},
]


def _granted(database: Database, key: str) -> set[tuple[str, str | None]]:
    """Return the roles that the rules gave, each with the FINESS where it holds."""
    with database.session() as session:
        account = find_account(session, PEOPLE_BY_KEY[key].national_id)
        assert account is not None
        rows = session.exec(
            select(RoleGrant.role, Organisation.finess)
            .join(Organisation, Organisation.id == RoleGrant.organisation_id)
            .where(RoleGrant.account_id == account.id)
        )
        return {(role, finess) for role, finess in rows}


def _sign_in(url: str, key: str, structure: str = "") -> None:
    browser = Browser(url)
    browser.sign_in(PEOPLE_BY_KEY[key])
    if structure:
        browser.choose(structure)
    assert browser.is_signed_in
    browser.http.close()


def test_profession_and_structure_give_a_role_there(psc: PscProvider, embedded: Database) -> None:
    with served(region_app(psc, embedded, roles=_RULES)) as url:
        for _ in range(2):
            _sign_in(url, "chirurgien")
        assert _granted(embedded, "chirurgien") == {("rcp_participant", "990000010")}
        _sign_in(url, "infirmiere")
        assert _granted(embedded, "infirmiere") == set()


def test_the_activity_chosen_decides_and_no_rule_makes_an_administrator(
    psc: PscProvider, embedded: Database
) -> None:
    with served(region_app(psc, embedded, roles=_RULES)) as url:
        _sign_in(url, "oncologue", "990000010")
        assert _granted(embedded, "oncologue") == {("rcp_participant", "990000010")}
        _sign_in(url, "radiotherapeute")
        assert _granted(embedded, "radiotherapeute") == set()


def test_without_rules_signing_in_grants_nothing(psc: PscProvider, embedded: Database) -> None:
    with served(region_app(psc, embedded)) as url:
        _sign_in(url, "chirurgien")
        assert _granted(embedded, "chirurgien") == set()
