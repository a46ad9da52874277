"""What days and hours are made of: readings counted by day, or by hour of the week. Pure, no drawing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from charts.series import Point, Series, monday
from emotion.derived import PLEASURE_AND_AROUSAL
from emotion.labels import Emotion

Counts = Mapping[Emotion, int]
"""How many readings of each label; one that is missing did not occur."""

HOURS: Final = 24
WEEKDAYS: Final = 7
DAY: Final = timedelta(days=1)
_EDGES: Final = (-0.35, -0.1, 0.1, 0.35)
"""Where the five steps between unpleasant and pleasant meet."""
MIDDLE: Final = 2
"""The step that is neither."""
YEAR_WEEKS: Final = 53
"""Calendar weeks that the last 365 days always touch."""


def total(counts: Counts) -> int:
    """The number of readings."""
    return sum(counts.values())


def valence(counts: Counts) -> float:
    """The mean pleasure of the labels, in [-1, 1]; `emotion.derived` says where each label's comes from.

    ValueError where there is none to take the mean of.
    """
    number = total(counts)
    if not number:
        message = "no readings, no valence"
        raise ValueError(message)
    return sum(count * PLEASURE_AND_AROUSAL[emotion][0] for emotion, count in counts.items()) / number


def step(value: float) -> int:
    """Which of the five steps a valence is, from 0, very unpleasant, to 4, very pleasant."""
    return sum(value >= edge for edge in _EDGES)


def added(several: Iterable[Counts]) -> Counts:
    """All of them together."""
    whole = Counter[Emotion]()
    for counts in several:
        whole.update(counts)
    return whole


def by_day(points: Iterable[Point], timezone: str) -> dict[date, Counts]:
    """The counts of each local date on which there is a reading. A day may have 23 or 25 hours."""
    zone = ZoneInfo(timezone)
    days: dict[date, Counter[Emotion]] = {}
    for point in points:
        days.setdefault(point.time.astimezone(zone).date(), Counter())[point.label] += 1
    return dict(days)


def between(days: Mapping[date, Counts], first: date, last: date) -> Counts:
    """What the dates from `first` to `last`, both included, have together."""
    return added(counts for day, counts in days.items() if first <= day <= last)


@dataclass(frozen=True, slots=True)
class Week:
    """Readings by weekday, Monday first, and hour of the local clock, over any number of weeks."""

    cells: Sequence[Sequence[Counts]]
    """Seven rows of 24; a cell without readings is empty."""
    timezone: str

    @property
    def total(self) -> int:
        """All readings."""
        return sum(map(total, self.by_weekday))

    @property
    def by_weekday(self) -> list[Counts]:
        """The seven rows, summed up."""
        return [added(row) for row in self.cells]

    @property
    def by_hour(self) -> list[Counts]:
        """The 24 columns, summed up."""
        return [added(column) for column in zip(*self.cells, strict=True)]


def by_hour(points: Iterable[Point], timezone: str) -> Week:
    """Count by the clock on the wall: the hour that comes twice in autumn counts twice, the one left out never."""
    zone = ZoneInfo(timezone)
    cells = [[Counter[Emotion]() for _ in range(HOURS)] for _ in range(WEEKDAYS)]
    for point in points:
        local = point.time.astimezone(zone)
        cells[local.weekday()][local.hour][point.label] += 1
    return Week(cells=cells, timezone=timezone)


@dataclass(frozen=True, slots=True)
class Year:
    """Days from `first` to `last`, both included: those with readings, and those of which none may be shown."""

    first: date
    last: date
    days: Mapping[date, Counts]
    hidden: frozenset[date] = frozenset()
    """Days of a channel that may not be shown: too few people wrote, or nobody did."""
    minimum_people: int = 1
    joined: Mapping[date, Counts] = field(default_factory=dict)
    """Weeks of a channel of which only the whole may be shown, by their Mondays; no day of them is in `days`."""
    since: date | None = None
    """The first day of which anything is kept, where that is not `first`."""

    def __post_init__(self) -> None:
        """ValueError for a year that ends before it begins, and for a day outside it."""
        if self.first > self.last:
            message = "a year must not end before it begins"
            raise ValueError(message)
        if any(not self.first <= day <= self.last for day in (*self.days, *self.hidden, *self.joined)):
            message = "a day lies outside the year"
            raise ValueError(message)

    @property
    def monday(self) -> date:
        """Where the first column begins: ISO weeks, so on a Monday."""
        return monday(self.first)

    @property
    def weeks(self) -> int:
        """How many columns there are."""
        return (self.last - self.monday).days // WEEKDAYS + 1

    @property
    def length(self) -> int:
        """The number of days, with readings or not."""
        return (self.last - self.first).days + 1

    @property
    def kept(self) -> Sequence[date]:
        """The days of which anything is kept, with readings or not."""
        since = self.since or self.first
        return [since + number * DAY for number in range((self.last - since).days + 1)]

    def joined_days(self, week: date) -> int:
        """How many days of a joined week are over or have begun."""
        return min(WEEKDAYS, (self.last - week).days + 1)

    def column(self, day: date) -> int:
        """The column of a day; its row is its weekday."""
        return (day - self.monday).days // WEEKDAYS


def year_until(last: date) -> date:
    """The first day of the year that ends on `last`: 365 days, or 366 where a 29 February is among them.

    The day after the same date a year before; after 29 February, that is 1 March.
    """
    if (last.month, last.day) == (2, 29):
        return date(last.year - 1, 3, 1)
    return last.replace(year=last.year - 1) + DAY


def year_of(series: Series) -> Year:
    """A channel's year: the 53 calendar weeks until the last day of a series that has a bucket for each cell.

    Nothing is kept of the days before the series. ValueError where it has days from before the 53 weeks.
    """
    last = series.buckets[-1].last_date
    first, since = monday(last) - (YEAR_WEEKS - 1) * WEEKDAYS * DAY, series.buckets[0].start.date()
    days: dict[date, Counts] = {}
    joined: dict[date, Counts] = {}
    hidden: set[date] = set()
    for bucket in series.buckets:
        start, length = bucket.start.date(), (bucket.last_date - bucket.start.date()).days + 1
        if bucket.counts is None:
            hidden.update(start + number * DAY for number in range(length))
        elif length == 1:
            days[start] = bucket.counts
        else:
            joined[start] = bucket.counts
    return Year(first, last, days, frozenset(hidden), series.minimum_people, joined, since if since != first else None)
