"""Who may write what, and when."""

from collections.abc import Collection

from dcc_rcp_forms.language.model import Field, Form, Phase


def writable_fields(form: Form, phase: Phase, roles: Collection[str]) -> frozenset[str]:
    """Return the fields these roles may write during a phase.

    A field may be written from its own phase on; a phase without listed roles is open to every role
    of the fiche. This restricts rights, it never gives any.
    """
    rule = next((rule for rule in form.phases if rule.phase is phase), None)
    if rule and rule.roles and not set(rule.roles) & set(roles):
        return frozenset()
    return frozenset(item.id for item in form.fields() if _is_open(item, phase))


def _is_open(item: Field, phase: Phase) -> bool:
    return item.is_answerable and not item.is_hidden and item.phase.rank <= phase.rank
