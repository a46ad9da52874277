"""Logits to probabilities that mean what they say: temperature scaling and how well it holds. Pure, NumPy only.

After Guo et al., 2017, 'On Calibration of Modern Neural Networks'. Arrays of logits and probabilities are
(rows, classes), float64; entropies are in nats.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_GOLDEN: Final = (5**0.5 - 1) / 2
_ROUNDS: Final = 80


def probabilities(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """softmax(logits / temperature) along the last axis. Any finite logits are safe; temperature must be positive."""
    if not temperature > 0:
        message = f"temperature must be positive, not {temperature}"
        raise ValueError(message)
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def separate(logits: ArrayLike, temperature: float = 1.0) -> Floats:
    """sigmoid(logits / temperature), each label for itself. Any finite logits are safe."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * scaled)))


def entropy(probs: ArrayLike) -> Floats:
    """-sum p ln p along the last axis, in nats: 0 is certain, ln(classes) knows nothing."""
    p = np.asarray(probs, dtype=np.float64)
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1)) + 0.0  # -0.0 would look odd


def negative_log_likelihood(logits: ArrayLike, targets: ArrayLike, temperature: float = 1.0) -> float:
    """The mean of -sum target ln p over the rows, in nats. Targets are (rows, classes) and sum to 1 a row."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    highest = scaled.max(axis=-1, keepdims=True)
    log_probs = scaled - highest - np.log(np.exp(scaled - highest).sum(axis=-1, keepdims=True))
    return float(-(np.asarray(targets) * log_probs).sum(axis=-1).mean())


def fit_temperature(logits: ArrayLike, targets: ArrayLike, low: float = 0.05, high: float = 20.0) -> float:
    """The temperature between `low` and `high` under which the targets are most likely.

    Golden-section search over its logarithm: the likelihood is convex in 1/temperature, hence has one valley.
    """
    a, b = np.log(low), np.log(high)
    for _ in range(_ROUNDS):
        left, right = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
        if negative_log_likelihood(logits, targets, float(np.exp(left))) < negative_log_likelihood(
            logits, targets, float(np.exp(right))
        ):
            b = right
        else:
            a = left
    return float(np.exp((a + b) / 2))


def expected_calibration_error(probs: ArrayLike, right: ArrayLike, bins: int = 15) -> float:
    """ECE: |share right - mean confidence| over equal-width bins of the top probability, weighted by their rows.

    `right` says of each row whether its top prediction was right. 0 is perfect, 1 the worst.
    """
    confidence = np.asarray(probs, dtype=np.float64).max(axis=-1)
    hit = np.asarray(right, dtype=np.float64)
    if not len(confidence):
        return 0.0
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = np.bincount(bin_of, minlength=bins)
    gap = np.abs(np.bincount(bin_of, hit - confidence, minlength=bins))
    return float(gap[rows > 0].sum() / len(confidence))
