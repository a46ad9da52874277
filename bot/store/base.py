"""The database itself: connections, transactions, and the one place where a driver's errors become ours."""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, DateTime, Dialect, MetaData, event, make_url, text
from sqlalchemy import exc as sa_exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from bot.anchor import ANCHOR, MOVE, Anchor, Move
from bot.errors import StoreBusy, StoreUnavailable
from bot.files import private_folder, tell_if_open_to_others

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 2
"""How long anything waits for the database before giving up. A delivery must be answered within 3 s."""

_BEGIN: Final = "sqlite_begin"
_CHECKPOINT_SECONDS: Final = 1.0
_CHECKPOINT_PAUSE: Final = 0.05
_REWRITTEN: Final = 32 * 2**20
"""Bytes up to which a table of PostgreSQL's is written anew after an erasure. Meanwhile nobody else can use it, and
that is to take a fraction of a second."""
_SIZE: Final = (
    "SELECT sum(pg_total_relation_size(part)) FROM (SELECT '{table}'::regclass AS part "
    "UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = '{table}'::regclass) AS parts"
)
"""Bytes of a table, with those of the pieces that a hypertable consists of."""
_REWRITE_PATIENCE: Final = "500ms"
"""How long such a rewriting waits for its turn: everybody else waits behind it."""
_UNREACHABLE: Final = (
    sa_exc.OperationalError,
    sa_exc.InterfaceError,
    sa_exc.TimeoutError,  # no free connection in the pool
    TimeoutError,
    ConnectionError,
)
_NO_TABLES: Final = "the database has no tables, or old ones; run: maeum db upgrade"
_LOCKED: Final = "the database is locked by somebody else; try again, or end what holds it"
_BUSY: Final = ("55P03", "40P01", "SQLITE_BUSY", "SQLITE_LOCKED")
"""Codes after which the same may go well in a moment; 40P01 is PostgreSQL's for two that waited for each other."""
_TROUBLE: Final = {
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,  # a column is missing
    **dict.fromkeys(_BUSY, _LOCKED),
    "SQLITE_NOTADB": "the file is no database; name another, or move it away",
    "SQLITE_CORRUPT": "the database file is damaged; put it back from a copy",
    "SQLITE_CANTOPEN": "the database file cannot be opened; check the path and its permissions",
    "SQLITE_READONLY": "the database file cannot be written; check its permissions",
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_IOERR": "the disk does not read or write; check it, and the room on it",
}
"""What a driver's code means, and what to do. SQLite's longer codes begin with one of these."""
_MISSING: Final = ("no such table", "no such column", "has no column")
_UNUSABLE: Final = "the database file cannot be used; check the path and the disk"
_NO_CONNECTION: Final = "no connection; start the server, or check host, port, user, password and name"
_TOO_LATE: Final = "the database did not answer in time; try again, or check the server"


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC on every database. A naive time is refused: it means a different moment elsewhere.

    PostgreSQL has `timestamptz`; SQLite stores text without a zone, always in UTC, so that text order is time order.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Into the database, in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        """Out of the database, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The root of the tables. Each declares in `info["erasure"]` what becomes of it when a person is erased."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class Store:
    """Sessions over one database, SQLite or PostgreSQL, whose tables stand (`maeum db upgrade`).

    `begin()` is a transaction that may write, `read()` one that only reads; both raise StoreUnavailable where the
    database cannot be reached or has no tables, and StoreBusy where others hold it for longer than two seconds. A
    Store belongs to one event loop. The URL's password and the parameters of statements show in no error.
    """

    def __init__(self, url: str, anchor: Anchor | None = None) -> None:
        """Prepare; nothing is connected before the first use. The folder of a SQLite file is made here.

        `anchor` follows the audit log: it moves when a transaction that wrote an entry is committed.
        """
        self._anchor = anchor
        self.url: Final = make_url(url)
        self.is_sqlite: Final = self.url.get_backend_name() == "sqlite"
        self.kind: Final = "SQLite" if self.is_sqlite else "PostgreSQL"
        if self.is_sqlite:
            prepare_file(self.url)
        self.engine: Final = create_async_engine(
            self.url,
            hide_parameters=True,
            pool_pre_ping=not self.is_sqlite,
            pool_timeout=PATIENCE_SECONDS,
            connect_args={"timeout": PATIENCE_SECONDS} if self.is_sqlite else _postgresql_arguments(),
        )
        event.listen(self.engine.sync_engine, "connect", _set_up_sqlite if self.is_sqlite else _set_up_postgresql)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "begin", begin_sqlite)
        self.sessions: Final = async_sessionmaker(
            self.engine.execution_options(**{_BEGIN: "IMMEDIATE"}), expire_on_commit=False, info={ANCHOR: anchor}
        )
        """Sessions that may write. Prefer `begin()`, which also maps the errors."""
        self._readers: Final = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite lets one writer in at a time and its own waiting is not fair: our writers queue here instead.
        self._writing: Final = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end, undone by any exception."""
        with unavailable_if_unreachable():
            async with self._turn(), self.sessions.begin() as session:
                yield session
        await self._follow(session.info.get(MOVE))

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction for queries only. It holds up no writer."""
        with unavailable_if_unreachable():
            async with self._readers() as session:
                yield session

    async def ping(self) -> None:
        """Return if the database answers, raise StoreUnavailable otherwise."""
        async with self.read() as session:
            # SQLite would answer a bare SELECT without a look at the file.
            await session.execute(text("PRAGMA schema_version" if self.is_sqlite else "SELECT 1"))

    async def forget_log(self, touched: Collection[str] = ()) -> None:
        """Remove from the files what was deleted from these tables, as far as can be done from here.

        SQLite: empty the write-ahead log, in which erased rows would otherwise live on until it is reused; the rows
        themselves were overwritten with zeroes. Tries for a second, and lets writers go between the tries; should
        somebody read for longer, the next call does it, and a warning says so.

        PostgreSQL keeps deleted row versions. A table of up to 32 MiB is written anew without them (VACUUM FULL); a
        larger one, or one in use, is vacuumed: nobody can query them any more, and their bytes are overwritten when
        the room is used again. What stands in the server's own write-ahead log, its archive, replicas and backups is
        out of reach from here. Where the role does not own the tables the server skips them.

        StoreUnavailable where writers leave it no turn.
        """
        with unavailable_if_unreachable():
            if not self.is_sqlite:
                await self._vacuum(touched)
                return
            clock = asyncio.get_running_loop().time
            deadline = clock() + _CHECKPOINT_SECONDS
            while clock() < deadline:
                if await self._checkpoint():
                    return
                await asyncio.sleep(_CHECKPOINT_PAUSE)
        log.warning("the write-ahead log is in use and could not be emptied; the next erasure or retention will")

    async def _vacuum(self, tables: Collection[str]) -> None:
        """Vacuum these tables, each by itself: it cannot be done inside a transaction."""
        if not tables:
            return
        async with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text(f"SET lock_timeout = '{_REWRITE_PATIENCE}'"))
            try:
                for table in tables:
                    size = await connection.scalar(text(_SIZE.format(table=table)))
                    # ANALYZE, because the planner's statistics keep values of the rows that it saw.
                    how = "VACUUM (FULL, ANALYZE)" if (size or 0) <= _REWRITTEN else "VACUUM (ANALYZE)"
                    try:
                        await connection.execute(text(f"{how} {table}"))
                    except sa_exc.OperationalError as error:
                        if getattr(error.orig, "sqlstate", None) not in _BUSY:
                            raise
                        log.info("%s is in use and was not written anew; it is vacuumed instead", table)
                        with contextlib.suppress(sa_exc.OperationalError):
                            await connection.execute(text(f"VACUUM (ANALYZE) {table}"))
            finally:
                await connection.execute(text(f"SET lock_timeout = '{PATIENCE_SECONDS}s'"))

    async def _checkpoint(self) -> bool:
        """Try once to empty the log; whether it is empty."""
        # A checkpoint may not run inside a transaction, so none is begun.
        async with self._turn(), self.engine.execution_options(**{_BEGIN: ""}).connect() as connection:
            # It would wait for readers as patiently as a writer does, and our writers would wait behind it.
            await connection.execute(text("PRAGMA busy_timeout = 0"))
            try:
                busy, *_ = (await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
            finally:
                await connection.execute(text(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}"))
        return not busy

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def _follow(self, move: Move | None) -> None:
        """Move the anchor of the audit log. What is committed stays so where the anchor cannot be written."""
        if self._anchor is None or move is None:
            return
        try:
            await asyncio.to_thread(self._anchor.move, move)
        except OSError as error:
            log.warning("the anchor of the audit log could not be written: %s", type(error).__name__)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if not self.is_sqlite:
            yield
            return
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._writing.acquire()
        try:
            yield
        finally:
            self._writing.release()


@contextlib.contextmanager
def unavailable_if_unreachable() -> Iterator[None]:
    """Turn what a driver raises when it cannot reach or use the database into StoreUnavailable.

    The driver's words are dropped, they can quote rows; its type and code stay, with what to do.
    """
    try:
        yield
    except sa_exc.DBAPIError as error:
        lost = isinstance(error, _UNREACHABLE) or error.connection_invalidated
        message = _explained(error.orig, lost=lost)
        if message is None:
            raise
        kind = StoreBusy if _code(error.orig).startswith(_BUSY) else StoreUnavailable
        raise kind(message) from None
    except (TimeoutError, sa_exc.TimeoutError) as error:  # no turn, or no free connection
        message = f"{_TOO_LATE} ({type(error).__name__})"
        raise StoreBusy(message) from None
    except _UNREACHABLE as error:
        message = f"{_TOO_LATE} ({type(error).__name__})"
        raise StoreUnavailable(message) from None


def _explained(error: BaseException | None, *, lost: bool) -> str | None:
    """What happened and what to do; None for an error that is neither known nor means a lost connection."""
    code = _code(error)
    if code == "SQLITE_ERROR" and any(missing in str(error) for missing in _MISSING):
        return _NO_TABLES
    known = next((meaning for start, meaning in _TROUBLE.items() if code.startswith(start)), None)
    if known is not None:
        return f"{known} ({code})"
    if not lost:
        return None
    return f"{_UNUSABLE if code.startswith('SQLITE') else _NO_CONNECTION} ({code or type(error).__name__})"


def _code(error: BaseException | None) -> str:
    """The driver's own code; empty where it gives none."""
    return getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""


def prepare_file(url: URL) -> None:
    """Make a SQLite database's folder, and its file for its owner only. SQLite's side files inherit the file's mode.

    A folder or a file that stands already keeps its mode; a warning tells of a file that is open to others.
    """
    if not url.database or url.database == ":memory:":
        message = "a database in memory is lost at the end; name a file"
        raise StoreUnavailable(message)
    path = Path(url.database)
    try:
        private_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        tell_if_open_to_others(path)
    except OSError as error:
        message = f"the database file cannot be opened ({type(error).__name__})"
        raise StoreUnavailable(message) from None


def begin_sqlite(connection: Connection) -> None:
    """Begin as the options say: IMMEDIATE for writers, who then wait in line instead of failing half-way.

    The driver's own habit, to begin at the first write, cannot wait once a transaction has read.
    """
    kind = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    if kind:
        connection.exec_driver_sql(f"BEGIN {kind}")


def set_up_sqlite(connection: sqlite3.Connection) -> None:
    """What every SQLite connection needs: our own BEGIN, foreign keys, and zeroes in the place of deleted rows."""
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _set_up_sqlite(connection: DBAPIConnection, _: object) -> None:
    set_up_sqlite(connection)  # type: ignore[arg-type]  # SQLAlchemy's adapter behaves like the driver


def _set_up_postgresql(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
    cursor.close()
    connection.commit()


def _postgresql_arguments() -> dict[str, int]:
    return {
        "connect_timeout": PATIENCE_SECONDS,
        "tcp_user_timeout": PATIENCE_SECONDS * 1000,  # a server that vanished is noticed as soon
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
