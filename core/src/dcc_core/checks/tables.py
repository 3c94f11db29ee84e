"""Tables of plugins: prefix, owner, and what a foreign key to a patient obliges to."""

from collections.abc import Iterator

from sqlalchemy import Table
from sqlmodel import SQLModel

from dcc_core.config import Region, Settings
from dcc_core.db.tables import PATIENT_TABLE
from dcc_core.errors import Problem
from dcc_core.patients.references import merge_obstacles
from dcc_core.plugins import DccPlugin, PluginSet

_REQUIRED_WITH_PATIENT = ("dcc_patient_merged", "dcc_patient_export")


def table_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield tables without the plugin's prefix, and patient data without merge and export hooks."""
    for loaded in plugins.plugins:
        plugin = type(loaded.instance)
        tables = plugin_tables(plugin)
        for table in tables:
            if not table.name.startswith(plugin.table_prefix()):
                yield Problem(
                    "DCC-P016",
                    loaded.name,
                    f"table {table.name} does not start with {plugin.table_prefix()}.",
                    "Name it with the plugin's prefix.",
                )
        if tables and plugin.migrations is None:
            text = f"it has tables ({tables[0].name} …) and no migrations."
            yield Problem(
                "DCC-P017", loaded.name, text, "Declare `migrations` and write a revision."
            )
        yield from _patient_problems(plugins, loaded.name, tables)
    yield from merge_obstacles()


def plugin_tables(plugin: type[DccPlugin]) -> list[Table]:
    """Return the tables that the modules of a plugin's package define, by name."""
    package = plugin.__module__.partition(".")[0]
    found = {
        table.name: table
        for module, table in _all_tables(SQLModel)
        if module.partition(".")[0] == package or module in plugin.models
    }
    return [found[name] for name in sorted(found)]


def refers_to_patient(table: Table) -> bool:
    """Tell whether the table has a foreign key to a patient."""
    return any(key.column.table.name == PATIENT_TABLE for key in table.foreign_keys)


def _patient_problems(plugins: PluginSet, name: str, tables: list[Table]) -> Iterator[Problem]:
    holding = [table.name for table in tables if refers_to_patient(table)]
    for hook in _REQUIRED_WITH_PATIENT if holding else ():
        if name not in plugins.dispatcher.implementers(hook):
            yield Problem(
                "DCC-P018",
                name,
                f"table {holding[0]} refers to a patient, and {hook} is not implemented.",
                "Implement it: a merge or an access request must not forget these rows.",
            )


def _all_tables(base: type[SQLModel]) -> Iterator[tuple[str, Table]]:
    """Yield ``(module, table)`` for every model below ``base``."""
    for model in base.__subclasses__():
        table = getattr(model, "__table__", None)
        if isinstance(table, Table):
            yield model.__module__, table
        yield from _all_tables(model)
