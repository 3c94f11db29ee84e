"""Every route of the plugin."""

from litestar.types import ControllerRouterHandler

from dcc_rcp_meetings.web import (
    calendar,
    cases,
    directory,
    feed,
    fiche,
    follow,
    patient,
    sessions,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *calendar.ROUTES,
    *sessions.ROUTES,
    *cases.ROUTES,
    *fiche.ROUTES,
    *follow.ROUTES,
    *patient.ROUTES,
    *directory.ROUTES,
    *feed.ROUTES,
)
"""Route handlers, mounted under ``/x/rcp_meetings/``."""
