"""Published quorum rules: put there once, never changed, chosen by the day of the session."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from dcc_core.api import Conflict, record_event
from dcc_rcp_meetings.quorum.rules import QuorumRule, national_definitions, read_rule
from dcc_rcp_meetings.tables import QuorumRuleRow


def publish_rule(
    session: Session, definition: Mapping[str, Any], *, author: str, now: datetime
) -> tuple[QuorumRule, bool]:
    """Publish a version of a rule; tell whether it is new.

    Raises:
        InvalidInput: ``RCP-101`` to ``RCP-103`` it cannot be used.
        Conflict: ``RCP-104`` this version exists with other contents.
    """
    rule = read_rule(definition)
    known = _find(session, rule.code, rule.version)
    if known is not None:
        if known.definition != dict(definition):
            raise Conflict(
                "RCP-104",
                f"La version {rule.version} de {rule.code} est déjà publiée avec un autre contenu. "
                "Changez de numéro de version.",
            )
        return rule, False
    row = QuorumRuleRow(
        code=rule.code,
        version=rule.version,
        label=rule.label,
        definition=dict(definition),
        author=author,
        published_at=now,
    )
    session.add(row)
    session.flush()
    record_event(
        session,
        "rcp.quorum.publish",
        object_kind="quorum_rule",
        object_id=row.id,
        details={"rule": rule.reference},
    )
    return rule, True


def publish_national_rules(session: Session, *, now: datetime) -> None:
    """Put the rules shipped with the product on the shelf."""
    for definition in national_definitions():
        publish_rule(session, definition, author="national", now=now)


def rule_on(session: Session, code: str, day: date) -> QuorumRule | None:
    """Return the version of a rule that applies that day: the one in force that began last."""
    rules = (rule for rule in list_rules(session, code) if rule.is_in_force(day))
    return max(rules, key=lambda rule: (rule.valid_from, rule.version), default=None)


def list_rules(session: Session, code: str = "") -> tuple[QuorumRule, ...]:
    """Return every published version, by code and date."""
    statement = select(QuorumRuleRow)
    if code:
        statement = statement.where(QuorumRuleRow.code == code)
    rules = [read_rule(row.definition) for row in session.exec(statement)]
    return tuple(sorted(rules, key=lambda rule: (rule.code, rule.valid_from, rule.version)))


def _find(session: Session, code: str, version: str) -> QuorumRuleRow | None:
    return session.exec(
        select(QuorumRuleRow).where(
            col(QuorumRuleRow.code) == code, QuorumRuleRow.version == version
        )
    ).first()
