"""One person's page: the last thirty days, the week before them, the rhythm of the week, the year. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from charts.contrast import Mix, Side
from charts.expected import Curve, curve
from charts.moments import (
    DAY,
    MIDDLE,
    WEEKDAYS,
    Counts,
    Week,
    Year,
    between,
    by_day,
    by_hour,
    step,
    total,
    valence,
    year_until,
)
from charts.series import Point, bucketed, period

DAYS: Final = 30
"""What the line and the days that stand out are about."""
RHYTHM_DAYS: Final = 84
"""What the week by the hour is about: twelve weeks."""
_FEWEST: Final = 3
"""Messages of a day that may be called the best or the worst."""


@dataclass(frozen=True, slots=True)
class Strong:
    """A day that stands out; `why` is a name."""

    why: str
    day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything on the page, all of it about the one person whose readings it was made from."""

    curve: Curve
    mix: Mix
    """The last seven days beside the seven before."""
    week: Week
    year: Year
    strong: Sequence[Strong]
    """At most three: "best", "worst" and "busiest" of the last thirty days, no day twice."""

    @property
    def last(self) -> date:
        """The day it ends with."""
        return self.year.last


def summary(points: Sequence[Point], *, now: datetime, timezone: str) -> Summary:
    """Count one person's readings for the page that ends today in that zone; what is older than a year is left out."""
    start, end = period(DAYS, now=now, timezone=timezone)
    rhythm, _ = period(RHYTHM_DAYS, now=now, timezone=timezone)
    past = [point for point in points if point.time < end]
    days = by_day(past, timezone)
    series = bucketed(past, start=start, end=end, timezone=timezone)
    last = series.buckets[-1].start.date()
    first = year_until(last)
    year = {day: counts for day, counts in days.items() if first <= day <= last}
    return Summary(
        curve=curve(series),
        mix=mix_of_days(days, last),
        week=by_hour([point for point in past if point.time >= rhythm], timezone),
        year=Year(first=first, last=last, days=year),
        strong=strong({day: counts for day, counts in year.items() if day > last - DAYS * DAY}),
    )


def mix_of_days(days: Mapping[date, Counts], last: date) -> Mix:
    """The seven days that end with `last` beside the seven before them."""
    middle = last - WEEKDAYS * DAY
    return Mix(now=_side(days, middle + DAY, last), before=_side(days, middle - (WEEKDAYS - 1) * DAY, middle))


def _side(days: Mapping[date, Counts], first: date, last: date) -> Side:
    return Side(first=first, last=last, counts=between(days, first, last))


def strong(days: Mapping[date, Counts]) -> list[Strong]:
    """The most pleasant, the least pleasant and the busiest day, as far as there are enough messages to tell.

    The best is on the pleasant side of the scale and the worst on the other; of equal days the later one is meant.
    """
    enough = {day: valence(counts) for day, counts in days.items() if total(counts) >= _FEWEST}
    found: list[Strong] = []
    for why, sign in (("best", 1), ("worst", -1)):
        day = max(enough, key=lambda one: (sign * enough[one], one), default=None)
        if day and sign * (step(enough[day]) - MIDDLE) > 0:
            found.append(Strong(why, day, days[day]))
    busiest = max(enough, key=lambda one: (total(days[one]), one), default=None)
    if busiest and busiest not in {one.day for one in found}:
        found.append(Strong("busiest", busiest, days[busiest]))
    return found
