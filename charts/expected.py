"""The valence of each bucket, how sure it is, and what changed from one week to the next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import comb
from statistics import NormalDist
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from charts.moments import WEEKDAYS, Counts, added, total, valence
from charts.series import Series
from charts.shift import Shift, find
from emotion.derived import PLEASURE_AND_AROUSAL
from emotion.labels import EMOTIONS, Emotion

Name = TypeVar("Name")

_PLEASURE: Final = np.array([PLEASURE_AND_AROUSAL[emotion][0] for emotion in EMOTIONS])
_RESAMPLES: Final = 1000
_PERCENTILES: Final = (2.5, 97.5)
_RISK: Final = 0.05
_SEEN: Final = 0.005
"""A smaller difference is written as 0.00."""
_SEED: Final = 20260301
_BORROWED: Final = 1.0
"""Messages of the whole period's mix that join each bucket before it is resampled."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A bucket that may be shown: its mean valence and where that may lie (95 %)."""

    place: int
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """From one stretch to the one after it: the difference of their mean valences, and whether chance explains it."""

    before: float
    after: float
    sure: bool
    """Chance does as much in fewer than one case of twenty."""
    days: bool
    """The last seven days beside the seven before; else the last week beside the one before."""

    @property
    def difference(self) -> float:
        """Above 0 where it became more pleasant."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Curve:
    """The series as a line of valence. A bucket that has no spot is a gap."""

    series: Series
    spots: tuple[Spot, ...]
    change: Change | None
    """None where a side has nothing."""
    shift: Shift | None

    @property
    def mean(self) -> float:
        """Over all messages; ValueError where there are none."""
        return valence(self.series.counts)

    @property
    def runs(self) -> list[list[Spot]]:
        """Stretches without a gap: the line breaks between them."""
        runs: list[list[Spot]] = []
        for spot in self.spots:
            if runs and runs[-1][-1].place + 1 == spot.place:
                runs[-1].append(spot)
            else:
                runs.append([spot])
        return runs


def curve(series: Series) -> Curve:
    """The expected valence of each bucket with a bootstrap band; the same series gives the same numbers.

    The band is the percentile bootstrap (Efron and Tibshirani, 1993, 'An Introduction to the Bootstrap', chapter 13):
    each bucket's counts are drawn anew 1,000 times from a multinomial of their size, and the middle 95 % of the means
    is the band. A bucket of one message would seem certain so; therefore one message of the whole period's mix joins
    each bucket before it is resampled. The line itself is the plain mean: nothing is smoothed.
    """
    overall = _vector(series.counts)
    spots = []
    for place, bucket in enumerate(series.buckets):
        if bucket.counts is None or not bucket.total:
            continue
        value = valence(bucket.counts)
        low, high = np.percentile(_resampled(_vector(bucket.counts), overall), _PERCENTILES)
        spots.append(Spot(place, value, min(float(low), value), max(float(high), value), bucket.total))
    return Curve(series=series, spots=tuple(spots), change=_last_weeks(series), shift=_shift(spots))


def changed(before: Counts, after: Counts, *, days: bool = True, pairs: int = 1) -> Change | None:
    """Between two stretches; None where either has no messages.

    It is sure where the difference exceeds its bootstrap standard error, both sides resampled as in `curve`, by the
    normal factor of 5 %, and is not written as 0.00. Whoever picks the two out of several says out of how many `pairs`:
    5 % is divided by that (Bonferroni's inequality).
    """
    if not total(before) or not total(after):
        return None
    one, other = _vector(before), _vector(after)
    differences = _resampled(other, one + other, seed=1) - _resampled(one, one + other, seed=2)
    made = Change(before=valence(before), after=valence(after), sure=False, days=days)
    seen = abs(made.difference) >= _SEEN
    return replace(made, sure=seen and abs(made.difference) > beyond_chance(pairs) * float(differences.std()))


def apart(several: Mapping[Name, Counts]) -> tuple[Name, Name] | None:
    """The most and the least pleasant of several, where chance does not explain that the two differ."""
    if len(several) < 2:  # noqa: PLR2004 - a pair
        return None
    high, low = (choose(several, key=lambda name: valence(several[name])) for choose in (max, min))
    change = changed(several[low], several[high], pairs=comb(len(several), 2))
    return (high, low) if change and change.sure else None


def beyond_chance(pairs: int = 1) -> float:
    """How many standard errors chance exceeds in one case of twenty, in any of so many comparisons."""
    return NormalDist().inv_cdf(1 - _RISK / 2 / pairs)


def _last_weeks(series: Series) -> Change | None:
    if series.unit == "week" and len(series.buckets) > 1:
        before, after = (bucket.counts or {} for bucket in series.buckets[-2:])
        return changed(before, after, days=False)
    if series.unit == "day" and len(series.buckets) >= 2 * WEEKDAYS:
        weeks = series.buckets[-2 * WEEKDAYS : -WEEKDAYS], series.buckets[-WEEKDAYS:]
        before, after = (added(bucket.counts or {} for bucket in week) for week in weeks)
        return changed(before, after)
    return None


def _shift(spots: list[Spot]) -> Shift | None:
    return find([spot.place for spot in spots], [spot.value for spot in spots], [spot.count for spot in spots])


def _vector(counts: Mapping[Emotion, int]) -> npt.NDArray[np.float64]:
    return np.array([counts.get(emotion, 0) for emotion in EMOTIONS], dtype=np.float64)


def _resampled(
    counts: npt.NDArray[np.float64], overall: npt.NDArray[np.float64], seed: int = 0
) -> npt.NDArray[np.float64]:
    """Means of so many new draws."""
    size = int(counts.sum())
    mixed = (counts + _BORROWED * overall / overall.sum()) / (size + _BORROWED)
    drawn = np.random.default_rng(_SEED + seed).multinomial(size, mixed / mixed.sum(), size=_RESAMPLES)
    means: npt.NDArray[np.float64] = drawn @ _PLEASURE / size
    return means
