"""Noise for the counts of a channel's picture: differential privacy, where the operator asks for it. No SQL, no clock.

What is promised: of the counts that one publication adds to a cell, any one person's messages, be they there or not,
change the probability of what is published by a factor of at most e^ε. It counts `MOST` messages of a person and no
more, so adding or removing a person changes the seven counts by at most `MOST` in all (sensitivity, L1), and discrete
Laplace noise of scale `MOST` / ε is added to each. OpenDP draws it; there is no generator of our own. Several
publications of one channel add up: somebody who is in all of them has spent the sum of their ε.

What is not promised: whether a cell is published, whether as days or as a week, when it grows, and whether it is shown
at this moment is decided by the true counts and by who consents (`bot.disclosure`), and no noise is in that. The
guarantee is for the counts, given that they are published. What the database keeps of each person is exact too.

How much noise that is: at ε = 1 a count is off by 7 messages or so, at ε = 10 by less than one (standard deviation).
Below zero there is nothing to draw, so such a count is 0, and small counts come out a little too large on average.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

from bot.disclosure import Parts, Tally
from bot.errors import ConfigurationError
from charts.moments import added
from emotion.labels import EMOTIONS

MOST: Final = 5
"""Messages of one person that one publication of a cell counts."""
INSTALL: Final = "pip install '.[dp]'"
_VARIABLE: Final = "PICTURE_EPSILON"
_ROUNDING: Final = 1e-9
"""Thirty times 0.1 is no more than 3, whatever floating point says."""

Draw = Callable[[list[int]], list[int]]
"""Counts in, the same with noise out, whole numbers that may be negative."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How noise is added, and how much of it may be spent."""

    epsilon: float
    """What each publication of a cell costs."""
    budget: float
    """What the cells of one channel may cost in all while their messages are kept; 0 for no limit."""
    draw: Draw = field(repr=False)

    def counts(self, parts: Parts) -> Tally:
        """What is published of these parts: drawn anew by each call, so a caller keeps it. Never below zero."""
        sums = added(map(clamped, parts.values()))
        noisy = self.draw([sums.get(emotion, 0) for emotion in EMOTIONS])
        return {emotion: count for emotion, count in zip(EMOTIONS, noisy, strict=True) if count > 0}

    def publications(self, spent: float, wanted: int) -> int:
        """How many of the wanted publications the budget has room for, after what was spent."""
        if not self.budget:
            return wanted
        return min(wanted, max(0, math.floor((self.budget - spent) / self.epsilon + _ROUNDING)))


@dataclass(frozen=True, slots=True)
class Account:
    """What noise costs in a channel, for whoever looks at its picture."""

    epsilon: float
    """What each publication costs now; 0 where none is added any more."""
    spent: float
    """By the cells whose messages are still kept."""
    budget: float
    """0 for no limit."""


def of(epsilon: float, budget: float) -> Noise | None:
    """The noise that the settings ask for; None for 0. ConfigurationError where OpenDP is not installed."""
    return Noise(epsilon, budget, laplace(epsilon)) if epsilon else None


def clamped(tally: Tally, most: int = MOST) -> Tally:
    """One person's messages, `most` of them at most: of each emotion in proportion, as nearly as whole numbers can.

    Depends on that person's messages alone.
    """
    size = sum(tally.values())
    if size <= most:
        return tally
    kept = {emotion: count * most // size for emotion, count in tally.items()}
    by_rest = sorted(tally, key=lambda emotion: (-(tally[emotion] * most % size), EMOTIONS.index(emotion)))
    for emotion in by_rest[: most - sum(kept.values())]:
        kept[emotion] += 1
    return {emotion: count for emotion, count in kept.items() if count}


def laplace(epsilon: float, sensitivity: int = MOST) -> Draw:
    """Discrete Laplace noise on seven counts that one person changes by at most `sensitivity` in all.

    OpenDP itself answers for what it costs: never more than `epsilon`.
    """
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T="i64"), size=len(EMOTIONS)), dp.l1_distance(T="i64")
    scale = sensitivity / epsilon
    measure = dp.m.make_laplace(*space, scale=scale)
    while measure.map(sensitivity) > epsilon:  # rounded to the wrong side
        scale = math.nextafter(scale, math.inf)
        measure = dp.m.make_laplace(*space, scale=scale)

    def draw(counts: Sequence[int]) -> list[int]:
        return [int(count) for count in measure(list(counts))]

    return draw


def _opendp() -> ModuleType:
    try:
        import opendp.prelude as dp  # noqa: PLC0415 - an extra, and only for who wants noise
    except ImportError:
        problem = f"noise in pictures needs OpenDP, which is not installed; run: {INSTALL}, or set it to 0"
        raise ConfigurationError(_VARIABLE, problem) from None
    dp.enable_features("contrib")  # where OpenDP keeps its Laplace mechanism
    return dp
