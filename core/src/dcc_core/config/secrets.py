"""Secrets given as files: ``<SETTING>_FILE`` names a file whose text is the value of a secret
setting.

Only fields declared as ``SecretStr`` have this twin, so a setting that is itself a path keeps its
name.
"""

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from dcc_core.errors import ConfigError

SUFFIX = "_file"


def resolve_secret_files(
    model: type[BaseModel], values: Mapping[str, Any], *, prefix: str
) -> dict[str, Any]:
    """Return ``values`` with every ``<secret>_file`` replaced by the secret that its file holds.

    Args:
        model: Settings model that says which fields are secrets.
        values: Raw values by lower-case field name.
        prefix: How the settings are named to an operator, for instance ``DCC_PLUGINS__DMP__``.

    Raises:
        ConfigError: ``DCC-C003`` unreadable file, ``DCC-C005`` secret given both ways.
    """
    resolved = dict(values)
    for name in _secret_fields(model):
        path = resolved.pop(name + SUFFIX, None)
        if path is None:
            continue
        shown = f"{prefix}{name}".upper()
        if name in resolved:
            raise ConfigError(
                "DCC-C005", f"{shown} and {shown}_FILE are both given. Keep only the file."
            )
        resolved[name] = _read(Path(str(path)), f"{shown}_FILE")
    return resolved


def secret_variables(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the file twins that ``model`` accepts."""
    return frozenset(name + SUFFIX for name in _secret_fields(model))


def _secret_fields(model: type[BaseModel]) -> list[str]:
    return [name for name, field in model.model_fields.items() if _is_secret(field.annotation)]


def _is_secret(annotation: Any) -> bool:
    if get_origin(annotation) in {Union, types.UnionType}:
        return any(_is_secret(part) for part in get_args(annotation))
    return annotation is SecretStr


def _read(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            "DCC-C003",
            f"{variable} names the file {path}, which cannot be read ({error.strerror}). "
            "Check the path and that the service account may read it.",
        ) from error
