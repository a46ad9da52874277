import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text

from bot.errors import StoreUnavailable
from bot.settings import POSTGRESQL, SQLITE
from bot.store import migrate
from bot.store.base import Base


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which no migration ever ran."""
    if request.param == "sqlite":
        yield f"{SQLITE}:///{tmp_path / 'bare.db'}"
        return
    migrated = make_url(request.getfixturevalue("_postgresql_url"))
    schema = f"{migrated.query['options']}_bare".removeprefix("-csearch_path=")
    engine = create_engine(migrated, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        bare = migrated.update_query_dict({"options": f"-csearch_path={schema}"})
        yield bare.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


def tables(url: str) -> set[str]:
    engine = create_engine(make_url(url).set(drivername="sqlite") if url.startswith("sqlite") else url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_the_migrations_make_exactly_the_tables_that_the_code_describes(database_url: str) -> None:
    """Models and migrations agree: Alembic finds nothing to add, to drop or to change."""
    url = make_url(database_url)
    engine = create_engine(url.set(drivername="sqlite") if url.drivername == SQLITE else url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_all_the_way_down_and_up_again(bare_url: str) -> None:
    """Every migration can be undone and done again, and leaves nothing behind."""
    assert migrate.current(bare_url) is None
    migrate.upgrade(bare_url)
    assert migrate.current(bare_url) == migrate.head()
    assert tables(bare_url) == {*Base.metadata.tables, "alembic_version"}
    migrate.downgrade(bare_url, "base")
    assert migrate.current(bare_url) is None
    assert tables(bare_url) == {"alembic_version"}
    migrate.upgrade(bare_url)
    migrate.upgrade(bare_url)  # and once more changes nothing
    assert migrate.current(bare_url) == migrate.head()


_UPGRADER = """
import sys
from bot.store import migrate
migrate.head()
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(sys.argv[1])
"""


async def test_processes_that_start_together_may_all_upgrade(bare_url: str) -> None:
    """Web, worker and release, let go at once, and two threads more: all find the database whole."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-c", _UPGRADER, bare_url)
    processes = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    await asyncio.gather(
        *(process.communicate(b"go\n") for process in processes),
        *(asyncio.to_thread(migrate.upgrade, bare_url) for _ in range(2)),
    )
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert migrate.current(bare_url) == migrate.head()
    assert tables(bare_url) == {*Base.metadata.tables, "alembic_version"}


async def test_a_migration_waits_for_the_one_that_runs(bare_url: str) -> None:
    """While one process migrates, another that wants to stands still; then it goes on and finds nothing to do."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _UPGRADER, bare_url, stdin=pipe, stdout=pipe)
    finishing = asyncio.create_task(process.communicate(b"go\n"))
    with migrate.exclusively(make_url(bare_url)):
        done, _ = await asyncio.wait([finishing], timeout=2)
        assert not done
    await finishing
    assert process.returncode == 0
    assert migrate.current(bare_url) == migrate.head()


def test_asking_for_the_migration_makes_no_file(tmp_path: Path) -> None:
    """`maeum db current` leaves no empty database behind."""
    assert migrate.current(f"{SQLITE}:///{tmp_path / 'none.db'}") is None
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """`maeum db upgrade` says so, without the password and without waiting for long."""
    with pytest.raises(StoreUnavailable) as stopped:
        migrate.upgrade(f"{POSTGRESQL}://maeum:opensesame@127.0.0.1:1/nowhere")
    assert "opensesame" not in str(stopped.value)


def test_a_path_with_signs_that_configuration_files_give_a_meaning(tmp_path: Path) -> None:
    """A folder called `100% mine` holds a database like any other."""
    url = f"{SQLITE}:///{tmp_path / '100% mine %(here)s' / 'maeum.db'}"
    thread = threading.Thread(target=migrate.upgrade, args=(url,))
    thread.start()
    thread.join()
    assert migrate.current(url) == migrate.head()
