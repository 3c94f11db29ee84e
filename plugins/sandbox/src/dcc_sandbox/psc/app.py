"""The sandbox provider as a web application."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide

from dcc_sandbox.psc.control import CONTROL_HANDLERS
from dcc_sandbox.psc.endpoints import ENDPOINTS
from dcc_sandbox.psc.network_faults import NetworkFaults
from dcc_sandbox.psc.pages import PAGES
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.registrations import OAuthFault


def create_psc_app(provider: PscProvider) -> Litestar:
    """Return the application; ``provider.tampering`` is obeyed on every request."""
    return Litestar(
        route_handlers=[*ENDPOINTS, *PAGES, *CONTROL_HANDLERS],
        dependencies={"provider": Provide(lambda: provider, sync_to_thread=False)},
        middleware=[NetworkFaults(provider)],
        exception_handlers={OAuthFault: _explain_fault},
        openapi_config=None,
        logging_config=None,
    )


def _explain_fault(_: Request[Any, Any, Any], fault: Exception) -> Response[dict[str, str]]:
    """Answer as Keycloak does: ``error`` and a description."""
    assert isinstance(fault, OAuthFault)  # noqa: S101 - registered for this type only
    return Response(
        {"error": fault.code, "error_description": f"Bac à sable : {fault.code}"},
        status_code=fault.status,
        headers={"Cache-Control": "no-store"},
    )
