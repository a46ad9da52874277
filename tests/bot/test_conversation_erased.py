"""Messages of somebody who is erased while they are under way."""

import asyncio
import threading

import pytest
from sqlalchemy import select

from bot.messages import Place
from bot.privacy import Privacy
from bot.store import replies
from bot.store.tables import ReplyRow
from tests.bot.conversing import House
from tests.factories import person

ALICE, BORAM = person(1), person(2)


@pytest.fixture
def privacy(house: House) -> Privacy:
    made = Privacy(house.store, house.pseudonyms, house.clock, on_erase=house.batcher.forget_all)
    made.tell(house.batcher.forget)
    return made


async def claimants(house: House) -> list[object]:
    async with house.store.read() as session:
        return list(await session.scalars(select(ReplyRow.user_id)))


async def test_a_message_that_comes_after_the_erasure_names_nobody(house: House, privacy: Privacy) -> None:
    """It was written before, and delivered after: it is answered once, and nothing says whose it was."""
    await house.consent.grant(ALICE, "test")
    late = house.says(author=ALICE, place=Place.DIRECT)
    house.clock.advance(seconds=2)
    await privacy.erase(ALICE, actor=None, reason="left")
    receipt = await house.conversation.receive(late)
    assert (receipt.reading, receipt.owes_reply) == (None, True)
    assert await claimants(house) == [replies.NOBODY]
    assert (await house.conversation.receive(late)).owes_reply is False
    assert set((await privacy.holdings(ALICE)).values()) == {0}


async def test_who_never_opted_in_is_named_as_long_as_nobody_was_erased(house: House, privacy: Privacy) -> None:
    """So that they can be deleted too. An erasure long before their message changes nothing."""
    await house.consent.grant(ALICE, "test")
    await privacy.erase(ALICE, actor=None, reason="left")
    house.clock.advance(minutes=5)
    await house.conversation.receive(house.says(author=BORAM, place=Place.DIRECT))
    assert await claimants(house) == [house.pseudonyms.person(BORAM)]
    assert (await privacy.erase(BORAM, actor=None, reason="left")).counts["replies"] == 1


async def test_what_waits_in_line_is_neither_read_nor_stored(house: House, privacy: Privacy) -> None:
    """The text leaves the line with the erasure; those of others are read, and nothing is delivered again for it."""
    for who in (ALICE, BORAM):
        await house.consent.grant(who, "test")
    release = threading.Event()
    house.reader.before = lambda: release.wait(10)
    first = asyncio.create_task(house.conversation.receive(house.says("at work", BORAM)))
    await asyncio.sleep(0.1)
    waiting = [
        asyncio.create_task(house.conversation.receive(house.says(f"of {who.user}", who))) for who in (ALICE, BORAM)
    ]
    await asyncio.sleep(0.1)
    await privacy.erase(ALICE, actor=None, reason="left")
    release.set()
    kept = [(await task).reading is not None for task in (first, *waiting)]
    assert kept == [True, False, True]
    assert house.reader.asked == ["at work", f"of {BORAM.user}"]
    assert set((await privacy.holdings(ALICE)).values()) == {0}
