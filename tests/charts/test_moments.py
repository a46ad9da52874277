from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts.moments import (
    HOURS,
    WEEKDAYS,
    Year,
    added,
    between,
    by_day,
    by_hour,
    step,
    total,
    valence,
    year_of,
    year_until,
)
from charts.series import Point, each_cell
from emotion.derived import PLEASURE_AND_AROUSAL
from emotion.labels import EMOTIONS, Emotion
from tests.charts.factories import SEOUL, TODAY, Counted, cell

BERLIN = "Europe/Berlin"


def at(day: int, hour: int, minute: int = 0, *, month: int = 10, label: Emotion = Emotion.JOY) -> Point:
    return Point(datetime(2026, month, day, hour, minute, tzinfo=UTC), label)


def test_valence_is_the_mean_pleasure_of_the_labels() -> None:
    """Three of joy and one of anger: (3 x 0.76 - 0.51) / 4; neutral alone is the middle."""
    assert valence({Emotion.JOY: 3, Emotion.ANGER: 1}) == pytest.approx((3 * 0.76 - 0.51) / 4)
    assert valence({Emotion.NEUTRAL: 5}) == 0


def test_nothing_has_no_valence() -> None:
    """Zero would claim that it was neutral."""
    with pytest.raises(ValueError, match="no readings"):
        valence({Emotion.JOY: 0})


@given(st.dictionaries(st.sampled_from(EMOTIONS), st.integers(1, 1000), min_size=1))
def test_valence_lies_between_the_extreme_labels(counts: dict[Emotion, int]) -> None:
    """Whatever the counts, and however large."""
    pleasures = [PLEASURE_AND_AROUSAL[emotion][0] for emotion in counts]
    assert min(pleasures) - 1e-9 <= valence(counts) <= max(pleasures) + 1e-9


@pytest.mark.parametrize(
    ("value", "expected"), [(-0.7, 0), (-0.35, 1), (-0.1, 2), (0.0, 2), (0.0999, 2), (0.1, 3), (0.35, 4), (0.76, 4)]
)
def test_the_scale_has_five_steps(value: float, expected: int) -> None:
    """From very unpleasant to very pleasant, the middle one around nought."""
    assert step(value) == expected


def test_days_are_local() -> None:
    """Eleven in the evening in Berlin and one in the morning there are two days, though one in London."""
    days = by_day([at(1, 21), at(1, 23)], BERLIN)
    assert {day: total(counts) for day, counts in days.items()} == {date(2026, 10, 1): 1, date(2026, 10, 2): 1}


def test_a_day_of_25_hours_is_one_day() -> None:
    """On 25 October 2026 clocks go back in Berlin: from 22:00 UTC to 23:00 UTC of the next day."""
    hours = [Point(datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=n), Emotion.JOY) for n in range(25)]
    assert {day: total(counts) for day, counts in by_day(hours, BERLIN).items()} == {date(2026, 10, 25): 25}


def test_the_hour_that_comes_twice_is_counted_in_one_column() -> None:
    """00:30 UTC and 01:30 UTC are both half past two on that Sunday in Berlin."""
    week = by_hour([at(25, 0, 30), at(25, 1, 30)], BERLIN)
    assert total(week.cells[6][2]) == 2
    assert week.total == 2


def test_the_hour_that_is_left_out_stays_empty() -> None:
    """On 29 March 2026 the clock goes from two to three: one minute before is one o'clock, one after is three."""
    week = by_hour([at(29, 0, 59, month=3), at(29, 1, 1, month=3)], BERLIN)
    assert [total(week.cells[6][hour]) for hour in (1, 2, 3)] == [1, 0, 1]


def test_the_week_begins_on_monday_and_has_168_cells() -> None:
    """2 November 2026 is a Monday; sums by weekday and by hour are those of the cells."""
    week = by_hour([at(2, 5, month=11), at(2, 6, month=11), at(8, 5, month=11, label=Emotion.FEAR)], "UTC")
    assert len(week.cells) == WEEKDAYS
    assert {len(row) for row in week.cells} == {HOURS}
    assert [total(counts) for counts in week.by_weekday] == [2, 0, 0, 0, 0, 0, 1]
    assert week.by_hour[5] == {Emotion.JOY: 1, Emotion.FEAR: 1}


def test_counts_add_up_between_two_dates_both_included() -> None:
    """The first and the last day count, the one after does not."""
    days = {date(2026, 1, day): {Emotion.JOY: day} for day in (1, 2, 3, 4)}
    assert between(days, date(2026, 1, 2), date(2026, 1, 3)) == {Emotion.JOY: 5}
    assert added([]) == {}


@pytest.mark.parametrize(
    ("last", "first", "length"),
    [
        (date(2026, 11, 20), date(2025, 11, 21), 365),
        (date(2024, 2, 29), date(2023, 3, 1), 366),
        (date(2024, 3, 1), date(2023, 3, 2), 366),
        (date(2024, 2, 28), date(2023, 3, 1), 365),
        (date(2025, 2, 28), date(2024, 2, 29), 366),
        (date(2023, 12, 31), date(2023, 1, 1), 365),
    ],
)
def test_a_year_has_its_leap_day(last: date, first: date, length: int) -> None:
    """A year ends on its last day and begins on the day after the same date a year before."""
    year = Year(first=year_until(last), last=last, days={})
    assert (year.first, year.length) == (first, length)


@given(st.dates(date(1971, 1, 1), date(2200, 12, 31)))
def test_columns_are_iso_weeks(last: date) -> None:
    """Each starts on a Monday; the days of an ISO week share one; 53 or 54 hold any year."""
    year = Year(first=year_until(last), last=last, days={})
    days = [year.first + timedelta(days=number) for number in range(year.length)]
    assert year.monday.isoweekday() == 1
    assert (days[0], days[-1], len(days) in {365, 366}) == (year.first, year.last, True)
    by_column: dict[int, set[tuple[int, int]]] = {}
    for day in days:
        by_column.setdefault(year.column(day), set()).add(day.isocalendar()[:2])
    assert all(len(weeks) == 1 for weeks in by_column.values())
    assert list(by_column) == list(range(year.weeks))
    assert year.weeks in {53, 54}


def test_a_year_refuses_what_is_outside_it() -> None:
    """A day before it, a hidden day after it, and an end before the beginning."""
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    with pytest.raises(ValueError, match="outside"):
        Year(first, last, {date(2025, 12, 31): {Emotion.JOY: 1}})
    with pytest.raises(ValueError, match="outside"):
        Year(first, last, {}, frozenset({date(2026, 2, 1)}))
    with pytest.raises(ValueError, match="outside"):
        Year(first, last, {}, joined={date(2025, 12, 29): {Emotion.JOY: 1}})
    with pytest.raises(ValueError, match="before"):
        Year(last, first, {})


def channels_year(cells: list[Counted], first: date, last: date = TODAY) -> Year:
    return year_of(each_cell(cells, first=first, last=last, timezone=SEOUL, minimum_people=5))


def test_a_channels_year_has_days_and_whole_weeks_and_hides_the_rest_of_what_is_kept() -> None:
    """Days before the series are not kept: they are neither hidden nor empty."""
    year = channels_year([cell(11, "week", joy=6), cell(1, joy=5)], date(2026, 11, 8))
    assert {day: total(counts) for day, counts in year.days.items()} == {date(2026, 11, 19): 5}
    assert {week: total(counts) for week, counts in year.joined.items()} == {date(2026, 11, 9): 6}
    assert {day.day for day in year.hidden} == {8, 16, 17, 18, 20}
    assert (year.since, len(year.kept), year.minimum_people) == (date(2026, 11, 8), 13, 5)


@given(st.dates(date(1971, 1, 1), date(2200, 12, 31)))
def test_a_channels_year_is_53_calendar_weeks(last: date) -> None:
    """They have the last 365 days in them; what is all kept has no beginning of its own."""
    first = last - timedelta(days=364)
    monday_before = first - timedelta(days=first.weekday())
    year = channels_year([], monday_before, last)
    assert (year.first, year.weeks, year.since) == (monday_before, 53, None)
    assert len(year.hidden) == year.length == len(year.kept)


def test_more_than_53_weeks_are_no_year() -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(ValueError, match="outside"):
        channels_year([], TODAY - timedelta(days=400))


def test_this_week_has_no_more_days_than_have_begun() -> None:
    """Friday is its fifth; a past week has seven."""
    year = channels_year([cell(4, "week"), cell(11, "week")], date(2026, 11, 9))
    assert [year.joined_days(week) for week in sorted(year.joined)] == [7, 5]
