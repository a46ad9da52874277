"""Scores, against values worked out by hand."""

import pytest

from emotion.labels import Emotion
from emotion.tools.metrics import accuracy, f1_by_emotion, macro_f1

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
