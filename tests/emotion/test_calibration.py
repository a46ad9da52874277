"""Logits to probabilities, against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.calibration import (
    entropy,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
    separate,
)

logits = st.lists(st.floats(-500, 500), min_size=2, max_size=9)
temperatures = st.floats(0.05, 20)


def test_softmax_of_known_values() -> None:
    """Logits ln 1, ln 2, ln 5 are probabilities 1/8, 2/8, 5/8; at temperature 1/2 their squares' shares."""
    row = [math.log(1), math.log(2), math.log(5)]
    assert probabilities(row) == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert probabilities(row, 0.5) == pytest.approx([1 / 30, 4 / 30, 25 / 30])


def test_entropy_of_known_values() -> None:
    """Certainty has 0 nats, a fair coin ln 2, seven equal chances ln 7."""
    assert entropy([1.0, 0.0]) == 0.0
    assert entropy([0.5, 0.5]) == pytest.approx(math.log(2))
    assert entropy([1 / 7] * 7) == pytest.approx(math.log(7))


@given(logits, temperatures)
def test_probabilities_are_a_distribution(row: list[float], temperature: float) -> None:
    """They are in [0, 1], sum to 1, keep the order of the logits, and their entropy lies between 0 and ln n."""
    probs = probabilities(row, temperature)
    assert probs.sum() == pytest.approx(1.0)
    assert probs.min() >= 0.0
    assert probs[int(np.argmax(row))] == probs.max()
    assert -1e-12 <= float(entropy(probs)) <= math.log(len(row)) + 1e-9


@given(logits, temperatures)
def test_a_higher_temperature_is_less_sure(row: list[float], temperature: float) -> None:
    """Doubling the temperature never raises the top probability."""
    assert probabilities(row, 2 * temperature).max() <= probabilities(row, temperature).max() + 1e-12


def test_sigmoid_of_known_values() -> None:
    """Logits 0 and ±ln 3 are 1/2, 3/4 and 1/4; at temperature 1/2 the odds are squared: 9/10 and 1/10."""
    row = [0.0, math.log(3), -math.log(3)]
    assert separate(row) == pytest.approx([1 / 2, 3 / 4, 1 / 4])
    assert separate(row, 0.5) == pytest.approx([1 / 2, 9 / 10, 1 / 10])


@given(logits, temperatures)
def test_labels_that_stand_for_themselves_are_probabilities(row: list[float], temperature: float) -> None:
    """Each is in [0, 1], whatever the others are; the opposite logit has the rest; the order is that of the logits."""
    probs = separate(row, temperature)
    assert ((probs >= 0) & (probs <= 1)).all()
    assert [float(separate([logit], temperature)[0]) for logit in row] == pytest.approx(probs)
    assert separate([-logit for logit in row], temperature) == pytest.approx(1 - probs)
    assert (np.diff(probs[np.argsort(row)]) >= -1e-12).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature: float) -> None:
    """Dividing by it would turn the order of the labels round."""
    with pytest.raises(ValueError, match="positive"):
        probabilities([0.0, 1.0], temperature)


def test_likelihood_of_known_values() -> None:
    """Two rows given 1/4 and 1/2 for their labels have the mean of ln 4 and ln 2."""
    rows = [[math.log(1), math.log(3)], [0.0, 0.0]]
    assert negative_log_likelihood(rows, [[1, 0], [0, 1]]) == pytest.approx((math.log(4) + math.log(2)) / 2)


@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 3.0])
def test_fitting_finds_the_temperature_that_made_the_data(true_temperature: float) -> None:
    """Targets that are the probabilities at a temperature are most likely at just that temperature."""
    rows = np.random.default_rng(0).normal(0, 3, (200, 7))
    assert fit_temperature(rows, probabilities(rows, true_temperature)) == pytest.approx(true_temperature, rel=1e-3)


def test_calibration_error_of_known_values() -> None:
    """Two of four right at confidence 0.9 miss by 0.4; being right always at confidence 1 misses by nothing."""
    assert expected_calibration_error([[0.9, 0.1]] * 4, [True, True, False, False]) == pytest.approx(0.4)
    assert expected_calibration_error([[1.0, 0.0]] * 4, [True] * 4) == 0.0


def test_calibration_error_weighs_bins_by_their_rows() -> None:
    """Three rows that miss by 0.1 and one that misses by 0.5 make 0.2 together."""
    probs = [[0.9, 0.1]] * 3 + [[0.5, 0.5]]
    assert expected_calibration_error(probs, [True, True, True, True], bins=10) == pytest.approx((3 * 0.1 + 0.5) / 4)


def test_calibration_error_of_nothing_is_nothing() -> None:
    """No rows, no error."""
    assert expected_calibration_error(np.zeros((0, 7)), []) == 0.0
