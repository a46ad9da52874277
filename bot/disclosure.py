"""What a picture of a channel may show, so that no two of them can be subtracted. Pure: no SQL, no clock, no drawing.

A channel's calendar is cut into cells. A cell is published once, as the sum over a group of people that is large enough
and in which nobody weighs too much (`is_safe`). From then on it is frozen: it never shrinks, and it grows only when
what came since is the work of such a group as well. So everything that was ever published is made of sums over whole
groups, no two of which share a message, and so is every difference and every other combination of pictures.

A cell is a day; or a week, where no day of it has a group but the week has. What is decided first for a week holds for
good: days and weeks that overlap would show by subtraction what lies between them.

What this does not do: whoever is in a group knows their own part of it, and whoever sees that a cell is shown knows
that enough of those who wrote consent. Where a whole group felt the same, each of them did.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from charts import moments
from charts.series import MOST_PERCENT, Unit, monday
from emotion.labels import Emotion

Tally = Mapping[Emotion, int]
"""Messages by emotion."""
Parts = Mapping[Any, Tally]
"""What each person contributed. People may be anything that can be told apart: that is all that is done with them."""

SETTLES_AFTER: Final = timedelta(days=8)
"""So long after its end a published cell grows no more: a weekly picture has had its chance to find what came late."""
WEEK: Final = 7
"""Days."""
_FLOOR: Final = 3  # people, whatever is configured
_DAY: Final = timedelta(days=1)


def is_safe(parts: Parts, minimum: int) -> bool:
    """Whether the sum of these parts may be shown: of `minimum` people or more, with nobody above 40 % of it."""
    sizes = [size for tally in parts.values() if (size := sum(tally.values()))]
    return len(sizes) >= max(minimum, _FLOOR) and 100 * max(sizes) <= MOST_PERCENT * sum(sizes)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day or a week as it was published."""

    start: date
    """The first date, in the channel's time zone."""
    unit: Unit
    parts: Parts = field(default_factory=dict)
    """What was published of each person; nothing once it is withdrawn."""
    version: int = 1
    withdrawn: bool = False
    """Never shown again, and never published again either."""

    @property
    def end(self) -> date:
        """The first date after it."""
        return self.start + (WEEK if self.unit == "week" else 1) * _DAY

    @property
    def counts(self) -> Tally:
        """What is shown."""
        return total(self.parts)


def total(parts: Parts) -> Tally:
    """The sum over all people."""
    return moments.added(parts.values())


def joined(several: Iterable[Parts]) -> Parts:
    """Parts of several days as those of one cell."""
    people: dict[Any, Counter[Emotion]] = {}
    for parts in several:
        for person, tally in parts.items():
            people.setdefault(person, Counter()).update(tally)
    return people


def added(now: Parts, published: Parts) -> Parts:
    """What each person has now beyond what was published of them. What is gone since is not subtracted."""
    more = {person: Counter(tally) - Counter(published.get(person, {})) for person, tally in now.items()}
    return {person: tally for person, tally in more.items() if tally}


def grown(cell: Cell, now: Parts, minimum: int) -> Cell | None:
    """The cell's next version; None where it stays as it is, because too few people added anything to it."""
    more = added(now, cell.parts)
    if cell.withdrawn or not is_safe(more, minimum):
        return None
    return replace(cell, parts=joined([cell.parts, more]), version=cell.version + 1)


def publishable(
    week: date, standing: Sequence[Cell], written: Mapping[date, Parts], minimum: Callable[[date], int], *, whole: bool
) -> Sequence[Cell]:
    """The cells of the week from that Monday that may be published now: new ones, and new versions of old ones.

    `standing` has every cell of the week that was ever published, withdrawn ones included; `written` has what people
    who consent now wrote, by day, for the days that may change. `minimum` says how many people a cell that begins on a
    date needs. `whole` says whether the week may become one cell: not where it began too long ago.
    """
    by_start = {cell.start: cell for cell in standing}
    if any(cell.unit == "week" for cell in standing):
        return _next(by_start.get(week), Cell(week, "week"), joined(written.values()), minimum(week))
    days = [
        cell
        for day, parts in sorted(written.items())
        for cell in _next(by_start.get(day), Cell(day, "day"), parts, minimum(day))
    ]
    if days or standing or not whole:
        return days
    return _next(None, Cell(week, "week"), joined(written.values()), minimum(week))


def due(
    calendar: "Calendar",
    standing: Sequence[Cell],
    written: Mapping[date, Parts],
    minimum: "Minimum",
) -> Sequence[Cell]:
    """The cells of all weeks of the calendar that may be published now. `written` is asked for `changeable` days."""
    return [
        cell
        for week in calendar.weeks
        for cell in publishable(
            week,
            [cell for cell in standing if monday(cell.start) == week],
            {day: parts for day, parts in written.items() if monday(day) == week},
            lambda start: minimum.of(calendar.begins(start)),
            whole=calendar.keeps(week),
        )
    ]


def changeable(calendar: "Calendar", standing: Sequence[Cell]) -> Sequence[date]:
    """The days of the calendar that are not published yet, or that ended too recently for their cell to be final.

    The others need not be counted again.
    """
    by_start = {(cell.start, cell.unit): cell for cell in standing}
    days = []
    for week in calendar.weeks:
        for day in calendar.days_of(week):
            cell = by_start.get((week, "week")) or by_start.get((day, "day"))
            if cell is None or not (cell.withdrawn or calendar.now >= calendar.begins(cell.end) + SETTLES_AFTER):
                days.append(day)
    return days


def _next(standing: Cell | None, empty: Cell, now: Parts, minimum: int) -> Sequence[Cell]:
    if standing is None:
        return [replace(empty, parts=joined([now]))] if is_safe(now, minimum) else []
    bigger = grown(standing, now, minimum)
    return [bigger] if bigger is not None else []


@dataclass(frozen=True, slots=True)
class Minimum:
    """How many people a cell needs."""

    now: int
    """As the workspace has it at this moment."""
    default: int
    """As the operator has it."""
    changed: datetime | None
    """When administrators last changed a rule; None where they never did."""

    def of(self, begins: datetime) -> int:
        """For a cell that begins at that moment. Whoever wrote before a change was promised more than a lower number.

        The number that held before is not kept, so for what is older than a change at least the operator's holds.
        """
        return self.now if self.changed is None or begins >= self.changed else max(self.now, self.default)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of a channel that a picture is about, in the channel's own time zone."""

    now: datetime
    zone: ZoneInfo
    first: date
    last: date
    """Today at the latest: nothing is shown of the future."""
    oldest: datetime
    """What begins before is past its retention, and neither published nor shown."""

    @classmethod
    def of(
        cls, days: int, timezone: str, now: datetime, retention_days: int, until: datetime | None = None
    ) -> "Calendar":
        """The last `days` dates, today included; or those up to the date of `until`, where that is earlier."""
        zone = ZoneInfo(timezone)
        last = min(until or now, now).astimezone(zone).date()
        return cls(now, zone, last - (days - 1) * _DAY, last, now - timedelta(days=retention_days))

    @property
    def weeks(self) -> Sequence[date]:
        """The Mondays of all weeks that the dates lie in."""
        count = (monday(self.last) - monday(self.first)).days // WEEK + 1
        return [monday(self.first) + number * WEEK * _DAY for number in range(count)]

    @property
    def earliest(self) -> date:
        """The first date of these weeks of which a cell may be shown; the last date where there is none."""
        return next((day for week in self.weeks for day in self.days_of(week)), self.last)

    def ends_with(self, start: date, unit: Unit) -> bool:
        """Whether nothing in the cell that begins there is younger than these dates: a week may have ended since."""
        following = start + (WEEK if unit == "week" else 1) * _DAY
        return following <= self.last + _DAY or self.last == self.now.astimezone(self.zone).date()

    def begins(self, day: date) -> datetime:
        """The moment of that date's midnight, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def keeps(self, day: date) -> bool:
        """Whether a cell that begins on that date may be shown: not too old, and not in the future."""
        return day <= self.last and self.begins(day) >= self.oldest

    def days_of(self, week: date) -> Sequence[date]:
        """The dates of the week from that Monday of which a cell may be shown."""
        return [day for number in range(WEEK) if self.keeps(day := week + number * _DAY)]

    def span(self, day: date) -> tuple[datetime, datetime]:
        """From that date's midnight to the next, however many hours that is."""
        return self.begins(day), self.begins(day + _DAY)
