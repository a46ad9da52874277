import asyncio
from datetime import timedelta
from uuid import UUID

from bot.messages import MessageId
from bot.pseudonyms import Pseudonyms
from bot.store import replies
from bot.store.base import Store
from bot.store.replies import Owed
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, message_id, person
from tests.fakes import Clock

SOMEBODY = UUID(int=7)


async def claim(store: Store, message: MessageId, clock: Clock, thread: str | None = None) -> bool:
    async with store.begin() as session:
        return await replies.claim(session, message, thread=thread or message.ts, user_id=SOMEBODY, now=clock())


async def sent(store: Store, message: MessageId) -> None:
    async with store.begin() as session:
        await replies.mark_sent(session, message)


async def test_of_many_deliveries_one_earns_the_reply(store: Store, database_url: str, clock: Clock) -> None:
    """A mention that arrives as two events, at two processes, again and again: one claim."""
    message = message_id(clock())
    async with opened(database_url) as other:
        claims = await asyncio.gather(*(claim((store, other)[number % 2], message, clock) for number in range(20)))
    assert sorted(claims) == [False] * 19 + [True]


async def test_a_reply_whose_writer_died_is_claimed_once_more(store: Store, clock: Clock) -> None:
    """Six minutes after the claim somebody else may write the reply, one of them; Slack's last redelivery may not."""
    message = message_id(clock())
    assert await claim(store, message, clock)
    clock.advance(minutes=5, seconds=10)
    assert not await claim(store, message, clock)
    clock.advance(seconds=50)
    assert not await claim(store, message, clock)
    clock.advance(seconds=1)
    assert sorted(await asyncio.gather(*(claim(store, message, clock) for _ in range(6)))) == [False] * 5 + [True]


async def test_a_reply_that_was_sent_is_never_owed_again(store: Store, clock: Clock) -> None:
    """However late a redelivery comes."""
    message = message_id(clock())
    assert await claim(store, message, clock)
    await sent(store, message)
    clock.advance(days=1)
    assert not await claim(store, message, clock)


async def test_a_thread_in_which_the_bot_was_addressed_is_known(store: Store, clock: Clock) -> None:
    """In that thread the bot is in the conversation; in the next channel and the next thread it is not."""
    message = message_id(clock())
    assert await claim(store, message, clock, thread="1.000000")
    async with store.read() as session:
        assert await replies.addressed(session, TEAM, CHANNEL, "1.000000")
        assert not await replies.addressed(session, TEAM, CHANNEL, "2.000000")
        assert not await replies.addressed(session, TEAM, "C02OTHER", "1.000000")
        assert not await replies.addressed(session, "T02OTHER", CHANNEL, "1.000000")


async def test_what_is_owed_after_a_crash_is_found(store: Store, clock: Clock, pseudonyms: Pseudonyms) -> None:
    """Only what is stale, recent and not sent: what is being written now and what is long past is left alone."""
    assert pseudonyms.person(person()) != SOMEBODY
    long_ago, done, died, busy = (message_id(clock() + timedelta(seconds=number)) for number in range(4))
    assert await claim(store, long_ago, clock)
    clock.advance(hours=2)
    assert await claim(store, done, clock)
    await sent(store, done)
    assert await claim(store, died, clock, thread="1.000000")
    clock.advance(minutes=7)
    assert await claim(store, busy, clock)
    async with store.read() as session:
        found = await replies.owed(session, since=clock() - timedelta(hours=1), now=clock())
    assert found == [Owed(died, "1.000000")]
