"""The test for a sudden change, checked by simulation."""

import math

import numpy as np
import pytest

from charts.shift import LEVEL, SMALLEST, find, p_value

Line = tuple[list[float], list[int]]


def line(seed: int, *, buckets: int = 30, shift_at: int | None = None, by: float = 0.0) -> Line:
    """Means of days that differ by more than their messages do, with unequal numbers of messages."""
    chance = np.random.default_rng(seed)
    weights = chance.integers(1, 20, size=buckets)
    days = chance.normal(0.1, 0.15, size=buckets)  # a day's own mood, shared by its messages
    means = days + chance.normal(0, 0.5, size=buckets) / np.sqrt(weights)
    if shift_at is not None:
        means[shift_at:] += by
    return means.tolist(), weights.tolist()


@pytest.mark.parametrize("level", [0.05, 0.2])
def test_false_alarms_come_at_the_stated_level(level: float) -> None:
    """Of 400 calm lines, days with moods of their own among them, as many have so small a p as the level says.

    Within three standard errors of a binomial.
    """
    runs = 400
    alarms = sum(p_value(*line(seed))[0] <= level for seed in range(runs))
    assert abs(alarms / runs - level) < 3 * math.sqrt(level * (1 - level) / runs)


def test_few_calm_lines_are_marked() -> None:
    """At the level of 1 %, at most 9 of 400: three standard errors above 4."""
    marks = sum(find(range(30), *line(seed)) is not None for seed in range(1000, 1400))
    assert marks <= 400 * LEVEL + 3 * math.sqrt(400 * LEVEL * (1 - LEVEL))


def test_a_planted_shift_is_found_where_it_was_planted() -> None:
    """A shift by 0.5 in the middle of thirty days: at least 90 of 100 are found, most within two days of it."""
    found = [find(range(30), *line(seed, shift_at=15, by=0.5)) for seed in range(100)]
    hits = [shift for shift in found if shift]
    assert len(hits) >= 90
    assert sum(abs(shift.place - 15) <= 2 for shift in hits) >= 0.8 * len(hits)
    assert np.mean([shift.after - shift.before for shift in hits]) == pytest.approx(0.5, abs=0.1)


def test_levels_are_means_over_messages() -> None:
    """Not over days: the heavier day counts for more."""
    values, weights = [0.0] * 8 + [0.4, 0.6] * 4, [5] * 8 + [1, 3] * 4
    shift = find(range(16), values, weights)
    assert shift
    assert (shift.place, shift.before) == (8, 0)
    assert shift.after == pytest.approx(0.55)


def test_places_are_those_of_the_buckets() -> None:
    """Gaps before the shift do not move it."""
    values, weights = [-0.4] * 6 + [0.4] * 6, [9] * 12
    places = [0, 1, 2, 5, 6, 7, 20, 21, 22, 23, 24, 25]
    shift = find(places, values, weights)
    assert shift
    assert shift.place == 20


@pytest.mark.parametrize("buckets", [0, 1, 5])
def test_too_few_buckets_have_no_shift(buckets: int) -> None:
    """It takes three on either side to be a level."""
    assert find(range(buckets), [-0.5, -0.5, -0.5, 0.5, 0.5][:buckets], [100] * buckets) is None


def test_a_shift_too_small_to_matter_is_not_marked() -> None:
    """However sure it is."""
    by = SMALLEST * 0.9
    assert p_value([0.0] * 10 + [by] * 10, [50] * 20)[0] <= LEVEL
    assert find(range(20), [0.0] * 10 + [by] * 10, [50] * 20) is None


def test_a_flat_line_has_none() -> None:
    """Nothing changes, so every order is as good."""
    assert p_value([0.3] * 12, [4] * 12)[0] == 1
    assert find(range(12), [0.3] * 12, [4] * 12) is None


def test_the_same_line_gives_the_same_answer() -> None:
    """The chance in it is seeded."""
    assert p_value(*line(7)) == p_value(*line(7))
