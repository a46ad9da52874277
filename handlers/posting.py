"""Posts what is due, once, whatever happens between two of its steps.

A slot's way: claimed, looked for (from the second attempt on), drawn, uploaded, shared, recorded. Before each step
outside the claim is renewed; who does not hold it any more does not take the step. A step that was under way
nevertheless, because its process stood still, ends in a second post; the first that is recorded counts, and whoever
posted the other one takes it back. Should they die before, the slot is looked at once more ten minutes later.

What is for one person alone is remembered as theirs before it is shared (`handlers.audience`).
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.errors import MaeumError, NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture
from bot.scheduling import DueSlot, Schedules, Unsettled
from handlers.audience import NOT_DIRECT, NOTHING, Audience, Drawing, Everybody, Memory, Oneself
from handlers.boards import TOO_MUCH, Board, Standing, marker
from handlers.slack.errors import LASTING, REFUSED_TOKEN, UNREACHABLE
from handlers.slack.schedule_text import words_for
from handlers.slack.words import say

log = logging.getLogger(__name__)

LANES: Final = 4
"""How many slots one process posts at the same time. While one is drawn, others are on their way to Slack."""
STEP_SECONDS: Final = 45.0
"""How long a step outside may take, being told to wait by Slack included. With a minute's pause on top it is shorter
than a claim holds."""
SPACING_SECONDS: Final = 1.0
"""Between two posts of a process in one channel: Slack takes about one a second."""
CLOSED: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "user_disabled",
        "user_not_found",
    }
)
"""What Slack says of a channel or a direct message in which nothing can be posted until somebody changes it."""

T = TypeVar("T")


class Spacing:
    """Makes posts in one channel follow each other by so many seconds."""

    def __init__(self, seconds: float) -> None:
        """Nothing was posted yet."""
        self._seconds = seconds
        self._next: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Wait for the channel's turn. Who was held up takes it late, and the next one waits for as long again."""
        clock = asyncio.get_running_loop().time
        while (early := self._next.get(channel, 0.0) - clock()) > 0:  # noqa: ASYNC110 - others may have been first
            await asyncio.sleep(early)
        self._next = {name: at for name, at in self._next.items() if at > clock()}
        self._next[channel] = clock() + self._seconds


class Poster:
    """One process's share of posting. Any number may run beside each other."""

    def __init__(  # noqa: PLR0913 - the parts it is made of, and its measures
        self,
        schedules: Schedules,
        drawing: Drawing,
        board: Board,
        memory: Memory,
        *,
        lanes: int = LANES,
        step_seconds: float | None = STEP_SECONDS,
        spacing_seconds: float = SPACING_SECONDS,
        native_charts: bool = False,
    ) -> None:
        """`memory` is told what was sent to one person alone. `native_charts` adds Slack's own to a channel's picture.

        `lanes` is how many slots are posted at the same time, `step_seconds` how long a step outside may take.
        """
        self._schedules = schedules
        self._drawing = drawing
        self._board = board
        self._memory = memory
        self._lanes = lanes
        self._step_seconds = step_seconds
        self._spacing = Spacing(spacing_seconds)
        self._native_charts = native_charts

    async def post_due(self, team: str, stopping: asyncio.Event | None = None) -> None:
        """Post all that is due in the workspace, some at a time, so that other processes get their share.

        A slot that fails takes no other with it. Once `stopping` is set, what is under way is ended and nothing begun.

        StoreUnavailable where it cannot be asked what is due.
        """
        due = await self._schedules.due(team)
        lanes: set[asyncio.Task[None]] = set()
        try:
            while due and not (stopping is not None and stopping.is_set()):
                claimed = await self._schedules.claim(due, self._lanes - len(lanes))
                lanes |= {asyncio.create_task(self.post(slot)) for slot in claimed}
                lanes = await _all_but(lanes, self._lanes // 2)  # half of them free: each look costs a little
        finally:
            await _all_but(lanes, 0)

    async def settle(self, team: str) -> None:
        """Look once more at slots that took several attempts, and take away what stands there twice."""
        for one in await self._schedules.unsettled(team):
            try:
                await self._settle(one)
            except SlackTrouble as error:
                log.warning("a posted picture could not be looked at again: %s", error.code)
                if error.code in CLOSED | LASTING | {TOO_MUCH}:
                    await self._schedules.settled(one.slot)

    async def post(self, slot: DueSlot) -> None:
        """Post one slot that was claimed. What goes wrong is logged by its kind, and tried again later.

        Where Slack refuses for good, the slot is over; where it does so because of the channel, the schedule is paused.
        It is over too where so much was written since that nobody can tell whether it was posted.
        """
        await self._guarded(slot, self._post(slot))

    async def _guarded(self, slot: DueSlot, work: Awaitable[None]) -> None:
        try:
            try:
                await work
            except SlackTrouble as error:
                if error.code not in CLOSED | {TOO_MUCH, NOT_DIRECT} | LASTING - REFUSED_TOKEN:
                    raise
                log.warning("a scheduled picture cannot be posted: %s", error.code)
                if not await self._schedules.holds(slot):  # whoever has it now may have shown it
                    return
                if error.code in CLOSED:
                    await self._schedules.refused(slot, error.code)
                await self._schedules.posted(slot, error.code, file=slot.uploaded)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other slots are due too
            code = error.code if isinstance(error, SlackTrouble) else type(error).__qualname__
            log.warning("a scheduled picture was not posted: %s", code)
            await self._give_back(slot)

    async def _give_back(self, slot: DueSlot) -> None:
        try:
            await self._schedules.failed(slot)
        except MaeumError as error:  # its claim runs out by itself
            log.warning("a slot could not be given back: %s", type(error).__qualname__)

    async def _post(self, slot: DueSlot) -> None:
        self._audience(slot).allows(slot.schedule.channel)
        if slot.attempt > 1 and await self._adopted(slot):
            return
        audience = self._audience(slot)
        try:
            picture = await self._in_time(audience.draw(slot))
        except (TooFewPeople, NothingToShow) as error:
            await self._without(slot, audience.instead(slot, error))
        else:
            await self._show(slot, replace(picture, filename=marker(slot)))

    def _audience(self, slot: DueSlot) -> Audience:
        """For whom it is."""
        owner = slot.schedule.owner
        if owner is None:
            return Everybody(self._drawing)
        return Oneself(owner, self._drawing, self._memory, self._board)

    async def _adopted(self, slot: DueSlot) -> bool:
        """Whether an earlier attempt posted it, or nothing may be done about the slot any more.

        A file that was left behind and is not to be seen is not shared now: whoever withdrew since may be in it. It is
        put away, so that whoever uploaded it cannot share it later.
        """
        board, channel = self._board, slot.schedule.channel
        standing = await self._in_time(board.standing(channel, slot.begun, marker(slot)))
        # One with a file that was put away is passed over: it is gone soon, at the latest when the slot is settled.
        ours = [post for post in standing if not post.files or slot.uploaded in post.files]
        if ours:
            await self._audience(slot).adopts(slot, ours[0])
            await self._record(slot, ours[0], slot.uploaded if ours[0].files else None)
            return True
        if slot.uploaded is not None:
            if not await self._schedules.holds(slot, forgetting_file=True):
                return True
            await self._in_time(board.discard(slot.uploaded))
        return False

    async def _without(self, slot: DueSlot, sentence: str | None) -> None:
        """There is no picture: say so, or where nothing is to be said, be done with it."""
        if sentence is None:
            if await self._schedules.holds(slot):  # else a late nothing would count more than what another has shown
                await self._schedules.posted(slot, NOTHING)
            return
        sentence = f"{self._opening(slot)}\n{sentence}".strip()
        channel = slot.schedule.channel
        await self._spacing.turn(channel)
        if await self._schedules.holds(slot):
            ts = await self._in_time(self._board.say(channel, sentence, marker(slot)))
            await self._record(slot, Standing(ts))

    async def _show(self, slot: DueSlot, picture: Picture) -> None:
        channel, audience = slot.schedule.channel, self._audience(slot)
        if not await self._schedules.holds(slot):
            return
        file = await self._in_time(self._board.upload(picture))
        await audience.shares(slot, file)
        await self._spacing.turn(channel)
        if not await self._schedules.uploaded(slot, file):
            await self._in_time(self._board.discard(file))
            return
        await self._in_time(self._board.share(channel, file, picture, self._opening(slot)))
        if await self._record(slot, await self._in_time(audience.shared(slot, file)), file):
            await self._beside(slot, picture)

    async def _beside(self, slot: DueSlot, picture: Picture) -> None:
        """Show Slack's own chart, where it is wanted and there is one: once, by whoever's picture counts.

        Nothing is tried again for it. The picture stands without it.
        """
        if not self._native_charts or picture.chart is None or slot.schedule.owner is not None:
            return
        channel = slot.schedule.channel
        await self._spacing.turn(channel)
        try:
            await self._in_time(self._board.chart(channel, picture))
        except SlackTrouble as error:
            log.info("a chart of Slack's own was not posted: %s", error.code)

    async def _record(self, slot: DueSlot, post: Standing, file: str | None = None) -> bool:
        """Say what stands there; True where that counts now. Where another one does or will, take it back."""
        if await self._schedules.posted(slot, post.reference, file=file):
            return True
        if not post.is_known_as(await self._schedules.reference_of(slot) or ""):
            log.warning("a scheduled picture was posted twice, or for nobody any more; it is taken back")
            await self._take_back(slot, post)
        return False

    async def _take_back(self, slot: DueSlot, post: Standing) -> None:
        channel = slot.schedule.channel
        if post.ts:
            await self._in_time(self._board.remove(channel, post))
            return
        for file in post.files:
            ts = await self._in_time(self._board.showing(channel, slot.begun, file))
            if ts is not None:
                await self._in_time(self._board.remove(channel, Standing(ts)))
            await self._in_time(self._board.discard(file))

    async def _settle(self, one: Unsettled) -> None:
        slot, channel = one.slot, one.slot.schedule.channel
        standing = await self._in_time(self._board.standing(channel, slot.begun, marker(slot)))
        kept = next((post for post in standing if post.is_known_as(one.reference)), None) or next(iter(standing), None)
        for post in standing:
            if post is not kept:
                log.warning("a scheduled picture stood there twice; one is taken away")
                await self._in_time(self._board.remove(channel, post))
        await self._schedules.settled(slot)

    def _opening(self, slot: DueSlot) -> str:
        """That it comes late, where it does."""
        spec = slot.schedule.spec
        if not slot.is_late:
            return ""
        when = words_for(slot.time, ZoneInfo(spec.timezone), spec.locale)
        return say(self._audience(slot).late, spec.locale, when=when)

    async def _in_time(self, work: Awaitable[T]) -> T:
        """Do a step. One that takes too long has an unknown end, like any other that Slack gives no answer to."""
        try:
            async with asyncio.timeout(self._step_seconds):
                return await work
        except TimeoutError:
            raise SlackTrouble(UNREACHABLE) from None


async def _all_but(tasks: set[asyncio.Task[None]], count: int) -> set[asyncio.Task[None]]:
    """Wait until no more than so many of the tasks run; those."""
    while len(tasks) > count:
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    return tasks
