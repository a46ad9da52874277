"""Points and series for the tests of the pictures."""

import random
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from charts.series import Point, Series, bucketed, period
from emotion.labels import EMOTIONS, Emotion

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
"""A Friday, half past six in the evening in Seoul."""
SEOUL = "Asia/Seoul"


def point(days_ago: float, label: Emotion = Emotion.JOY, author: str = "a") -> Point:
    """One reading so many days before now."""
    return Point(time=NOW - timedelta(days=days_ago), author=author, label=label)


def points(days: int, *, a_day: int, people: int, quiet: Collection[int] = (), seed: int = 1) -> list[Point]:
    """`a_day` readings of `people` in turn on each of the last days, except the quiet ones, within nine hours."""
    chance = random.Random(seed)  # noqa: S311 - sample data, not a secret
    return [
        Point(
            time=NOW - timedelta(days=day, hours=9 * chance.random()),
            author=number % people,
            label=chance.choice(EMOTIONS),
        )
        for day in range(days)
        if day not in quiet
        for number in range(a_day)
    ]


def series(of: Sequence[Point], days: int = 7, *, minimum_people: int = 1, timezone: str = SEOUL) -> Series:
    """The points of the last days, as a viewer in `timezone` sees them."""
    start, end = period(days, now=NOW, timezone=timezone)
    return bucketed(of, start=start, end=end, timezone=timezone, minimum_people=minimum_people)
