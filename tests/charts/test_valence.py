import re
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from charts.expected import curve
from charts.moments import Counts, step
from charts.series import bucketed, period
from charts.style import DARK, LIGHT, Locale, Theme
from charts.valence import valence
from emotion.labels import Emotion
from tests.charts.factories import NOW, SEOUL
from tests.charts.histories import points
from tests.charts.looking import LOCALES, LOOKS, bars, check_layout, colours, named, places, said
from tests.charts.test_expected import CALM, channel

HARD, GOOD = {Emotion.ANGER: 6, Emotion.FEAR: 4}, {Emotion.JOY: 8, Emotion.NEUTRAL: 2}
SHIFTED: Sequence[Counts | None] = [HARD] * 12 + [None] * 2 + [GOOD] * 16


def drawn(days: Sequence[Counts | None], locale: Locale = "en", theme: Theme = LIGHT) -> Figure:
    return valence(curve(channel(days)), locale=locale, theme=theme, title="Mood", subtitle="Nov 14 – 20, 2026")


def lines(figure: Figure, name: str) -> list[Line2D]:
    return [one for one in named(figure, name) if isinstance(one, Line2D)]


def test_spots_stand_at_their_values_in_the_colours_of_the_scale() -> None:
    """One a bucket that is shown, in either theme's own colours."""
    days: Sequence[Counts | None] = [GOOD, CALM, None, HARD]
    for theme in (LIGHT, DARK):
        figure = drawn(days, theme=theme)
        spots = curve(channel(days)).spots
        assert places(figure, "valence.spots") == [(spot.place, spot.value) for spot in spots]
        assert colours(figure, "valence.spots") == [theme.scale[step(spot.value)] for spot in spots]
        assert len(set(colours(figure, "valence.spots"))) == 3


def test_the_line_breaks_at_a_gap_and_no_line_leads_to_a_day_alone() -> None:
    """Three days, a gap, one day alone, a gap, two days: two strokes."""
    (line,) = lines(drawn([CALM, GOOD, CALM, None, HARD, None, CALM, GOOD]), "valence.line")
    x = np.asarray(line.get_xdata(), dtype=float)
    assert [list(part[~np.isnan(part)]) for part in np.split(x, np.flatnonzero(np.isnan(x)))][:2] == [[0, 1, 2], [6, 7]]


def test_the_band_lies_around_the_line() -> None:
    """One area a stretch, from the lowest to the highest; a day alone has a narrow one."""
    days: Sequence[Counts | None] = [CALM, GOOD, None, HARD]
    (band,) = (one for one in named(drawn(days), "valence.band") if isinstance(one, PolyCollection))
    first, alone = (np.asarray(path.vertices) for path in band.get_paths())
    spots = curve(channel(days)).spots
    assert (first[:, 0].min(), first[:, 0].max()) == (0, 1)
    assert (first[:, 1].min(), first[:, 1].max()) == (min(s.low for s in spots[:2]), max(s.high for s in spots[:2]))
    assert 0 < alone[:, 0].max() - alone[:, 0].min() < 0.5
    assert (alone[:, 1].min(), alone[:, 1].max()) == (spots[2].low, spots[2].high)


def test_suppressed_days_are_hatched_above_and_below_and_the_key_says_why() -> None:
    """Nothing is drawn there but the hatching, and nothing is hatched where nothing is suppressed."""
    figure = drawn([CALM, None, CALM, None, None, CALM, CALM])
    for panel in ("valence.suppressed", "counts.suppressed"):
        assert [round(left + width / 2) for left, _, width, _ in bars(figure, panel)] == [1, 3, 4]
    assert "needs 5 people or more" in said(figure, "key")
    clear = drawn([CALM] * 7)
    assert not named(clear, "valence.suppressed")
    assert said(clear, "key") == ["mean of the day", "95% range"]


def test_a_day_of_ones_own_without_messages_is_a_gap_not_a_secret() -> None:
    """Nothing is hatched in a personal picture."""
    start, end = period(30, now=NOW, timezone=SEOUL)
    own = curve(bucketed(points("a year"), start=start, end=end, timezone=SEOUL))
    figure = valence(own, locale="ko", title="t", subtitle="s")
    assert len(own.spots) < 30
    assert not named(figure, "valence.suppressed")


def test_bars_below_are_the_numbers_of_messages() -> None:
    """Under the spot they belong to."""
    figure = drawn([GOOD, None, CALM, {Emotion.JOY: 25}])
    found = [(round(left + width / 2), low, height) for left, low, width, height in bars(figure, "counts.bars")]
    assert found == [(0, 0, 10), (2, 0, 10), (3, 0, 25)]


@pytest.mark.parametrize(("highest", "top"), [(1, "1"), (7, "8"), (21, "30"), (100, "100"), (9001, "10,000")])
def test_counts_go_up_to_a_number_that_is_easily_read(highest: int, top: str) -> None:
    """The next of 1, 2, 3, 4, 5, 6, 8 and 10, times a power of ten."""
    assert top in said(drawn([{Emotion.JOY: highest}]), "text")


def test_the_scale_is_the_same_up_and_down_and_holds_the_band() -> None:
    """So that the middle of the picture is neither pleasant nor unpleasant."""
    for days in ([GOOD] * 3, [HARD] * 3, [CALM] * 3, [dict.fromkeys(Emotion, 500)]):
        figure = drawn(list(days))
        ends = [float(text.replace("−", "-")) for text in said(figure, "text") if re.fullmatch(r"[+−]0\.\d", text)]
        spots = curve(channel(list(days))).spots
        assert len(ends) == 2
        assert sum(ends) == 0
        assert max(max(abs(spot.low), abs(spot.high)) for spot in spots) <= max(ends)


@pytest.mark.parametrize(
    ("locale", "change", "shift"),
    [
        ("en", "last 7 days about like the 7 days before", "shift from Nov 5"),
        ("ko", "최근 7일은 그 전 7일과 비슷해요", "11월 5일부터 달라짐"),
    ],
)
def test_a_sudden_change_is_marked_with_its_levels(locale: Locale, change: str, shift: str) -> None:
    """A line where it was, the level on either side, and the date; last week is compared in words."""
    figure = drawn(SHIFTED, locale)
    (edge,) = lines(figure, "valence.shift")
    found = curve(channel(SHIFTED)).shift
    assert found
    assert list(np.asarray(edge.get_xdata())) == [found.place - 0.5] * 2 == [13.5] * 2
    levels = [float(np.asarray(one.get_ydata())[0]) for one in lines(figure, "valence.level")]
    assert levels == [found.before, found.after]
    assert (said(figure, "change"), said(figure, "shift.said")) == ([change], [shift])


def test_a_calm_line_has_no_mark() -> None:
    """No edge, no level, no word of it."""
    figure = drawn([CALM, {**CALM, Emotion.JOY: 4}] * 10)
    assert not named(figure, "valence.shift")
    assert not named(figure, "valence.level")
    assert not said(figure, "shift.said")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en", "last 7 days: 1.25 above the 7 days before"), ("ko", "최근 7일은 그 전 7일보다 1.25 높아요")],
)
def test_a_better_week_is_said_to_be_one(locale: Locale, expected: str) -> None:
    """By how much, where chance does not explain it."""
    assert said(drawn([{Emotion.FEAR: 9, Emotion.SADNESS: 1}] * 7 + [GOOD] * 7, locale), "change") == [
        expected.replace("1.25", f"{0.608 - (-0.639):.2f}")
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("days", [1, 7, 14, 30, 31, 90, 366])
def test_dates_are_readable_for_any_period(days: int, locale: Locale) -> None:
    """The last bucket's is there; the others at even steps; none touch."""
    figure = drawn([CALM] * days, locale)
    check_layout(figure)
    dates = said(figure, "date")
    last = channel([CALM] * days).buckets[-1].start.date()
    assert dates[-1] == (f"{last.month}월 {last.day}일" if locale == "ko" else f"{last:%b} {last.day}")
    assert 1 <= len(dates) <= 8


@pytest.mark.parametrize(("locale", "theme"), LOOKS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("before", range(3, 27, 4))
def test_the_words_of_a_shift_are_never_in_the_way(before: int, locale: Locale, theme: Theme) -> None:
    """Wherever it is, its words lie beside it and apart from the others."""
    days: Sequence[Counts | None] = [HARD] * before + [GOOD] * (30 - before)
    figure = drawn(days, locale, theme)
    assert said(figure, "shift.said")
    check_layout(figure)


def test_an_empty_period_says_so() -> None:
    """No spot, no key, one sentence."""
    start, end = period(7, now=NOW - timedelta(days=4000), timezone=SEOUL)
    none = curve(bucketed([], start=start, end=end, timezone=SEOUL))
    figure = valence(none, locale="ko", title="t", subtitle="s")
    assert said(figure, "nothing") == ["이 기간에는 보여 드릴 것이 없어요"]
    assert not named(figure, "valence.spots")
    assert not said(figure, "key")


def test_a_line_of_nothing_but_hidden_days_says_why() -> None:
    """It is not called empty."""
    figure = drawn([None] * 7)
    assert not said(figure, "nothing")
    assert said(figure, "key") == ["needs 5 people or more"]
