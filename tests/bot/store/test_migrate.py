import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError

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
    with connected(url) as connection:
        return set(inspect(connection).get_table_names())


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction, past our own Store: the tables may be of an earlier version."""
    engine = create_engine(make_url(url).set(drivername="sqlite") if url.startswith("sqlite") else url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


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


_TEAM: Final = "T01TEST"
_THEN: Final = datetime(2026, 11, 1, 9, 30, 15, 123456, tzinfo=UTC)
_YES, _NO, _SCHEDULE = (UUID(int=number) for number in (1, 2, 3))
_PLACE: Final = {"team_id": _TEAM, "channel_id": "C01GEN"}
_MESSAGE: Final = {**_PLACE, "message_ts": "1793525400.000100"}
_BEFORE: Final[dict[str, list[dict[str, Any]]]] = {
    "people": [
        {
            "user_id": user,
            "team_id": _TEAM,
            "consented_at": consented,
            "epoch": UUID(int=9),
            "source": "button",
            "changed_at": _THEN + timedelta(days=1),
        }
        for user, consented in ((_YES, _THEN), (_NO, None))
    ],
    "emotion_readings": [
        {
            **_MESSAGE,
            "time": _THEN,
            "user_id": _YES,
            "text_hash": "a" * 64,
            "model_version": "1.0",
            "temperature": 1.5,
            "logits": {"joy": 2.5},
            "probs": {"joy": 0.75},
            "top_label": "joy",
            "top_p": 0.75,
            "entropy": 0.5,
            "meta": {"language": "ko", "place": "channel"},
        }
    ],
    "replies": [{**_MESSAGE, "thread_ts": _MESSAGE["message_ts"], "user_id": _NO, "state": "sent", "time": _THEN}],
    "notices": [{**_PLACE, "time": _THEN}],
    "retractions": [{"message_hash": "b" * 64, "edited": None, "time": _THEN}],
    "schedules": [
        {
            **_PLACE,
            "id": _SCHEDULE,
            "user_id": _YES,
            "kind": "daily",
            "weekday": None,
            "hour": 9,
            "minute": 0,
            "timezone": "Asia/Seoul",
            "locale": "ko",
            "since": _THEN,
        }
    ],
    "schedule_slots": [
        {"schedule_id": _SCHEDULE, "slot": _THEN, "claimed_until": _THEN, "attempts": 1, "posted": "1793525400.000200"}
    ],
    "audit_log": [
        {
            "id": 1,
            "time": _THEN,
            "action": "looked:erase",
            "actor_role": "administrator",
            "receipt": UUID(int=7),
            "counts": {},
            "previous_hash": "0" * 64,
            "hash": "c" * 64,
        }
    ],
    "audit_actors": [{"audit_id": 1, "user_id": _NO}],
    "key_check": [{"id": 1, "fingerprint": "d" * 32, "time": _THEN}],
}
"""A row in every table of the first version, as that version wrote it."""


def _fill(connection: Connection) -> None:
    for name, rows in _BEFORE.items():
        connection.execute(Base.metadata.tables[name].insert(), rows)


def _as_before(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """What stands now in the columns that the first version had."""
    found = {}
    for name, rows in _BEFORE.items():
        columns = [Base.metadata.tables[name].columns[column] for column in rows[0]]
        selected = connection.execute(select(*columns).order_by(*columns[:3])).mappings()
        found[name] = [dict(row) for row in selected]
    return found


def _rows(connection: Connection, table: str, *columns: str) -> list[tuple[Any, ...]]:
    chosen = [Base.metadata.tables[table].columns[column] for column in columns]
    return [tuple(row) for row in connection.execute(select(*chosen).order_by(*chosen))]


def _check_second_version(connection: Connection) -> None:
    assert _as_before(connection) == _BEFORE
    assert _rows(connection, "people", "user_id", "notice_version", "asked_version") == [(_YES, 1, 1), (_NO, 1, 1)]
    assert _rows(connection, "notices", "channel_id", "version") == [("C01GEN", 1)]
    receipt = ("user_id", "team_id", "time", "act", "source", "notice_version", "until")
    assert _rows(connection, "consent_receipts", *receipt) == [(_YES, _TEAM, _THEN, "kept", "button", 1, None)]


def test_there_was_a_row_in_every_table_of_the_first_version(bare_url: str) -> None:
    """The two tests below would not notice a table that is missing from what they fill."""
    migrate.upgrade(bare_url, "0001")
    assert tables(bare_url) - {"alembic_version"} == set(_BEFORE)


def test_what_the_first_version_wrote_is_kept_by_the_second(bare_url: str) -> None:
    """Who consents still does, under the first notice and with a receipt that says so; who withdrew has none."""
    migrate.upgrade(bare_url, "0001")
    with connected(bare_url) as connection:
        _fill(connection)
    migrate.upgrade(bare_url, "0002")
    with connected(bare_url) as connection:
        _check_second_version(connection)
        connection.execute(  # and the next receipt gets a number of its own
            Base.metadata.tables["consent_receipts"].insert(),
            {"user_id": _NO, "team_id": _TEAM, "time": _THEN, "act": "on", "source": "command", "notice_version": 2},
        )
        assert len(set(_rows(connection, "consent_receipts", "id"))) == 2


def test_back_to_the_first_version_and_forth_again_loses_nothing_of_it(bare_url: str) -> None:
    """What the second version added goes on the way down; on the way up it is as if it had never been there."""
    migrate.upgrade(bare_url, "0001")
    with connected(bare_url) as connection:
        _fill(connection)
    migrate.upgrade(bare_url, "0002")
    migrate.downgrade(bare_url, "0001")
    assert tables(bare_url) - {"alembic_version"} == set(_BEFORE)
    with connected(bare_url) as connection:
        assert _as_before(connection) == _BEFORE
        columns = {column["name"] for column in inspect(connection).get_columns("people")}
        assert columns == set(_BEFORE["people"][0])
    migrate.upgrade(bare_url, "0002")
    with connected(bare_url) as connection:
        _check_second_version(connection)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_the_audit_stays_append_only_on_the_way(bare_url: str, revision: str) -> None:
    """No migration takes away the triggers that refuse changes, nor do two of them, down and up."""
    migrate.upgrade(bare_url, "0001")
    with connected(bare_url) as connection:
        _fill(connection)
    migrate.upgrade(bare_url, "0002")
    migrate.downgrade(bare_url, "0001")
    migrate.upgrade(bare_url, revision)
    for change in ("UPDATE audit_log SET action = 'nothing'", "DELETE FROM audit_log"):
        with pytest.raises(DBAPIError, match="append-only"), connected(bare_url) as connection:
            connection.execute(text(change))


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
