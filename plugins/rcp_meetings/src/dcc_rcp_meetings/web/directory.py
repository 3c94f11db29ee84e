"""The directory: search, one RCP, the public page, CSV out and in."""

from datetime import timedelta

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from dcc_core.api import CurrentPage, FormFields, Html, Level, NotFound, ReadOnly, Transaction
from dcc_rcp_meetings.directory.exchange import export_directory, import_directory
from dcc_rcp_meetings.directory.models import FUNCTION_LABELS, KIND_LABELS, RcpKind
from dcc_rcp_meetings.directory.service import find_rcp, search_rcps
from dcc_rcp_meetings.directory.specialities import speciality_label
from dcc_rcp_meetings.permissions import MANAGE_DIRECTORY, READ_DIRECTORY
from dcc_rcp_meetings.quorum.shelf import rule_on
from dcc_rcp_meetings.sessions.service import list_sessions

_READ = {"permission": READ_DIRECTORY}
_MANAGE = {"permission": MANAGE_DIRECTORY}
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_AHEAD_DAYS = 90


@get("/annuaire", name="rcp_meetings.directory", opt=_READ, sync_to_thread=True)
def directory(
    page: CurrentPage,
    reading: ReadOnly,
    q: FromQuery[str] = "",
    type: FromQuery[str] = "",  # noqa: A002
) -> Html:
    """Search the RCPs of the region."""
    return _list(page, reading, q, type, "rcp_meetings/directory.html")


@get("/public/annuaire", name="rcp_meetings.public", opt={"public": True}, sync_to_thread=True)
def public_directory(
    page: CurrentPage,
    reading: ReadOnly,
    q: FromQuery[str] = "",
    type: FromQuery[str] = "",  # noqa: A002
) -> Html:
    """Show to everybody which RCPs meet, where and when; no name of a person."""
    return _list(page, reading, q, type, "rcp_meetings/public.html")


@get("/annuaire/{code:str}", name="rcp_meetings.rcp", opt=_READ, sync_to_thread=True)
def rcp_page(page: CurrentPage, reading: ReadOnly, code: FromPath[str]) -> Html:
    """Show one RCP: people, rhythm, rules, next sessions."""
    rcp = find_rcp(reading, code)
    if rcp is None:
        raise NotFound("RCP-200", "Cette RCP n'est pas dans l'annuaire.")
    now = page.site.runtime.clock()
    coming = list_sessions(
        reading, after=now, before=now + timedelta(days=_AHEAD_DAYS), rcp_ids=[rcp.id], limit=6
    )
    return page.render(
        "rcp_meetings/rcp.html",
        rcp=rcp,
        coming=coming,
        rule=rule_on(reading, rcp.quorum_code, now.date()),
        weekdays=_WEEKDAYS,
        speciality=speciality_label,
        functions=FUNCTION_LABELS,
    )


@get("/annuaire.csv", name="rcp_meetings.directory.export", opt=_READ, sync_to_thread=True)
def export(reading: ReadOnly) -> Response[str]:
    """Hand out the directory as CSV."""
    headers = {"content-disposition": 'attachment; filename="annuaire-rcp.csv"'}
    text = export_directory(search_rcps(reading))
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@post("/annuaire", name="rcp_meetings.directory.import", opt=_MANAGE, sync_to_thread=True)
def bring_in(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Create and change RCPs from CSV pasted in the page; one fault and nothing is written."""
    report = import_directory(session, data.get("csv", ""), now=page.site.runtime.clock())
    target = page.at("rcp_meetings.directory")
    if report.faults:
        first = report.faults[0]
        notice = f"Rien n'a été enregistré. Ligne {first.line} : {first.text}"
        return page.redirect(target, notice=notice, level=Level.DANGER)
    notice = f"{report.created} RCP créée(s), {report.changed} modifiée(s)."
    return page.redirect(target, notice=notice)


def _list(page: CurrentPage, reading: ReadOnly, text: str, kind: str, template: str) -> Html:
    chosen = RcpKind(kind) if kind in set(RcpKind) else None
    today = page.site.runtime.clock().date()
    return page.render(
        template,
        rcps=search_rcps(reading, text, kind=chosen, active_on=today),
        text=text,
        kind=kind,
        kinds=[(one.value, label) for one, label in KIND_LABELS.items()],
        weekdays=_WEEKDAYS,
    )


ROUTES = (directory, public_directory, rcp_page, export, bring_in)
"""Route handlers of this module."""
