"""Points, cells and series for the tests of the pictures."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from charts.moments import Counts, by_day
from charts.series import Point, Series, Unit, bucketed, of_cells, period
from emotion.labels import EMOTIONS, Emotion

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
"""A Friday, half past six in the evening in Seoul."""
TODAY = NOW.date()
SEOUL = "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class Counted:
    """A published cell of a channel."""

    start: date
    unit: Unit
    counts: Counts


def point(days_ago: float, label: Emotion = Emotion.JOY) -> Point:
    """One reading so many days before now."""
    return Point(time=NOW - timedelta(days=days_ago), label=label)


def points(days: int, *, a_day: int, quiet: Collection[int] = (), seed: int = 1) -> list[Point]:
    """`a_day` readings on each of the last days, except the quiet ones, within nine hours."""
    chance = random.Random(seed)  # noqa: S311 - sample data, not a secret
    return [
        Point(time=NOW - timedelta(days=day, hours=9 * chance.random()), label=chance.choice(EMOTIONS))
        for day in range(days)
        if day not in quiet
        for _ in range(a_day)
    ]


def series(of: Sequence[Point], days: int = 7, *, timezone: str = SEOUL) -> Series:
    """One person's points of the last days, as a viewer in `timezone` sees them."""
    start, end = period(days, now=NOW, timezone=timezone)
    return bucketed(of, start=start, end=end, timezone=timezone)


def cell(days_ago: int, unit: Unit = "day", **counts: int) -> Counted:
    """A cell that begins so many days before today: joyful five times, unless counted otherwise."""
    counted = Counter({Emotion(label): count for label, count in counts.items()}) or Counter({Emotion.JOY: 5})
    return Counted(TODAY - timedelta(days=days_ago), unit, counted)


def cells(of: Sequence[Point]) -> list[Counted]:
    """Days of a channel that were published: all the points, counted by the date in Seoul."""
    return [Counted(day, "day", counts) for day, counts in sorted(by_day(of, SEOUL).items())]


def channel(of: Sequence[Counted], days: int = 7, *, minimum_people: int = 5) -> Series:
    """The cells of a channel in Seoul over the last days."""
    first = TODAY - timedelta(days=days - 1)
    return of_cells(of, first=first, last=TODAY, timezone=SEOUL, minimum_people=minimum_people)
