"""Readings over time, counted: points go in, buckets of days or weeks come out. Pure, no drawing."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from emotion.labels import EMOTIONS, Emotion

Unit = Literal["day", "week", "whole"]
"""How long a bucket is; `whole` is one bucket for the whole period."""

LONGEST_BY_DAY: Final = 31
"""A period that touches more local dates than this is counted by weeks."""

_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)  # what a datetime resolves: turns an exclusive end into an inclusive one


@dataclass(frozen=True, slots=True)
class Point:
    """One reading: when, by whom and what. `author` is opaque; it is only ever compared with others."""

    time: datetime
    author: Hashable
    label: Emotion


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of local time, from `start` up to but not including `end`, both in the viewer's zone.

    `counts` has all seven emotions, or is None where there is nothing that may be shown: nobody
    wrote, or (`suppressed`) fewer people wrote than the smallest number that may be shown.
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
    people: int
    """Distinct authors in the whole period, those in suppressed buckets included."""
    minimum_people: int
    """The fewest distinct authors with whom a bucket is shown."""

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
        """The buckets in which somebody wrote, but too few people to be shown."""
        return tuple(bucket for bucket in self.buckets if bucket.suppressed)

    @property
    def counts(self) -> Mapping[Emotion, int]:
        """All seven emotions over the buckets that are shown.

        What is suppressed is left out, so that it cannot be had from this picture by subtraction. Between pictures it
        can: of two that differ by a person, a day or a period, the difference shows. Nothing prevents that yet.
        """
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


def bucketed(points: Iterable[Point], *, start: datetime, end: datetime, timezone: str, minimum_people: int) -> Series:
    """Count the points of [start, end) by local day, or by week (from Monday) beyond 31 dates.

    A day lasts from one local midnight to the next, be that 23, 24 or 25 hours; the first and the
    last bucket end where the period does. A bucket with fewer than `minimum_people` distinct authors
    is suppressed. Where that leaves none to show, but the period as a whole has enough authors, there
    is one bucket for the whole period. Points outside the period count nowhere.

    ValueError for a period that is empty or has no zone, and for a minimum below 1.
    """
    _check(start, end, minimum_people)
    zone = ZoneInfo(timezone)
    first, last = start.astimezone(zone), (_utc(end) - _INSTANT).astimezone(zone)
    by_week = (last.date() - first.date()).days + 1 > LONGEST_BY_DAY

    opens, closes = _utc(start), _utc(end)
    inside = [point for point in points if opens <= point.time < closes]
    by_bucket: dict[date, list[Point]] = {}
    for point in inside:
        day = point.time.astimezone(zone).date()
        by_bucket.setdefault(_monday(day) if by_week else day, []).append(point)

    step = 7 * _DAY if by_week else _DAY
    opening = _monday(first.date()) if by_week else first.date()
    buckets: list[Bucket] = []
    while opening <= last.date():
        begins = max(_midnight(opening, zone), first, key=_utc)
        ends = min(_midnight(opening + step, zone), end.astimezone(zone), key=_utc)
        buckets.append(_bucket(by_bucket.get(opening, []), begins, ends, minimum_people))
        opening += step

    people = len({point.author for point in inside})
    unit: Unit = "week" if by_week else "day"
    if people >= minimum_people and not any(bucket.counts for bucket in buckets):
        unit, buckets = "whole", [_bucket(inside, first, end.astimezone(zone), minimum_people)]
    return Series(buckets=tuple(buckets), unit=unit, people=people, minimum_people=minimum_people)


def _check(start: datetime, end: datetime, minimum_people: int) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        message = "start and end need a time zone"
        raise ValueError(message)
    if _utc(start) >= _utc(end):
        message = "the period is empty: start must lie before end"
        raise ValueError(message)
    if minimum_people < 1:
        message = "minimum_people must be at least 1"
        raise ValueError(message)


def _bucket(points: list[Point], start: datetime, end: datetime, minimum_people: int) -> Bucket:
    if not points:
        return Bucket(start=start, end=end, counts=None)
    if len({point.author for point in points}) < minimum_people:
        return Bucket(start=start, end=end, counts=None, suppressed=True)
    return Bucket(start=start, end=end, counts=_all_seven(Counter(point.label for point in points)))


def _all_seven(counted: Mapping[Emotion, int]) -> Mapping[Emotion, int]:
    return MappingProxyType({emotion: counted.get(emotion, 0) for emotion in EMOTIONS})


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _utc(moment: datetime) -> datetime:
    # Two times of one zone compare by their wall clocks, which is wrong in the hour that comes twice.
    return moment.astimezone(UTC)
