"""The neutral clinical document as JSON and back, without loss.

Every value that JSON has no type for carries its type in ``$``. Fields at their default are left
out, so a document written today reads the same after the contract has grown. Bytes are not embedded
but kept in the content store and referred to by digest. Keys are sorted: the same document gives
the same bytes, hence the same digest.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from dcc_core.errors import PermanentExchangeError
from dcc_core.hooks.contracts import documents, identity, labs

Keep = Callable[[bytes], str]
"""Put bytes in the store and return their digest."""

Fetch = Callable[[str], bytes]
"""Return the bytes of a digest."""

_RECORDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        documents.Attachment,
        documents.BulletList,
        documents.ClinicalDocument,
        documents.Coded,
        documents.DocumentIdentifier,
        documents.Encounter,
        documents.Entry,
        documents.Organisation,
        documents.Paragraph,
        documents.PartialDate,
        documents.Participation,
        documents.Period,
        documents.Professional,
        documents.Quantity,
        documents.Section,
        documents.ServiceEvent,
        documents.Table,
        identity.PatientIdentifier,
        identity.PatientTraits,
        labs.Observation,
    )
}
_ENUMS: dict[str, type[Enum]] = {
    kind.__name__: kind
    for kind in (
        documents.Confidentiality,
        documents.EntryKind,
        documents.Mood,
        documents.NullFlavor,
        documents.Role,
        identity.DatePrecision,
        identity.IdentityAttribute,
        identity.IdentityStatus,
        identity.Sex,
        labs.ObservationStatus,
    )
}


def encode(value: Any, keep: Keep) -> bytes:
    """Return a document, an observation or a tuple of them as canonical JSON, in ASCII."""
    return json.dumps(
        _plain(value, keep), sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("ascii")


def decode(content: bytes, fetch: Fetch) -> Any:
    """Return what ``encode`` wrote.

    Raises:
        PermanentExchangeError: ``REC-020`` when the content was written by a newer version.
    """
    return _typed(json.loads(content), fetch)


def _plain(value: Any, keep: Keep) -> Any:
    if isinstance(value, Enum):
        return {"$": type(value).__name__, "v": value.value}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return {"$": "bytes", "v": keep(value)}
    if isinstance(value, tuple):
        return [_plain(each, keep) for each in value]
    return _plain_scalar(value) or _plain_record(value, keep)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$": "decimal", "v": str(value)}
    if isinstance(value, datetime):
        return {"$": "datetime", "v": value.isoformat()}
    if isinstance(value, date):
        return {"$": "date", "v": value.isoformat()}
    if isinstance(value, frozenset):
        return {"$": "set", "v": sorted(_plain(each, _no_bytes)["v"] for each in value)}
    return None


def _plain_record(value: Any, keep: Keep) -> dict[str, Any]:
    name = type(value).__name__
    if _RECORDS.get(name) is not type(value):
        raise TypeError(f"{name} is not part of the neutral document")
    stored = {
        field.name: _plain(getattr(value, field.name), keep)
        for field in fields(value)
        if not _is_default(field, getattr(value, field.name))
    }
    return {"$": name, **stored}


def _is_default(field: Field[Any], value: Any) -> bool:
    default = field.default
    return default is not MISSING and type(value) is type(default) and value == default


def _typed(value: Any, fetch: Fetch) -> Any:
    if isinstance(value, list):
        return tuple(_typed(each, fetch) for each in value)
    if not isinstance(value, dict):
        return value
    name = value["$"]
    if name in _RECORDS:
        return _record(name, value, fetch)
    return _scalar(name, value["v"], fetch)


def _record(name: str, value: dict[str, Any], fetch: Fetch) -> Any:
    kind = _RECORDS[name]
    known = {field.name for field in fields(kind)}
    given = {key: _typed(each, fetch) for key, each in value.items() if key != "$"}
    if unknown := given.keys() - known:
        raise _too_new(f"{name}.{min(unknown)}")
    return kind(**given)


def _scalar(name: str, value: Any, fetch: Fetch) -> Any:
    if name in _ENUMS:
        return _ENUMS[name](value)
    readers: dict[str, Callable[[Any], Any]] = {
        "bytes": fetch,
        "decimal": Decimal,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "set": lambda values: frozenset(map(identity.IdentityAttribute, values)),
    }
    if name not in readers:
        raise _too_new(name)
    return readers[name](value)


def _no_bytes(_: bytes) -> str:
    raise TypeError("a set holds no bytes")


def _too_new(what: str) -> PermanentExchangeError:
    return PermanentExchangeError(
        "REC-020",
        f"Ce document a été enregistré par une version plus récente ({what} est inconnu ici). "
        "Mettez ce serveur à jour.",
    )
