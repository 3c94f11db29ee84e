"""Faults to inject, as data: what to change in which answer of the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tampering:
    """Changes applied to answers; in every mapping a value of None removes the entry.

    Attributes:
        claims: claims of the id_token.
        header: protected header of the id_token and of the logout token.
        algorithm: ``RS256``, ``none``, ``HS256-secret`` (client secret as key),
            ``HS256-public-key`` (our public key as secret) or ``PS256``.
        key: ``current``, ``unknown`` (a key never published) or ``forged`` (the same, under the
            published ``kid``).
        shift_s: seconds added to every date of the tokens: a clock that is ahead or behind.
        callback: parameters of the return to the application.
        token_response: members of the token response.
        userinfo: claims of userinfo.
        userinfo_format: ``json``, ``jwt`` or ``jwt-forged``.
        discovery: members of the discovery document.
        logout: claims of the logout token.
        http: per endpoint (``discovery``, ``jwks``, ``token``, ``userinfo``), a way of failing:
            ``500``, ``html``, ``redirect``, ``huge``, ``list``, ``gzip``, ``cut`` or ``slow``.
    """

    claims: Changes = field(default_factory=dict)
    header: Changes = field(default_factory=dict)
    algorithm: str = "RS256"
    key: str = "current"
    shift_s: int = 0
    callback: Changes = field(default_factory=dict)
    token_response: Changes = field(default_factory=dict)
    userinfo: Changes = field(default_factory=dict)
    userinfo_format: str = "json"
    discovery: Changes = field(default_factory=dict)
    logout: Changes = field(default_factory=dict)
    http: Mapping[str, str] = field(default_factory=dict)


HONEST = Tampering()


def changed(original: Changes, changes: Changes) -> dict[str, Any]:
    """Return a copy of ``original`` with ``changes`` applied."""
    merged = {**original, **changes}
    return {name: value for name, value in merged.items() if value is not None}
