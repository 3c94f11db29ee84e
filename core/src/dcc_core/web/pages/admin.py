"""Administration: plugins and health, settings in force, jobs. No clinical data anywhere here."""

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import get
from pydantic import SecretStr

from dcc_core.jobs import list_jobs
from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, ReadOnly
from dcc_core.web.monitoring import check_health, overall
from dcc_core.web.page import Html, Page

MASK = "••••••"


@get("/admin", name="core.admin", opt={PERMISSION: "core.admin.plugins"}, sync_to_thread=True)
def plugins_page(page: CurrentPage) -> Html:
    """Show the plugins that run, those that are missing, and how their dependencies answer."""
    runtime = page.site.runtime
    checks = check_health(page.site)
    return page.render(
        "core/admin/plugins.html",
        plugins=runtime.plugins,
        absent=runtime.absent,
        failures=runtime.dispatcher.failures,
        checks=checks,
        state=overall(checks),
    )


@get(
    "/admin/reglages",
    name="core.admin.settings",
    opt={PERMISSION: "core.admin.settings"},
    sync_to_thread=True,
)
def settings_page(page: CurrentPage) -> Html:
    """Show the settings in force, secrets masked."""
    return page.render("core/admin/settings.html", groups=dict(_groups(page)))


@get(
    "/admin/taches",
    name="core.admin.jobs",
    opt={PERMISSION: "core.admin.jobs"},
    sync_to_thread=True,
)
def jobs_page(page: CurrentPage, reading: ReadOnly) -> Html:
    """Show the scheduled jobs: last run, next run, last failure."""
    labels = {
        job.key: job.label for _plugin, job in page.site.runtime.dispatcher.collect("dcc_jobs")
    }
    return page.render("core/admin/jobs.html", jobs=list_jobs(reading), labels=labels)


def _groups(page: Page) -> Iterator[tuple[str, Mapping[str, str]]]:
    runtime = page.site.runtime
    yield "", _shown(runtime.settings.model_dump(exclude={"plugins"}))
    for plugin in runtime.plugins:
        yield plugin.name, _shown(plugin.instance.settings.model_dump())


def _shown(values: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name: MASK if isinstance(value, SecretStr) else str(value) for name, value in values.items()
    }


ROUTES = (plugins_page, settings_page, jobs_page)
"""Route handlers of this module."""
