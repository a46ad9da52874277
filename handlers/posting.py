"""Posts what is due, once, whatever happens between two of its steps.

A slot's way: claimed, looked for (from the second attempt on), drawn, uploaded, shared, recorded. Before each step
outside the claim is renewed; who does not hold it any more does not take the step. A step that was under way
nevertheless, because its process stood still, ends in a second post; the first that is recorded counts, and whoever
posted the other one takes it back. Should they die before, the slot is looked at once more ten minutes later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.errors import MaeumError, NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture, Viewer
from bot.pictures import Look
from bot.scheduling import DueSlot, Schedules, Unsettled
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
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    }
)
"""What Slack says of a channel in which nothing can be posted until somebody changes it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """A post of ours that stands in a channel."""

    ts: str
    files: frozenset[str] = frozenset()

    @property
    def reference(self) -> str:
        """What it goes by in the store: its file's id, which is known before its ts; the ts where it has none."""
        return min(self.files, default=self.ts)

    def is_known_as(self, reference: str) -> bool:
        """Whether that names it: a ts, or a file's id."""
        return reference == self.ts or reference in self.files


class Board(Protocol):
    """Where it is posted. Each raises SlackTrouble where Slack refuses, or may have taken it without an answer."""

    async def standing(self, channel: str, since: datetime, marker: str) -> Sequence[Standing]:
        """Our posts in the channel with this marker or a file of this name, oldest first."""

    async def say(self, channel: str, text: str, marker: str) -> str:
        """Post a sentence; its ts."""

    async def upload(self, picture: Picture) -> str:
        """Hand over a picture without showing it to anybody; the file's id."""

    async def share(self, channel: str, file: str, picture: Picture, opening: str) -> None:
        """Show it in the channel, under what it says; `opening` stands above that."""

    async def remove(self, channel: str, post: Standing) -> None:
        """Take a post of ours away; nothing happens where it is gone, or may not be deleted."""

    async def discard(self, file: str) -> None:
        """Take a file away, shared or not, if Slack lets us."""


class Drawing(Protocol):
    """Who draws a channel's picture (`bot.reports.Reports`)."""

    async def channel(  # noqa: PLR0913 - of where, of when, for whom and how
        self, team: str, channel: str, days: int, viewer: Viewer, look: Look, *, until: datetime
    ) -> Picture:
        """The picture up to that moment; TooFewPeople or NothingToShow where there is none."""


class Spacing:
    """Makes posts in one channel follow each other by so many seconds."""

    def __init__(self, seconds: float) -> None:
        """Nothing was posted yet."""
        self._seconds = seconds
        self._next: dict[str, float] = {}

    async def turn(self, channel: str) -> None:
        """Wait for the channel's turn."""
        now = asyncio.get_running_loop().time()
        self._next = {name: at for name, at in self._next.items() if at > now}
        mine = self._next.get(channel, now)
        self._next[channel] = mine + self._seconds
        await asyncio.sleep(mine - now)


class Poster:
    """One process's share of posting. Any number may run beside each other."""

    def __init__(  # noqa: PLR0913 - the parts it is made of, and its measures
        self,
        schedules: Schedules,
        drawing: Drawing,
        board: Board,
        *,
        lanes: int = LANES,
        step_seconds: float | None = STEP_SECONDS,
        spacing_seconds: float = SPACING_SECONDS,
    ) -> None:
        """`lanes` is how many slots are posted at the same time, `step_seconds` how long a step outside may take."""
        self._schedules = schedules
        self._drawing = drawing
        self._board = board
        self._lanes = lanes
        self._step_seconds = step_seconds
        self._spacing = Spacing(spacing_seconds)

    async def post_due(self, stopping: asyncio.Event | None = None) -> None:
        """Post all that is due, some at a time, so that other processes get their share.

        A slot that fails takes no other with it. Once `stopping` is set, what is under way is ended and nothing begun.

        StoreUnavailable where it cannot be asked what is due.
        """
        due = await self._schedules.due()
        lanes: set[asyncio.Task[None]] = set()
        try:
            while due and not (stopping is not None and stopping.is_set()):
                claimed = await self._schedules.claim(due, self._lanes - len(lanes))
                lanes |= {asyncio.create_task(self.post(slot)) for slot in claimed}
                lanes = await _all_but(lanes, self._lanes // 2)  # half of them free: each look costs a little
        finally:
            await _all_but(lanes, 0)

    async def settle(self) -> None:
        """Look once more at slots that took several attempts, and take away what stands there twice."""
        for one in await self._schedules.unsettled():
            try:
                await self._settle(one)
            except SlackTrouble as error:
                log.warning("a posted picture could not be looked at again: %s", error.code)
                if error.code in CLOSED | LASTING:
                    await self._schedules.settled(one.slot)

    async def post(self, slot: DueSlot) -> None:
        """Post one slot that was claimed. What goes wrong is logged by its kind, and tried again later.

        Where Slack refuses for good, the slot is over; where it does so because of the channel, the schedule is paused.
        """
        await self._guarded(slot, self._post(slot))

    async def _guarded(self, slot: DueSlot, work: Awaitable[None]) -> None:
        try:
            try:
                await work
            except SlackTrouble as error:
                if error.code not in CLOSED | LASTING - REFUSED_TOKEN:
                    raise
                log.warning("a scheduled picture cannot be posted: %s", error.code)
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
        if slot.attempt > 1 and await self._adopted(slot):
            return
        try:
            picture = await self._in_time(self._draw(slot))
        except (TooFewPeople, NothingToShow) as error:
            sentence = error.sentence(slot.schedule.spec.locale)
            await self._say(slot, f"{_opening(slot)}\n{sentence}".strip())
        else:
            await self._show(slot, replace(picture, filename=marker(slot)))

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
            await self._record(slot, ours[0], slot.uploaded if ours[0].files else None)
            return True
        if slot.uploaded is not None:
            if not await self._schedules.holds(slot, forgetting_file=True):
                return True
            await self._in_time(board.discard(slot.uploaded))
        return False

    async def _draw(self, slot: DueSlot) -> Picture:
        schedule, spec = slot.schedule, slot.schedule.spec
        return await self._drawing.channel(
            schedule.team,
            schedule.channel,
            spec.days,
            Viewer(spec.locale, spec.timezone),
            Look(spec.picture),
            until=slot.time,
        )

    async def _say(self, slot: DueSlot, sentence: str) -> None:
        channel = slot.schedule.channel
        await self._spacing.turn(channel)
        if await self._schedules.holds(slot):
            ts = await self._in_time(self._board.say(channel, sentence, marker(slot)))
            await self._record(slot, Standing(ts))

    async def _show(self, slot: DueSlot, picture: Picture) -> None:
        channel = slot.schedule.channel
        if not await self._schedules.holds(slot):
            return
        file = await self._in_time(self._board.upload(picture))
        await self._spacing.turn(channel)
        if not await self._schedules.uploaded(slot, file):
            await self._in_time(self._board.discard(file))
            return
        await self._in_time(self._board.share(channel, file, picture, _opening(slot)))
        await self._record(slot, Standing("", frozenset({file})), file)

    async def _record(self, slot: DueSlot, post: Standing, file: str | None = None) -> None:
        """Say what stands there. Where it does not count, because another one does or will, take it back."""
        if await self._schedules.posted(slot, post.reference, file=file):
            return
        if not post.is_known_as(await self._schedules.reference_of(slot) or ""):
            log.warning("a scheduled picture was posted twice, or for nobody any more; it is taken back")
            await self._take_back(slot, post)

    async def _take_back(self, slot: DueSlot, post: Standing) -> None:
        channel = slot.schedule.channel
        if post.ts:
            await self._in_time(self._board.remove(channel, post))
            return
        for standing in await self._in_time(self._board.standing(channel, slot.begun, marker(slot))):
            if standing.files & post.files:
                await self._in_time(self._board.remove(channel, standing))
        for file in post.files:
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

    async def _in_time(self, work: Awaitable[T]) -> T:
        """Do a step. One that takes too long has an unknown end, like any other that Slack gives no answer to."""
        try:
            async with asyncio.timeout(self._step_seconds):
                return await work
        except TimeoutError:
            raise SlackTrouble(UNREACHABLE) from None


def _opening(slot: DueSlot) -> str:
    """That it comes late, where it does."""
    spec = slot.schedule.spec
    if not slot.is_late:
        return ""
    return say("schedule_late", spec.locale, when=words_for(slot.time, ZoneInfo(spec.timezone), spec.locale))


def marker(slot: DueSlot) -> str:
    """The name by which a slot's post is found again: that of its file, or in a message's metadata."""
    return f"maeum-{slot.schedule.spec.kind}-{slot.time:%Y%m%dT%H%MZ}.png"


async def _all_but(tasks: set[asyncio.Task[None]], count: int) -> set[asyncio.Task[None]]:
    """Wait until no more than so many of the tasks run; those."""
    while len(tasks) > count:
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    return tasks
