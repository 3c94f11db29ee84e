"""``dcc user``: accounts from the command line, the first administrator included."""

from datetime import datetime
from typing import Any
from uuid import UUID

import click
from pydantic import ValidationError
from sqlmodel import Session

from dcc_core.audit import AuditContext, audit_context
from dcc_core.audit.context import SYSTEM
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.config.keys import master_secret
from dcc_core.errors import NotFound
from dcc_core.hooks.contracts.access import Purpose
from dcc_core.users import (
    Account,
    AccountIn,
    AccountOut,
    DeviceCookies,
    LocalAuthentication,
    Vault,
    build_policy,
    create_account,
    disable_account,
    find_account,
    find_organisation,
    grant_role,
    invite,
    list_accounts,
    list_grants,
)
from dcc_core.web.runtime import Runtime

_CLI = AuditContext(via="cli", purpose=Purpose.ADMINISTRATION)


@click.group("user")
def group() -> None:
    """Create accounts, grant roles, disable."""


@group.command("list")
@click.option("--name", default="", help="Beginning of the family name.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def list_command(name: str, limit: int, as_json: bool) -> None:
    """List accounts by name, with their roles."""
    with open_runtime() as runtime, runtime.database.reading() as session:
        found = [
            _shown(session, account, runtime.clock())
            for account in list_accounts(session, text=name, limit=limit)
        ]
    if as_json:
        print_json({"accounts": found})
        return
    columns = ("id", "family_name", "given_name", "national_id", "login", "state", "roles")
    print_table(columns, (tuple(row[column] or "" for column in columns) for row in found))


@group.command()
@click.option("--family-name", required=True)
@click.option("--given-name", required=True)
@click.option("--national-id", help="PS_IdNat: 8 + RPPS, 3 + FINESS/…, as the directory writes it.")
@click.option("--login", help="Gives a local account; prints the invitation to hand over.")
@click.option("--profession", default="")
@click.option("--email", default="")
@json_option
def create(as_json: bool, **values: Any) -> None:
    """Create an account. It can do nothing until a role is granted."""
    try:
        entry = AccountIn.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        option = str(first["loc"][0]).replace("_", "-") if first["loc"] else "input"
        raise click.UsageError(f"--{option}: {first['msg']}") from error
    if not (entry.national_id or entry.login):
        raise click.UsageError("Give --national-id, --login, or both.")
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        account = create_account(session, entry=entry, now=runtime.clock())
        shown = {"id": str(account.id), "invitation": _invitation(session, account, runtime)}
    if as_json:
        print_json(shown)
        return
    click.echo(f"account {shown['id']}")
    if shown["invitation"]:
        address = f"{runtime.settings.public_url}/invitation?jeton={shown['invitation']}"
        click.echo(f"invitation, good once and for 72 hours: {address}")


@group.command()
@click.argument("account")
@click.argument("role")
@click.option("--organisation", help="FINESS or SIRET: the role counts only there.")
@click.option("--scope", default="", help="rcp:… or another scope of the role.")
@json_option
def grant(account: str, role: str, organisation: str | None, scope: str, as_json: bool) -> None:
    """Grant a role to an account, named by identifier, login or id."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        given = grant_role(
            session,
            account_id=_find(session, account).id,
            role=role,
            author=SYSTEM,
            policy=build_policy(),
            now=runtime.clock(),
            organisation_id=_organisation(session, organisation),
            scope=scope,
        )
        shown = given.model_dump(mode="json")
    if as_json:
        print_json(shown)
    else:
        click.echo(f"role {role} granted to {shown['account_id']}")


@group.command()
@click.argument("account")
@click.option("--reason", required=True, help="Why, for the audit.")
@json_option
def disable(account: str, reason: str, as_json: bool) -> None:
    """Disable an account and end its sessions; what its holder wrote stays theirs."""
    with open_runtime() as runtime, audit_context(_CLI), runtime.session() as session:
        found = _find(session, account)
        disable_account(session, account_id=found.id, reason=reason, now=runtime.clock())
        shown = str(found.id)
    if as_json:
        print_json({"disabled": shown})
    else:
        click.echo(f"account {shown} disabled")


def _find(session: Session, name: str) -> Account:
    found = find_account(session, name) or _by_id(session, name)
    if found is None:
        raise NotFound(
            "ACC-442", "Aucun compte ne porte cet identifiant. Vérifiez-le avec `dcc user list`."
        )
    return found


def _by_id(session: Session, name: str) -> Account | None:
    try:
        return session.get(Account, UUID(name))
    except ValueError:
        return None


def _organisation(session: Session, number: str | None) -> UUID | None:
    if number is None:
        return None
    found = find_organisation(session, number)
    if found is None:
        raise NotFound("ACC-422", "Aucune structure ne porte ce numéro. Enregistrez-la d'abord.")
    return found.id


def _invitation(session: Session, account: Account, runtime: Runtime) -> str:
    if not account.login:
        return ""
    secret = master_secret(runtime.settings)
    local = LocalAuthentication(Vault(secret), DeviceCookies(secret))
    return invite(session, account_id=account.id, local=local, now=runtime.clock())


def _shown(session: Session, account: Account, now: datetime) -> dict[str, Any]:
    roles = [grant.role for grant in list_grants(session, account_id=account.id, now=now)]
    return AccountOut.model_validate(account).model_dump(mode="json") | {"roles": ", ".join(roles)}
