"""A backup that is put back brings nobody back: the ledger outside the database remembers who was deleted since.

Real starts over a real database; the backup is a copy of the SQLite file, or of every row on PostgreSQL.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, select

from bot.errors import ConfigurationError
from bot.ledger import LEDGER_FILE
from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.settings import Settings, load
from bot.store import audit
from bot.store.base import Base, Store
from bot.wiring import Services, build
from tests.conftest import opened
from tests.factories import KEY, TEAM, consenting, person, wrote
from tests.fakes import Clock
from tests.tampering import behind
from tests.traces import lives

ALICE, BORAM = person(1), person(2)
ELSEWHERE = Person("T02ELSE", "U00000003")
Starts = Callable[[], AbstractAsyncContextManager[Services]]


class Backup:
    """A copy of a database that nobody uses at the moment."""

    def __init__(self, url: str, folder: Path) -> None:
        """Take it."""
        self._url = make_url(url)
        self._copy = folder / "backup.db"
        self._rows: dict[str, Sequence[Any]] = {}
        if self._url.get_backend_name() == "sqlite":
            shutil.copy(str(self._url.database), self._copy)
            return
        engine = create_engine(self._url)
        with engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                self._rows[table.name] = [dict(row) for row in connection.execute(select(table)).mappings()]
        engine.dispose()

    def put_back(self) -> None:
        """As it was then."""
        if self._url.get_backend_name() == "sqlite":
            for suffix in ("-wal", "-shm"):
                Path(f"{self._url.database}{suffix}").unlink(missing_ok=True)
            shutil.copy(self._copy, str(self._url.database))
            return
        tables = Base.metadata.sorted_tables
        rows = [table.insert().values(self._rows[table.name]) for table in tables if self._rows[table.name]]
        names = ", ".join(table.name for table in tables)
        behind(self._url.render_as_string(hide_password=False), f"TRUNCATE {names} CASCADE", *rows)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return load(
        _env_file=None,
        database_url=database_url,
        data_dir=tmp_path / "data",
        text_hash_key=SecretStr(KEY.hex()),
        openai_api_key=None,
        openai_base_url=None,
    )


@pytest.fixture
def pseudonyms() -> Pseudonyms:
    """Those of the settings' key, which is the text itself."""
    return Pseudonyms(KEY.hex().encode())


@pytest.fixture
def start(settings: Settings, clock: Clock) -> Starts:
    """Starts the house as every door does, and ends it."""

    @asynccontextmanager
    async def started() -> AsyncIterator[Services]:
        services = await build(settings, clock)
        try:
            yield services
        finally:
            await services.close()

    return started


async def _lived(url: str, pseudonyms: Pseudonyms, clock: Clock, who: Sequence[Person]) -> None:
    async with opened(url) as store:
        for one in who:
            await lives(store, pseudonyms, one, clock)


async def _actions(store: Store) -> list[str]:
    async with store.read() as session:
        return [entry.action for entry in reversed(await audit.latest(session, None))]


async def test_who_was_deleted_since_the_backup_is_gone_again_and_nobody_else(  # noqa: PLR0913, PLR0917 - fixtures
    database_url: str,
    start: Starts,
    pseudonyms: Pseudonyms,
    clock: Clock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Before anything can be read. The audit has the receipt, once; the log says how many; a second start adds none."""
    await _lived(database_url, pseudonyms, clock, [ALICE, BORAM])
    backup = Backup(database_url, tmp_path)
    async with start() as services:
        before = await services.privacy.holdings(BORAM)
        erasure = await services.privacy.erase(ALICE, actor=None, reason="left")
        after = await services.privacy.holdings(BORAM)
    backup.put_back()
    async with opened(database_url) as store:
        assert (await Privacy(store, pseudonyms, clock).holdings(ALICE))["emotion_readings"] == 3  # it is back
    for _ in range(2):
        async with start() as services:
            assert set((await services.privacy.holdings(ALICE)).values()) == {0}
            assert await services.privacy.holdings(BORAM) == after
            assert (await _actions(services.store)).count("erase:replayed") == 1
            async with services.store.read() as session:
                assert await audit.erasures(session) == {erasure.receipt}
                assert await audit.first_break(session) is None
    assert caplog.text.count("1 deletions were repeated") == 1
    assert {**before, "cell_people": 0} == after


async def test_who_opts_in_again_after_the_deletion_keeps_what_is_new(
    start: Starts, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Ordinary restarts repeat nothing."""
    async with start() as services:
        await lives(services.store, pseudonyms, ALICE, clock)
        await services.privacy.erase(ALICE, actor=ALICE, reason="self")
        clock.advance(hours=1)
        await consenting(services.store, pseudonyms, [ALICE], clock())
        await wrote(services.store, pseudonyms, ALICE, clock())
    for _ in range(2):
        async with start() as services:
            held = await services.privacy.holdings(ALICE)
            assert (held["people"], held["emotion_readings"]) == (1, 1)
            assert "erase:replayed" not in await _actions(services.store)


async def test_who_opted_in_again_before_the_backup_was_put_back_starts_from_nothing(
    database_url: str, start: Starts, pseudonyms: Pseudonyms, clock: Clock, tmp_path: Path
) -> None:
    """The backup is older than the deletion, so what it brings back is what was to go: the person is asked anew."""
    await _lived(database_url, pseudonyms, clock, [ALICE])
    backup = Backup(database_url, tmp_path)
    clock.advance(hours=1)
    async with start() as services:
        await services.privacy.erase(ALICE, actor=ALICE, reason="self")
        await consenting(services.store, pseudonyms, [ALICE], clock())
    backup.put_back()
    async with start() as services:
        assert set((await services.privacy.holdings(ALICE)).values()) == {0}


async def test_a_workspace_that_was_deleted_since_the_backup_is_gone_again(
    database_url: str, start: Starts, pseudonyms: Pseudonyms, clock: Clock, tmp_path: Path
) -> None:
    """And no other."""
    await _lived(database_url, pseudonyms, clock, [ALICE])
    async with opened(database_url) as store:
        await consenting(store, pseudonyms, [ELSEWHERE], clock())
    backup = Backup(database_url, tmp_path)
    async with start() as services:
        await services.privacy.depart(TEAM)
        assert await services.privacy.forget_team(TEAM, 0) is not None
    backup.put_back()
    async with start() as services:
        assert set((await services.privacy.holdings(ALICE)).values()) == {0}
        assert (await services.privacy.holdings(ELSEWHERE))["people"] == 1


async def test_what_is_past_its_time_in_a_backup_goes_at_the_start(
    database_url: str, start: Starts, pseudonyms: Pseudonyms, clock: Clock, tmp_path: Path
) -> None:
    """Retention needs no ledger: it runs before anything can be read."""
    await _lived(database_url, pseudonyms, clock, [ALICE])
    backup = Backup(database_url, tmp_path)
    clock.advance(days=40)
    async with start() as services:
        assert (await services.privacy.holdings(ALICE))["emotion_readings"] == 0
    backup.put_back()
    async with start() as services:
        held = await services.privacy.holdings(ALICE)
        assert (held["emotion_readings"], held["replies"], held["cell_people"], held["people"]) == (0, 0, 0, 1)


async def test_two_processes_that_start_at_once_repeat_it_once(
    database_url: str, start: Starts, pseudonyms: Pseudonyms, clock: Clock, tmp_path: Path
) -> None:
    """Both come up, and each receipt stands once in the audit."""
    await _lived(database_url, pseudonyms, clock, [ALICE, BORAM])
    backup = Backup(database_url, tmp_path)
    async with start() as services:
        for who in (ALICE, BORAM):
            await services.privacy.erase(who, actor=None, reason="left")
    backup.put_back()

    async def up() -> list[str]:
        async with start() as services:
            return await _actions(services.store)

    for actions in await asyncio.gather(up(), up()):
        assert actions.count("erase:replayed") <= 2
    assert (await up()).count("erase:replayed") == 2


async def test_a_damaged_ledger_stops_the_start(start: Starts, settings: Settings) -> None:
    """Going on would read people who may have been deleted. The error says which line, and what to do."""
    settings.data_dir.mkdir()
    (settings.data_dir / LEDGER_FILE).write_text('{"receipt":\n{"void":"x"}\n', "utf-8")
    with pytest.raises(ConfigurationError, match=r"line 1 of .*deletions\.ledger is damaged"):
        async with start():
            pass


async def test_a_last_line_that_was_cut_off_does_not(
    start: Starts, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Its writer died before it could commit; it is told."""
    settings.data_dir.mkdir()
    (settings.data_dir / LEDGER_FILE).write_text('{"receipt":', "utf-8")
    with caplog.at_level(logging.WARNING):
        async with start() as services:
            await services.privacy.erase(ALICE, actor=None, reason="left")
    assert "is cut off" in caplog.text
    async with start() as services:
        assert "erase:replayed" not in await _actions(services.store)
