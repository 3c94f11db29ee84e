"""Events as JSON, so that they can wait in the outbox."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from dcc_core.errors import PermanentExchangeError
from dcc_core.hooks.contracts.life import EVENT_TYPES, Event

_TYPES = {kind.__name__: kind for kind in EVENT_TYPES}


def dump_event(event: Event) -> dict[str, Any]:
    """Return the event as a JSON object: its type and its fields."""
    values = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    return {"type": type(event).__name__, "values": values}


def load_event(payload: Mapping[str, Any]) -> Event:
    """Return the event that ``dump_event`` wrote.

    Raises:
        PermanentExchangeError: ``EXC-011`` the event is of a type that this version does not know.
    """
    kind = _TYPES.get(payload["type"])
    if kind is None:
        raise PermanentExchangeError(
            "EXC-011",
            f"L'événement {payload['type']} est inconnu de cette version. "
            "Mettez à jour ce serveur, puis relancez l'envoi.",
        )
    known = {field.name: field.type for field in fields(kind)}
    return kind(
        **{
            name: _typed(value, known[name])
            for name, value in payload["values"].items()
            if name in known
        }
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _typed(value: Any, kind: object) -> Any:
    if kind is UUID:
        return UUID(value)
    return datetime.fromisoformat(value) if kind is datetime else value
