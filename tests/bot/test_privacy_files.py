"""Files that were sent to one person alone go with the person, whenever they are sent."""

import asyncio

import pytest
from sqlalchemy import select

from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import erasure, files
from bot.store.base import Store
from bot.store.tables import DoomedFileRow, SentFileRow
from tests.conftest import opened
from tests.factories import TEAM, consenting, person
from tests.fakes import Clock

ALICE, BORAM = person(1), person(2)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


async def sent_and_doomed(store: Store) -> tuple[list[str], list[str]]:
    async with store.read() as session:
        sent = list(await session.scalars(select(SentFileRow.file_id).order_by(SentFileRow.file_id)))
        doomed = list(await session.scalars(select(DoomedFileRow.file_id).order_by(DoomedFileRow.file_id)))
    return sent, doomed


async def test_what_was_sent_is_to_be_deleted_with_the_person(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Theirs and nobody else's; whose it was is forgotten at once."""
    await consenting(store, pseudonyms, [ALICE, BORAM], clock())
    await privacy.sent(ALICE, ["F1", "F2"])
    await privacy.sent(ALICE, ["F2"])
    await privacy.sent(BORAM, ["F3"])
    erasure = await privacy.erase(ALICE, actor=None, reason="left")
    assert erasure.counts["sent_files"] == 2
    assert await sent_and_doomed(store) == (["F3"], ["F1", "F2"])


async def test_a_file_that_was_on_its_way_is_to_be_deleted_too(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Slack took it after the person was erased: nothing is written about them again."""
    await consenting(store, pseudonyms, [ALICE], clock())
    await privacy.erase(ALICE, actor=None, reason="left")
    clock.advance(seconds=9)
    heard: list[object] = []
    privacy.tell(heard.append)
    await privacy.sent(ALICE, ["F1"])
    assert await sent_and_doomed(store) == ([], ["F1"])
    assert heard == [None]  # so that Slack is told soon
    assert set((await privacy.holdings(ALICE)).values()) == {0}


async def test_a_file_from_before_an_erasure_is_to_be_deleted_although_they_opted_in_anew(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """It shows what was erased. One that was begun after the new consent stays."""
    await consenting(store, pseudonyms, [ALICE], clock())
    clock.advance(days=1)
    begun = clock()
    clock.advance(seconds=1)
    await privacy.erase(ALICE, actor=ALICE, reason="self")
    clock.advance(seconds=1)
    await consenting(store, pseudonyms, [ALICE], clock())
    await privacy.sent(ALICE, ["F1"], begun=begun)
    await privacy.sent(ALICE, ["F2"], begun=clock())
    assert await sent_and_doomed(store) == (["F2"], ["F1"])


async def test_an_erasure_before_a_file_was_begun_takes_it_from_nobody(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """An administrator who never opted in and has just deleted somebody gets the picture they ask for."""
    await consenting(store, pseudonyms, [BORAM], clock())
    await privacy.erase(BORAM, actor=ALICE, reason="administrator")
    clock.advance(minutes=1, seconds=1)
    begun = clock()
    clock.advance(seconds=5)
    await privacy.sent(ALICE, ["F1"], begun=begun)
    assert await sent_and_doomed(store) == (["F1"], [])
    await privacy.erase(BORAM, actor=None, reason="left")
    await privacy.sent(person(3), ["F2"], begun=begun)  # may have been they
    assert await sent_and_doomed(store) == (["F1"], ["F2"])


async def test_who_never_opted_in_keeps_the_preview_they_asked_for(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """It is remembered like everybody's, also when somebody was erased a while ago."""
    await consenting(store, pseudonyms, [BORAM], clock())
    await privacy.erase(BORAM, actor=None, reason="left")
    clock.advance(minutes=11)
    await privacy.sent(ALICE, ["F1"])
    assert await sent_and_doomed(store) == (["F1"], [])
    assert (await privacy.erase(ALICE, actor=None, reason="left")).counts["sent_files"] == 1
    assert await sent_and_doomed(store) == ([], ["F1"])


async def test_what_may_have_been_somebody_elses_stays_theirs_under_its_earlier_name(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Somebody was erased meanwhile, perhaps not they: what is doomed is written down twice rather than not at all."""
    await consenting(store, pseudonyms, [BORAM], clock())
    begun = clock()
    await privacy.sent(ALICE, ["D1/F1"], begun=begun)
    clock.advance(seconds=1)
    await privacy.erase(BORAM, actor=None, reason="left")
    await privacy.sent_to(pseudonyms.person(ALICE), TEAM, ["D1/179.1"], begun=begun, instead_of="D1/F1")
    assert await sent_and_doomed(store) == (["D1/F1"], ["D1/179.1"])
    await privacy.erase(ALICE, actor=None, reason="left")
    assert await sent_and_doomed(store) == ([], ["D1/179.1", "D1/F1"])


async def test_who_withdrew_keeps_the_export_they_asked_for(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A withdrawal is no erasure."""
    await consenting(store, pseudonyms, [ALICE, BORAM], clock())
    await privacy.erase(BORAM, actor=None, reason="left")
    await privacy.sent(ALICE, ["F1"])
    assert await sent_and_doomed(store) == (["F1"], [])


@pytest.mark.parametrize("known", [True, False])
async def test_an_erasure_waits_for_a_file_that_is_being_written_down(  # noqa: PLR0913 - fixtures
    store: Store, database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock, *, known: bool
) -> None:
    """Whether they ever opted in or not: it finds the file."""
    if known:
        await consenting(store, pseudonyms, [ALICE], clock())
    user_id = pseudonyms.person(ALICE)
    async with opened(database_url) as other:
        async with store.begin() as session:
            await erasure.wait_for_erasure(session, user_id)
            await files.remember(session, "F1", team=TEAM, user_id=user_id, now=clock())
            erasing = asyncio.create_task(Privacy(other, pseudonyms, clock).erase(ALICE, actor=None, reason="left"))
            await asyncio.sleep(0.2)  # long enough for the erasure to arrive at the lock
            assert not erasing.done()
        assert (await erasing).counts["sent_files"] == 1
    assert await sent_and_doomed(store) == ([], ["F1"])
    assert set((await privacy.holdings(ALICE)).values()) == {0}


async def test_old_files_go_with_retention(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """What was sent longer ago than readings are kept is deleted in Slack too."""
    await consenting(store, pseudonyms, [ALICE], clock())
    await privacy.sent(ALICE, ["F1"])
    clock.advance(days=31)
    await privacy.sent(ALICE, ["F2"])
    await privacy.retain(30)
    assert await sent_and_doomed(store) == (["F2"], ["F1"])


async def test_a_file_that_is_given_up_is_forgotten_with_retention(
    store: Store, privacy: Privacy, clock: Clock
) -> None:
    """Slack said no ten times: it is not tried again, and in the end not known any more. Others wait on."""
    async with store.begin() as session:
        for file in ("F1", "F2"):
            await files.condemn(session, file, team=TEAM, now=clock())
        given_up = [await files.tried(session, "F1") for _ in range(files.ATTEMPTS)]
        assert given_up == [False] * 9 + [True]
        assert await files.doomed(session, TEAM) == [files.Doomed("F2", clock())]
    clock.advance(days=31)
    await privacy.retain(30)
    assert await sent_and_doomed(store) == ([], ["F2"])
