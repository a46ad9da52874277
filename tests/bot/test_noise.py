"""The noise by itself. Draws are OpenDP's, and judged by what discrete Laplace noise must look like."""

import asyncio
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import noise
from bot.disclosure import Parts, Tally
from bot.noise import MOST, Noise, clamped, laplace
from emotion.labels import EMOTIONS, Emotion

ROOT = Path(__file__).parents[2]
TALLIES = st.dictionaries(st.sampled_from(EMOTIONS), st.integers(1, 300), max_size=7)
EXACT = Noise(1.0, 0.0, list)
"""Clamps, and adds nothing."""
HIGH = 100_000
"""A count from which no noise reaches zero."""
DRAWS = 4_000
SIGMAS = 6
"""Where a statistic counts as impossible: once in a thousand million runs."""


def spread(counts: Tally) -> list[int]:
    return [counts.get(emotion, 0) for emotion in EMOTIONS]


@given(tally=TALLIES)
def test_of_one_person_a_few_messages_count_in_proportion(tally: Tally) -> None:
    """All of them where they are few; otherwise exactly as many as may count, each emotion within one of its share."""
    kept, size = clamped(tally), sum(tally.values())
    assert sum(kept.values()) == min(size, MOST)
    if size > MOST:
        assert all(abs(kept.get(emotion, 0) - count * MOST / size) < 1 for emotion, count in tally.items())
    else:
        assert kept == tally


@given(others=st.dictionaries(st.integers(1, 9), TALLIES), theirs=TALLIES)
def test_one_person_changes_all_counts_together_by_no_more_than_a_few(others: Parts, theirs: Tally) -> None:
    """The sensitivity that the noise is made for, however much somebody wrote."""
    without, with_them = spread(EXACT.counts(others)), spread(EXACT.counts({**others, 0: theirs}))
    assert sum(abs(a - b) for a, b in zip(without, with_them, strict=True)) <= MOST


def test_no_count_is_below_zero() -> None:
    """Noise that takes away more than there is leaves nothing."""
    noisy = Noise(1.0, 0.0, lambda counts: [count - 2 for count in counts])
    assert noisy.counts({1: {Emotion.JOY: 3}, 2: {Emotion.FEAR: 2}}) == {Emotion.JOY: 1}


def chi_square(offsets: Sequence[int], epsilon: float) -> tuple[float, float]:
    """How far the offsets are from discrete Laplace noise of scale MOST / epsilon, and how far chance may take them.

    The bound is the chi-square distribution's quantile by Wilson and Hilferty.
    """
    ratio = math.exp(-epsilon / MOST)
    probability = (1 - ratio) / (1 + ratio)
    inner = max(k for k in range(500) if probability * ratio**k * len(offsets) >= 20)
    expected = {k: len(offsets) * probability * ratio ** abs(k) for k in range(-inner, inner + 1)}
    tail = len(offsets) * ratio ** (inner + 1) / (1 + ratio)
    expected |= {-inner - 1: tail, inner + 1: tail}
    found = Counter(max(-inner - 1, min(inner + 1, offset)) for offset in offsets)
    statistic = sum((found[k] - count) ** 2 / count for k, count in expected.items())
    freedom = len(expected) - 1
    return statistic, freedom * (1 - 2 / (9 * freedom) + SIGMAS * math.sqrt(2 / (9 * freedom))) ** 3


def offsets(epsilon: float) -> list[int]:
    draw = laplace(epsilon)
    return [count - HIGH for _ in range(DRAWS) for count in draw([HIGH] * len(EMOTIONS))]


@pytest.mark.parametrize("epsilon", [0.1, 1, 10])
def test_the_noise_is_discrete_laplace_noise_of_the_right_size(epsilon: float) -> None:
    """28,000 draws: the whole distribution by chi-square, the mean and the variance, each within six sigmas."""
    drawn = offsets(epsilon)
    statistic, bound = chi_square(drawn, epsilon)
    assert statistic < bound
    ratio = math.exp(-epsilon / MOST)
    variance = 2 * ratio / (1 - ratio) ** 2
    mean = sum(drawn) / len(drawn)
    assert abs(mean) < SIGMAS * math.sqrt(variance / len(drawn))
    fourth = variance**2 * 6 + variance  # of this distribution: 6 times the variance squared, and the variance
    spread_of_it = math.sqrt((fourth - variance**2) / len(drawn))
    assert abs(sum(offset**2 for offset in drawn) / len(drawn) - variance) < SIGMAS * spread_of_it


def test_noise_that_is_a_fifth_too_small_is_found_out() -> None:
    """The same judgement of noise for ε = 1.2 that claims to be for ε = 1."""
    statistic, bound = chi_square(offsets(1.2), 1)
    assert statistic > bound


def test_the_counts_are_drawn_each_for_itself() -> None:
    """No two of the seven go together: noise that they shared would vanish from their shares."""
    draw, scale = laplace(1), 2 * MOST**2
    drawn = [[count - HIGH for count in draw([HIGH] * len(EMOTIONS))] for _ in range(DRAWS)]
    for first in range(len(EMOTIONS)):
        for second in range(first):
            covariance = sum(row[first] * row[second] for row in drawn) / DRAWS
            assert abs(covariance) < SIGMAS * scale / math.sqrt(DRAWS)


def test_whether_somebody_is_in_it_makes_nothing_much_more_likely() -> None:
    """At ε = 1, whatever is published is at most e times as likely with as without somebody who wrote 500 messages.

    Every outcome that is common enough to be judged, and those beyond it together; tolerance: six sigmas.
    """
    noisy = Noise(1.0, 0.0, laplace(1.0))
    others: Parts = {number: {Emotion.JOY: MOST} for number in range(1, 30)}
    loud: Parts = {**others, 0: {Emotion.JOY: 500}}
    draws = 20_000
    found = [Counter(noisy.counts(parts).get(Emotion.JOY, 0) // 5 for _ in range(draws)) for parts in (others, loud)]
    judged = [outcome for outcome in found[0] | found[1] if found[0][outcome] + found[1][outcome] > 200]
    assert len(judged) > 8
    for outcome in judged:
        for one, other in (found, found[::-1]):
            sigma = math.sqrt(one[outcome] + math.e**2 * other[outcome])
            assert one[outcome] <= math.e * other[outcome] + SIGMAS * sigma


@pytest.mark.parametrize(
    ("epsilon", "budget", "spent", "room"),
    [
        (1, 30, 0, 9),
        (1, 30, 28, 2),
        (1, 30, 29.5, 0),
        (1, 30, 31, 0),
        (0.1, 3, 2.9, 1),
        (0.1, 3, 3.0, 0),
        (2, 0, 1e9, 9),
    ],
)
def test_the_budget_has_room_for_so_many(epsilon: float, budget: float, spent: float, room: int) -> None:
    """Of nine that are wanted; a budget of 0 is none. Thirty times a tenth is three."""
    assert Noise(epsilon, budget, list).publications(spent, 9) == room


def test_without_epsilon_there_is_no_noise() -> None:
    """The default."""
    assert noise.of(0, 30) is None


START = """
import asyncio
from bot.errors import ConfigurationError
from bot.settings import load
from bot.wiring import build
try:
    asyncio.run(build(load(_env_file=None, picture_epsilon=1)))
except ConfigurationError as error:
    print(error)
"""
DOCTOR = """
import os
from bot.__main__ import main
os.environ["PICTURE_EPSILON"] = "1"
sys.argv = ["maeum", "doctor"]
main()
"""


@pytest.mark.parametrize(
    ("code", "printed"), [(START, "PICTURE_EPSILON: "), (DOCTOR, "Noise in pictures")], ids=["start", "doctor"]
)
async def test_where_opendp_is_missing_it_is_said_how_to_get_it(code: str, printed: str, tmp_path: Path) -> None:
    """In a process in which `opendp` cannot be imported: the start stops, and `maeum doctor` has a line about it."""
    blocked = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.modules['opendp'] = None\n{code}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", blocked, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = " ".join((await process.communicate())[0].decode().split())
    assert printed in output
    assert "pip install '.[dp]'" in output
