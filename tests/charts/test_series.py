from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.moments import total
from charts.series import Bucket, Point, Series, Unit, bucketed, each_cell, monday, of_cells, period
from emotion.labels import EMOTIONS, Emotion
from tests.charts.factories import NOW, SEOUL, TODAY, Counted, cell, channel, point, points, series

ZONES = ["UTC", SEOUL, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "America/Havana"]


def test_seven_days_are_seven_buckets_that_begin_at_local_midnights() -> None:
    """The last bucket is today, the first six days before, each from midnight in the viewer's zone."""
    buckets = series([]).buckets
    assert [bucket.start.date() for bucket in buckets] == [date(2026, 11, day) for day in range(14, 21)]
    assert {bucket.start.timetz() for bucket in buckets} == {datetime(2026, 11, 14, tzinfo=ZoneInfo(SEOUL)).timetz()}


def test_a_message_belongs_to_the_day_on_the_viewers_wall() -> None:
    """Half past one at night in Seoul is still the day before in New York."""
    late = Point(time=datetime(2026, 11, 18, 16, 30, tzinfo=UTC), label=Emotion.JOY)
    (seoul,) = series([late]).shown
    (york,) = series([late], timezone="America/New_York").shown
    assert seoul.start.date() == date(2026, 11, 19)
    assert york.start.date() == date(2026, 11, 18)


def test_thirty_days_are_counted_by_day_and_ninety_by_week_from_monday() -> None:
    """Weeks begin on Mondays, except the first, which begins where the period does."""
    thirty, ninety = series([], 30), series([], 90)
    assert (thirty.unit, len(thirty.buckets)) == ("day", 30)
    assert (ninety.unit, len(ninety.buckets)) == ("week", 14)
    assert {bucket.start.weekday() for bucket in ninety.buckets[1:]} == {0}
    assert ninety.start.date() == date(2026, 8, 23)


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", [24, 23, 24]), ("Europe/Berlin", [24, 24, 24])])
def test_a_day_lasts_from_midnight_to_midnight_however_long_that_is(zone: str, hours: list[int]) -> None:
    """On the day the clocks change, a day of 23 hours loses no message and takes none from its neighbours."""
    zoned = ZoneInfo(zone)
    start, end = datetime(2026, 3, 7, tzinfo=zoned), datetime(2026, 3, 10, tzinfo=zoned)
    hourly = []
    moment = start.astimezone(UTC)
    while moment < end.astimezone(UTC):
        hourly.append(Point(time=moment, label=Emotion.JOY))
        moment += timedelta(hours=1)
    assert [bucket.total for bucket in bucketed(hourly, start=start, end=end, timezone=zone).buckets] == (hours)


def test_the_hour_that_comes_twice_is_counted_twice() -> None:
    """The day on which clocks go back has 25 hours."""
    start = datetime(2026, 11, 1, tzinfo=ZoneInfo("America/New_York"))
    hourly = [Point(time=start.astimezone(UTC) + timedelta(hours=hour), label=Emotion.JOY) for hour in range(25)]
    (day,) = bucketed(
        hourly, start=start, end=start.astimezone(UTC) + timedelta(hours=25), timezone="America/New_York"
    ).buckets
    assert day.total == 25


def test_a_day_without_messages_is_empty_and_nothing_is_hidden_from_oneself() -> None:
    """Nobody else is in one's own picture: an empty day says that it is empty."""
    made = series([point(0), point(2)])
    assert made.buckets[-2] == Bucket(start=made.buckets[-2].start, end=made.buckets[-2].end, counts=None)
    assert made.suppressed == ()
    assert made.minimum_people == 1


def test_in_a_channel_nobody_wrote_and_too_few_wrote_look_the_same() -> None:
    """Whatever was not published is suppressed: the empty state would tell that somebody did write elsewhere."""
    made = channel([cell(0), cell(3)])
    assert [bucket.suppressed for bucket in made.buckets] == [True, True, True, False, True, True, False]
    assert {bucket.counts for bucket in made.suppressed} == {None}
    assert (made.unit, made.total) == ("day", 10)


def test_a_week_that_was_published_as_one_makes_the_whole_picture_one_of_weeks() -> None:
    """Whole calendar weeks, days that were published summed up beside it; the last ends with today."""
    made = channel([cell(11, "week", joy=6), cell(3, anger=2), cell(1, joy=5)])
    assert made.unit == "week"
    assert [(bucket.start.date(), bucket.last_date, bucket.total) for bucket in made.buckets] == [
        (date(2026, 11, 9), date(2026, 11, 15), 6),
        (date(2026, 11, 16), date(2026, 11, 20), 7),
    ]
    assert made.counts[Emotion.ANGER] == 2


def test_days_outside_the_dates_are_not_shown() -> None:
    """Neither the rest of the first week, where it is shown by day, nor what lies before it."""
    assert channel([cell(7, joy=5), cell(20, joy=5)]).shown == ()
    assert channel([cell(45, joy=5)], 30).shown == ()


def test_ninety_days_of_a_channel_are_sums_of_its_published_days() -> None:
    """Fourteen weeks; a week of which nothing was published is suppressed."""
    made = channel([cell(0, joy=5), cell(1, joy=6), cell(30, fear=7)], 90)
    assert (made.unit, len(made.buckets), len(made.shown)) == ("week", 14, 2)
    assert (made.buckets[-1].total, made.total) == (11, 18)


@pytest.mark.parametrize("counting", [of_cells, each_cell])
def test_dates_that_end_before_they_begin_are_refused(counting: Callable[..., Series]) -> None:
    """The error says so."""
    with pytest.raises(ValueError, match="before"):
        counting([], first=TODAY, last=TODAY - timedelta(days=1), timezone=SEOUL, minimum_people=5)


def test_cell_by_cell_a_week_beside_days_stays_a_week_and_they_stay_days() -> None:
    """Nothing is summed up; days without a cell, and with one of which noise left nothing, are suppressed."""
    some = [cell(11, "week", joy=6), cell(3, anger=2), cell(1, joy=5), cell(2, joy=0)]
    made = each_cell(some, first=date(2026, 11, 8), last=TODAY, timezone=SEOUL, minimum_people=5)
    assert [(bucket.start.day, bucket.last_date.day, bucket.total) for bucket in made.buckets] == [
        (8, 8, 0), (9, 15, 6), (16, 16, 0), (17, 17, 2), (18, 18, 0), (19, 19, 5), (20, 20, 0),
    ]  # fmt: skip
    assert [bucket.suppressed for bucket in made.buckets] == [True, False, True, False, True, False, True]
    assert (made.unit, made.minimum_people) == ("day", 5)


def test_cell_by_cell_this_week_ends_with_today_and_one_that_began_before_is_left_out() -> None:
    """A week of which part is past its retention is none of which part is shown."""
    some = [cell(11, "week", joy=6), cell(4, "week", joy=7)]
    made = each_cell(some, first=date(2026, 11, 15), last=TODAY, timezone=SEOUL, minimum_people=5)
    assert [(bucket.start.day, bucket.last_date.day, bucket.total) for bucket in made.buckets] == [
        (15, 15, 0), (16, 20, 7),
    ]  # fmt: skip


def test_a_hundred_thousand_points_are_all_counted() -> None:
    """A large workspace loses nothing."""
    assert series(points(90, a_day=1200), 90).total == 90 * 1200


@pytest.mark.parametrize(("start", "end", "words"), [(NOW, NOW, "empty"), (NOW.replace(tzinfo=None), NOW, "zone")])
def test_a_period_that_makes_no_sense_is_refused(start: datetime, end: datetime, words: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ValueError, match=words):
        bucketed([], start=start, end=end, timezone="UTC")


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    days=st.sampled_from([1, 7, 30, 90]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    raw=st.lists(st.tuples(st.integers(-60, 100 * 24 * 60), st.sampled_from(EMOTIONS)), max_size=60),
)
def test_no_message_is_lost_and_shares_sum_to_one(
    zone: str, days: int, now: datetime, raw: list[tuple[int, Emotion]]
) -> None:
    """Each message of the period lies in exactly one bucket."""
    made_of = [Point(time=now - timedelta(minutes=ago), label=label) for ago, label in raw]
    start, end = period(days, now=now, timezone=zone)
    made = bucketed(made_of, start=start, end=end, timezone=zone)

    inside = [one for one in made_of if start <= one.time <= now]
    placed = 0
    for bucket in made.buckets:
        opens, closes = bucket.start.astimezone(UTC), bucket.end.astimezone(UTC)
        own = [one for one in inside if opens <= one.time < closes]
        placed += len(own)
        assert Counter(one.label for one in own) == {label: n for label, n in (bucket.counts or {}).items() if n}
        assert bucket.shares is None or sum(bucket.shares.values()) == pytest.approx(1)
    assert placed == len(inside)
    for earlier, later in pairwise(made.buckets):
        assert earlier.end.astimezone(UTC) == later.start.astimezone(UTC)


_UNITS: st.SearchStrategy[Unit] = st.sampled_from(["day", "day", "week"])


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    days=st.sampled_from([1, 7, 30, 31, 32, 90]),
    last=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    raw=st.lists(st.tuples(st.integers(-3, 100), _UNITS, st.sampled_from(EMOTIONS), st.integers(1, 9)), max_size=30),
)
def test_every_published_cell_is_in_one_bucket_whole_and_nothing_else_is(
    zone: str, days: int, last: date, raw: list[tuple[int, Unit, Emotion, int]]
) -> None:
    """A bar is a sum of whole cells; bars meet without holes; what has no cell is suppressed; none is of later."""
    found: dict[date, Counted] = {}
    for ago, unit, label, count in raw:
        day = last - timedelta(days=ago)
        start = monday(day) if unit == "week" else day
        found[start] = Counted(start, unit, Counter({label: count}))
    first = last - timedelta(days=days - 1)
    made = of_cells(found.values(), first=first, last=last, timezone=zone, minimum_people=5)
    by_week = made.unit == "week"
    assert by_week == (
        days > 31 or any(monday(first) <= one.start <= last and one.unit == "week" for one in found.values())
    )
    begins = monday(first) if by_week else first
    inside = [one for one in found.values() if begins <= one.start <= last]
    assert made.total == sum(total(one.counts) for one in inside)
    assert (made.start.date(), made.buckets[-1].last_date) == (begins, last)
    for bucket in made.buckets:
        own = [one for one in inside if bucket.start.date() <= one.start <= bucket.last_date]
        assert bucket.total == sum(total(one.counts) for one in own)
        assert bucket.suppressed == (not own) == (bucket.counts is None)
    for earlier, later in pairwise(made.buckets):
        assert earlier.end == later.start


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    days=st.integers(1, 371),
    last=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    raw=st.lists(st.tuples(st.integers(-3, 380), st.booleans(), st.integers(1, 9)), max_size=60),
)
def test_cell_by_cell_each_bucket_is_one_cell_or_nothing(
    zone: str, days: int, last: date, raw: list[tuple[int, bool, int]]
) -> None:
    """Less than a published cell is in none of them, more neither; buckets meet without holes from first to last."""
    by_week = {monday(last - timedelta(days=ago)): week for ago, week, _ in raw}
    found: dict[date, Counted] = {}
    for ago, _, count in raw:
        day = last - timedelta(days=ago)
        start, unit = (monday(day), "week") if by_week[monday(day)] else (day, "day")
        found[start] = Counted(start, cast("Unit", unit), Counter({Emotion.JOY: count}))
    first = last - timedelta(days=days - 1)
    made = each_cell(found.values(), first=first, last=last, timezone=zone, minimum_people=5)
    assert (made.start.date(), made.buckets[-1].last_date) == (first, last)
    assert {bucket.start.date(): bucket.total for bucket in made.shown} == {
        start: total(one.counts) for start, one in found.items() if first <= start <= last
    }
    for bucket in made.buckets:
        week = not bucket.suppressed and found[bucket.start.date()].unit == "week"
        assert bucket.last_date == min(last, bucket.start.date() + timedelta(days=6 if week else 0))
    for earlier, later in pairwise(made.buckets):
        assert earlier.end == later.start
