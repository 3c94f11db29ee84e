"""``/health`` and ``/metrics``: what an operator's tools read. No patient data, no session."""

import hmac
from dataclasses import asdict, dataclass
from ipaddress import ip_address

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from sqlalchemy.exc import OperationalError

from dcc_core.errors import ConfigError, NotFound
from dcc_core.exchange.health import check_queues
from dcc_core.hooks.contracts.ops import HealthCheck, HealthReport, HealthState
from dcc_core.web.authentication import NO_SESSION
from dcc_core.web.envelope import AnyRequest
from dcc_core.web.guards import PUBLIC
from dcc_core.web.i18n import gettext as _
from dcc_core.web.metrics import CONTENT_TYPE
from dcc_core.web.site import Site

_OPT = {PUBLIC: True, NO_SESSION: True}


@dataclass(frozen=True, slots=True)
class Checked:
    """The state of one dependency; ``plugin`` is empty for the core's own."""

    plugin: str
    key: str
    label: str
    state: HealthState
    text: str = ""


def check_health(site: Site) -> tuple[Checked, ...]:
    """Ask the database and every health check of the plugins; none may take longer than it said."""
    runtime = site.runtime
    absent = [
        Checked(problem.plugin, problem.code, problem.plugin, HealthState.DEGRADED, problem.text)
        for problem in runtime.absent
    ]
    own = (_database(site), _queues(site))
    return (*own, *absent, *(_ask(site, *pair) for pair in site.checks))


def overall(checks: tuple[Checked, ...]) -> HealthState:
    """Return the state of the region: down when the core is, degraded when anything else is."""
    if any(check.state is HealthState.DOWN and not check.plugin for check in checks):
        return HealthState.DOWN
    if any(check.state is not HealthState.OK for check in checks):
        return HealthState.DEGRADED
    return HealthState.OK


def monitoring_routes(site: Site) -> list[ControllerRouterHandler]:
    """Return the routes that operators' tools read."""

    @get("/health", name="core.health", opt=_OPT, sync_to_thread=True, include_in_schema=False)
    def health(request: AnyRequest) -> Response[dict[str, object]]:
        checks = check_health(site)
        state = overall(checks)
        is_operator = _is_operator(request, site)
        shown = [asdict(check) if is_operator else _public(check) for check in checks]
        return Response(
            {"state": state, "checks": shown}, status_code=503 if state is HealthState.DOWN else 200
        )

    @get("/metrics", name="core.metrics", opt=_OPT, sync_to_thread=True, include_in_schema=False)
    def metrics(request: AnyRequest) -> Response[bytes]:
        if not _is_operator(request, site):
            raise NotFound("WEB-404", "")
        return Response(site.metrics.render(), media_type=CONTENT_TYPE)

    return [health, metrics]


def _public(check: Checked) -> dict[str, object]:
    return {"plugin": check.plugin, "key": check.key, "state": check.state}


def _database(site: Site) -> Checked:
    try:
        site.runtime.database.ping()
    except ConfigError as error:
        return Checked("", "core.database", _("Base de données"), HealthState.DOWN, error.text)
    return Checked("", "core.database", _("Base de données"), HealthState.OK)


def _queues(site: Site) -> Checked:
    runtime = site.runtime
    try:
        with runtime.database.reading() as session:
            report = check_queues(session, now=runtime.clock())
    except OperationalError:
        report = HealthReport(HealthState.DEGRADED, _("L'état des échanges est inconnu."))
    return Checked("", "core.queues", _("Échanges"), report.state, report.text)


def _ask(site: Site, plugin: str, check: HealthCheck) -> Checked:
    report = site.runtime.dispatcher.guard(
        plugin, check.key, check.check, timeout_s=check.timeout_s
    ) or HealthReport(HealthState.DOWN, _("Le contrôle n'a pas répondu."))
    return Checked(plugin, check.key, check.label, report.state, report.text)


def _is_operator(request: AnyRequest, site: Site) -> bool:
    token = site.runtime.settings.metrics_token
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    client = request.client
    return client is not None and _is_loopback(client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
