"""Databases for tests: SQLite always, PostgreSQL where a server answers. Real ones, migrated, empty."""

import contextlib
import io
import logging
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.anchor import Anchor
from bot.pseudonyms import Pseudonyms
from bot.settings import POSTGRESQL, SQLITE
from bot.store import migrate
from bot.store.base import Base, Store
from tests.factories import KEY
from tests.fakes import Clock
from tests.tampering import behind

_DEFAULT_SERVER = f"{POSTGRESQL}://root@127.0.0.1:5432/test"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(KEY)


@pytest.fixture
def talkative_log() -> Iterator[io.StringIO]:
    """The log of the process at DEBUG, as `maeum` sets it up; put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    levels = {name: logging.getLogger(name).level for name in (*logs.OWN, *logs.QUIET)}
    stream = io.StringIO()
    logs.set_up("DEBUG", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"{SQLITE}:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgresql_url() -> Iterator[str]:
    """A schema of this worker's own on the server, migrated, dropped at the end."""
    server = make_url(os.environ.get("TEST_POSTGRES_URL") or _DEFAULT_SERVER).set(drivername=POSTGRESQL)
    schema = f"maeum_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        reason = f"no PostgreSQL answers at {server.render_as_string(hide_password=True)} (TEST_POSTGRES_URL)"
        if os.environ.get("MAEUM_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    url = server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    try:
        migrate.upgrade(url)
        yield url
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of this test's own; the test runs once on each kind."""
    if request.param == "sqlite":
        return f"{SQLITE}:///{_copy(request.getfixturevalue('_sqlite_template'), tmp_path)}"
    url: str = request.getfixturevalue("_postgresql_url")
    _empty(url)
    return url


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database, for what does not depend on the kind."""
    return f"{SQLITE}:///{_copy(_sqlite_template, tmp_path)}"


@pytest.fixture
def postgresql_url(_postgresql_url: str) -> str:
    """A migrated, empty PostgreSQL database; mark the test `postgres`."""
    _empty(_postgresql_url)
    return _postgresql_url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A Store over `database_url`."""
    async with opened(database_url) as made:
        yield made


@contextlib.asynccontextmanager
async def opened(url: str, anchor: Anchor | None = None) -> AsyncIterator[Store]:
    """One more Store, as another process would have it."""
    made = Store(url, anchor)
    try:
        yield made
    finally:
        await made.close()


def _copy(template: Path, folder: Path) -> Path:
    target = folder / "maeum.db"
    shutil.copy(template, target)  # with its mode
    return target


def _empty(url: str) -> None:
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    behind(url, f"TRUNCATE {names} RESTART IDENTITY CASCADE")


_LONGEST_FIRST = ("promises", "benchmarks", "journeys")
"""Folders whose tests take longest: begun last, they would keep one worker busy while the other has nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest. Within a folder the order stays."""
    here = Path(__file__).parent

    def turn(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)

    items.sort(key=turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how many tests were left out, and why."""
    reasons = Counter[str]()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    for reason, count in reasons.items():
        terminalreporter.write_line(f"left out: {count} {'test' if count == 1 else 'tests'}: {reason}", yellow=True)
