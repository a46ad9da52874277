"""Readings over time, counted: points or published cells go in, buckets of days or weeks come out. Pure, no drawing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from emotion.labels import EMOTIONS, Emotion

Unit = Literal["day", "week"]
"""How long a bucket is; a week begins on Monday."""

LONGEST_BY_DAY: Final = 31
"""A period that touches more local dates than this is counted by weeks."""

MOST_PERCENT: Final = 40
"""The largest part of a channel's bucket that one person may have written."""

_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)  # what a datetime resolves: turns an exclusive end into an inclusive one


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of somebody's own: when and what."""

    time: datetime
    label: Emotion


class Cell(Protocol):
    """A day or a week of a channel that may be shown, counted already."""

    @property
    def start(self) -> date:
        """Its first date; a Monday where it is a week."""

    @property
    def unit(self) -> Unit:
        """How long it is."""

    @property
    def counts(self) -> Mapping[Emotion, int]:
        """Messages by emotion; an emotion that did not occur may be missing."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of local time, from `start` up to but not including `end`, both in the zone of the picture.

    `counts` has all seven emotions, or is None where there is nothing that may be shown: nobody wrote, or
    (`suppressed`, in the picture of a channel) nobody wrote or too few did: which of the two is not told.
    """

    start: datetime
    end: datetime
    counts: Mapping[Emotion, int] | None
    suppressed: bool = False

    @property
    def total(self) -> int:
        """The number of messages that may be shown."""
        return sum(self.counts.values()) if self.counts else 0

    @property
    def shares(self) -> Mapping[Emotion, float] | None:
        """Each emotion's part of the messages; they sum to 1. None where there are no counts."""
        return shares(self.counts) if self.counts else None

    @property
    def last_date(self) -> date:
        """The last local date in it."""
        return (self.end - _INSTANT).date()


@dataclass(frozen=True, slots=True)
class Series:
    """Buckets in order and without holes between them, for one period."""

    buckets: tuple[Bucket, ...]
    unit: Unit
    """How long they are; the shortest of them where each is a cell (`each_cell`)."""
    timezone: str
    """Whose dates the buckets are; an IANA name."""
    minimum_people: int = 1
    """The fewest people with whom a bucket is shown; 1 in somebody's own picture."""

    @property
    def start(self) -> datetime:
        """Where the first bucket begins."""
        return self.buckets[0].start

    @property
    def end(self) -> datetime:
        """Where the last bucket ends, exclusive."""
        return self.buckets[-1].end

    @property
    def shown(self) -> tuple[Bucket, ...]:
        """The buckets that have counts."""
        return tuple(bucket for bucket in self.buckets if bucket.counts is not None)

    @property
    def suppressed(self) -> tuple[Bucket, ...]:
        """The buckets of a channel that may not be shown, or in which nobody wrote."""
        return tuple(bucket for bucket in self.buckets if bucket.suppressed)

    @property
    def counts(self) -> Mapping[Emotion, int]:
        """All seven emotions over the buckets that are shown."""
        counted = Counter[Emotion]()
        for bucket in self.shown:
            counted.update(bucket.counts)
        return _all_seven(counted)

    @property
    def total(self) -> int:
        """The number of messages in the buckets that are shown."""
        return sum(bucket.total for bucket in self.buckets)


def shares(counts: Mapping[Emotion, int]) -> Mapping[Emotion, float]:
    """Each count's part of their sum, which must not be 0."""
    total = sum(counts.values())
    return MappingProxyType({emotion: count / total for emotion, count in counts.items()})


def period(days: int, *, now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """The last `days` local dates, today included: from a local midnight up to `now`, exclusive of what comes after.

    So 7 days are seven buckets, not seven and a piece of an eighth.
    """
    zone = ZoneInfo(timezone)
    first = now.astimezone(zone).date() - (days - 1) * _DAY
    return _midnight(first, zone).astimezone(UTC), now.astimezone(UTC) + _INSTANT


def bucketed(points: Iterable[Point], *, start: datetime, end: datetime, timezone: str) -> Series:
    """Count one person's points of [start, end) by local day, or by week (from Monday) beyond 31 dates.

    A day lasts from one local midnight to the next, be that 23, 24 or 25 hours; the first and the
    last bucket end where the period does. Points outside the period count nowhere.

    ValueError for a period that is empty or has no zone.
    """
    _check(start, end)
    zone = ZoneInfo(timezone)
    first, last = start.astimezone(zone), (_utc(end) - _INSTANT).astimezone(zone)
    unit = _unit(first.date(), last.date())

    opens, closes = _utc(start), _utc(end)
    by_bucket: dict[date, Counter[Emotion]] = {}
    for point in points:
        if opens <= point.time < closes:
            day = point.time.astimezone(zone).date()
            by_bucket.setdefault(_opening(day, unit), Counter())[point.label] += 1

    buckets = []
    for opening, following in _openings(first.date(), last.date(), unit):
        begins = max(_midnight(opening, zone), first, key=_utc)
        ends = min(_midnight(following, zone), end.astimezone(zone), key=_utc)
        counted = by_bucket.get(opening)
        buckets.append(Bucket(begins, ends, _all_seven(counted) if counted else None))
    return Series(tuple(buckets), unit, timezone)


def of_cells(cells: Iterable[Cell], *, first: date, last: date, timezone: str, minimum_people: int) -> Series:
    """A channel's series from `first` to `last`, made of published cells and of nothing else.

    By day, or by whole weeks where the dates are more than 31 or a week of them was published as one; a week is then
    the sum of its days that were published. Where no cell is, the bucket is suppressed, whatever the reason.
    `minimum_people` is how many a cell needs, for the words; `timezone` is the channel's, in which its dates are.

    ValueError for dates that end before they begin.
    """
    _check_dates(first, last)
    zone = ZoneInfo(timezone)
    shown = [cell for cell in cells if monday(first) <= cell.start <= last]
    unit: Unit = "week" if any(cell.unit == "week" for cell in shown) else _unit(first, last)
    by_bucket: dict[date, Counter[Emotion]] = {}
    for cell in shown:
        by_bucket.setdefault(_opening(cell.start, unit), Counter()).update(cell.counts)

    buckets = []
    for opening, following in _openings(first, last, unit):
        counted = by_bucket.get(opening)
        counts = _all_seven(counted) if counted else None
        ends = _midnight(min(following, last + _DAY), zone)
        buckets.append(Bucket(_midnight(opening, zone), ends, counts, suppressed=counts is None))
    return Series(tuple(buckets), unit, timezone, minimum_people)


def each_cell(cells: Iterable[Cell], *, first: date, last: date, timezone: str, minimum_people: int) -> Series:
    """A channel's series in which each published cell that begins in the dates is a bucket of its own, day or week.

    So its buckets are not of one length. Where no cell is, each day is suppressed, whatever the reason. The arguments
    and the errors are those of `of_cells`.
    """
    _check_dates(first, last)
    zone = ZoneInfo(timezone)
    starting = {cell.start: cell for cell in cells if any(cell.counts.values())}
    buckets, opening = [], first
    while opening <= last:
        cell = starting.get(opening)
        following = min(opening + (7 * _DAY if cell and cell.unit == "week" else _DAY), last + _DAY)
        counts = _all_seven(cell.counts) if cell else None
        ends = _midnight(following, zone)
        buckets.append(Bucket(_midnight(opening, zone), ends, counts, suppressed=counts is None))
        opening = following
    return Series(tuple(buckets), "day", timezone, minimum_people)


def monday(day: date) -> date:
    """The Monday of the week that a date lies in."""
    return day - day.weekday() * _DAY


def _check(start: datetime, end: datetime) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        message = "start and end need a time zone"
        raise ValueError(message)
    if _utc(start) >= _utc(end):
        message = "the period is empty: start must lie before end"
        raise ValueError(message)


def _check_dates(first: date, last: date) -> None:
    if last < first:
        message = "the dates end before they begin"
        raise ValueError(message)


def _unit(first: date, last: date) -> Unit:
    return "week" if (last - first).days + 1 > LONGEST_BY_DAY else "day"


def _opening(day: date, unit: Unit) -> date:
    """The first date of the bucket that a date lies in."""
    return monday(day) if unit == "week" else day


def _openings(first: date, last: date, unit: Unit) -> Iterable[tuple[date, date]]:
    """The first date of each bucket, and of the one after it."""
    step = 7 * _DAY if unit == "week" else _DAY
    opening = _opening(first, unit)
    while opening <= last:
        yield opening, opening + step
        opening += step


def _all_seven(counted: Mapping[Emotion, int]) -> Mapping[Emotion, int]:
    return MappingProxyType({emotion: counted.get(emotion, 0) for emotion in EMOTIONS})


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _utc(moment: datetime) -> datetime:
    # Two times of one zone compare by their wall clocks, which is wrong in the hour that comes twice.
    return moment.astimezone(UTC)
