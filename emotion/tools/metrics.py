"""How right the predictions are, with several right answers allowed."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS, Emotion

Floats = NDArray[np.float64]
Flags = NDArray[Any]
Gold = Sequence[AbstractSet[Emotion]]


def f1_by_emotion(gold: Gold, predicted: Sequence[Emotion], *, strict: bool = False) -> dict[Emotion, float]:
    """F1 of each emotion, where a row may have several gold labels and one is predicted.

    A prediction is right when it is one of them. Lenient, the others then do not count as missed: one label only can
    be predicted. Strict, they do, as in the multi-label scores that are published for GoEmotions. An emotion that
    occurs neither in gold nor among the predictions has F1 0.
    """
    right = dict.fromkeys(EMOTIONS, 0)
    wrongly = dict.fromkeys(EMOTIONS, 0)
    missed = dict.fromkeys(EMOTIONS, 0)
    for allowed, emotion in zip(gold, predicted, strict=True):
        if emotion in allowed:
            right[emotion] += 1
        else:
            wrongly[emotion] += 1
        if strict or emotion not in allowed:
            for expected in allowed - {emotion}:
                missed[expected] += 1
    return {
        emotion: 2 * right[emotion] / max(1, 2 * right[emotion] + wrongly[emotion] + missed[emotion])
        for emotion in EMOTIONS
    }


def macro_f1(gold: Gold, predicted: Sequence[Emotion], *, strict: bool = False) -> float:
    """The mean of the seven F1."""
    return sum(f1_by_emotion(gold, predicted, strict=strict).values()) / len(EMOTIONS)


def accuracy(gold: Gold, predicted: Sequence[Emotion]) -> float:
    """The share of rows whose prediction is one of their labels."""
    return sum(p in g for g, p in zip(gold, predicted, strict=True)) / max(1, len(predicted))


def f1_at(probs: Floats, gold: Flags, thresholds: Floats) -> Floats:
    """F1 of each label where it is given from its threshold on; 0 for a label that never occurs and is never given."""
    given = probs >= thresholds
    both = (given & gold.astype(bool)).sum(axis=0)
    return np.asarray(2 * both / np.maximum(given.sum(axis=0) + gold.sum(axis=0), 1), dtype=np.float64)


def best_thresholds(probs: Floats, gold: Flags) -> Floats:
    """For each label the threshold, in steps of a hundredth, under which its F1 is highest. Both are (rows, labels).

    Of several as good the middle one is taken; a label that never occurs keeps one half.
    """
    steps = np.arange(2, 99) / 100
    scores = np.asarray([f1_at(probs, gold, np.full(probs.shape[1], step)) for step in steps])
    best = []
    for label in range(probs.shape[1]):
        highest = np.flatnonzero(scores[:, label] >= scores[:, label].max() - 1e-9)
        best.append(float(steps[highest[len(highest) // 2]]) if gold[:, label].any() else 0.5)
    return np.asarray(best)


def macro_f1_of_labels(predicted: Sequence[int], gold: Sequence[int], labels: int) -> float:
    """The mean F1 over `labels` classes of which each row has one."""
    ours, theirs = np.asarray(predicted), np.asarray(gold)
    scores = []
    for label in range(labels):
        both = int(((ours == label) & (theirs == label)).sum())
        scores.append(2 * both / max(1, int((ours == label).sum() + (theirs == label).sum())))
    return float(np.mean(scores))
