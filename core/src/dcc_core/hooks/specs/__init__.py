"""The hook specifications, one module per family."""

from dcc_core.hooks.specs.access import AccessHooks
from dcc_core.hooks.specs.auth import AuthHooks
from dcc_core.hooks.specs.data import DataHooks
from dcc_core.hooks.specs.forms import FormHooks
from dcc_core.hooks.specs.labs import LabHooks
from dcc_core.hooks.specs.life import LifeHooks
from dcc_core.hooks.specs.ops import OpsHooks
from dcc_core.hooks.specs.outbound import OutboundHooks
from dcc_core.hooks.specs.web import WebHooks

FAMILIES: tuple[type, ...] = (
    FormHooks,
    AuthHooks,
    AccessHooks,
    LabHooks,
    OutboundHooks,
    WebHooks,
    OpsHooks,
    LifeHooks,
    DataHooks,
)
"""Every family of hooks, in the order of the reference documentation."""
