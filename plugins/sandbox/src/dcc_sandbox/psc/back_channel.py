"""Tell the applications that a session has ended."""

import contextlib
from collections.abc import Iterable

import httpx

from dcc_sandbox.psc.provider import LogoutCall

_TIMEOUT_S = 5.0


def call_applications(calls: Iterable[LogoutCall]) -> None:
    """Post the logout tokens; an application that does not answer does not stop the others."""
    with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
        for call in calls:
            with contextlib.suppress(httpx.TransportError):
                client.post(call.url, data={"logout_token": call.logout_token})
