"""From an audience and a period to a picture. Nobody is shown another person's readings."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Locale, Person, Picture, Viewer
from bot.pseudonyms import Pseudonyms
from bot.store import readings
from bot.store.base import Store
from bot.store.readings import Felt
from charts.mood import mood
from charts.render import png
from charts.series import Point, bucketed, period
from charts.words import alt_text, facts, period_text

Audience = Literal["me", "here"]

PERIODS: Final = (7, 30, 90)
"""The periods that people can ask for, in days."""

_TITLES: Final[dict[Audience, dict[Locale, str]]] = {
    "me": {"en": "My feelings over the last {days} days", "ko": "최근 {days}일 동안의 내 감정"},
    "here": {"en": "Feelings in this channel over the last {days} days", "ko": "최근 {days}일 동안 이 채널의 감정"},
}


class Reports:
    """Draws pictures of the stored readings."""

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        minimum_people: int,
        executor: Executor,
    ) -> None:
        """`minimum_people` is the fewest people in a picture of a channel; `executor` does the drawing."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._minimum_people = minimum_people
        self._executor = executor

    async def personal(self, person: Person, days: int, viewer: Viewer) -> Picture:
        """A person's own readings of the last `days` dates, from channels and direct messages alike.

        For that person's eyes only. NothingToShow where there are none.
        """
        request = _Request("me", days, self._clock(), viewer, minimum_people=1)
        async with self._store.read() as session:
            rows = await readings.of_person(session, self._pseudonyms.person(person), *request.period)
        if not rows:
            raise NothingToShow
        return await self._drawn(request, rows)

    async def channel(self, team: str, channel: str, days: int, viewer: Viewer) -> Picture:
        """What people who consent now wrote in the channel over the last `days` dates.

        TooFewPeople where fewer than the minimum did; days and weeks with fewer are not shown either, and cannot be had
        from the rest of the same picture. That holds within one picture only: whoever compares two, of different
        periods or drawn before and after somebody wrote, can see what they differ by. Nothing prevents that yet.
        """
        request = _Request("here", days, self._clock(), viewer, self._minimum_people)
        async with self._store.read() as session:
            rows = await readings.of_channel(session, team, channel, *request.period)
        if len({row.user_id for row in rows}) < self._minimum_people:
            raise TooFewPeople(self._minimum_people)
        return await self._drawn(request, rows)

    async def _drawn(self, request: "_Request", rows: Sequence[Felt]) -> Picture:
        return await asyncio.get_running_loop().run_in_executor(self._executor, _draw, request, rows)


@dataclass(frozen=True, slots=True)
class _Request:
    audience: Audience
    days: int
    now: datetime
    viewer: Viewer
    minimum_people: int

    @property
    def period(self) -> tuple[datetime, datetime]:
        return period(self.days, now=self.now, timezone=self.viewer.timezone)


def _draw(request: _Request, rows: Sequence[Felt]) -> Picture:
    """Plain work for the processor, in a thread of its own."""
    start, end = request.period
    locale = request.viewer.locale
    series = bucketed(
        (Point(row.time, row.user_id, row.label) for row in rows),
        start=start,
        end=end,
        timezone=request.viewer.timezone,
        minimum_people=request.minimum_people,
    )
    title = _TITLES[request.audience][locale].format(days=request.days)
    dates = f"{series.start:%Y-%m-%d}-{series.buckets[-1].last_date:%Y-%m-%d}"
    return Picture(
        png=png(mood(series, locale=locale, title=title, subtitle=period_text(series, locale))),
        title=title,
        alt_text=alt_text(series, locale),
        facts=facts(series, locale),
        filename=f"maeum-{request.audience}-{dates}.png",
    )
