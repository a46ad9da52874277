"""From an audience and a period to a picture. Nobody is shown another person's readings."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from bot import pictures, publication
from bot.disclosure import Calendar
from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Person, Picture, Viewer
from bot.noise import Account, Noise
from bot.pictures import PERIODS, Look, Sketch, Table
from bot.pseudonyms import Pseudonyms
from bot.rules import Rules, WorkspaceRules
from bot.store import readings
from bot.store.base import Store
from bot.store.cells import Place
from bot.store.readings import Felt
from charts.series import Point, Series, each_cell, of_cells, period

T = TypeVar("T")

_TREND: Final = Look()
_DIARY: Final = Look("diary")


class Reports:
    """Draws pictures of the stored readings."""

    def __init__(  # noqa: PLR0913 - the parts it is made of
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime],
        rules: Rules,
        executor: Executor,
        *,
        minimum_people: int,
        noise: Noise | None = None,
    ) -> None:
        """`rules` say how many people a picture of a channel needs, and `minimum_people` is what the operator says.

        A lower number that administrators set holds for what begins afterwards. `executor` does the drawing.
        `noise` is added to what is published of channels; without it the counts are exact.
        """
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._rules = rules
        self._minimum_people = minimum_people
        self._executor = executor
        self._noise = noise

    async def personal(self, person: Person, days: int, viewer: Viewer, look: Look = _TREND) -> Picture:
        """A person's own readings of the last `days` dates, from channels and direct messages alike.

        A look that has a stretch of its own takes that instead. For that person's eyes only. NothingToShow where there
        is nothing to draw.
        """
        sketch = await self._own(person, days, viewer, look)
        return await self._run(pictures.drawn, sketch, "me", look, viewer.locale)

    async def personal_table(self, person: Person, days: int, viewer: Viewer, look: Look = _TREND) -> Table:
        """What `personal` would show, as a file for a spreadsheet; under the same promise and with the same error."""
        return await self._run(pictures.tabled, await self._own(person, days, viewer, look), "me", look)

    async def diary(self, team: str, owner: UUID, viewer: Viewer, *, until: datetime) -> Picture:
        """The diary of whoever has that pseudonym, up to `until`, when it was due, of what is stored at this moment.

        For that person's eyes only. NothingToShow where there is nothing to draw.
        """
        sketch = await self._of(team, owner, PERIODS[0], viewer, _DIARY, min(until, self._clock()))
        return await self._run(pictures.drawn, sketch, "me", _DIARY, viewer.locale)

    async def channel(  # noqa: PLR0913 - of where, of when, for whom and how
        self,
        team: str,
        channel: str,
        days: int,
        viewer: Viewer,
        look: Look = _TREND,
        *,
        until: datetime | None = None,
    ) -> Picture:
        """What people who consent now wrote in the channel over the last `days` dates, as far as it may be shown.

        A picture of `series`, under the same promise and with the same error. The mix is about fourteen dates, the
        year about 53 weeks. Where noise is in the counts, it says so. A picture that comes late is of the dates up to
        `until`, when it was due. ValueError for a look that is not drawn of channels.
        """
        sketch = await self._shared(Place(team, channel), days, viewer, look, until)
        return await self._run(pictures.drawn, sketch, "here", look, viewer.locale)

    async def channel_table(self, team: str, channel: str, days: int, viewer: Viewer, look: Look = _TREND) -> Table:
        """What `channel` would show, published cells alone, as a file; the same promise and the same errors."""
        sketch = await self._shared(Place(team, channel), days, viewer, look)
        return await self._run(pictures.tabled, sketch, "here", look)

    async def series(  # noqa: PLR0913 - of where, of when, for whom and how
        self,
        team: str,
        channel: str,
        days: int,
        viewer: Viewer,
        look: Look = _TREND,
        *,
        until: datetime | None = None,
    ) -> Series:
        """What a picture of the channel would show, undrawn. The first to ask fixes the channel's time zone.

        Made of published cells alone (`bot.disclosure`): each a sum over enough people of whom none weighs too much.
        No combination of such answers, of whatever periods and moments, has less in it than such a group. A cell is
        shown while everybody in it consents, and gone for good once one of them is erased or its retention is over.

        TooFewPeople where there is nothing to show, be it that few wrote or that nobody did.
        """
        rules = await self._rules.of(team)
        series, _ = await self._published(Place(team, channel), rules, days, viewer, look, until)
        return series

    async def _published(  # noqa: PLR0913, PLR0917 - of where, under which rules, of when, for whom and how
        self, place: Place, rules: WorkspaceRules, days: int, viewer: Viewer, look: Look, until: datetime | None
    ) -> tuple[Series, Account | None]:
        """The series, and what noise in it has cost."""
        timezone = await publication.zone(self._store, place, viewer.timezone)
        reach = pictures.reach_shared(look, days)
        calendar = Calendar.of(reach, timezone, self._clock(), rules.retention_days, until)
        people = rules.minimum_people
        published = await publication.shown(self._store, place, calendar, people, self._minimum_people, self._noise)
        cells = [cell for cell in published if calendar.ends_with(cell.start, cell.unit)]
        counted, first = (each_cell, calendar.earliest) if look.kind == "year" else (of_cells, calendar.first)
        series = counted(cells, first=first, last=calendar.last, timezone=timezone, minimum_people=people)
        if not series.shown:
            raise TooFewPeople(people)
        return series, await publication.account(self._store, place, calendar, self._noise)

    async def _own(self, person: Person, days: int, viewer: Viewer, look: Look) -> Sketch:
        return await self._of(person.team, self._pseudonyms.person(person), days, viewer, look, self._clock())

    async def _of(  # noqa: PLR0913, PLR0917 - of whom, of when, for whom and how
        self, team: str, user_id: UUID, days: int, viewer: Viewer, look: Look, now: datetime
    ) -> Sketch:
        start, end = period(pictures.reach(look, days), now=now, timezone=viewer.timezone)
        async with self._store.read() as session:
            rows = await readings.of_person(session, user_id, start, end)
        if not rows:
            raise NothingToShow
        retention = (await self._rules.of(team)).retention_days
        return await self._run(_sketched, rows, look, days, viewer, now, retention)

    async def _shared(
        self, place: Place, days: int, viewer: Viewer, look: Look, until: datetime | None = None
    ) -> Sketch:
        rules = await self._rules.of(place.team)
        series, cost = await self._published(place, rules, days, viewer, look, until)
        sketch = await self._run(pictures.shared, series, look, days, viewer)
        return pictures.noted(pictures.within(sketch, rules.retention_days, viewer.locale), cost, viewer.locale)

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        """Plain work for the processor, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *args))


def _sketched(  # noqa: PLR0913, PLR0917 - whose, of when, for whom, and what of it is still kept
    rows: Sequence[Felt], look: Look, days: int, viewer: Viewer, now: datetime, retention: int
) -> Sketch:
    points = [Point(row.time, row.label) for row in rows]
    return pictures.within(pictures.own(points, look, days, viewer, now), retention, viewer.locale)
