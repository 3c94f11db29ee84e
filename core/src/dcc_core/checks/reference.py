"""The reference pages written from the code: hooks, settings, permissions. A test holds the files
to it.
"""

from collections.abc import Mapping

from dcc_core.config import Settings
from dcc_core.hooks import HOOKS, HookSpec, Policy
from dcc_core.users import SYSTEM_ROLE, Role, build_policy

_NOTICE = (
    "<!-- Written from the code by `dcc plugins reference`; change the code, not this file. -->\n"
)


def reference_pages() -> Mapping[str, str]:
    """Return the text of each generated page by its file name."""
    return {
        "hooks.md": _hooks_page(),
        "permissions.md": _permissions_page(),
        "settings.md": _settings_page(),
    }


def _hooks_page() -> str:
    lines = [_NOTICE, "# Hooks\n", "Called under one of seven policies:\n"]
    lines += [line.strip() for line in (Policy.__doc__ or "").splitlines()[2:]]
    for family in dict.fromkeys(hook.family for hook in HOOKS.values()):
        lines.append(f"\n## {family.capitalize()}\n")
        for hook in (found for found in HOOKS.values() if found.family == family):
            lines += _hook_lines(hook)
    return "\n".join(lines).rstrip() + "\n"


def _hook_lines(hook: HookSpec) -> list[str]:
    item = hook.options.item.__name__ if hook.options.item else "nothing"
    answer = f"many {item}" if hook.options.many and hook.options.item else item
    facts = f"*{hook.policy}* · answers {answer} · since {hook.options.since}"
    return [f"### `{hook.signature}`\n", f"{facts}\n", f"{hook.documentation}\n"]


def _settings_page() -> str:
    lines = [
        _NOTICE,
        "# Settings\n",
        "Read from the environment; a secret also from `<NAME>_FILE`.\n",
    ]
    lines += ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        lines.append(f"| `DCC_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join(lines).rstrip() + "\n"


def _permissions_page() -> str:
    policy = build_policy()
    roles = [role for role in policy.roles.values() if role.code != SYSTEM_ROLE]
    lines = [
        _NOTICE,
        "# Roles and permissions\n",
        "The core's own; plugins add theirs to these roles. A permission that needs a patient also"
        " asks for a care relation.\n",
        "## Roles\n",
        "| role | meaning | reach | purposes | emergency access | granted by |",
        "|---|---|---|---|---|---|",
        *(_role_line(role) for role in roles),
        "\n## Permissions\n",
        "| permission | meaning | sensitivity | needs a patient | roles |",
        "|---|---|---|---|---|",
    ]
    for permission in policy.permissions.values():
        held = ", ".join(role.code for role in roles if permission.code in role.permissions)
        patient = "yes" if permission.needs_patient else ""
        lines.append(
            f"| `{permission.code}` | {permission.label} | {permission.sensitivity} | {patient}"
            f" | {held} |"
        )
    return "\n".join(lines).rstrip() + "\n"


def _role_line(role: Role) -> str:
    emergency = "yes" if role.break_glass else ""
    granted = ", ".join(sorted(role.granted_by))
    purposes = ", ".join(role.purposes)
    return f"| `{role.code}` | {role.label} | {role.reach} | {purposes} | {emergency} | {granted} |"
