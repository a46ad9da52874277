"""What is due: scheduled pictures, and the end of retention."""

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import MaeumError, NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture, Viewer
from bot.scheduling import DueSlot
from bot.wiring import Services
from handlers.slack.errors import LASTING, slack_trouble
from handlers.slack.pictures import upload

log = logging.getLogger(__name__)

DAYS: Final = 7
"""The period of a scheduled picture."""
_TICK_SECONDS: Final = 20
_GRACE_SECONDS: Final = 3600
"""A tick that comes late, because the process slept, is still worth its while: what is due is decided by the store."""
_LOOKED_THROUGH: Final = 50
_LAST_SECONDS: Final = 10


class Clock:
    """Wakes up now and then and does what is due. Any number of them may run: each slot is claimed by one."""

    def __init__(self, services: Services, client: AsyncWebClient) -> None:
        """`client` holds the bot token."""
        self._services = services
        self._client = client
        self._ticking = asyncio.Lock()
        self._retaining = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": _GRACE_SECONDS},
        )

    def start(self, *, posting: bool = True) -> None:
        """Begin: a tick and a first round of retention at once, then every twenty seconds and every day.

        Without `posting` there is retention alone, for a process beside which another posts what is due.
        """
        now = datetime.now(UTC)  # the scheduler goes by the clock on the wall
        if posting:
            self._scheduler.add_job(self.tick, "interval", seconds=_TICK_SECONDS, next_run_time=now)
        self._scheduler.add_job(self.retain, "interval", days=1, next_run_time=now)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing more, and give what is under way ten seconds: a slot cut off then is given out again later."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        for work in (self._ticking, self._retaining):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_SECONDS), work:
                    pass
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it shuts down in the loop's next turn

    async def tick(self) -> None:
        """Post what is due. One slot that fails takes no other with it."""
        async with self._ticking:
            await self._tick()

    async def _tick(self) -> None:
        try:
            due = await self._services.schedules.claim_due(self._services.clock())
        except MaeumError as error:
            log.warning("what is due could not be asked: %s", type(error).__qualname__)
            return
        for slot in due:
            try:
                await self._do(slot)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other slots are due too
                code = error.code if isinstance(error, SlackTrouble) else type(error).__qualname__
                log.warning("a scheduled picture was not posted: %s", code)

    async def retain(self) -> None:
        """Delete what is past its time."""
        try:
            async with self._retaining:
                gone = await self._services.privacy.retain(self._services.settings.retention_days)
        except MaeumError as error:
            log.warning("retention did not run: %s", type(error).__qualname__)
        else:
            log.info("retention: %d readings deleted", gone)

    async def _do(self, slot: DueSlot) -> None:
        """Post the slot's picture, or the sentence why there is none.

        A refusal of Slack's that will not change ends the slot; any other error leaves it claimed, and when the claim
        has run out somebody tries again.
        """
        try:
            reference = await self._posted_before(slot) if slot.attempt > 1 else None
            if reference is None:
                reference = await self._post(slot)
        except SlackTrouble as error:
            if error.code not in LASTING:
                raise
            log.warning("a scheduled picture cannot be posted: %s", error.code)
            reference = error.code
        await self._services.schedules.posted(slot, reference)

    async def _post(self, slot: DueSlot) -> str:
        schedule = slot.schedule
        viewer = Viewer(schedule.spec.locale, schedule.spec.timezone)
        try:
            picture = await self._services.reports.channel(schedule.team, schedule.channel, DAYS, viewer)
        except (TooFewPeople, NothingToShow) as error:
            with slack_trouble():
                said = await self._client.chat_postMessage(
                    channel=schedule.channel,
                    text=error.sentence(viewer.locale),
                    metadata=_marker(slot),
                    unfurl_links=False,
                    unfurl_media=False,
                )
            return str(said["ts"])
        return await upload(self._client, schedule.channel, _named(picture, slot))

    async def _posted_before(self, slot: DueSlot) -> str | None:
        """What an earlier process posted for the slot before it died; None where nothing stands there."""
        with slack_trouble():
            page = await self._client.conversations_history(
                channel=slot.schedule.channel,
                oldest=f"{slot.time.timestamp():.6f}",
                limit=_LOOKED_THROUGH,
                include_all_metadata=True,
            )
        for message in page["messages"]:
            if message.get("metadata") == _marker(slot):
                return str(message["ts"])
            if any(file.get("name") == _filename(slot) for file in message.get("files") or ()):
                return str(message["ts"])
        return None


def _named(picture: Picture, slot: DueSlot) -> Picture:
    """The picture under the name by which it is found again: a file carries no metadata."""
    return replace(picture, filename=_filename(slot))


def _filename(slot: DueSlot) -> str:
    return f"maeum-{slot.schedule.spec.kind}-{slot.time:%Y%m%dT%H%MZ}.png"


def _marker(slot: DueSlot) -> dict[str, object]:
    return {"event_type": "maeum_schedule", "event_payload": {"slot": _filename(slot)}}
