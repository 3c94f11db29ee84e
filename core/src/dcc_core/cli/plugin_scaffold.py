"""Write a new plugin from the template in this package."""

import re
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from dcc_core.checks.run import core_range
from dcc_core.errors import InvalidInput

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SUFFIX = ".jinja"


def write_plugin(name: str, into: Path) -> Path:
    """Write a plugin in a folder of its own and return that folder.

    Raises:
        InvalidInput: ``DCC-P030`` for a name that cannot be an identifier, ``DCC-P031`` when the
            folder exists.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "DCC-P030",
            f"{name!r} cannot name a plugin. Use 2 to 40 lower-case letters, digits and"
            " underscores, a letter first.",
        )
    folder = into / f"dcc-{name.replace('_', '-')}"
    if folder.exists():
        raise InvalidInput("DCC-P031", f"{folder} exists already. Choose another name or folder.")
    environment = Environment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it writes source code, not HTML
    )
    values = {"name": name, "class_name": _class_name(name), "core_range": core_range()}
    template = Path(str(files("dcc_core.cli") / "plugin_template"))
    for source in sorted(path for path in template.rglob(f"*{_SUFFIX}") if path.is_file()):
        relative = str(source.relative_to(template)).removesuffix(_SUFFIX)
        target = folder / relative.replace("package", f"dcc_{name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        rendered = environment.from_string(source.read_text(encoding="utf-8")).render(values)
        target.write_text(rendered, encoding="utf-8")
    return folder


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")) + "Plugin"
