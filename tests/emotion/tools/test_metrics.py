"""Scores, against values worked out by hand and against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from emotion.labels import Emotion
from emotion.tools.metrics import (
    Floats,
    accuracy,
    best_thresholds,
    f1_at,
    f1_by_emotion,
    macro_f1,
    macro_f1_of_labels,
)

JOY, ANGER, NEUTRAL = Emotion.JOY, Emotion.ANGER, Emotion.NEUTRAL


def test_single_labels() -> None:
    """Joy: one right, one missed, one wrongly given: F1 1/2. Anger: nothing right: 0."""
    gold = [{JOY}, {JOY}, {ANGER}]
    predicted = [JOY, ANGER, JOY]
    scores = f1_by_emotion(gold, predicted)
    assert scores[JOY] == pytest.approx(2 / 4)
    assert scores[ANGER] == 0.0
    assert macro_f1(gold, predicted) == pytest.approx(0.5 / 7)
    assert accuracy(gold, predicted) == pytest.approx(1 / 3)


def test_one_of_several_labels_is_right() -> None:
    """Lenient, the label that was not predicted does not count as missed; strict, it does."""
    gold = [{JOY, NEUTRAL}, {NEUTRAL}]
    predicted = [JOY, NEUTRAL]
    assert f1_by_emotion(gold, predicted)[NEUTRAL] == 1.0
    assert f1_by_emotion(gold, predicted, strict=True)[NEUTRAL] == pytest.approx(2 / 3)
    assert f1_by_emotion(gold, predicted, strict=True)[JOY] == 1.0


def test_a_wrong_prediction_misses_every_label() -> None:
    """Where none of two labels is predicted, both are missed in either way of counting."""
    for strict in (False, True):
        scores = f1_by_emotion([{JOY, NEUTRAL}], [ANGER], strict=strict)
        assert scores[JOY] == scores[NEUTRAL] == scores[ANGER] == 0.0


def test_nothing_is_no_error() -> None:
    """No rows score 0."""
    assert macro_f1([], []) == accuracy([], []) == 0.0


@st.composite
def _labelled(draw: st.DrawFn) -> tuple[Floats, NDArray[np.uint8]]:
    """Probabilities in hundredths, so that ties with thresholds happen, and labels, (rows, labels)."""
    rows, labels = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    cells = rows * labels
    probs = draw(st.lists(st.integers(0, 100), min_size=cells, max_size=cells))
    gold = draw(st.lists(st.integers(0, 1), min_size=cells, max_size=cells))
    shape = (rows, labels)
    return np.asarray(probs).reshape(shape) / 100, np.asarray(gold, dtype=np.uint8).reshape(shape)


def _f1(given: list[bool], gold: list[int]) -> float:
    """F1 as textbooks have it."""
    right = sum(g and t for g, t in zip(given, gold, strict=True))
    wrongly = sum(g and not t for g, t in zip(given, gold, strict=True))
    missed = sum(t and not g for g, t in zip(given, gold, strict=True))
    return 2 * right / (2 * right + wrongly + missed) if right else 0.0


@given(_labelled())
def test_no_threshold_is_better_than_the_best(case: tuple[Floats, NDArray[np.uint8]]) -> None:
    """Against trying every hundredth: none has a higher F1. A label that never occurs keeps one half."""
    probs, gold = case
    best = best_thresholds(probs, gold)
    reached = f1_at(probs, gold, best)
    for label in range(probs.shape[1]):
        column, truth = probs[:, label].tolist(), gold[:, label].tolist()
        if not any(truth):
            assert best[label] == 0.5
            continue
        tried = [_f1([p >= step / 100 for p in column], truth) for step in range(2, 99)]
        assert reached[label] == pytest.approx(max(tried))
        assert 0.02 <= best[label] <= 0.98


def test_of_equally_good_thresholds_the_middle_is_taken() -> None:
    """Between .2, which is wrong, and .8, which is right, every step is as good: the middle generalizes best."""
    (best,) = best_thresholds(np.asarray([[0.2], [0.8]]), np.asarray([[0], [1]]))
    assert best == pytest.approx(0.51, abs=0.011)


def test_f1_at_a_threshold() -> None:
    """From the threshold on a label is given; one that is neither given nor annotated scores 0."""
    probs = np.asarray([[0.5, 0.1], [0.4, 0.1], [0.9, 0.1]])
    gold = np.asarray([[1, 0], [1, 0], [0, 0]])
    assert f1_at(probs, gold, np.asarray([0.5, 0.5])).tolist() == [0.5, 0.0]


def test_classes_of_which_a_row_has_one() -> None:
    """Class 0: one right of two and none missed, 2/3; class 1: one missed, 2/3; class 2 never occurs, 0."""
    assert macro_f1_of_labels([0, 0, 1], [0, 1, 1], 3) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert macro_f1_of_labels([0, 1, 2], [0, 1, 2], 3) == 1.0
