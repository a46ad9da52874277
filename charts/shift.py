"""Whether the level of a line changed all at once, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

LEVEL: Final = 0.01
"""How often a calm line is called shifted: one in a hundred, for a false alarm about a mood is worse than none."""
SMALLEST: Final = 0.1
"""A difference in valence below which a shift is not worth a mark."""

_PERMUTATIONS: Final = 999
_EDGE: Final = 3
"""The fewest buckets on either side: fewer do not make a level."""
_SEED: Final = 20260302

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """The level before and from the bucket `place` on, as means over messages, and how likely chance does as much."""

    place: int
    before: float
    after: float
    p: float


def find(places: Sequence[int], values: Sequence[float], weights: Sequence[int]) -> Shift | None:
    """The one sudden change of a line, or None where chance explains what there is, or it is too small to matter.

    `values` are the buckets' means, `weights` their numbers of messages, `places` where they stand. See `p_value`.
    """
    if len(values) < 2 * _EDGE:
        return None
    p, split = p_value(values, weights)
    mean, weight = np.asarray(values), np.asarray(weights, dtype=np.float64)
    before, after = (float(np.average(mean[part], weights=weight[part])) for part in (slice(split), slice(split, None)))
    if p > LEVEL or abs(after - before) < SMALLEST:
        return None
    return Shift(place=places[split], before=before, after=after, p=p)


def p_value(values: Sequence[float], weights: Sequence[int]) -> tuple[float, int]:
    """How likely a line without a change has so large a CUSUM; and which is the first bucket of the new level.

    The statistic is the largest, over the places where the line can be cut, of the squared difference of the two mean
    levels times w1 w2 / (w1 + w2), the CUSUM of Page (1954, 'Continuous inspection schemes', Biometrika 41), weighted
    by messages. Its distribution without a change comes from 999 permutations of the buckets (Antoch and Huskova, 2001,
    'Permutation tests in change point analysis', Statistics and Probability Letters 53); p = (b + 1) / (999 + 1) for b
    of them at least as large, so that the level holds for any number of buckets (Davison and Hinkley, 1997, 'Bootstrap
    Methods and their Application', section 4.3). Whole buckets change places, never messages: messages of a day belong
    together. The level holds where days are exchangeable; a slow drift or a strong weekly rhythm can pass for a shift.
    """
    value, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    generator = np.random.default_rng(_SEED)
    orders = generator.permuted(np.tile(np.arange(len(value)), (_PERMUTATIONS, 1)), axis=1)
    observed = _cusum(value[None, :], weight[None, :])[0]
    chance = _cusum(value[orders], weight[orders]).max(axis=1)
    as_large = int((chance >= observed.max() * (1 - 1e-9)).sum())
    return (as_large + 1) / (_PERMUTATIONS + 1), int(observed.argmax()) + _EDGE


def _cusum(values: Numbers, weights: Numbers) -> Numbers:
    """For each row, the statistic at every cut that leaves enough buckets on both sides."""
    cuts = slice(_EDGE - 1, values.shape[1] - _EDGE)
    w1 = np.cumsum(weights, axis=1)
    s1 = np.cumsum(weights * values, axis=1)
    whole, summed = w1[:, -1:], s1[:, -1:]
    w1, s1 = w1[:, cuts], s1[:, cuts]
    between: Numbers = (s1 / w1 - (summed - s1) / (whole - w1)) ** 2 * w1 * (whole - w1) / whole
    return between
