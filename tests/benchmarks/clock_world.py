"""A world in which weeks pass in seconds: time moves on whenever everybody waits, and never while the database works.

Real asyncio, real databases, the real `Schedules` and `Poster`. What stands in is the time that passes, Slack, and the
pictures. Workers are killed between any two steps, stand still for a minute or for longer than a claim holds, lose
Slack's answers, and have the database's clock put forward and back under them.
"""

import asyncio
import contextlib
import selectors
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture, Viewer
from bot.pictures import Look
from bot.store.base import Store
from handlers.boards import Standing
from handlers.slack.errors import UNREACHABLE

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
"""Before the clocks change in New York and Paris."""
_WORKING_SECONDS: Final = 0.05

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone. Nothing that tidies up may catch it."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer when nothing is ready and no database is at work."""

    def __init__(self) -> None:
        """Time is 0."""
        self.now = 0.0
        self.working = 0
        super().__init__(_Jumping(self))
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds."""
        return self.now

    @contextlib.contextmanager
    def work(self) -> Iterator[None]:
        """While this lasts, no time passes."""
        self.working += 1
        try:
            yield
        finally:
            self.working -= 1


class _Jumping(selectors.DefaultSelector):
    """Asks the system what is ready, and instead of waiting for a timer puts the clock forward to it."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop.working:
            return super().select(min(timeout, _WORKING_SECONDS))
        ready = super().select(0)
        if not ready:
            self._loop.now += timeout
        return ready


@dataclass(slots=True)
class Life:
    """One run of a worker's process."""

    is_over: bool = False

    def end(self) -> None:
        """Kill it."""
        self.is_over = True
        raise Killed

    def check(self) -> None:
        """Nothing more is done by who is dead."""
        if self.is_over:
            raise Killed


class MortalStore(Store):
    """A database connection of one worker: no time passes while it works, and it does nothing for the dead."""

    def __init__(self, url: str, loop: VirtualLoop) -> None:
        """`life` is to be replaced at each restart."""
        super().__init__(url)
        self.life = Life()
        self._virtual = loop

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A transaction, as in any store."""
        self.life.check()
        with self._virtual.work():
            async with super().begin() as session:
                yield session

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction for queries."""
        self.life.check()
        with self._virtual.work():
            async with super().read() as session:
                yield session


@dataclass(slots=True)
class SlackPost:
    """What stands in a channel."""

    ts: str
    marker: str
    file: str | None
    visible_at: float
    """From when on it is in the history: Slack shares files in its own time."""


@dataclass(slots=True)
class Workspace:
    """A Slack that keeps what is posted, and counts what ever stood there twice."""

    loop: VirtualLoop
    channels: dict[str, list[SlackPost]] = field(default_factory=lambda: defaultdict(list))
    files: dict[str, str] = field(default_factory=dict)
    """Uploaded and not deleted: id -> name."""
    posts: int = 0
    taken_back: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, channel: str, marker: str, file: str | None, delay: float) -> str:
        """Post it; its ts."""
        ts = f"{(START.timestamp() + self.loop.now):.0f}.{next(self._ids):09}"
        self.channels[channel].append(SlackPost(ts, marker, file, self.loop.now + delay))
        self.posts += 1
        return ts

    def new_file(self, name: str) -> str:
        """Take a file; its id."""
        file = f"F{next(self._ids)}"
        self.files[file] = name
        return file

    def delete(self, channel: str, which: Callable[[SlackPost], bool]) -> None:
        """Take posts away."""
        before = self.channels[channel]
        self.channels[channel] = [post for post in before if not which(post)]
        self.taken_back += len(before) - len(self.channels[channel])


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong, for each call of Slack's."""

    killed_before: float = 0.004
    killed_after: float = 0.004
    still_for_a_minute: float = 0.01
    still_for_long: float = 0.005
    """Between two and six minutes: longer than a claim holds."""
    lost_answer: float = 0.01
    refused: float = 0.01


class Wire:
    """The way of one worker to Slack (a `handlers.posting.Board`), with all that can happen on it.

    A worker that stands still does so between its last look at the claim and Slack: its call arrives when it goes on,
    and also when it has long given up waiting for the answer.
    """

    def __init__(self, slack: Workspace, life: Callable[[], Life], random: Random, faults: Faults) -> None:
        """`life` is the worker's present one."""
        self._slack = slack
        self._life = life
        self._random = random
        self._faults = faults

    async def standing(self, channel: str, since: datetime, marker: str) -> Sequence[Standing]:
        """What is in the history of it by now."""
        earliest = (since - timedelta(minutes=30)).timestamp()

        def look() -> Sequence[Standing]:
            return [
                Standing(post.ts, frozenset([post.file] if post.file else []))
                for post in self._slack.channels[channel]
                if post.marker == marker
                and post.visible_at <= self._slack.loop.now
                and float(post.ts.partition(".")[0]) >= earliest
            ]

        return await self._call(look)

    async def showing(self, channel: str, since: datetime, file: str) -> str | None:
        """The post with the file, if it is in the history by now."""
        del since

        def look() -> str | None:
            posts = self._slack.channels[channel]
            return next((one.ts for one in posts if one.file == file and one.visible_at <= self._slack.loop.now), None)

        return await self._call(look)

    async def say(self, channel: str, text: str, marker: str) -> str:
        """Post a sentence."""
        del text
        delay = self._random.uniform(0, 3)
        return await self._call(lambda: self._slack.add(channel, marker, None, delay))

    async def upload(self, picture: Picture) -> str:
        """Take the file."""
        return await self._call(lambda: self._slack.new_file(picture.filename))

    async def share(self, channel: str, file: str, picture: Picture, opening: str) -> None:
        """Show the file; one that was deleted cannot be."""
        del opening
        delay = self._random.uniform(0, 10)

        def show() -> None:
            if file not in self._slack.files:
                code = "file_not_found"
                raise SlackTrouble(code)
            self._slack.add(channel, picture.filename, file, delay)

        await self._call(show)

    async def chart(self, channel: str, picture: Picture) -> None:
        """Nobody here asks for one."""
        raise NotImplementedError

    async def remove(self, channel: str, post: Standing) -> None:
        """Take the post away, and its file."""
        await self._call(lambda: self._slack.delete(channel, lambda one: one.ts == post.ts))
        for file in post.files:
            await self.discard(file)

    async def discard(self, file: str) -> None:
        """Take the file away, and where it is shown."""

        def gone() -> None:
            self._slack.files.pop(file, None)
            for channel in self._slack.channels:
                self._slack.delete(channel, lambda one: one.file == file)

        with contextlib.suppress(SlackTrouble):
            await self._call(gone)

    async def _call(self, effect: Callable[[], T]) -> T:
        life, random, faults = self._life(), self._random, self._faults
        life.check()
        if random.random() < faults.killed_before:
            life.end()
        if random.random() < faults.refused:
            await asyncio.sleep(random.uniform(0.1, 2))
            code = "ratelimited"
            raise SlackTrouble(code)
        arriving = asyncio.ensure_future(self._arrive(effect, self._delay()))
        answer = await asyncio.shield(arriving)
        life.check()
        if random.random() < faults.killed_after:
            life.end()
        if random.random() < faults.lost_answer:
            raise SlackTrouble(UNREACHABLE)
        return answer

    def _delay(self) -> float:
        random, faults = self._random, self._faults
        chance = random.random()
        if chance < faults.still_for_long:
            return random.uniform(125, 360)
        if chance < faults.still_for_long + faults.still_for_a_minute:
            return 60.0
        return random.uniform(0.1, 1.5)

    @staticmethod
    async def _arrive(effect: Callable[[], T], delay: float) -> T:
        await asyncio.sleep(delay)
        return effect()


class Sketches:
    """Draws nothing: half of the channels have a picture, half too few people."""

    async def channel(  # noqa: PLR0913 - as it is asked
        self, team: str, channel: str, days: int, viewer: Viewer, look: Look, *, until: datetime
    ) -> Picture:
        """A picture of one pixel, or none, after the time that drawing takes."""
        del team, days, viewer, look, until
        await asyncio.sleep(0.4)
        if int(channel[1:]) % 2:
            raise TooFewPeople(5)
        return Picture(png=b"", title="", alt_text="", facts=(), filename="")

    async def diary(self, team: str, owner: UUID, viewer: Viewer, *, until: datetime) -> Picture:
        """None: all that is due here are channels' pictures."""
        del team, owner, viewer, until
        raise NothingToShow


def in_virtual_time(work: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Do it in a loop of its own, in which only work takes time."""
    loop = VirtualLoop()
    loop.set_exception_handler(_not_of_the_dead)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work(loop))


def _not_of_the_dead(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """What the tasks of a killed process leave behind is nobody's; what arrives after it was given up neither."""
    if not isinstance(context.get("exception"), Killed | SlackTrouble):
        loop.default_exception_handler(dict(context))
