from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts.series import Bucket, Point, bucketed, period
from emotion.labels import EMOTIONS, Emotion
from tests.charts.factories import NOW, SEOUL, point, points, series

ZONES = ["UTC", SEOUL, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "America/Havana"]


def test_seven_days_are_seven_buckets_that_begin_at_local_midnights() -> None:
    """The last bucket is today, the first six days before, each from midnight in the viewer's zone."""
    buckets = series([]).buckets
    assert [bucket.start.date() for bucket in buckets] == [date(2026, 11, day) for day in range(14, 21)]
    assert {bucket.start.timetz() for bucket in buckets} == {datetime(2026, 11, 14, tzinfo=ZoneInfo(SEOUL)).timetz()}


def test_a_message_belongs_to_the_day_on_the_viewers_wall() -> None:
    """Half past one at night in Seoul is still the day before in New York."""
    late = Point(time=datetime(2026, 11, 18, 16, 30, tzinfo=UTC), author="a", label=Emotion.JOY)
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
        hourly.append(Point(time=moment, author="a", label=Emotion.JOY))
        moment += timedelta(hours=1)
    assert [
        bucket.total for bucket in bucketed(hourly, start=start, end=end, timezone=zone, minimum_people=1).buckets
    ] == (hours)


def test_the_hour_that_comes_twice_is_counted_twice() -> None:
    """The day on which clocks go back has 25 hours."""
    start = datetime(2026, 11, 1, tzinfo=ZoneInfo("America/New_York"))
    hourly = [
        Point(time=start.astimezone(UTC) + timedelta(hours=hour), author="a", label=Emotion.JOY) for hour in range(25)
    ]
    (day,) = bucketed(
        hourly, start=start, end=start.astimezone(UTC) + timedelta(hours=25), timezone="America/New_York",
        minimum_people=1,
    ).buckets  # fmt: skip
    assert day.total == 25


def test_a_day_with_too_few_people_is_suppressed_and_a_day_without_messages_is_empty() -> None:
    """Neither has counts, but only the first is marked."""
    crowd = [point(0, author=name) for name in "abcde"]
    made = series([*crowd, *(point(2, author=name) for name in "abcd" * 9)], minimum_people=5)
    assert made.buckets[-1].total == 5
    assert made.suppressed == (made.buckets[-3],)
    assert made.buckets[-3].counts is None
    assert made.buckets[-2] == Bucket(start=made.buckets[-2].start, end=made.buckets[-2].end, counts=None)


def test_the_sum_leaves_out_what_is_suppressed() -> None:
    """So that nobody can have the hidden day by subtracting the others from the whole."""
    crowd = [point(0, author=name) for name in "abcde"]
    made = series([*crowd, point(2, Emotion.ANGER, "f")], minimum_people=5)
    assert made.total == 5
    assert made.counts[Emotion.ANGER] == 0


def test_too_few_people_a_day_but_enough_over_the_whole_give_one_bucket() -> None:
    """Five people on five different days are shown together, and nothing by day."""
    made = series([point(day, author=str(day)) for day in range(5)], minimum_people=5)
    assert (made.unit, len(made.buckets), made.total, made.suppressed) == ("whole", 1, 5, ())


def test_too_few_people_over_the_whole_show_nothing() -> None:
    """`people` still tells how many there were, for whoever decides on a refusal."""
    made = series([point(day, author=str(day)) for day in range(4)], minimum_people=5)
    assert (made.unit, made.people, made.total, len(made.suppressed)) == ("day", 4, 0, 4)


def test_a_hundred_thousand_points_are_all_counted() -> None:
    """A large workspace loses nothing."""
    made = series(points(90, a_day=1200, people=40), 90, minimum_people=5)
    assert made.total == 90 * 1200
    assert made.people == 40


@pytest.mark.parametrize(
    ("start", "end", "minimum", "words"),
    [
        (NOW, NOW, 1, "empty"),
        (NOW.replace(tzinfo=None), NOW, 1, "zone"),
        (NOW - timedelta(days=1), NOW, 0, "minimum_people"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(start: datetime, end: datetime, minimum: int, words: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ValueError, match=words):
        bucketed([], start=start, end=end, timezone="UTC", minimum_people=minimum)


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    days=st.sampled_from([1, 7, 30, 90]),
    minimum=st.integers(1, 4),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    raw=st.lists(st.tuples(st.integers(-60, 100 * 24 * 60), st.integers(0, 5), st.sampled_from(EMOTIONS)), max_size=60),
)
def test_no_message_is_lost_and_shares_sum_to_one(
    zone: str, days: int, minimum: int, now: datetime, raw: list[tuple[int, int, Emotion]]
) -> None:
    """Each message of the period lies in exactly one bucket; a bucket shows all of its messages or none."""
    made_of = [Point(time=now - timedelta(minutes=ago), author=author, label=label) for ago, author, label in raw]
    start, end = period(days, now=now, timezone=zone)
    made = bucketed(made_of, start=start, end=end, timezone=zone, minimum_people=minimum)

    inside = [one for one in made_of if start <= one.time <= now]
    placed = 0
    for bucket in made.buckets:
        opens, closes = bucket.start.astimezone(UTC), bucket.end.astimezone(UTC)
        own = [one for one in inside if opens <= one.time < closes]
        placed += len(own)
        authors = {one.author for one in own}
        assert bucket.suppressed == (0 < len(authors) < minimum)
        if bucket.counts is None or bucket.shares is None:
            assert len(authors) < minimum
        else:
            assert Counter(one.label for one in own) == {label: n for label, n in bucket.counts.items() if n}
            assert sum(bucket.shares.values()) == pytest.approx(1)
    assert placed == len(inside)
    assert made.people == len({one.author for one in inside})
    for earlier, later in zip(made.buckets, made.buckets[1:], strict=False):
        assert earlier.end.astimezone(UTC) == later.start.astimezone(UTC)
