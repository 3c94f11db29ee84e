"""Who may do what in principle: the role matrix joined with every declared permission.

The matrix is data (``roles.toml``). It says what a role may do in principle; ``decide`` then looks
at the patient, the establishment, the document and the purpose.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from dcc_core.errors import PluginError
from dcc_core.hooks.contracts.access import Permission, Purpose, Sensitivity
from dcc_core.users.permissions import CORE_PERMISSIONS

SYSTEM_ROLE = "system"
"""Role of jobs, workers and the command line; never granted to an account."""


class Reach(StrEnum):
    """The patients that a role's permissions bear on."""

    RELATION = "relation"
    SCOPE = "scope"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the matrix.

    Attributes:
        purposes: Purposes of use that its holders may invoke, the usual one first.
        granted_by: Roles whose holders may grant it.
        break_glass: Whether emergency access is offered to its holders.
        clinical: Whether it may hold permissions that open clinical data; administrators never do.
    """

    code: str
    label: str
    reach: Reach
    permissions: frozenset[str]
    purposes: tuple[Purpose, ...]
    granted_by: frozenset[str] = frozenset()
    break_glass: bool = False
    clinical: bool = False


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    """Conditions of emergency access: how long, for what, on which stated reasons."""

    minutes: int
    min_justification: int
    permissions: frozenset[str]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The matrix in force: permissions by code, roles by code, emergency and fallback rules."""

    permissions: Mapping[str, Permission]
    roles: Mapping[str, Role]
    emergency: EmergencyRules
    refused_in_fallback: frozenset[str]

    def roles_with(self, action: str, held: Iterable[str]) -> tuple[Role, ...]:
        """Return the roles among ``held`` that hold the permission, in a stable order."""
        known = (self.roles[code] for code in sorted(held) if code in self.roles)
        return tuple(role for role in known if action in role.permissions)

    def permissions_of(self, held: Iterable[str]) -> frozenset[str]:
        """Return what these roles allow in principle: menus show it, decisions do not rely on
        it.
        """
        return frozenset().union(
            *(self.roles[code].permissions for code in held if code in self.roles)
        )


def build_policy(plugin_permissions: Iterable[Permission] = ()) -> AccessPolicy:
    """Return the matrix with the permissions of the region's plugins added to their default roles.

    Raises:
        PluginError: ``ACC-001`` a permission is declared twice, ``ACC-002`` it names an unknown
            role, ``ACC-003`` it would open clinical data to a role that may not see any.
    """
    matrix = _read_matrix()
    permissions = {permission.code: permission for permission in CORE_PERMISSIONS}
    roles = {code: _role(code, raw) for code, raw in matrix["roles"].items()}
    for permission in plugin_permissions:
        _refuse_unusable(permission, permissions, roles)
        permissions[permission.code] = permission
        for code in permission.default_roles:
            role = roles[code]
            roles[code] = replace(role, permissions=role.permissions | {permission.code})
    roles[SYSTEM_ROLE] = _system_role(permissions)
    return AccessPolicy(
        permissions=MappingProxyType(permissions),
        roles=MappingProxyType(roles),
        emergency=_emergency(matrix["emergency"]),
        refused_in_fallback=frozenset(matrix["fallback"]["refused"]),
    )


@cache
def _read_matrix() -> dict[str, Any]:
    text = files("dcc_core.users").joinpath("roles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _role(code: str, raw: Mapping[str, Any]) -> Role:
    return Role(
        code=code,
        label=raw["label"],
        reach=Reach(raw["reach"]),
        permissions=frozenset(raw["permissions"]),
        purposes=tuple(Purpose(purpose) for purpose in raw["purposes"]),
        granted_by=frozenset(raw["granted_by"]),
        break_glass=raw.get("break_glass", False),
        clinical=raw.get("clinical", False),
    )


def _system_role(permissions: Iterable[str]) -> Role:
    return Role(
        SYSTEM_ROLE, "Système", Reach.ALL, frozenset(permissions), tuple(Purpose), clinical=True
    )


def _emergency(raw: Mapping[str, Any]) -> EmergencyRules:
    return EmergencyRules(
        minutes=raw["minutes"],
        min_justification=raw["min_justification"],
        permissions=frozenset(raw["permissions"]),
        reasons=MappingProxyType(dict(raw["reasons"])),
    )


def _refuse_unusable(
    permission: Permission, permissions: Mapping[str, Permission], roles: Mapping[str, Role]
) -> None:
    if permission.code in permissions:
        raise PluginError(
            "ACC-001", f"permission {permission.code} is declared twice. Rename one of them."
        )
    unknown = sorted(permission.default_roles - roles.keys())
    if unknown:
        raise PluginError(
            "ACC-002",
            f"permission {permission.code} names unknown roles: {', '.join(unknown)}. "
            f"The roles are: {', '.join(roles)}.",
        )
    barred = sorted(code for code in permission.default_roles if not roles[code].clinical)
    if permission.sensitivity is Sensitivity.CLINICAL and barred:
        raise PluginError(
            "ACC-003",
            f"permission {permission.code} opens clinical data to {', '.join(barred)}, which may"
            " hold none. Take these roles out of its default roles.",
        )
