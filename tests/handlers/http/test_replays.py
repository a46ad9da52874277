"""What `Replays` does with a request that comes twice, without a door around it, on both databases."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from slack_bolt.response import BoltResponse
from sqlalchemy import func, select

from bot.errors import StoreUnavailable
from bot.store.base import Store
from bot.store.tables import DeliveryRow
from handlers.http.replays import Replays
from tests.conftest import opened
from tests.fakes import Clock

SIGNED = "v0=one"
EITHER = pytest.mark.parametrize("comes_again", [True, False], ids=["event", "command"])


@dataclass(slots=True)
class Work:
    """Answers with one status after the other, and counts."""

    statuses: Sequence[int] = (200,)
    done: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> BoltResponse:
        """The next status; the last one from then on."""
        self.begun.set()
        await self.go_on.wait()
        self.done += 1
        return BoltResponse(status=self.statuses[min(self.done, len(self.statuses)) - 1], body="")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with opened(database_url) as made:
        yield made


@pytest.fixture
def replays(store: Store, clock: Clock) -> Replays:
    return Replays(store, clock)


def work(*statuses: int) -> Work:
    made = Work(statuses or (200,))
    made.go_on.set()
    return made


@EITHER
async def test_the_second_time_nothing_is_done(replays: Replays, *, comes_again: bool) -> None:
    """The first is answered, the second is told apart, and another signature is another request."""
    job = work()
    first = await replays.once(SIGNED, job, comes_again=comes_again)
    assert first is not None
    assert first.status == 200
    assert await replays.once(SIGNED, job, comes_again=comes_again) is None
    assert job.done == 1
    assert await replays.once("v0=two", job, comes_again=comes_again) is not None


@EITHER
async def test_another_process_knows_it_too(database_url: str, clock: Clock, *, comes_again: bool) -> None:
    """Through the database that they share."""
    job = work()
    for _ in range(3):
        async with opened(database_url) as store:
            await Replays(store, clock).once(SIGNED, job, comes_again=comes_again)
    assert job.done == 1


@EITHER
async def test_what_failed_may_come_again(replays: Replays, *, comes_again: bool) -> None:
    """Slack sends an event that met a 500 again at once, under the same signature perhaps."""
    job = work(500, 200)
    statuses = [await replays.once(SIGNED, job, comes_again=comes_again) for _ in range(3)]
    assert [answer and answer.status for answer in statuses] == [500, 200, None]
    assert job.done == 2


@EITHER
@pytest.mark.parametrize(("statuses", "done"), [((200,), 1), ((500, 200), 2)])
async def test_the_same_request_meanwhile_waits_for_the_outcome(
    replays: Replays, statuses: Sequence[int], done: int, *, comes_again: bool
) -> None:
    """It works only where the first failed, and never beside it."""
    job = Work(statuses)
    requests = [asyncio.create_task(replays.once(SIGNED, job, comes_again=comes_again)) for _ in range(4)]
    await job.begun.wait()
    await asyncio.wait(requests, timeout=0.2)
    assert not any(request.done() for request in requests)
    job.go_on.set()
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status if answer else 0 for answer in answers) == sorted([*statuses, *[0] * (4 - done)])
    assert job.done == done


async def test_a_command_of_a_process_that_died_is_not_done_again(database_url: str, clock: Clock) -> None:
    """Slack never sends one twice: who does is somebody else. Whoever typed it types it again."""
    job = Work()
    async with opened(database_url) as store:
        dying = asyncio.create_task(Replays(store, clock).once(SIGNED, job, comes_again=False))
        await job.begun.wait()
        dying.cancel()
        await asyncio.wait({dying})
    job.go_on.set()
    async with opened(database_url) as store:
        assert await Replays(store, clock).once(SIGNED, job, comes_again=False) is None
    assert job.done == 0


async def test_an_event_of_a_process_that_died_is_heard_when_slack_sends_it_again(
    database_url: str, clock: Clock
) -> None:
    """It was not acknowledged, so it is not remembered either."""
    job = Work()
    async with opened(database_url) as store:
        dying = asyncio.create_task(Replays(store, clock).once(SIGNED, job, comes_again=True))
        await job.begun.wait()
        dying.cancel()
        await asyncio.wait({dying})
    job.go_on.set()
    async with opened(database_url) as store:
        assert await Replays(store, clock).once(SIGNED, job, comes_again=True) is not None
    assert job.done == 1


@EITHER
async def test_without_a_database_nothing_is_done(clock: Clock, *, comes_again: bool) -> None:
    """It cannot be known whether it was done before; the next one is not held up by it."""
    job = work()
    async with opened("postgresql+psycopg://127.0.0.1:9/nowhere") as away:
        replays = Replays(away, clock)
        await replays.forget()
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await replays.once(SIGNED, job, comes_again=comes_again)
    assert job.done == 0


async def test_only_a_digest_is_kept_and_only_for_minutes(store: Store, clock: Clock) -> None:
    """Now and then the old ones go; not at every request."""
    seconds = [0.0]
    replays = Replays(store, clock, lambda: seconds[0])
    await replays.once(SIGNED, work(), comes_again=True)
    async with store.read() as session:
        assert (await session.scalars(select(DeliveryRow.digest))).all() == [
            hashlib.sha256(SIGNED.encode()).hexdigest()
        ]
    assert not replays.forgetting_is_due()
    seconds[0] += 120
    clock.advance(hours=1)
    assert replays.forgetting_is_due()
    await replays.forget()
    assert not replays.forgetting_is_due()
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(DeliveryRow)) == 0
