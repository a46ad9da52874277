"""Bring a database to the newest migration. Plain functions: inside a running loop, use `asyncio.to_thread`."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from bot.store.base import PATIENCE_SECONDS, begin_sqlite, prepare_file, set_up_sqlite, unavailable_if_unreachable

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x6D61_6575_6D  # "maeum": the number of PostgreSQL's advisory lock
_WAIT_SECONDS: Final = 60.0
_ONE_AT_A_TIME: Final = threading.Lock()  # Alembic keeps its context in module globals


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that are missing, in one transaction. Safe to repeat.

    Of several processes that do this at once, one works and the others wait for it (a minute at most).
    StoreUnavailable where the database cannot be reached.
    """
    with exclusively(make_url(url)) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to that one; `base` undoes all, and with them everything that is stored."""
    with exclusively(make_url(url)) as connection:
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """At which migration the database is; None for one without any. Makes no file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    with unavailable_if_unreachable(), _engine(parsed) as engine, engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest migration."""
    revision = ScriptDirectory.from_config(_config(None)).get_current_head()
    if revision is None:
        message = f"no migrations in {_SCRIPTS}"
        raise RuntimeError(message)
    return revision


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextlib.contextmanager
def exclusively(url: URL) -> Iterator[Connection]:
    """A transaction in which nobody else can migrate this database: committed at the end, undone by an exception."""
    with _ONE_AT_A_TIME, unavailable_if_unreachable(), _engine(url) as engine:
        if engine.dialect.name == "sqlite":
            prepare_file(url)
            _use_write_ahead_log(engine)
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS:.0f}s'"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection


@contextlib.contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url.set(drivername="sqlite"),
            hide_parameters=True,
            poolclass=NullPool,
            connect_args={"timeout": _WAIT_SECONDS},
        )
        event.listen(engine, "connect", lambda connection, _: set_up_sqlite(connection))
        event.listen(engine, "begin", begin_sqlite)
    else:
        arguments = {"connect_timeout": PATIENCE_SECONDS}
        engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=arguments)
    try:
        yield engine
    finally:
        engine.dispose()


def _use_write_ahead_log(engine: Engine) -> None:
    """Switch the file to WAL, which it then remembers. SQLite does not wait for others here, so we do."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with engine.execution_options(sqlite_begin="").connect() as connection:
                connection.execute(text("PRAGMA journal_mode = WAL"))
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
