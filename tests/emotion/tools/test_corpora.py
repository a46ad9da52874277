"""What is trained on, and what never is."""

import json
from pathlib import Path

import pytest

from emotion.labels import EMOTIONS, Emotion
from emotion.tools import corpora
from emotion.tools.corpora import key
from tests.emotion.tools.corpora import write_corpora


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Small corpora in the real layout."""
    return write_corpora(tmp_path / "data")


def _rows(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _write(file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("split", [*corpora.TESTS, "workchat/dev.jsonl", "annotated_ko/dev.jsonl"])
def test_no_text_of_another_split_is_trained_on(data: Path, split: str) -> None:
    """A training row that says the same as a test or development row, but for case and marks, is left out."""
    rows = _rows(data / split)
    leaked = str(rows[0]["text"]).upper() + " !!"
    train = _rows(data / "workchat/train.jsonl")
    train[0]["text"] = leaked
    _write(data / "workchat/train.jsonl", train)
    material = corpora.load(data, samples=28)
    assert key(leaked) not in {key(row.text) for row in material.emotion}
    assert sum(row.source == "workchat" for row in material.emotion) == len(train) - 1


def test_a_translation_goes_with_its_original(data: Path) -> None:
    """Where the English row stands in a test split, its Korean row is not trained on either."""
    before = corpora.load(data, samples=28)
    test = _rows(data / "goemotions_en/test.jsonl")
    test[0]["text"] = before.pairs[3][0]
    _write(data / "goemotions_en/test.jsonl", test)
    after = corpora.load(data, samples=28)
    assert before.pairs[3] not in after.pairs
    assert before.pairs[3][1] not in {row.text for row in after.emotion}


def test_held_out_rows_are_not_trained_on(data: Path) -> None:
    """KOTE's rows are either trained on or held out."""
    material = corpora.load(data, samples=28)
    trained = {key(row.text) for row in material.emotion if row.source == "kote"}
    held = {key(row.text) for row in material.held_out}
    assert trained
    assert held
    assert not trained & held


def test_targets_are_distributions(data: Path) -> None:
    """Every target has seven shares that sum to 1; a row without one has a polarity."""
    material = corpora.load(data, samples=28)
    for row in material.emotion:
        assert row.target is not None
        assert len(row.target) == len(EMOTIONS)
        assert sum(row.target) == pytest.approx(1.0)
    assert all(row.polarity in {0, 1} for row in material.polarity)


def test_several_labels_share_the_target(tmp_path: Path) -> None:
    """Two labels of GoEmotions get a half each."""
    file = tmp_path / "rows.jsonl"
    _write(file, [{"id": "1", "text": "oh", "ekman": ["joy", "surprise"]}])
    (row,) = corpora.goemotions(file, weight=1.0, source="x", language="en")
    assert row.target == corpora.one_hot([Emotion.JOY, Emotion.SURPRISE])
    assert max(row.target or ()) == 0.5
    assert row.gold == {Emotion.JOY, Emotion.SURPRISE}


def test_doubtful_rows_weigh_less(tmp_path: Path) -> None:
    """Confidence 3 weighs 1, 2 weighs 0.75, and 1 is left out where 2 is asked for."""
    file = tmp_path / "rows.jsonl"
    _write(file, [{"id": f"{c}", "lang": "ko", "text": f"말 {c}", "label": "joy", "confidence": c} for c in (1, 2, 3)])
    assert [row.weight for row in corpora.single_label(file, source="x", least_confidence=2)] == [0.75, 1.0]
