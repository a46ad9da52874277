from datetime import UTC, datetime

import numpy as np
import pytest
from matplotlib.figure import Figure

from charts.moments import HOURS, WEEKDAYS, by_hour
from charts.series import Point
from charts.style import DARK, LIGHT, Locale, Theme
from charts.week import week
from emotion.labels import Emotion
from tests.charts.looking import LOCALES, bars, check_layout, colours, marks, named, places, said

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
POINTS = [
    *[Point(MONDAY.replace(minute=n), Emotion.JOY) for n in range(8)],
    *[Point(MONDAY.replace(hour=5, minute=n), Emotion.ANGER) for n in range(2)],
    Point(MONDAY.replace(day=22, hour=14), Emotion.NEUTRAL),
]


def drawn(
    points: list[Point] = POINTS, locale: Locale = "en", theme: Theme = LIGHT, timezone: str = "Asia/Seoul"
) -> Figure:
    return week(by_hour(points, timezone), locale=locale, theme=theme, title="t", subtitle="s")


@pytest.mark.parametrize(
    ("timezone", "cells"),
    [("Asia/Seoul", {(9, 0), (14, 0), (23, 6)}), ("America/New_York", {(19, 6), (0, 0), (9, 6)})],
)
def test_hours_are_the_viewers(timezone: str, cells: set[tuple[float, float]]) -> None:
    """Midnight of Monday in London is nine in the morning in Seoul, and Sunday evening in New York."""
    assert set(places(drawn(timezone=timezone), "week.hours")) == cells


def test_a_square_tells_how_much_and_how_it_felt() -> None:
    """Eight of joy are larger than two of anger; each has its colour on the theme's scale."""
    for theme in (LIGHT, DARK):
        figure = drawn(theme=theme)
        by_place = dict(zip(places(figure, "week.hours"), colours(figure, "week.hours"), strict=True))
        assert by_place == {(9, 0): theme.scale[4], (14, 0): theme.scale[0], (23, 6): theme.scale[2]}
        sizes = dict(
            zip(places(figure, "week.hours"), np.asarray(marks(figure, "week.hours").get_sizes()), strict=True)
        )
        assert sizes[9, 0] > sizes[14, 0] > sizes[23, 6]


def test_an_hour_without_messages_is_a_dot() -> None:
    """All others of the 168, smaller than the smallest square and in another colour."""
    figure = drawn()
    empty, full = places(figure, "week.empty"), places(figure, "week.hours")
    assert len(empty) + len(full) == HOURS * WEEKDAYS
    assert not set(empty) & set(full)
    smallest = np.asarray(marks(figure, "week.hours").get_sizes()).min()
    assert np.asarray(marks(figure, "week.empty").get_sizes()).max() < smallest / 2
    assert set(colours(figure, "week.empty")) == {LIGHT.hatch}


def test_sums_stand_above_their_hours_and_beside_their_days() -> None:
    """Eight at nine o'clock, two at two, one on Sunday night; ten on Monday."""
    figure = drawn()
    above = {round(left + width / 2): height for left, _, width, height in bars(figure, "hours.bars")}
    beside = {round(low + height / 2): width for _, low, width, height in bars(figure, "weekdays.bars")}
    assert above == {9: 8, 14: 2, 23: 1}
    assert beside == {0: 10, 6: 1}


@pytest.mark.parametrize(
    ("locale", "days", "hours"),
    [
        ("en", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["12 AM", "6 AM", "12 PM", "6 PM"]),
        ("ko", ["월", "화", "수", "목", "금", "토", "일"], ["0시", "6시", "12시", "18시"]),
    ],
)
def test_days_and_hours_are_named(locale: Locale, days: list[str], hours: list[str]) -> None:
    """Monday first; every sixth hour."""
    figure = drawn(locale=locale)
    assert said(figure, "weekday") == days
    assert said(figure, "hour") == hours


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_week_says_so(locale: Locale) -> None:
    """Over its dots."""
    figure = drawn([], locale)
    assert len(said(figure, "nothing")) == 1
    assert not named(figure, "week.hours")
    check_layout(figure)
