"""Draw what plugins add to a page, each apart from the others and from the page."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from markupsafe import Markup

from dcc_core.hooks.contracts.access import Actor
from dcc_core.hooks.contracts.web import Panel, PanelContext, Slot
from dcc_core.web.i18n import current_locale
from dcc_core.web.site import Site
from dcc_core.web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel ready to stand in a page.

    Attributes:
        body: Its HTML; None when the plugin failed, and the page then says so.
    """

    key: str
    plugin: str
    title: str
    body: Markup | None


def draw_panels(
    site: Site,
    visitor: Visitor,
    slot: Slot,
    *,
    patient_id: UUID | None = None,
    document_id: UUID | None = None,
    message_id: int | None = None,
) -> tuple[DrawnPanel, ...]:
    """Return the panels of a slot that this visitor may see and that have something to show."""
    drawn = []
    for plugin, panel in site.panels:
        if panel.slot is not slot or not visitor.may(panel.permission):
            continue
        draw = partial(_draw, site, panel, visitor.actor, patient_id, document_id, message_id)
        answer = site.runtime.dispatcher.guard(plugin, panel.key, draw)
        if answer != ():
            body = answer[0] if answer else None
            drawn.append(DrawnPanel(panel.key, plugin, panel.title, body))
    return tuple(drawn)


def _draw(
    site: Site,
    panel: Panel,
    actor: Actor,
    patient_id: UUID | None,
    document_id: UUID | None,
    message_id: int | None,
) -> tuple[Markup, ...]:
    """Return the HTML of a panel, nothing when it has nothing to show.

    The panel reads in a session of its own: one that hangs keeps nothing of the page's.
    """
    with site.runtime.database.reading() as session:
        view = panel.render(
            PanelContext(session, actor, patient_id, document_id, current_locale(), message_id)
        )
        if view is None:
            return ()
        template = site.templates.get_template(view.template)
        return (Markup(template.render(**view.values)),)  # noqa: S704 - drawn with autoescape
