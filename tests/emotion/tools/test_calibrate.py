"""Calibration: what is fitted, on which rows, and where it is written."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the model of these tests comes from the extra `train`")
pytest.importorskip("tqdm", reason="training needs the extra `train`")

from emotion import artifact
from emotion.classifier import Classifier
from emotion.labels import EMOTIONS, Emotion
from emotion.language import language_of
from emotion.tools.calibrate import RELIABILITY, calibrate, vague_from
from emotion.tools.corpora import Example, development_splits, one_hot
from emotion.tools.errors import NotPrepared
from emotion.tools.measured import Measured, join
from tests.emotion.tools.conftest import ROWS

pytestmark = pytest.mark.train

KNOWS_NOTHING = pytest.approx(np.log(7), abs=1e-3)


def test_what_was_fitted_is_served(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """Temperatures, thresholds and bounds are sealed into the folder, and everything else stays."""
    before = artifact.load(unfitted)
    result = calibrate(unfitted, data, tmp_path, samples=ROWS)
    after = artifact.load(unfitted)
    fitted = after.calibration
    assert (after.version, after.max_tokens, after.files) == (before.version, before.max_tokens, before.files)
    assert fitted.temperatures == result["temperatures"]
    assert (fitted.vague_from, fitted.far_from) == (result["vague_from"], result["far_from"])
    assert {head: len(values) for head, values in fitted.thresholds.items()} == {"goemotions": 28, "kote": 44}
    assert fitted.thresholds != before.calibration.thresholds
    assert (tmp_path / RELIABILITY).stat().st_size > 1000
    Classifier(after, threads=1)


def test_a_model_that_knows_nothing_becomes_less_sure(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """Random logits are too sure: on rows that the fit did not see, likelihood and calibration are better after it."""
    for fit in calibrate(unfitted, data, tmp_path, samples=ROWS)["seven"].values():
        assert fit["temperature"] > 1.5
        assert fit["nll_after"] < fit["nll_before"]
        assert fit["ece_after"] < fit["ece_before"]
        assert fit["rows"] > 1


def test_nearly_all_development_texts_are_near(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """No more than one in two hundred is so surprising that its reading is called uncertain."""
    calibrate(unfitted, data, tmp_path, samples=ROWS)
    served = artifact.load(unfitted)
    classifier = Classifier(served, threads=1)
    rows = [row for some in development_splits(data, samples=ROWS).values() for row in some]
    distances = classifier.scores([row.text for row in rows])[artifact.SURPRISAL][:, 0]
    assert 0 < (distances >= served.calibration.far_from).mean() <= 0.01


def test_own_messages_are_enough(unfitted: Path, tmp_path: Path) -> None:
    """Without corpora, a language that too few rows speak gets the temperature of all, and thresholds stay."""
    before = artifact.load(unfitted).calibration
    result = calibrate(unfitted, None, tmp_path, samples=3)
    spoken = Counter(language_of(row.text) for row in development_splits(None, samples=3)["own"])
    assert set(result["seven"]) == {language for language in ("ko", "en") if spoken[language] >= 2}
    seven = result["temperatures"]["seven"]
    assert all(seven[language] == seven["und"] for language in {"ko", "en"} - set(result["seven"]))
    after = artifact.load(unfitted).calibration
    assert after.thresholds == before.thresholds
    assert after.temperatures["kote"] == before.temperatures["kote"]


def test_somebodys_own_rows_count(unfitted: Path, tmp_path: Path) -> None:
    """They change what is fitted."""
    mine = [
        Example(f"ein Satz {i}", str(i), one_hot([Emotion.FEAR]), gold=frozenset({Emotion.FEAR})) for i in range(200)
    ]
    without = calibrate(unfitted, None, tmp_path, samples=20)["temperatures"]["seven"]
    assert calibrate(unfitted, None, tmp_path, samples=20, extra=mine)["temperatures"]["seven"] != without


def test_a_folder_without_a_model_is_told_its_step(tmp_path: Path) -> None:
    """Quantizing comes before."""
    with pytest.raises(NotPrepared, match="maeum model quantize"):
        calibrate(tmp_path / "model", None, tmp_path)


def test_vague_is_where_half_are_wrong() -> None:
    """Right below 1.2 nats and wrong above: the bound is there."""
    nats = np.linspace(0.1, 1.9, 2000)
    right = nats < 1.2
    mixed = np.random.default_rng(0).permutation(2000)
    assert vague_from(nats[mixed], right[mixed]) == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize("rows", [1, 3, 99, 100, 1000])
def test_where_half_are_right_to_the_end_nothing_is_vague(rows: int) -> None:
    """Then the bound is ln 7, what knows nothing has; and where none is right it is the lowest entropy."""
    nats = np.linspace(0.2, 1.9, rows)
    assert vague_from(nats, np.ones(rows, dtype=bool)) == KNOWS_NOTHING
    assert vague_from(nats, np.zeros(rows, dtype=bool)) == 0.2
    assert vague_from(nats * 0, np.zeros(rows, dtype=bool)) > 0, "the artifact's bound is positive"


@given(st.lists(st.tuples(st.floats(0, 1.945), st.booleans()), min_size=1, max_size=300))
def test_the_bound_is_an_entropy(rows: list[tuple[float, bool]]) -> None:
    """Whatever was right: above 0, and no more than ln 7."""
    nats = np.asarray([nats for nats, _ in rows])
    right = np.asarray([right for _, right in rows])
    assert 0 < vague_from(nats, right) <= round(float(np.log(7)), 3)


def test_what_a_model_said_stays_beside_its_rows(unfitted: Path) -> None:
    """Measured once, picked and joined: rows, languages, logits and probabilities keep their order."""
    classifier = Classifier(artifact.load(unfitted), threads=1)
    rows = [Example(text, text, gold=frozenset({EMOTIONS[i % 7]})) for i, text in enumerate(("하나", "two", "셋", "4"))]
    whole = Measured.of(classifier, rows, "rows")
    odd, even = (whole.where(np.arange(4) % 2 == rest) for rest in (1, 0))
    assert odd.languages == ["en", "und"]
    again = join([even, odd])
    assert [row.text for row in again.rows] == ["하나", "셋", "two", "4"]
    assert np.array_equal(again.scores["kote"], whole.scores["kote"][[0, 2, 1, 3]])
    assert np.array_equal(again.probs["seven"], whole.probs["seven"][[0, 2, 1, 3]])
    assert whole.flags("kote").shape == (4, 44)
    assert whole.targets("polarity").sum() == 0
