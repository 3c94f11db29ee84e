"""Engines and sessions. One session is one transaction, opened and closed by the framework."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event, make_url, text
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from dcc_core.errors import ConfigError

READING = {"dcc_read_only": True, "postgresql_readonly": True}
"""Options of an engine whose transactions the database refuses to write in."""

_QUERY_ONLY = "dcc_query_only"
BUSY_TIMEOUT_MS = 30_000


class Database:
    """The database of a region.

    Attributes:
        engine: The SQLAlchemy engine; services receive sessions, never the engine.
        sessions: Maker of every session, where the layers above listen to transactions and bind
            what services reach through the session.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(**READING)
        self.sessions = sessionmaker(engine, class_=Session, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database (one host, one writer)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session whose block is one transaction: committed at the end, rolled back on
        error.
        """
        with self.sessions() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads and takes no write lock; the database refuses a write."""
        with self.sessions(bind=self._reading) as session, session.begin():
            yield session

    def ping(self) -> None:
        """Ask the database for an answer.

        Raises:
            ConfigError: ``DCC-D001`` when it cannot be reached.
        """
        try:
            with self._reading.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            shown = self.engine.url.render_as_string(hide_password=True)
            raise ConfigError(
                "DCC-D001",
                f"the database {shown} does not answer. Check DCC_DATABASE_URL, the server and its"
                " firewall, then run `dcc doctor`.",
            ) from error

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def open_database(url: str, *, pool_size: int = 10) -> Database:
    """Return the database behind a URL; nothing is connected yet.

    SQLite runs in WAL mode with ``synchronous=FULL``: what was acknowledged survives a power cut.
    Write transactions begin ``IMMEDIATE``, because a read that becomes a write half-way can fail
    for no fault of its own.

    Raises:
        ConfigError: ``DCC-D004`` when the URL cannot be read or names another engine.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            "DCC-D004",
            "DCC_DATABASE_URL is not a database address. Write sqlite:///file or postgresql://host/base.",
        ) from error
    if parsed.get_backend_name() == "sqlite":
        engine = sqlalchemy_engine(
            parsed, hide_parameters=True, connect_args={"check_same_thread": False}
        )
        _prepare_sqlite(engine)
    elif parsed.get_backend_name() == "postgresql":
        engine = sqlalchemy_engine(
            parsed.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=pool_size,
            pool_pre_ping=True,
            connect_args={"application_name": "dcc", "connect_timeout": 5},
        )
        event.listen(engine, "handle_error", _forget_the_row)
    else:
        raise ConfigError(
            "DCC-D004",
            f"DCC_DATABASE_URL names {parsed.get_backend_name()}. Use SQLite or PostgreSQL.",
        )
    return Database(engine)


def _prepare_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _configure_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = (
        None  # the driver's own BEGIN would come too late for DDL and IMMEDIATE
    )
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32768",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get("dcc_read_only"))
    if connection.info.get(_QUERY_ONLY) is not read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info[_QUERY_ONLY] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _forget_the_row(context: ExceptionContext) -> None:
    """Keep of a PostgreSQL error what it is, and not the values of the row it is about.

    The server states them in the detail of the error, whatever ``hide_parameters`` says, and an
    error may end in a log.
    """
    raw: Any = context.original_exception
    told = getattr(raw, "diag", None)
    if told is None or not told.message_detail:
        return
    primary = told.message_primary or type(raw).__name__
    raw.args = (primary,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(raw).__name__}) {primary}",)
