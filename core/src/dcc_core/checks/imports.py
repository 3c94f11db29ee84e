"""Plugins import the core through ``dcc_core.api`` and ``dcc_core.testing`` only, and other plugins
through their api.
"""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from dcc_core.config import Region, Settings
from dcc_core.errors import Problem
from dcc_core.plugins import DccPlugin, PluginSet

_CORE = "dcc_core"
_OPEN = ("dcc_core.api", "dcc_core.testing")


def import_problems(region: Region, settings: Settings, plugins: PluginSet) -> Iterator[Problem]:
    """Yield imports of the core's inside, and of another plugin's inside."""
    packages = {_package(type(loaded.instance)): loaded.name for loaded in plugins.plugins}
    for package, name in packages.items():
        for path, module in _imports(package):
            top = module.partition(".")[0]
            if top == _CORE and not module.startswith(_OPEN):
                text = f"{path} imports {module}, which is inside the core."
                yield Problem("DCC-P027", name, text, "Import it from dcc_core.api.")
            elif top in packages and top != package and not module.startswith(f"{top}.api"):
                text = f"{path} imports {module}, which is inside plugin {packages[top]}."
                yield Problem("DCC-P027", name, text, f"Import it from {top}.api, or use a hook.")


def _package(plugin: type[DccPlugin]) -> str:
    return plugin.__module__.partition(".")[0]


def _imports(package: str) -> Iterator[tuple[str, str]]:
    """Yield ``(file, module)`` for every absolute import of a package."""
    origin = import_module(package).__file__
    if origin is None or Path(origin).name != "__init__.py":
        return
    folder = Path(origin).parent
    for path in sorted(folder.rglob("*.py")):
        shown = str(path.relative_to(folder.parent))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((shown, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield shown, node.module
