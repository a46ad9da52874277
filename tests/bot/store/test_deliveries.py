import asyncio
from datetime import timedelta

from bot.store import deliveries
from bot.store.base import Store
from tests.conftest import opened
from tests.fakes import Clock

DIGEST = "a" * 64


async def test_a_request_is_claimed_once(store: Store, clock: Clock) -> None:
    """The second claim is refused, and the request is known from the first on."""
    async with store.begin() as session:
        assert not await deliveries.is_known(session, DIGEST)
        assert await deliveries.claim(session, DIGEST, clock())
    async with store.begin() as session:
        assert await deliveries.is_known(session, DIGEST)
        assert not await deliveries.claim(session, DIGEST, clock())
        assert not await deliveries.is_known(session, "b" * 64)


async def test_a_claim_that_is_given_back_may_be_made_again(store: Store, clock: Clock) -> None:
    """What failed may come again; nothing else is given back with it."""
    async with store.begin() as session:
        for digest in (DIGEST, "b" * 64):
            await deliveries.claim(session, digest, clock())
        await deliveries.release(session, DIGEST)
    async with store.begin() as session:
        assert await deliveries.is_known(session, "b" * 64)
        assert await deliveries.claim(session, DIGEST, clock())


async def test_of_several_processes_one_takes_it_on(database_url: str, clock: Clock) -> None:
    """Four that claim the same request at the same moment, over connections of their own."""

    async def claim() -> bool:
        async with opened(database_url) as store, store.begin() as session:
            return await deliveries.claim(session, DIGEST, clock())

    assert sorted(await asyncio.gather(*(claim() for _ in range(4)))) == [False, False, False, True]


async def test_a_lease_is_ones_own_until_it_runs_out_or_is_ended(database_url: str, clock: Clock) -> None:
    """Of several processes one has it; each time it is free, one takes it again."""
    span = timedelta(minutes=2)

    async def lease() -> bool:
        async with opened(database_url) as store, store.begin() as session:
            return await deliveries.lease(session, DIGEST, clock(), span)

    for _ in range(3):
        assert sorted(await asyncio.gather(*(lease() for _ in range(4)))) == [False, False, False, True]
        clock.now += span
        assert not await lease()
        clock.advance(seconds=1)
    assert await lease()
    async with opened(database_url) as store, store.begin() as session:
        await deliveries.release(session, DIGEST)
    assert await lease()


async def test_what_is_too_old_to_be_played_again_is_forgotten(store: Store, clock: Clock) -> None:
    """Not a moment before: a signature from five minutes ahead holds for ten."""
    async with store.begin() as session:
        await deliveries.claim(session, DIGEST, clock())
    assert timedelta(minutes=10) < deliveries.KEPT
    clock.now += deliveries.KEPT
    async with store.begin() as session:
        assert await deliveries.forget(session, clock()) == 0
    clock.advance(seconds=1)
    async with store.begin() as session:
        await deliveries.claim(session, "b" * 64, clock())
        assert await deliveries.forget(session, clock()) == 1
        assert await deliveries.is_known(session, "b" * 64)
        assert not await deliveries.is_known(session, DIGEST)


async def test_processes_that_forget_at_once_do_not_wait_for_each_other(database_url: str, clock: Clock) -> None:
    """Hundreds of old requests, three processes: each goes once, and nobody fails."""
    async with opened(database_url) as store, store.begin() as session:
        for number in range(300):
            await deliveries.claim(session, f"{number:064}", clock())
    clock.advance(hours=1)

    async def forget() -> int:
        async with opened(database_url) as store, store.begin() as session:
            return await deliveries.forget(session, clock())

    assert sum(await asyncio.gather(*(forget() for _ in range(3)))) == 300
