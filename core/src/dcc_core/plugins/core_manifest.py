"""The core described as a plugin describes itself: tables, migrations, templates.

The same machinery then serves both, and the core is the first user of its own contract.
"""

from dcc_core.plugins.manifest import DccPlugin, Quality


class CoreManifest(DccPlugin):
    """Manifest of the core. It implements no hook: what the core does, it does by itself."""

    name = "core"
    label = "Cœur"
    models = (
        "dcc_core.audit.tables",
        "dcc_core.users.tables",
        "dcc_core.users.access_tables",
        "dcc_core.users.notification_tables",
        "dcc_core.patients.guards",
        "dcc_core.records.tables",
        "dcc_core.exchange.tables",
        "dcc_core.jobs.tables",
        "dcc_core.live.tables",
        "dcc_core.legacy.tables",
    )
    migrations = "dcc_core.db.versions"
    templates = "dcc_core.web:templates"
    static = "dcc_core.web:static"
    quality = Quality.GOLD
