from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar_rules import PICTURES, Kind, ScheduleSpec, latest_slot, next_slots, zone_of

NEW_YORK, PARIS, SEOUL = map(ZoneInfo, ("America/New_York", "Europe/Paris", "Asia/Seoul"))
ZONES = ["Asia/Seoul", "America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"]


def monthly(day: int, hour: int = 9, zone: str = "UTC") -> ScheduleSpec:
    return ScheduleSpec("monthly", None, hour, 0, zone, month_day=day)


@pytest.mark.parametrize(
    ("kind", "weekday", "month_day", "hour", "minute", "zone", "problem"),
    [
        ("daily", None, None, 24, 0, "UTC", "hour"),
        ("daily", None, None, 0, 60, "UTC", "minute"),
        ("daily", 0, None, 9, 0, "UTC", "daily one has none"),
        ("weekdays", 0, None, 9, 0, "UTC", "daily one has none"),
        ("weekly", None, None, 9, 0, "UTC", "weekly schedule has a day"),
        ("weekly", 7, None, 9, 0, "UTC", "weekly schedule has a day"),
        ("weekly", 1, 1, 9, 0, "UTC", "the others have none"),
        ("monthly", None, None, 9, 0, "UTC", "monthly schedule has a day"),
        ("monthly", None, 32, 9, 0, "UTC", "monthly schedule has a day"),
        ("monthly", None, 0, 9, 0, "UTC", "monthly schedule has a day"),
        ("yearly", None, None, 9, 0, "UTC", "no such schedule"),
        ("daily", None, None, 9, 0, "Mars/Olympus", "time zone"),
        ("daily", None, None, 9, 0, "", "time zone"),
        ("daily", None, None, 9, 0, "../../etc/passwd", "time zone"),
        ("daily", None, None, 9, 0, "America", "time zone"),
    ],
)
def test_what_no_clock_or_calendar_has_is_refused(  # noqa: PLR0913, PLR0917 - a schedule has many sides
    kind: Kind, weekday: int | None, month_day: int | None, hour: int, minute: int, zone: str, problem: str
) -> None:
    """A row that could never be due, or always fails, is not made."""
    with pytest.raises(ValueError, match=problem):
        ScheduleSpec(kind, weekday, hour, minute, zone, month_day=month_day)


@pytest.mark.parametrize(("kind", "month_day"), [("daily", None), ("weekdays", None), ("monthly", 1)])
def test_a_diary_comes_every_week_and_is_no_channels_picture(kind: Kind, month_day: int | None) -> None:
    """On one of its days; whatever offers pictures of channels does not offer it."""
    assert ScheduleSpec("weekly", 4, 17, 0, picture="diary").picture == "diary"
    with pytest.raises(ValueError, match="every week"):
        ScheduleSpec(kind, None, 17, 0, month_day=month_day, picture="diary")
    assert "diary" not in PICTURES


def test_only_periods_that_can_be_drawn() -> None:
    """Seven, thirty or ninety days."""
    assert ScheduleSpec("daily", None, 9, 0, days=90).days == 90
    with pytest.raises(ValueError, match="no such schedule"):
        ScheduleSpec("daily", None, 9, 0, days=8)


@pytest.mark.parametrize(
    ("zone", "spring", "time", "shown"),
    [
        ("America/New_York", date(2026, 3, 8), (2, 30), "03:30"),
        ("Europe/Paris", date(2026, 3, 29), (2, 30), "03:30"),
        ("Asia/Seoul", date(2026, 3, 29), (2, 30), "02:30"),
    ],
)
def test_a_time_that_the_spring_skips_comes_once_shortly_after(
    zone: str, spring: date, time: tuple[int, int], shown: str
) -> None:
    """There is no 02:30 that night; the slot is at 03:30 by the new time, the days around as ever."""
    local = ZoneInfo(zone)
    start = datetime(spring.year, spring.month, spring.day, tzinfo=local) - timedelta(days=1)
    slots = next_slots(ScheduleSpec("daily", None, *time, zone), start, 3)
    assert [slot.astimezone(local).strftime("%H:%M") for slot in slots] == ["02:30", shown, "02:30"]
    assert [slot.astimezone(local).date() for slot in slots] == [spring + timedelta(days=n) for n in (-1, 0, 1)]


@pytest.mark.parametrize(
    ("zone", "autumn", "first"),
    [
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Europe/Paris", date(2026, 10, 25), datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
        ("Asia/Seoul", date(2026, 10, 25), datetime(2026, 10, 24, 16, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_the_autumn_repeats_comes_once(zone: str, autumn: date, first: datetime) -> None:
    """01:30 happens twice in New York: the slot is the first of them. Elsewhere, as there, each day has one."""
    local = ZoneInfo(zone)
    start = datetime(autumn.year, autumn.month, autumn.day, tzinfo=local) - timedelta(days=1)
    slots = next_slots(ScheduleSpec("daily", None, 1, 30, zone), start, 3)
    assert [slot.astimezone(local).date() for slot in slots] == [autumn + timedelta(days=n) for n in (-1, 0, 1)]
    assert slots[1] == first


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Asia/Seoul"])
def test_a_year_of_half_past_two_has_a_slot_for_each_day(zone: str) -> None:
    """365 local dates, none twice and none left out, at 02:30 but for the one that spring skips."""
    local = ZoneInfo(zone)
    slots = next_slots(ScheduleSpec("daily", None, 2, 30, zone), datetime(2026, 1, 1, tzinfo=local), 365)
    dates = [slot.astimezone(local).date() for slot in slots]
    assert dates == [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    odd = [slot for slot in slots if slot.astimezone(local).strftime("%H:%M") != "02:30"]
    assert len(odd) == (0 if zone == "Asia/Seoul" else 1)


def test_a_day_that_a_zone_skipped_posts_once() -> None:
    """Apia had no 30 December 2011: its slot and that of the day after are one moment, given once."""
    spec = ScheduleSpec("daily", None, 9, 0, "Pacific/Apia")
    slots = next_slots(spec, datetime(2011, 12, 29, 0, 0, tzinfo=UTC), 4)
    assert len(set(slots)) == 4
    assert all(later - earlier >= timedelta(hours=23) for earlier, later in pairwise(slots))


def test_working_days_have_no_weekend() -> None:
    """From a Thursday in Seoul: Thursday, Friday, then Monday, by the dates there and not by those of UTC."""
    spec = ScheduleSpec("weekdays", None, 8, 0, "Asia/Seoul")
    slots = next_slots(spec, datetime(2026, 11, 19, 0, 0, tzinfo=SEOUL), 4)
    assert [slot.astimezone(SEOUL).strftime("%a") for slot in slots] == ["Thu", "Fri", "Mon", "Tue"]
    assert [slot.strftime("%a") for slot in slots] == ["Wed", "Thu", "Sun", "Mon"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (31, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        (30, ["01-30", "02-28", "03-30", "04-30", "05-30"]),
        (29, ["01-29", "02-28", "03-29", "04-29", "05-29"]),
        (28, ["01-28", "02-28", "03-28", "04-28", "05-28"]),
        (1, ["02-01", "03-01", "04-01", "05-01", "06-01"]),
    ],
)
def test_a_month_that_is_too_short_has_its_slot_on_its_last_day(day: int, expected: list[str]) -> None:
    """In no month none, and in none two."""
    slots = next_slots(monthly(day), datetime(2026, 1, 5, tzinfo=UTC), 5)
    assert [slot.strftime("%m-%d") for slot in slots] == expected


def test_a_leap_year_has_its_twenty_ninth() -> None:
    """2028 has one; 2100 has none."""
    assert next_slots(monthly(29), datetime(2028, 2, 1, tzinfo=UTC), 1)[0].day == 29
    assert next_slots(monthly(29), datetime(2100, 2, 1, tzinfo=UTC), 1)[0].day == 28


SPECS = st.builds(
    lambda kind, weekday, day, hour, minute, zone: ScheduleSpec(
        kind,
        weekday if kind == "weekly" else None,
        hour,
        minute,
        zone,
        month_day=day if kind == "monthly" else None,
    ),
    st.sampled_from(["daily", "weekdays", "weekly", "monthly"]),
    st.integers(0, 6),
    st.integers(1, 31),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(ZONES),
)


@given(SPECS, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as asked for
def test_the_latest_slot_and_the_next_leave_no_time_between_them(spec: ScheduleSpec, now: datetime) -> None:
    """At any moment, in any zone: the latest slot is past, the next are to come, and none is missed in between."""
    latest = latest_slot(spec, now)
    following = next_slots(spec, latest, 2)
    assert latest <= now < following[0]
    assert list(next_slots(spec, now, 2)) == list(following)
    shortest, longest = {"daily": (1, 1), "weekdays": (1, 3), "weekly": (7, 7), "monthly": (28, 31)}[spec.kind]
    assert timedelta(days=shortest, hours=-2) <= following[0] - latest <= timedelta(days=longest, hours=2)


@given(SPECS, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - as asked for
def test_a_slot_is_on_its_day(spec: ScheduleSpec, now: datetime) -> None:
    """The right day of the week or of the month, and the right time, but for what the clocks' changing moves."""
    local = latest_slot(spec, now).astimezone(zone_of(spec.timezone))
    if spec.kind == "weekdays":
        assert local.weekday() < 5
    if spec.kind == "weekly":
        assert local.weekday() == spec.weekday
    if spec.kind == "monthly":
        assert local.day == min(spec.month_day or 0, monthrange(local.year, local.month)[1])
    moved = (local.hour * 60 + local.minute) - (spec.hour * 60 + spec.minute)
    assert moved in {0, 30, 60}
