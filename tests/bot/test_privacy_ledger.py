"""The ledger and the database say the same of a deletion, whatever happens at the commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import ConfigurationError, StoreUnavailable
from bot.ledger import LEDGER_FILE, Deletion, Ledger
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.settings import SQLITE
from bot.store import audit, migrate
from bot.store.base import Store
from tests.conftest import opened
from tests.factories import TEAM, consenting, person, wrote
from tests.fakes import Clock

ALICE, BORAM, ADMIN = person(1), person(2), person(3)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "elsewhere" / LEDGER_FILE)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger) -> Privacy:
    return Privacy(store, pseudonyms, clock, ledger=ledger)


@dataclass
class Trouble:
    """What becomes of a commit."""

    committed: bool
    answers: bool = True
    """Whether the database can be asked afterwards."""


class Unlucky(Store):
    """A database that is lost at the end of a transaction."""

    trouble: Trouble | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Committed or not, the answer never comes."""
        async with super().begin() as session:
            yield session
            if self.trouble is not None and not self.trouble.committed:
                raise StoreUnavailable
        if self.trouble is not None:
            raise StoreUnavailable

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Where it answers again."""
        if self.trouble is not None and not self.trouble.answers:
            raise StoreUnavailable
        async with super().read() as session:
            yield session


async def known(store: Store) -> set[UUID]:
    async with store.read() as session:
        return await audit.erasures(session)


async def test_every_deletion_stands_in_both(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """Of a person and of a workspace, with one receipt, and of nobody who was not deleted."""
    await consenting(store, pseudonyms, [ALICE, BORAM], clock())
    erasure = await privacy.erase(ALICE, actor=ADMIN, reason="administrator")
    await privacy.depart(BORAM.team)
    forgotten = await privacy.forget_team(BORAM.team, 0)
    assert forgotten is not None
    written = ledger.deletions()
    assert [(one.receipt, one.person, one.team, one.time) for one in written] == [
        (erasure.receipt, pseudonyms.person(ALICE), None, erasure.time),
        (forgotten.receipt, None, BORAM.team, forgotten.time),
    ]
    assert {one.receipt for one in written} == await known(store)
    assert await privacy.replay() == 0


async def test_a_commit_that_failed_is_taken_back(
    database_url: str, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """The error is raised, everything is still there, and no start deletes it behind the person's back."""
    async with opened_unlucky(database_url) as store:
        privacy = Privacy(store, pseudonyms, clock, ledger=ledger)
        await consenting(store, pseudonyms, [ALICE], clock())
        store.trouble = Trouble(committed=False)
        with pytest.raises(StoreUnavailable):
            await privacy.erase(ALICE, actor=None, reason="left")
        store.trouble = None
        assert len(ledger.path.read_text().splitlines()) == 2
        assert ledger.deletions() == []
        assert await privacy.replay() == 0
        assert (await privacy.holdings(ALICE))["people"] == 1


async def test_a_commit_whose_answer_is_lost_is_told_as_done(
    database_url: str, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """The database is asked, says that it knows the receipt, and the person gets it."""
    async with opened_unlucky(database_url) as store:
        privacy = Privacy(store, pseudonyms, clock, ledger=ledger)
        await consenting(store, pseudonyms, [ALICE], clock())
        store.trouble = Trouble(committed=True)
        erasure = await privacy.erase(ALICE, actor=None, reason="left")
        store.trouble = None
        assert erasure.counts["people"] == 1
        assert [one.receipt for one in ledger.deletions()] == [erasure.receipt]
        assert await known(store) == {erasure.receipt}


@pytest.mark.parametrize(("committed", "repeated"), [(False, 1), (True, 0)])
async def test_a_commit_of_which_nothing_is_known_is_repeated_by_the_next_start(  # noqa: PLR0913 - fixtures
    database_url: str, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger, *, committed: bool, repeated: int
) -> None:
    """The error is raised; the next start finds out, and the person who wanted to be gone is."""
    async with opened_unlucky(database_url) as store:
        await consenting(store, pseudonyms, [ALICE], clock())
        store.trouble = Trouble(committed=committed, answers=False)
        with pytest.raises(StoreUnavailable):
            await Privacy(store, pseudonyms, clock, ledger=ledger).erase(ALICE, actor=None, reason="left")
    async with opened(database_url) as store:
        privacy = Privacy(store, pseudonyms, clock, ledger=ledger)
        assert await privacy.replay() == repeated
        assert set((await privacy.holdings(ALICE)).values()) == {0}
        assert await known(store) == {one.receipt for one in ledger.deletions()}
        assert await privacy.replay() == 0


async def test_without_its_ledger_nothing_is_deleted(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """A deletion that a backup would bring back is no deletion: the error names the setting, and all is still there."""
    ledger.path.mkdir(parents=True)
    privacy = Privacy(store, pseudonyms, clock, ledger=ledger)
    await consenting(store, pseudonyms, [ALICE], clock())
    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        await privacy.erase(ALICE, actor=None, reason="left")
    assert (await privacy.holdings(ALICE))["people"] == 1
    assert await known(store) == set()


async def test_an_intention_that_came_to_nothing_does_not_take_what_came_later(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """Written down by a process that died before the commit, then deleted by another, and then opted in anew."""
    await consenting(store, pseudonyms, [ALICE, BORAM], clock())
    dead = await privacy.erase(ALICE, actor=None, reason="left")
    first = ledger.deletions()[0]
    ledger.void(dead.receipt)
    stale = Deletion(UUID(int=5), first.time, person=first.person)
    ledger.append(stale)
    clock.advance(minutes=1)
    await consenting(store, pseudonyms, [ALICE], clock())
    await wrote(store, pseudonyms, ALICE, clock())
    assert await privacy.replay() == 1
    assert (await privacy.holdings(ALICE))["emotion_readings"] == 1
    assert (await privacy.holdings(ALICE))["people"] == 1
    assert stale.receipt in await known(store)


async def test_a_workspace_that_is_forgotten_again_keeps_who_opted_in_since(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """It has installed the app again. Whoever has anything from before goes, and the next start repeats nothing."""
    await consenting(store, pseudonyms, [ALICE], clock())
    clock.advance(days=1)
    ledger.append(Deletion(uuid4(), clock(), team=TEAM))
    clock.advance(days=1)
    await consenting(store, pseudonyms, [BORAM], clock())
    await wrote(store, pseudonyms, BORAM, clock())
    assert await privacy.replay() == 1
    assert set((await privacy.holdings(ALICE)).values()) == {0}
    assert (await privacy.holdings(BORAM))["emotion_readings"] == 1
    assert await privacy.replay() == 0
    async with store.read() as session:
        (entry,) = await audit.latest(session, 1)
    assert (entry.action, entry.counts["people"]) == ("erase:replayed", 1)


async def test_two_databases_that_share_a_ledger_repeat_nothing_of_each_other(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger, tmp_path: Path
) -> None:
    """A try-out beside the real one, with the same key and folder: a deletion here is none there."""
    elsewhere = f"{SQLITE}:///{tmp_path}/try-out.db"
    await asyncio.to_thread(migrate.upgrade, elsewhere)
    async with opened(elsewhere) as other:
        here, there = (Privacy(one, pseudonyms, clock, ledger=ledger) for one in (store, other))
        await here.check_key()
        clock.advance(minutes=1)
        await there.check_key()
        for one in (store, other):
            await consenting(one, pseudonyms, [ALICE], clock())
        await here.erase(ALICE, actor=None, reason="left")
        assert await there.replay() == 0
        assert (await there.holdings(ALICE))["people"] == 1


async def test_two_starts_at_once_repeat_a_deletion_once(
    store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock, ledger: Ledger
) -> None:
    """Each receipt stands once in the audit, and the two say together how many they repeated."""
    await consenting(store, pseudonyms, [person(number) for number in range(1, 7)], clock())
    missing = [Deletion(uuid4(), clock(), person=pseudonyms.person(person(number))) for number in range(1, 7)]
    missing.append(Deletion(uuid4(), clock(), team="T0OTHER"))
    for deletion in missing:
        ledger.append(deletion)
    async with opened(database_url) as other:
        starts = [Privacy(through, pseudonyms, clock, ledger=ledger) for through in (store, other)]
        assert sum(await asyncio.gather(*(start.replay() for start in starts))) == 7
    assert {deletion.receipt for deletion in missing} == await known(store)
    for number in range(1, 7):
        assert set((await starts[0].holdings(person(number))).values()) == {0}


@asynccontextmanager
async def opened_unlucky(url: str) -> AsyncIterator[Unlucky]:
    store = Unlucky(url)
    try:
        yield store
    finally:
        await store.close()
