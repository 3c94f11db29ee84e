"""The person behind a request as the studio knows them."""

from dcc_core.api import Page
from dcc_rcp_forms.studio.people import Expert


def expert_of(page: Page) -> Expert:
    """Return who acts, with the rules and the clock of the region."""
    visitor = page.visitor
    return Expert(visitor.actor, visitor.name, page.site.access, page.site.runtime.clock())
