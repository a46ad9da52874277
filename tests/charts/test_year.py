from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from charts.moments import Counts, Year, year_of, year_until
from charts.series import each_cell, monday
from charts.style import DARK, LIGHT, Locale, Theme
from charts.year import year
from emotion.labels import Emotion
from tests.charts.factories import SEOUL, Counted
from tests.charts.looking import LOCALES, LOOKS, bars, check_layout, colours, marks, named, places, said

LAST = date(2026, 11, 20)
SHORT = date(2026, 11, 2)
"""A Monday; with the days until the last, three columns."""
JOY, FEAR = {Emotion.JOY: 9}, {Emotion.FEAR: 1}


def drawn(of: Year, locale: Locale = "en", theme: Theme = LIGHT) -> Figure:
    return year(of, locale=locale, theme=theme, title="t", subtitle="s")


def short(days: dict[date, Counts], hidden: frozenset[date] = frozenset()) -> Year:
    return Year(SHORT, LAST, days, hidden, 5)


def squares(figure: Figure, name: str) -> int:
    return sum(len(np.asarray(one.get_offsets())) for one in named(figure, name) if isinstance(one, PathCollection))


def test_a_square_tells_how_much_and_how_it_felt() -> None:
    """In the column of its week and the row of its weekday, in the colour of the theme's scale, larger for more."""
    days: dict[date, Counts] = {SHORT: JOY, date(2026, 11, 8): FEAR, date(2026, 11, 18): {Emotion.NEUTRAL: 4}}
    for theme in (LIGHT, DARK):
        figure = drawn(short(days), theme=theme)
        assert places(figure, "year.days") == [(0, 0), (0, 6), (2, 2)]
        assert colours(figure, "year.days") == [theme.scale[4], theme.scale[0], theme.scale[2]]
        sizes = np.asarray(marks(figure, "year.days").get_sizes())
        assert sizes[0] > sizes[2] > sizes[1]


def test_each_day_is_there_once() -> None:
    """Written on, empty or hidden; days outside the year are not."""
    days: dict[date, Counts] = {SHORT: JOY}
    hidden = frozenset({date(2026, 11, 3), date(2026, 11, 15)})
    figure = drawn(short(days, hidden))
    assert squares(figure, "year.days") == 1
    assert squares(figure, "year.empty") == 19 - 3
    found = [
        (round(left + width / 2), round(low + height / 2))
        for left, low, width, height in bars(figure, "year.suppressed")
    ]
    assert sorted(found) == [(0, 1), (1, 6)]


@pytest.mark.parametrize(("locale", "words"), [("en", "needs 5 people or more"), ("ko", "5명 이상일 때만 보여요")])
def test_hidden_days_are_hatched_and_the_key_says_why(locale: Locale, words: str) -> None:
    """Only where there are some."""
    assert words in said(drawn(short({}, frozenset({SHORT})), locale), "key")
    figure = drawn(short({SHORT: JOY}), locale)
    assert words not in said(figure, "key")
    assert not named(figure, "year.suppressed")


@pytest.mark.parametrize("last", [LAST, date(2024, 2, 29), date(2024, 12, 31), date(2028, 1, 2), date(2023, 1, 1)])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_whole_year_fits_leap_or_not(last: date, locale: Locale) -> None:
    """Every day once, in two bands; weekdays named in both; months over their columns."""
    figure = drawn(Year(year_until(last), last, {}), locale)
    assert squares(figure, "year.empty") == Year(year_until(last), last, {}).length in {365, 366}
    assert len(said(figure, "weekday")) == 6
    assert 11 <= len(said(figure, "month")) <= 13
    check_layout(figure)


def test_january_says_which_year_it_begins() -> None:
    """In both languages; other months do not."""
    for locale, name in (("en", "Jan 2026"), ("ko", "2026년 1월")):
        months = said(drawn(Year(year_until(LAST), LAST, {}), locale), "month")  # type: ignore[arg-type]
        assert name in months
        assert sum("2026" in month for month in months) == 1


@settings(deadline=None, max_examples=25)
@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(1, 371), st.sampled_from(LOCALES))
def test_any_period_up_to_a_year_fits(last: date, length: int, locale: Locale) -> None:
    """No name is cut off or in the way of another."""
    check_layout(drawn(Year(last - timedelta(days=length - 1), last, {last: JOY}), locale))


def test_one_busy_day_does_not_shrink_a_year() -> None:
    """The top twentieth share the largest square."""
    days: dict[date, Counts] = {LAST - timedelta(days=n): {Emotion.JOY: 4} for n in range(100)}
    first = LAST - timedelta(days=99)
    plain = np.asarray(marks(drawn(Year(first, LAST, days)), "year.days").get_sizes())
    with_busy: dict[date, Counts] = {**days, LAST: {Emotion.JOY: 4000}}
    busy = np.asarray(marks(drawn(Year(first, LAST, with_busy)), "year.days").get_sizes())
    assert (plain == busy).all()


# ---- Of a channel

WEEK = date(2026, 11, 9)


def channels(days: dict[date, Counts], joined: dict[date, Counts], since: date | None = None) -> Year:
    """Three weeks of which the rest may not be shown."""
    begins = since or SHORT
    kept = {begins + timedelta(days=n) for n in range((LAST - begins).days + 1)}
    weeks = {week + timedelta(days=n) for week in joined for n in range(7)}
    return Year(SHORT, LAST, days, frozenset(kept - days.keys() - weeks), 5, joined, since)


def test_a_week_that_may_only_be_shown_as_a_whole_is_one_bar() -> None:
    """From Monday to Sunday, or to today, in the colour of its feeling; no square or hatching is in its column."""
    of = channels({SHORT: JOY}, {WEEK: {Emotion.FEAR: 40}, date(2026, 11, 16): {Emotion.JOY: 40}})
    for theme in (LIGHT, DARK):
        figure = drawn(of, theme=theme)
        whole, current = (one for one in named(figure, "year.weeks") if isinstance(one, PathCollection))
        assert [tuple(map(float, *np.asarray(one.get_offsets()))) for one in (whole, current)] == [(1, 3), (2, 2)]
        assert [to_hex(np.asarray(one.get_facecolor())[0]) for one in (whole, current)] == [
            theme.scale[0],
            theme.scale[4],
        ]
        seven, five = (float(one.get_paths()[0].get_extents().height) for one in (whole, current))
        assert seven > five > 4
        assert places(figure, "year.days") == [(0, 0)]
        assert {round(left) for left, *_ in bars(figure, "year.suppressed")} == {0}
        assert not named(figure, "year.empty")


def test_a_bar_is_as_wide_as_the_square_of_its_mean_day() -> None:
    """Seventy messages in a week are ten a day, and this week's fifty are ten on each of five days."""
    of = channels({SHORT: {Emotion.JOY: 10}}, {WEEK: {Emotion.JOY: 70}, date(2026, 11, 16): {Emotion.JOY: 50}})
    figure = drawn(of)
    weeks = [one for one in named(figure, "year.weeks") if isinstance(one, PathCollection)]
    (size,) = np.asarray(marks(figure, "year.days").get_sizes())
    assert [float(one.get_sizes()[0]) for one in weeks] == [size, size]
    few = drawn(channels({SHORT: {Emotion.JOY: 10}}, {WEEK: {Emotion.JOY: 7}}))
    assert marks(few, "year.weeks").get_sizes()[0] < size


def test_what_is_no_longer_kept_is_a_dot_and_not_called_too_few_people() -> None:
    """Before the first kept day; from then on what may not be shown is hatched."""
    figure = drawn(channels({LAST: JOY}, {}, since=date(2026, 11, 12)))
    assert squares(figure, "year.empty") == 10
    assert len(bars(figure, "year.suppressed")) == 8
    assert (0, 0) in places(figure, "year.empty")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("needs 5 people or more", "a whole week", "no longer kept")),
        ("ko", ("5명 이상일 때만 보여요", "한 주로 묶었어요", "보관 기간이 지났어요")),
    ],
)
def test_the_key_of_a_channel_explains_what_is_there(locale: Locale, words: tuple[str, str, str]) -> None:
    """Hatching, bars and dots, each only where there is one."""
    hatched, joined, gone = words
    full: dict[date, Counts] = {SHORT + timedelta(days=n): JOY for n in range(19)}
    for of, expected in [
        (channels({}, {WEEK: JOY}, since=date(2026, 11, 5)), {hatched, joined, gone}),
        (channels({SHORT: JOY}, {}), {hatched}),
        (channels(full, {}), set[str]()),
    ]:
        assert set(words) & set(said(drawn(of, locale), "key")) == expected


@settings(deadline=None, max_examples=25)
@given(
    last=st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    kept=st.integers(1, 365),
    raw=st.lists(st.tuples(st.integers(0, 364), st.booleans(), st.integers(1, 2000)), min_size=1, max_size=50),
    look=st.sampled_from(LOOKS),
)
def test_any_year_of_a_channel_fits_and_shows_each_day_once(
    last: date, kept: int, raw: list[tuple[int, bool, int]], look: tuple[Locale, Theme]
) -> None:
    """Whatever was published: squares, days under bars, hatched days and dots are all days there are."""
    by_week = {monday(last - timedelta(days=ago)): week for ago, week, _ in raw}
    cells = [
        Counted(monday(day), "week", {Emotion.JOY: count}) if by_week[monday(day)]
        else Counted(day, "day", {Emotion.FEAR: count})
        for ago, _, count in raw for day in [last - timedelta(days=ago)]
    ]  # fmt: skip
    first = last - timedelta(days=kept - 1)
    of = year_of(each_cell(cells, first=first, last=last, timezone=SEOUL, minimum_people=5))
    figure = drawn(of, *look)
    check_layout(figure)
    assert len(named(figure, "year.weeks")) == len(of.joined)
    covered = sum(map(of.joined_days, of.joined))
    hidden = len(bars(figure, "year.suppressed"))
    assert squares(figure, "year.days") + covered + hidden + squares(figure, "year.empty") == of.length
    assert squares(figure, "year.empty") == of.length - len(of.kept)
