"""A channel wall that stands in for Slack where posts are put up, and on which things can happen in between."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

from bot.errors import NothingToShow, SlackTrouble, TooFewPeople
from bot.messages import Picture, Viewer
from bot.pictures import Look
from handlers.boards import Standing

Event = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Wall:
    """Keeps posts (`handlers.boards.Board`). `before` and `after` hold what happens at a step, once each.

    As in Slack, a post whose file is deleted goes on standing there with its words and a tombstone.
    """

    posts: dict[str, list[tuple[Standing, str]]] = field(default_factory=lambda: defaultdict(list))
    """By channel: what stands there, and its marker."""
    is_slow: bool = False
    """Whether what is shared is to be seen only once it arrives."""
    on_their_way: list[tuple[str, str, str]] = field(default_factory=list)
    """Channel, marker and file of what was shared and is not to be seen yet."""
    files: dict[str, str] = field(default_factory=dict)
    openings: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """When something was posted, on the loop's clock."""
    before: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    after: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    at_once: int = 0
    most_at_once: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    async def standing(self, channel: str, since: datetime, marker: str) -> Sequence[Standing]:
        """Those with the marker, but for tombstones."""
        del since
        await self._happens("standing", self.before)
        found = [post for post, name in self.posts[channel] if name == marker and post.files <= self.files.keys()]
        await self._happens("standing", self.after)
        return found

    async def showing(self, channel: str, since: datetime, file: str) -> str | None:
        """The post with the file or its tombstone."""
        del since
        await self._happens("showing", self.before)
        found = next((post.ts for post, _ in self.posts[channel] if file in post.files), None)
        await self._happens("showing", self.after)
        return found

    async def say(self, channel: str, text: str, marker: str) -> str:
        """A sentence."""
        await self._happens("say", self.before)
        ts = self._put(channel, marker, None)
        self.texts.append(text)
        await self._happens("say", self.after)
        return ts

    async def upload(self, picture: Picture) -> str:
        """A file that nobody sees."""
        await self._happens("upload", self.before)
        file = f"F{next(self._ids)}"
        self.files[file] = picture.filename
        await self._happens("upload", self.after)
        return file

    async def share(self, channel: str, file: str, picture: Picture, opening: str) -> None:
        """Show it, if it is still there; later, where the wall is slow."""
        await self._happens("share", self.before)
        if file not in self.files:
            code = "file_not_found"
            raise SlackTrouble(code)
        self.on_their_way.append((channel, picture.filename, file))
        if not self.is_slow:
            await self.arrive()
        self.openings.append(opening)
        await self._happens("share", self.after)

    async def arrive(self) -> None:
        """Show what is on its way, though its file may be deleted by now."""
        while self.on_their_way:
            self._put(*self.on_their_way.pop(0))

    async def chart(self, channel: str, picture: Picture) -> None:
        """One of the chat's own, with a marker of its own."""
        await self._happens("chart", self.before)
        assert picture.chart is not None
        self._put(channel, "chart", None)
        await self._happens("chart", self.after)

    async def remove(self, channel: str, post: Standing) -> None:
        """Take it down, with its file."""
        await self._happens("remove", self.before)
        for file in post.files:
            self.files.pop(file, None)
        self.posts[channel] = [one for one in self.posts[channel] if one[0].ts != post.ts]

    async def discard(self, file: str) -> None:
        """Take the file away. Where it is shown, a tombstone is left, and the words."""
        await self._happens("discard", self.before)
        self.files.pop(file, None)

    def shown(self, channel: str) -> list[str]:
        """The markers of what stands there, tombstones included."""
        return [marker for _, marker in self.posts[channel]]

    def _put(self, channel: str, marker: str, file: str | None) -> str:
        ts = f"1790000000.{next(self._ids):06}"
        self.posts[channel].append((Standing(ts, frozenset([file] if file else [])), marker))
        self.times.append(asyncio.get_running_loop().time())
        return ts

    async def _happens(self, step: str, when: dict[str, list[Event]]) -> None:
        if when is self.before:
            self.steps.append(step)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.005)
        if when[step]:
            await when[step].pop(0)()
        self.at_once -= 1


@dataclass(slots=True)
class Easel:
    """Draws at once (`handlers.audience.Drawing`), or finds too few people, or nothing."""

    too_few: bool = False
    nothing: bool = False
    chart: Mapping[str, str] | None = None
    diaries: list[tuple[UUID, Viewer, datetime]] = field(default_factory=list)
    asked: list[tuple[str, int, Viewer]] = field(default_factory=list)

    async def channel(  # noqa: PLR0913 - as it is asked
        self, team: str, channel: str, days: int, viewer: Viewer, look: Look, *, until: datetime
    ) -> Picture:
        """One pixel."""
        del team, look, until
        self.asked.append((channel, days, viewer))
        if self.too_few:
            raise TooFewPeople(5)
        return Picture(
            png=b"\x89PNG", title="A picture", alt_text="", facts=(), filename="maeum-here.png", chart=self.chart
        )

    async def diary(self, team: str, owner: UUID, viewer: Viewer, *, until: datetime) -> Picture:
        """One pixel of one person."""
        del team
        self.diaries.append((owner, viewer, until))
        if self.nothing:
            raise NothingToShow
        return Picture(
            png=b"\x89PNG",
            title="A diary",
            alt_text="",
            facts=("mostly joy",),
            filename="maeum-me.png",
            chart=self.chart,
        )
