"""What is due: scheduled pictures, word to who set them, the ends of retention and of workspaces that uninstalled."""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import MaeumError
from bot.wiring import Services
from handlers.posting import Poster
from handlers.slack.board import SlackBoard
from handlers.slack.errors import short
from handlers.slack.identity import Identity
from handlers.slack.owners import Owners

log = logging.getLogger(__name__)

_TICK_SECONDS: Final = 20
_TELL_SECONDS: Final = 60
_GRACE_SECONDS: Final = 3600
"""A tick that comes late, because the process slept, is still worth its while: what is due is decided by the store."""
_LAST_SECONDS: Final = 10


class Clock:
    """Wakes up now and then and does what is due. Any number of them may run: each slot is claimed by one."""

    def __init__(self, services: Services, client: AsyncWebClient) -> None:
        """`client` holds the bot token."""
        self._services = services
        self._client = client
        self._identity = Identity(client)
        self._poster = Poster(
            services.schedules,
            services.reports,
            SlackBoard(client, self._identity),
            services.privacy,
            native_charts=services.settings.native_charts,
        )
        self._owners = Owners(services.schedules, services.pseudonyms, client, self._identity)
        self._stopping = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._retaining = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE_SECONDS},
        )

    def start(self, *, posting: bool = True) -> None:
        """Begin: a tick and a first round of retention at once, then every twenty seconds and every day.

        So it is with telling whoever set a schedule that had to be paused, every minute, and with workspaces that
        uninstalled the app, every hour. Without `posting` there is the latter and retention alone, for a process
        beside which another posts what is due.
        """
        now = datetime.now(UTC)  # the scheduler goes by the clock on the wall
        if posting:
            self._scheduler.add_job(self.tick, "interval", seconds=_TICK_SECONDS, next_run_time=now)
            self._scheduler.add_job(self.tell_owners, "interval", seconds=_TELL_SECONDS, next_run_time=now)
        self._scheduler.add_job(self.retain, "interval", days=1, next_run_time=now)
        self._scheduler.add_job(self.forget_departed, "interval", hours=1, next_run_time=now)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and give what is under way ten seconds: a slot cut off then is given out again later."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        self._stopping.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                for work in (self._ticking, self._retaining, self._telling):
                    async with work:
                        pass
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it shuts down in the loop's next turn

    async def tick(self) -> None:
        """Post what is due in our workspace. One slot that fails takes no other with it.

        Where Slack does not say which workspace is ours, nothing is posted this time.
        """
        async with self._ticking:
            await self._tick()

    async def _tick(self) -> None:
        try:
            team = (await self._identity.get()).team
            await self._poster.settle(team)
            await self._poster.post_due(team, self._stopping)
        except MaeumError as error:
            log.warning("what is due could not be asked: %s", short(error))

    async def tell_owners(self) -> None:
        """Tell whoever set a schedule that had to be paused. No post waits for it."""
        try:
            async with self._telling:
                await self._owners.tell()
        except MaeumError as error:
            log.warning("whose schedules are paused could not be asked: %s", short(error))

    async def retain(self) -> None:
        """Delete what is past its time."""
        try:
            async with self._retaining:
                gone = await self._services.privacy.retain(self._services.settings.retention_days)
        except MaeumError as error:
            log.warning("retention did not run: %s", type(error).__qualname__)
        else:
            log.info("retention: %d readings deleted", gone)

    async def forget_departed(self) -> None:
        """Erase the workspaces that uninstalled the app and whose grace has run out.

        But for the one in which the app is installed all the same, as Slack says at this moment. Where Slack says
        nothing, they are erased the next time.
        """
        privacy, days = self._services.privacy, self._services.settings.uninstall_grace_days
        try:
            async with self._retaining:
                for team in await privacy.departed(days):
                    if await Identity(self._client).installed_in() == team:
                        await privacy.come_back(team)
                        log.warning("the app is installed again: nothing of the workspace is deleted")
                    elif (erasure := await privacy.forget_team(team, days)) is not None:
                        rows = sum(erasure.counts.values())
                        log.warning("a workspace was deleted (%d rows), receipt %s", rows, erasure.receipt)
        except MaeumError as error:
            log.warning("whether a workspace is to be deleted is looked at in an hour again: %s", short(error))
