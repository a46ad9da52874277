import asyncio
import logging
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import make_url, select, text

from bot.errors import StoreBusy, StoreUnavailable
from bot.settings import POSTGRESQL, SQLITE
from bot.store import migrate, notices
from bot.store.base import Store
from bot.store.tables import NoticeRow
from tests.conftest import opened
from tests.fakes import Clock

SEOUL = timezone(timedelta(hours=9))


async def test_a_moment_comes_back_aware_and_in_utc(store: Store) -> None:
    """What was stored as a Seoul time is the same moment afterwards, in UTC, to the microsecond."""
    written = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=SEOUL)
    async with store.begin() as session:
        await notices.claim(session, "T1", "C1", written)
    async with store.read() as session:
        kept = await session.scalar(select(NoticeRow.time))
    assert kept == written
    assert kept is not None
    assert kept.tzinfo is UTC


async def test_moments_in_different_zones_are_compared_as_moments(store: Store) -> None:
    """A comparison in the database follows the moment, not the digits on the clock."""
    async with store.begin() as session:
        await notices.claim(session, "T1", "seoul", datetime(2026, 11, 20, 9, 0, tzinfo=SEOUL))
        await notices.claim(session, "T1", "london", datetime(2026, 11, 20, 1, 0, tzinfo=UTC))
    async with store.read() as session:
        order = (await session.scalars(select(NoticeRow.channel_id).order_by(NoticeRow.time))).all()
        later = (
            await session.scalars(
                select(NoticeRow.channel_id).where(NoticeRow.time > datetime(2026, 11, 20, 9, 30, tzinfo=SEOUL))
            )
        ).all()
    assert order == ["seoul", "london"]
    assert later == ["london"]


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """A naive time would mean another moment on another machine."""
    with pytest.raises(Exception, match="without a zone"):
        async with store.begin() as session:
            await notices.claim(session, "T1", "C1", datetime(2026, 11, 20))  # noqa: DTZ001 - the point of it


async def test_an_exception_undoes_the_transaction(store: Store, clock: Clock) -> None:
    """Nothing of a transaction that failed is there afterwards."""

    async def fail() -> None:
        async with store.begin() as session:
            await notices.claim(session, "T1", "C1", clock())
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with store.begin() as session:
        assert await notices.claim(session, "T1", "C1", clock())


async def test_many_writers_in_two_processes_all_get_their_turn(store: Store, database_url: str, clock: Clock) -> None:
    """Eighty transactions that read first and then write, over two stores at once: none fails, none is lost."""

    async def write(through: Store, number: int) -> None:
        async with through.begin() as session:
            await session.execute(select(NoticeRow).limit(1))
            await asyncio.sleep(0)
            await notices.claim(session, "T1", f"C{number}", clock())

    async with opened(database_url) as other:
        await asyncio.gather(*(write((store, other)[number % 2], number) for number in range(80)))
    async with store.read() as session:
        assert len((await session.scalars(select(NoticeRow))).all()) == 80


async def test_a_reader_is_not_held_up_by_a_writer(store: Store, clock: Clock) -> None:
    """While a transaction writes, others read what was committed before."""
    async with store.begin() as writing:
        await notices.claim(writing, "T1", "C1", clock())
        async with store.read() as reading:
            assert (await reading.scalars(select(NoticeRow))).all() == []


async def test_a_database_locked_by_somebody_else_is_unavailable(store: Store, database_url: str, clock: Clock) -> None:
    """A stuck foreign writer makes ours give up with StoreUnavailable, and it works again afterwards."""
    async with opened(database_url) as other:
        async with other.begin() as stuck:
            await notices.claim(stuck, "T1", "C1", clock())
            with pytest.raises(StoreUnavailable, match=r"locked by somebody else.*(SQLITE_BUSY|55P03)"):
                await claim(store, clock)
        assert not await claim(store, clock)


async def claim(store: Store, clock: Clock) -> bool:
    async with store.begin() as session:
        return await notices.claim(session, "T1", "C1", clock())


async def test_a_server_that_is_not_there_is_unavailable_and_its_password_is_not_told() -> None:
    """The error names the kind of trouble and neither the password nor the statement."""
    async with opened(f"{POSTGRESQL}://maeum:opensesame@127.0.0.1:1/nowhere") as store:
        with pytest.raises(StoreUnavailable) as stopped:
            await store.ping()
        assert "start the server" in str(stopped.value)
        assert "opensesame" not in f"{stopped.value!r}{stopped.value.__cause__!r}{store.url!r}"


@pytest.mark.postgres
async def test_connections_cut_by_the_server_are_replaced(postgresql_url: str, clock: Clock) -> None:
    """A restart of the server undoes the transaction it meets, as StoreUnavailable; the next use works."""

    async def cut(pid: int | None) -> None:
        async with opened(postgresql_url) as other, other.begin() as session:
            assert await session.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    async def write(*, cut_off: bool) -> int | None:
        async with store.begin() as session:
            pid: int | None = await session.scalar(text("SELECT pg_backend_pid()"))
            if cut_off:
                await cut(pid)
            assert await notices.claim(session, "T1", "C1", clock())
            return pid

    async with opened(postgresql_url) as store:
        with pytest.raises(StoreUnavailable):
            await write(cut_off=True)
        await cut(await write(cut_off=False))  # this one lies idle in the pool
        await store.ping()


async def test_a_database_without_tables_says_what_to_run(tmp_path: Path) -> None:
    """An unmigrated database is unavailable, and the error names the command."""
    async with opened(f"{SQLITE}:///{tmp_path / 'new' / 'maeum.db'}") as store:
        with pytest.raises(StoreUnavailable, match="maeum db upgrade"):
            async with store.read() as session:
                await session.scalars(select(NoticeRow))


async def test_the_file_and_its_folder_are_made_for_their_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine may read the readings."""
    path = tmp_path / "deep" / "folder" / "maeum.db"
    async with opened(f"{SQLITE}:///{path}") as store:
        await store.ping()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_others_can_read_stays_so_and_is_told_once(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may not be ours to change; one warning says which file it is and what to do, however often it is opened."""
    path = Path(sqlite_url.removeprefix(f"{SQLITE}:///"))
    with caplog.at_level(logging.WARNING):
        Store(sqlite_url)
        assert caplog.messages == []
        path.chmod(0o644)
        for _ in range(3):
            Store(sqlite_url)
        migrate.upgrade(sqlite_url)
    (warning,) = caplog.messages
    assert f"{path} is open to others" in warning
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


async def test_the_log_is_emptied_once_nobody_reads_it(
    sqlite_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader elsewhere keeps the log: giving up is soon, is told, and starves no writer; the next call empties it."""
    async with opened(sqlite_url) as store, opened(sqlite_url) as other:
        async with other.read() as reading:
            assert (await reading.scalars(select(NoticeRow))).all() == []
            async with asyncio.timeout(10):  # generous: what is promised is a second
                forgetting = asyncio.create_task(store.forget_log())
                written = 0
                while not forgetting.done():
                    # Less than the 2 s for which a try that waits for the reader would hold the writers' turn.
                    async with asyncio.timeout(1.5), store.begin() as session:
                        assert await notices.claim(session, "T1", f"C{written}", clock())
                    written += 1
                    await asyncio.sleep(0.01)
                await forgetting
            assert "could not be emptied" in caplog.text
            assert written > 1
            assert log_size(sqlite_url) > 0
        await store.forget_log()
        assert log_size(sqlite_url) == 0


def log_size(url: str) -> int:
    """How many bytes SQLite's write-ahead log has."""
    return Path(f"{make_url(url).database}-wal").stat().st_size


async def test_writers_are_as_patient_as_before_after_the_log_was_emptied(sqlite_url: str, clock: Clock) -> None:
    """Only the emptying itself waits for nobody: the connection it used waits for a foreign writer again."""
    async with opened(sqlite_url) as store, opened(sqlite_url) as other:
        await store.forget_log()
        async with other.begin() as foreign:
            assert await notices.claim(foreign, "T1", "C2", clock())
            ours = asyncio.create_task(claim(store, clock))
            await asyncio.sleep(0.2)  # long enough to arrive at the lock
            assert not ours.done()
        assert await ours


WRONG: Final = {
    b"this is a letter, and no database at all " * 100: ("is no database", "SQLITE_NOTADB"),
    b"SQLite format 3\0" + b"\x10\0\x01\x01\0\x40\x20\x20" + b"\xff" * 5000: ("is damaged", "SQLITE_CORRUPT"),
}


@pytest.mark.parametrize("content", WRONG, ids=["a letter", "damaged"])
async def test_a_file_that_is_no_sound_database_is_unavailable(tmp_path: Path, content: bytes) -> None:
    """Reading, writing, pinging and migrating say in words what is wrong with it; the file stays as it is."""
    path = tmp_path / "maeum.db"
    path.write_bytes(content)
    url = f"{SQLITE}:///{path}"
    problem = ".*".join(WRONG[content])
    async with opened(url) as store:
        for attempt in (store.ping, store.forget_log, lambda: claim(store, Clock())):
            with pytest.raises(StoreUnavailable, match=problem):
                await attempt()
    for step in (migrate.current, migrate.upgrade):
        with pytest.raises(StoreUnavailable, match=problem):
            step(url)
    assert path.read_bytes() == content


async def test_a_database_with_old_tables_says_what_to_run(store: Store) -> None:
    """A column that is not there yet means a migration that has not run."""
    with pytest.raises(StoreUnavailable, match="maeum db upgrade"):
        async with store.read() as session:
            await session.execute(text("SELECT not_yet FROM notices"))


@pytest.mark.parametrize("url", [f"{SQLITE}://", f"{SQLITE}:////proc/none/maeum.db"])
def test_a_file_that_cannot_be_is_unavailable(url: str) -> None:
    """No database in memory, which forgets, and none where no file can be made."""
    with pytest.raises(StoreUnavailable):
        Store(url)


@pytest.mark.postgres
async def test_a_table_in_use_is_vacuumed_without_holding_anybody_up(
    postgresql_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Writing it anew would have to wait for a transaction that lasts: half a second, then it is vacuumed instead."""
    async with opened(postgresql_url) as store, opened(postgresql_url) as other, other.begin() as session:
        await notices.claim(session, "T1", "C1", clock())
        with caplog.at_level(logging.INFO):
            await store.forget_log(["notices", "people"])
        assert "notices is in use" in caplog.text
        assert "people is in use" not in caplog.text
        async with store.read() as again:  # the connection waits for others as before
            assert await again.scalar(text("SHOW lock_timeout")) == "2s"


@pytest.mark.postgres
async def test_a_table_of_many_pieces_is_as_large_as_they_are_together(postgresql_url: str) -> None:
    """As a hypertable is: one that would take long to write anew is not, however little is in the table itself."""
    async with opened(postgresql_url) as store:
        async with store.begin() as session:
            await session.execute(text("CREATE TABLE whole (said text)"))
            await session.execute(text("CREATE TABLE piece () INHERITS (whole)"))
        try:
            is_rewritten = []
            for mebibytes in (1, 40):
                async with store.begin() as session:
                    await session.execute(text("ALTER TABLE piece ALTER said SET STORAGE EXTERNAL"))
                    made = text("INSERT INTO piece SELECT repeat('x', 1048000) FROM generate_series(1, :number)")
                    await session.execute(made, {"number": mebibytes})
                files = await _files(store)
                await store.forget_log(["whole"])
                is_rewritten.append(await _files(store) != files)
        finally:
            async with store.begin() as session:
                await session.execute(text("DROP TABLE whole CASCADE"))
    assert is_rewritten == [True, False]


async def _files(store: Store) -> Sequence[object]:
    async with store.read() as session:
        query = text("SELECT pg_relation_filenode('whole'), pg_relation_filenode('piece')")
        return (await session.execute(query)).one()


async def test_who_is_too_late_is_told_that_somebody_else_holds_the_database(database_url: str, clock: Clock) -> None:
    """That is another error than a database that is not there: the same may go well in a moment."""
    async with opened(database_url) as store, opened(database_url) as other, other.begin() as session:
        await notices.claim(session, "T1", "C1", clock())
        with pytest.raises(StoreBusy, match="locked by somebody else"):
            await _claim(store, clock)


async def _claim(store: Store, clock: Clock) -> None:
    async with store.begin() as session:
        await notices.claim(session, "T1", "C1", clock())
