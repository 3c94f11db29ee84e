from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from dcc_core.audit.context import SYSTEM
from dcc_core.errors import AccessDenied, Conflict, InvalidInput, NotFound, PluginError
from dcc_core.hooks.contracts.access import Actor, Permission, Sensitivity
from dcc_core.hooks.contracts.auth import ExternalIdentity
from dcc_core.testing.clock import START
from dcc_core.users import (
    Account,
    AccountIn,
    AccountRequestIn,
    AccountState,
    Organisation,
    OrganisationIn,
    approve_request,
    build_policy,
    create_account,
    disable_account,
    disable_unused_accounts,
    enable_account,
    find_account,
    find_organisation,
    get_account,
    grant_role,
    list_accounts,
    list_grants,
    list_organisations,
    list_pending_requests,
    reconcile_identity,
    refuse_request,
    register_organisation,
    revalidate_account,
    revoke_role,
    submit_request,
)

NewAccount = Callable[..., Account]
POLICY = build_policy()


def _identity(subject: str = "f:1:2", national_id: str = "899900000001") -> ExternalIdentity:
    return ExternalIdentity("psc", subject, national_id, "DÉMO-MARTIN", "Camille")


@pytest.mark.parametrize(
    "national_id", ["899700427885", "0123456789", "3990000001/CPET-42", "500000001815646/CPAT00045"]
)
def test_national_identifier_is_not_always_eleven_digits(
    session: Session, new_account: NewAccount, national_id: str
) -> None:
    account = new_account(national_id=national_id)
    assert find_account(session, national_id) is account


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("family_name", ""),
        ("family_name", "   "),
        ("family_name", "x" * 101),
        ("family_name", "12345"),
        ("given_name", "Ca\u202emille"),
        ("given_name", "Ca\x00mille"),
        ("given_name", "Ca\u200bmille"),
        ("national_id", "8'; DROP TABLE"),
        ("national_id", "8"),
        ("login", "a b"),
        ("login", "ab"),
        ("email", "not an address"),
        ("unknown_field", "x"),
    ],
)
def test_unusable_input_is_refused_at_its_field(field: str, value: str) -> None:
    entry = {"family_name": "DÉMO-MARTIN", "given_name": "Camille", "login": "camille"}
    with pytest.raises(ValidationError) as caught:
        AccountIn.model_validate(entry | {field: value})
    assert caught.value.errors()[0]["loc"] == (field,)


def test_name_is_kept_composed_and_on_one_line() -> None:
    entry = AccountIn(family_name="  DE\u0301MO   MARTIN ", given_name="Anaïs", login="a.martin")
    assert entry.family_name == "DÉMO MARTIN"


def test_identifier_has_one_account(session: Session, new_account: NewAccount) -> None:
    account = new_account()
    for values in ({"login": None}, {"national_id": None}):
        entry = {
            "family_name": "DÉMO-AUTRE",
            "given_name": "Claude",
            "national_id": account.national_id,
            "login": account.login,
        } | values
        with pytest.raises(Conflict, match="ACC-441"):
            create_account(session, entry=AccountIn.model_validate(entry), now=START)


def test_accounts_are_listed_page_by_page(session: Session, new_account: NewAccount) -> None:
    created = [new_account(family_name=name) for name in ("DÉMO-B", "DÉMO-A", "DÉMO-A", "AUTRE")]
    first = list_accounts(session, text="demo", limit=2)
    second = list_accounts(session, text="Démo", after=first[-1].id, limit=2)
    assert {row.id for row in first} == {created[1].id, created[2].id}
    assert [row.id for row in second] == [created[0].id]
    assert list_accounts(session, text="demo%") == list_accounts(session, text="demo")


def test_unknown_account_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="ACC-442"):
        get_account(session, uuid4())


def test_first_sign_in_links_by_national_identifier_then_by_subject(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account(national_id="899900000001")
    assert reconcile_identity(session, identity=_identity(), now=START) is account
    without_number = _identity(national_id="")
    assert reconcile_identity(session, identity=without_number, now=START) is account


def test_unknown_person_is_refused_whatever_their_name(
    session: Session, new_account: NewAccount
) -> None:
    new_account(family_name="DÉMO-MARTIN", national_id="899900000009")
    for national_id in ("899900000001", ""):
        with pytest.raises(AccessDenied, match="ACC-443"):
            reconcile_identity(session, identity=_identity(national_id=national_id), now=START)


def test_changed_national_identifier_is_looked_at_by_a_person(
    session: Session, new_account: NewAccount
) -> None:
    new_account(national_id="899900000001")
    reconcile_identity(session, identity=_identity(), now=START)
    with pytest.raises(AccessDenied, match="ACC-445"):
        reconcile_identity(session, identity=_identity(national_id="899900000002"), now=START)


def test_disabled_account_cannot_come_back_through_a_provider(
    session: Session, new_account: NewAccount
) -> None:
    account = new_account(national_id="899900000001")
    disable_account(session, account_id=account.id, reason="départ", now=START)
    with pytest.raises(AccessDenied, match="ACC-444"):
        reconcile_identity(session, identity=_identity(), now=START)
    enable_account(session, account_id=account.id, now=START)
    assert reconcile_identity(session, identity=_identity(), now=START) is account


def test_unused_and_unconfirmed_accounts_are_disabled(
    session: Session, new_account: NewAccount
) -> None:
    never_used, unconfirmed, in_use = new_account(), new_account(), new_account()
    later = START + timedelta(days=366)
    for account in (unconfirmed, in_use):
        account.last_seen_at = later - timedelta(days=1)
        session.add(account)
    revalidate_account(session, account_id=in_use.id, now=later - timedelta(days=30))
    assert disable_unused_accounts(session, later) == 2
    states = [get_account(session, row.id).state for row in (never_used, unconfirmed, in_use)]
    assert states == [AccountState.DISABLED, AccountState.DISABLED, AccountState.ACTIVE]


def _admin(account: Account, role: str = "regional_admin", *scopes: str) -> Actor:
    return Actor(account.id, roles=frozenset({role}), scopes=frozenset(scopes))


def _grant(session: Session, account: Account, role: str, author: Actor, **values: object) -> None:
    stated = {"organisation_id": None, "scope": ""} | values
    grant_role(
        session,
        account_id=account.id,
        role=role,
        author=author,
        policy=POLICY,
        now=START,
        **stated,  # type: ignore[arg-type]
    )


def test_role_is_granted_once_and_withdrawn(session: Session, new_account: NewAccount) -> None:
    account, admin = new_account(), _admin(new_account())
    for _ in range(2):
        _grant(session, account, "physician", admin)
    (grant,) = list_grants(session, account_id=account.id, now=START)
    revoke_role(session, grant_id=grant.id, author=admin, now=START)
    assert list_grants(session, account_id=account.id, now=START) == []
    with pytest.raises(NotFound, match="ACC-416"):
        revoke_role(session, grant_id=grant.id, author=admin, now=START)


def test_nobody_raises_themselves(session: Session, new_account: NewAccount) -> None:
    account = new_account()
    with pytest.raises(AccessDenied, match="ACC-413"):
        _grant(session, account, "physician", _admin(account))
    _grant(session, account, "physician", SYSTEM)
    (grant,) = list_grants(session, account_id=account.id, now=START)
    with pytest.raises(AccessDenied, match="ACC-413"):
        revoke_role(session, grant_id=grant.id, author=_admin(account), now=START)


@pytest.mark.parametrize("role", sorted(set(POLICY.roles) - {"system"}))
def test_roles_are_granted_only_as_the_matrix_says(
    session: Session, new_account: NewAccount, hospital: Organisation, role: str
) -> None:
    account, author = new_account(), new_account()
    home = f"organisation:{hospital.id}"
    for granting in sorted(set(POLICY.roles) - {"system"}):
        actor = _admin(author, granting, home)
        if granting in POLICY.roles[role].granted_by:
            _grant(session, account, role, actor, organisation_id=hospital.id)
        else:
            with pytest.raises(AccessDenied, match="ACC-414"):
                _grant(session, account, role, actor, organisation_id=hospital.id)


def test_3c_grants_inside_its_own_structures(
    session: Session, new_account: NewAccount, hospital: Organisation
) -> None:
    account = new_account()
    author = _admin(new_account(), "coordination_3c", f"organisation:{hospital.id}")
    _grant(session, account, "physician", author, organisation_id=hospital.id)
    for values in ({}, {"scope": "rcp:ailleurs"}, {"organisation_id": uuid4()}):
        with pytest.raises(AccessDenied, match="ACC-415"):
            _grant(session, account, "physician", author, **values)


@pytest.mark.parametrize(
    ("role", "code"), [("system", "ACC-411"), ("god", "ACC-411"), ("rcp_coordinator", "ACC-412")]
)
def test_unusable_role_is_refused(
    session: Session, new_account: NewAccount, role: str, code: str
) -> None:
    with pytest.raises(InvalidInput, match=code):
        _grant(session, new_account(), role, SYSTEM)


def test_organisation_is_registered_once(session: Session, hospital: Organisation) -> None:
    assert find_organisation(session, "990000001") is hospital
    with pytest.raises(Conflict, match="ACC-421"):
        register_organisation(session, entry=OrganisationIn(name="Copie", finess="990000001"))
    register_organisation(session, entry=OrganisationIn(name="Cabinet", siret="73282932000074"))
    assert [row.name for row in list_organisations(session)] == ["Cabinet", "DÉMO CHU des Tilleuls"]


@pytest.mark.parametrize(("finess", "siret"), [("99000", None), (None, "73282932000075")])
def test_unusable_organisation_number_is_refused(finess: str | None, siret: str | None) -> None:
    with pytest.raises(ValidationError):
        OrganisationIn(name="Cabinet", finess=finess, siret=siret)


def _asked(session: Session, **values: str | None) -> AccountRequestIn:
    entry = {"family_name": "DÉMO-PETIT", "given_name": "Sacha", "role": "physician"} | values
    request = AccountRequestIn.model_validate(entry)
    submit_request(session, entry=request, now=START)
    return request


def test_approved_request_gives_account_and_role(
    session: Session, new_account: NewAccount, hospital: Organisation
) -> None:
    _asked(session, national_id="899900000077", finess=hospital.finess)
    (request,) = list_pending_requests(session)
    reviewer = _admin(new_account())
    account = approve_request(
        session, request_id=request.id, reviewer=reviewer, policy=POLICY, now=START
    )
    (grant,) = list_grants(session, account_id=account.id, now=START)
    assert (grant.role, grant.organisation_id) == ("physician", hospital.id)
    assert list_pending_requests(session) == []
    with pytest.raises(Conflict, match="ACC-432"):
        refuse_request(session, request_id=request.id, reviewer=reviewer, reason="", now=START)


def test_approval_takes_an_existing_account(session: Session, new_account: NewAccount) -> None:
    existing = new_account(national_id="899900000077")
    _asked(session, national_id="899900000077")
    (request,) = list_pending_requests(session)
    approved = approve_request(
        session, request_id=request.id, reviewer=_admin(new_account()), policy=POLICY, now=START
    )
    assert approved is existing


def test_person_without_national_identifier_needs_a_login(
    session: Session, new_account: NewAccount
) -> None:
    _asked(session)
    (request,) = list_pending_requests(session)
    reviewer = _admin(new_account())
    with pytest.raises(InvalidInput, match="ACC-433"):
        approve_request(session, request_id=request.id, reviewer=reviewer, policy=POLICY, now=START)
    account = approve_request(
        session,
        request_id=request.id,
        reviewer=reviewer,
        policy=POLICY,
        now=START,
        login="sacha.petit",
    )
    assert account.login == "sacha.petit"


def test_refused_request_keeps_its_reason(session: Session, new_account: NewAccount) -> None:
    _asked(session)
    (request,) = list_pending_requests(session)
    refuse_request(
        session,
        request_id=request.id,
        reviewer=_admin(new_account()),
        reason="Structure inconnue",
        now=START,
    )
    assert (request.state, request.decision) == ("refused", "Structure inconnue")
    with pytest.raises(NotFound, match="ACC-431"):
        refuse_request(
            session, request_id=uuid4(), reviewer=_admin(new_account()), reason="", now=START
        )


def test_repeated_requests_change_nothing(session: Session) -> None:
    for _ in range(10):
        _asked(session, national_id="899900000077")
    assert len(list_pending_requests(session)) == 3


def _permission(
    code: str, *roles: str, sensitivity: Sensitivity = Sensitivity.CLINICAL
) -> Permission:
    return Permission(code, "Lire", sensitivity, frozenset(roles), needs_patient=True)


def test_plugin_adds_permissions_to_roles() -> None:
    policy = build_policy([_permission("rcp.fiche.read", "physician")])
    assert "rcp.fiche.read" in policy.permissions_of({"physician"})
    assert "rcp.fiche.read" not in policy.permissions_of({"rcp_secretary"})
    assert "rcp.fiche.read" not in build_policy().permissions


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        (_permission("core.patient.read", "physician"), "ACC-001"),
        (_permission("rcp.fiche.read", "wizard"), "ACC-002"),
        (_permission("rcp.fiche.read", "system"), "ACC-002"),
        (_permission("rcp.fiche.read", "regional_admin"), "ACC-003"),
        (_permission("rcp.fiche.read", "support"), "ACC-003"),
    ],
)
def test_plugin_cannot_bend_the_matrix(permission: Permission, code: str) -> None:
    with pytest.raises(PluginError, match=code):
        build_policy([permission])
