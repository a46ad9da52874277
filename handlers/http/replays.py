"""A signed request works once, whoever sends it again within the five minutes for which its signature holds."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import Final

from slack_bolt.response import BoltResponse

from bot.errors import StoreUnavailable
from bot.store import deliveries
from bot.store.base import Store

log = logging.getLogger(__name__)

_FORGET_SECONDS: Final = 120.0
"""How much time lies at least between two looks at what is too old."""


class Replays:
    """Remembers the requests that were taken on, in this process and, through the database, in every other.

    Commands, buttons and dialogs are claimed before their work: Slack sends none of them twice. A claim is given back
    where the work failed with 5xx. Events are remembered once they are acknowledged with 2xx: until then Slack sends
    them again, perhaps under the same signature, and what died with a process must be heard then.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], now: Callable[[], float] = monotonic) -> None:
        """`clock` is the present, aware, in UTC; `now` counts seconds, never backwards."""
        self._store = store
        self._clock = clock
        self._now = now
        self._under_way: dict[str, asyncio.Future[None]] = {}
        self._forgotten = now()

    async def once(
        self, signature: str, work: Callable[[], Awaitable[BoltResponse]], *, comes_again: bool
    ) -> BoltResponse | None:
        """Do the work and return its answer; None where the request was taken on before, and nothing was done.

        `comes_again` for what Slack itself sends again (events). The same request in the meantime waits here for the
        first's outcome, and works only where that failed. StoreUnavailable where it cannot be known or remembered.
        """
        digest = hashlib.sha256(signature.encode()).hexdigest()
        while (first := self._under_way.get(digest)) is not None:
            await asyncio.wait({first})
        outcome = self._under_way[digest] = asyncio.get_running_loop().create_future()
        try:
            return await (self._heard if comes_again else self._claimed)(digest, work)
        finally:
            del self._under_way[digest]
            outcome.set_result(None)

    async def _claimed(self, digest: str, work: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse | None:
        if not await self._take_on(digest):
            return None
        answer = await work()
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            async with self._store.begin() as session:
                await deliveries.release(session, digest)
        return answer

    async def _heard(self, digest: str, work: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse | None:
        async with self._store.read() as session:
            if await deliveries.is_known(session, digest):
                return None
        answer = await work()
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            await self._take_on(digest)
        return answer

    async def _take_on(self, digest: str) -> bool:
        async with self._store.begin() as session:
            return await deliveries.claim(session, digest, self._clock())

    def forgetting_is_due(self) -> bool:
        """Whether it is time to forget what is too old."""
        return self._now() - self._forgotten >= _FORGET_SECONDS

    async def forget(self) -> None:
        """Forget what is too old to be played again. Where the database is away, the next time does it."""
        self._forgotten = self._now()
        try:
            async with self._store.begin() as session:
                await deliveries.forget(session, self._clock())
        except StoreUnavailable as error:
            log.info("old requests are forgotten later: %s", error)
