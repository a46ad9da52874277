import random
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest

from charts.expected import apart, beyond_chance, changed, curve
from charts.moments import Counts, valence
from charts.series import Series
from emotion.labels import EMOTIONS, Emotion
from tests.charts import factories
from tests.charts.factories import TODAY, Counted

CALM = {Emotion.NEUTRAL: 5, Emotion.JOY: 3, Emotion.ANGER: 2}


def channel(counts: Sequence[Counts | None]) -> Series:
    """A day each, the last one today; None where none was published."""
    first = TODAY - timedelta(days=len(counts) - 1)
    cells = [Counted(first + timedelta(days=n), "day", one) for n, one in enumerate(counts) if one]
    return factories.channel(cells, len(counts))


def test_each_spot_is_the_mean_of_its_bucket() -> None:
    """Not smoothed, at its own place, with its number of messages."""
    made = curve(channel([{Emotion.JOY: 2}, None, {Emotion.JOY: 1, Emotion.FEAR: 3}]))
    assert [(spot.place, spot.count) for spot in made.spots] == [(0, 2), (2, 4)]
    assert [spot.value for spot in made.spots] == pytest.approx([0.76, (0.76 - 3 * 0.64) / 4])
    assert made.mean == pytest.approx((3 * 0.76 - 3 * 0.64) / 6)


def test_the_line_breaks_where_nothing_is_shown() -> None:
    """Two runs, and a day alone."""
    made = curve(channel([CALM, CALM, None, CALM, None, CALM, CALM]))
    assert [[spot.place for spot in run] for run in made.runs] == [[0, 1], [3], [5, 6]]


def test_the_band_holds_the_line_and_narrows_with_messages() -> None:
    """As a standard error does: a hundred times the messages, a tenth of the width."""
    few, many = (curve(channel([{e: n * size for e, n in CALM.items()}] * 7)).spots[0] for size in (1, 100))
    for spot in (few, many):
        assert spot.low <= spot.value <= spot.high
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(10, rel=0.2)


def test_one_message_is_not_certain() -> None:
    """The rest of the period says that it might have been otherwise."""
    alone = curve(channel([{Emotion.FEAR: 1}, *[CALM] * 6])).spots[0]
    assert alone.value == pytest.approx(-0.64)
    assert alone.low <= alone.value
    assert alone.high > 0


def test_one_feeling_alone_has_no_width() -> None:
    """Nothing in the data says that it might have been another."""
    spots = curve(channel([{Emotion.JOY: 4}] * 7)).spots
    assert {round(spot.high - spot.low, 9) for spot in spots} == {0}


def test_the_band_covers_what_it_says() -> None:
    """Of 300 days drawn from one true mix, 30 messages each, the band holds the true mean in about 95 %."""
    chance = np.random.default_rng(5)
    shares = np.array([0.1, 0.05, 0.1, 0.35, 0.25, 0.1, 0.05])
    truth = valence({e: float(s) for e, s in zip(EMOTIONS, shares, strict=True)})  # type: ignore[misc]
    draws = [dict(zip(EMOTIONS, map(int, chance.multinomial(30, shares)), strict=True)) for _ in range(300)]
    covered = 0
    for start in range(0, 300, 30):
        covered += sum(spot.low <= truth <= spot.high for spot in curve(channel(list(draws[start : start + 30]))).spots)
    assert 0.91 <= covered / 300 <= 0.985


def test_the_last_seven_days_are_compared_with_the_seven_before() -> None:
    """By messages, from the days of the series; older ones do not count."""
    made = curve(channel([{Emotion.ANGER: 50}] * 3 + [{Emotion.FEAR: 5}] * 7 + [{Emotion.JOY: 4}] * 7))
    assert made.change
    assert [made.change.before, made.change.after] == pytest.approx([-0.64, 0.76])
    assert (made.change.sure, made.change.days) == (True, True)


@pytest.mark.parametrize(
    "days",
    [
        [CALM] * 13,
        [None] * 7 + [CALM] * 7,
        [CALM] * 7 + [None] * 7,
        [],
    ],
)
def test_without_a_week_before_nothing_is_compared(days: Sequence[Counts | None]) -> None:
    """Thirteen days are too few; a week of which nothing is shown is no week to compare with."""
    assert curve(channel(days or [None])).change is None


def test_long_periods_compare_calendar_weeks() -> None:
    """Their buckets are weeks."""
    made = curve(channel([CALM] * 60))
    assert made.series.unit == "week"
    assert made.change
    assert not made.change.days
    assert not made.change.sure


def test_chance_is_not_called_a_change() -> None:
    """Of 300 pairs drawn from one mix, about 5 % seem to differ; at most 8.5 % may."""
    chance = np.random.default_rng(11)
    shares = np.array([0.1, 0.05, 0.1, 0.35, 0.25, 0.1, 0.05])
    drawn = [
        [dict(zip(EMOTIONS, map(int, chance.multinomial(40, shares)), strict=True)) for _ in range(2)]
        for _ in range(300)
    ]
    changes = [changed(before, after) for before, after in drawn]
    alarms = sum(change is not None and change.sure for change in changes)
    assert alarms / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


def test_the_most_and_the_least_of_several_are_found_but_not_in_noise() -> None:
    """Picked from seven, the two must differ by more than one pair would have to."""
    chance = random.Random(2)  # noqa: S311 - sample data
    same = {day: {e: 20 + chance.randrange(3) for e in EMOTIONS} for day in range(7)}
    assert apart(same) is None
    assert apart({**same, 3: {Emotion.JOY: 60}, 5: {Emotion.FEAR: 60}}) == (3, 5)
    assert beyond_chance(21) > beyond_chance() == pytest.approx(1.96, abs=0.001)
    assert apart({1: {Emotion.JOY: 9}}) is None


def test_equal_stretches_are_not_told_apart_by_rounding() -> None:
    """Joy alone is 0.76 in every sum of it."""
    assert apart({n: {Emotion.JOY: n} for n in range(1, 60)}) is None


def test_a_curve_is_the_same_twice() -> None:
    """The chance in it is seeded."""
    assert curve(channel([CALM] * 9)).spots == curve(channel([CALM] * 9)).spots


def test_a_hundred_thousand_messages_are_nothing_special() -> None:
    """Counts are resampled, not messages."""
    spots = curve(channel([dict.fromkeys(EMOTIONS, 500)] * 30)).spots
    assert sum(spot.count for spot in spots) == 105_000
    assert max(spot.high - spot.low for spot in spots) < 0.04
