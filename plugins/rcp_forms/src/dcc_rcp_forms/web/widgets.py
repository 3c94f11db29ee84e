"""Controls of the field types that plugins bring: their template, in the region's environment."""

from dataclasses import dataclass

from jinja2 import TemplateNotFound
from markupsafe import Markup

from dcc_core.api import Page
from dcc_rcp_forms.language.field_types import FIELD_TYPES
from dcc_rcp_forms.language.model import Field


@dataclass(frozen=True, slots=True)
class WidgetField:
    """What the template of a field type is given as `field`."""

    id: str
    name: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """Draws the controls of one page; a type whose plugin is gone falls back to a plain text."""

    page: Page

    def __call__(self, item: Field, control_id: str, name: str, value: str) -> str:
        """Return the control, empty when the plugin or its template is not there."""
        extension = FIELD_TYPES.find(item.extension)
        if extension is None:
            return ""
        field = WidgetField(control_id, name, value, item.label)
        try:
            drawn = self.page.draw(extension.template, field=field)
        except TemplateNotFound:  # the plugin is installed, and not part of this region
            return ""
        return Markup(drawn)  # noqa: S704  drawn by the plugin's template
