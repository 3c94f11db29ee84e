"""Settings of one deployment, from the environment and from secret files.

An unknown ``DCC_*`` variable is an error: a misspelt setting that is silently ignored is worse than
a refused start.
"""

import difflib
import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dcc_core.config.secrets import resolve_secret_files, secret_variables
from dcc_core.errors import ConfigError

PREFIX = "DCC_"
NESTED = "__"
MIN_SECRET_LENGTH = 32
_READ_BY_TESTS = frozenset({"DCC_SHARED"})


class Environment(StrEnum):
    """Where the deployment runs; production refuses everything that only helps a demonstration."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Settings common to every deployment; each plugin adds its own under ``plugins``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
    )

    region: str = Field(
        default="",
        description="Slug of the region to run; empty runs all that is installed.",
    )
    env: Environment = Field(
        default=Environment.PRODUCTION, description="`demo`, `test` or `production`."
    )
    home: Path = Field(
        default=Path("dcc-data"), description="Data folder: documents, rules, embedded database."
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL; empty means a SQLite file in the data folder."
    )
    documents_url: str = Field(
        default="",
        description="Store of document bytes, `s3://bucket/prefix`; empty means the data folder.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key from which session and signature keys are derived, 32 characters or more.",
    )
    public_url: str = Field(
        default="", description="Address under which browsers reach the region, no trailing slash."
    )
    log_format: str = Field(
        default="json", pattern="^(json|console)$", description="`json` or `console`."
    )
    log_level: str = Field(
        default="INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="Least level that is logged.",
    )
    plugins: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="Per plugin, as `DCC_PLUGINS__<NAME>__<KEY>`; overrides the region's settings.",
    )
    embedded_worker: bool = Field(
        default=True, description="Whether the web process also works the exchange queues."
    )
    pool_size: int = Field(
        default=10, ge=1, le=200, description="Database connections of one process."
    )
    audit_syslog: str = Field(
        default="", description="Where copies of the audit go, `tls://host:6514`; empty: nowhere."
    )
    audit_syslog_ca: Path | None = Field(
        default=None, description="File of the authority of the syslog server; else the system's."
    )
    audit_archive_months: int = Field(
        default=0,
        ge=0,
        description="Age at which audit rows leave for a sealed archive; 0 keeps them all.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Bearer token that `/metrics` demands; without it only loopback may read it.",
    )

    @property
    def effective_database_url(self) -> str:
        """Return the database URL, with the SQLite file of ``home`` as the embedded default."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'dcc.sqlite3'}"

    @property
    def is_production(self) -> bool:
        """Tell whether demonstration helpers must be refused."""
        return self.env is Environment.PRODUCTION


def load_settings(**overrides: Any) -> Settings:
    """Read the settings of this process; ``overrides`` that are not None win over the environment.

    Raises:
        ConfigError: ``DCC-C001`` unknown variable, ``DCC-C002`` unusable value, ``DCC-C003``
            unreadable secret file, ``DCC-C004`` secret missing or too short in production,
            ``DCC-C005`` secret given twice.
    """
    _refuse_unknown(os.environ.keys())
    given = {
        name: os.environ[variable]
        for name in _own_names()
        if (variable := f"{PREFIX}{name}".upper()) in os.environ
    }
    secrets = resolve_secret_files(Settings, given, prefix=PREFIX)
    chosen = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**(secrets | chosen))
    except ValidationError as error:
        raise _explain(error) from error
    _require_secret(settings)
    return settings


def _own_names() -> frozenset[str]:
    return (frozenset(Settings.model_fields) | secret_variables(Settings)) - {"plugins"}


def _refuse_unknown(variables: Iterable[str]) -> None:
    known = _own_names()
    for name in sorted(set(variables) - _READ_BY_TESTS):
        if not name.startswith(PREFIX):
            continue
        head, *path = name.removeprefix(PREFIX).lower().split(NESTED)
        if (head == "plugins" and len(path) >= 2) or (head in known and not path):
            continue
        near = difflib.get_close_matches(head, known, n=1)
        hint = f" Did you mean {PREFIX}{near[0].upper()}?" if near else ""
        raise ConfigError(
            "DCC-C001", f"unknown setting {name} in the environment.{hint} Remove or correct it."
        )


def _explain(error: ValidationError) -> ConfigError:
    first = error.errors(include_input=False, include_url=False)[0]
    name = PREFIX + NESTED.join(str(part).upper() for part in first["loc"])
    return ConfigError("DCC-C002", f"{name} is not usable: {first['msg']}. Correct its value.")


def _require_secret(settings: Settings) -> None:
    if not settings.is_production:
        return
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    if len(secret) < MIN_SECRET_LENGTH:
        raise ConfigError(
            "DCC-C004",
            f"DCC_SECRET_KEY is missing or shorter than {MIN_SECRET_LENGTH} characters. Put a"
            " random text of 48 characters in a file and name the file in DCC_SECRET_KEY_FILE.",
        )
