"""Evaluation of a finished model, as it is served."""

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the model of these tests comes from the extra `train`")
pytest.importorskip("tqdm", reason="training needs the extra `train`")

from emotion.artifact import LABELS
from emotion.labels import EMOTIONS, Emotion
from emotion.tools import evaluate as step
from emotion.tools.corpora import Example, one_hot
from emotion.tools.evaluate import ABSTENTION, CONFUSION, evaluate
from emotion.tools.measured import Measured
from tests.emotion.tools.conftest import ROWS

pytestmark = pytest.mark.train


def _said(gold: list[list[Emotion]], probs: list[list[float]]) -> Measured:
    """Rows with these labels, and what a model said of them."""
    rows = [Example(f"{i}", f"{i}", one_hot(some), gold=frozenset(some)) for i, some in enumerate(gold)]
    array = np.asarray(probs)
    return Measured(rows, ["en"] * len(rows), {"seven": array}, {"seven": array})


def test_every_split_is_measured(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """The seven where they are annotated, each head where it is, how sure and how fast; two pictures."""
    scores = evaluate(unfitted, data, tmp_path, samples=ROWS)
    assert scores["model"] == "2.unfitted"
    assert {
        "workchat, development", "workchat ko, development", "own, development", "annotated_ko, development",
        "annotated_ko of confidence 2 and 3, development", "goemotions_en, development", "goemotions_en, test",
        "goemotions_ko_mt, test",
    } <= set(scores["seven"])  # fmt: skip
    assert {
        "GoEmotions 28, goemotions_en, test", "Ekman 7, goemotions_en, test", "GoEmotions 28, goemotions_ko_mt, test",
        "KOTE 44, kote, development", "KOTE 44, kote, test", "polarity of three, senti4sd, test",
        "polarity of two, nsmc, test",
    } <= set(scores["heads"])  # fmt: skip
    assert scores["seven"]["annotated_ko of confidence 2 and 3, development"]["rows"] == sum(
        i % 3 > 0 for i in range(ROWS)
    )
    for one in (*scores["seven"].values(), *scores["heads"].values()):
        assert all(0 <= one[name] <= 1 for name in ("macro_f1", "accuracy", "micro_f1") if name in one)
    assert set(scores["abstention"]["workchat"]) == {"50%", "70%", "80%", "90%", "100%"}
    assert 0 <= scores["uncertain"]["kote"]["share"] <= 1
    pace = scores["milliseconds_a_message"]
    assert 0 < pace["median"] <= pace["p99"]
    assert all((tmp_path / name).stat().st_size > 1000 for name in (CONFUSION, ABSTENTION))


def test_rows_listed_as_seen_are_left_out_of_the_second_scores(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """Two listed ids of the test rows; rows with several labels are counted strictly too."""
    scores = evaluate(unfitted, data, tmp_path, samples=ROWS)["seven"]["goemotions_en, test"]
    assert (scores["rows"], scores["rows_seen"], scores["without_seen"]["rows"]) == (ROWS, 2, ROWS - 2)
    assert scores["macro_f1_strict"] <= scores["macro_f1"]


def test_tests_are_read_only_when_asked(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """To decide by, there are the development splits alone."""
    scores = evaluate(unfitted, data, tmp_path, samples=8, tests=False)
    assert not [name for name in (*scores["seven"], *scores["heads"]) if name.endswith("test")]


def test_corpora_that_are_not_there_are_left_out(unfitted: Path, data: Path, tmp_path: Path) -> None:
    """Scores that need development rows are not made without them; everything else is."""
    some = Path(shutil.copytree(data, tmp_path / "data"))
    for name in ("kote/val.jsonl", "goemotions_en/dev.jsonl", "annotated_ko/dev.jsonl", "nsmc/test.tsv"):
        (some / name).unlink()
    scores = evaluate(unfitted, some, tmp_path, samples=8)
    assert not [name for name in scores["heads"] if "kote" in name or "goemotions_en" in name]
    assert "goemotions_en, test" in scores["seven"]
    assert "polarity of two, nsmc, development" in scores["heads"]


def test_own_messages_are_enough(unfitted: Path, tmp_path: Path) -> None:
    """Without corpora the makers' messages are measured, and one's own rows beside them."""
    mine = [Example(f"row {i}", str(i), one_hot([Emotion.JOY]), gold=frozenset({Emotion.JOY})) for i in range(80)]
    scores = evaluate(unfitted, None, tmp_path, samples=8, extra=mine)
    assert set(scores["seven"]) == {"own, development", "extra, development"}
    assert scores["heads"] == {}


def test_the_scores_of_the_seven() -> None:
    """Worked out by hand: a right one of .8 and a wrong one of .6, in different bins."""
    probs = [[0.05, 0.05, 0.0, 0.8, 0.1, 0.0, 0.0], [0.6, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0]]
    scores = step.seven(_said([[Emotion.JOY], [Emotion.JOY]], probs))
    assert scores["accuracy"] == 0.5
    assert scores["f1"]["joy"] == pytest.approx(2 / 3, abs=1e-4)
    assert scores["ece"] == pytest.approx((0.2 + 0.6) / 2, abs=1e-4)
    assert scores["brier"] == pytest.approx(((0.05**2) * 2 + 0.2**2 + 0.1**2 + 0.6**2 * 2) / 2, abs=1e-4)
    assert "macro_f1_strict" not in scores


def test_one_of_several_labels_is_right() -> None:
    """Joy where joy and surprise are annotated; strictly, surprise was missed."""
    scores = step.seven(_said([[Emotion.JOY, Emotion.SURPRISE]], [[0, 0, 0, 1.0, 0, 0, 0]]))
    assert scores["accuracy"] == 1.0
    assert scores["f1"]["joy"] == 1.0
    assert scores["macro_f1_strict"] == scores["macro_f1"]


def test_many_labels_by_hand() -> None:
    """Micro counts every decision alike, macro every label."""
    probs = np.asarray([[0.9, 0.2], [0.9, 0.9], [0.1, 0.1]])
    gold = np.asarray([[1, 1], [1, 0], [0, 0]])
    scores = step.many(probs, gold, np.asarray([0.5, 0.5]))
    assert scores["f1"] == [1.0, 0.0]
    assert scores["macro_f1"] == 0.5
    assert scores["micro_f1"] == pytest.approx(2 * 2 / (3 + 3), abs=1e-4)


def test_the_28_fall_into_the_seven() -> None:
    """Each of GoEmotions' labels stands in exactly one group, and the strongest of a group speaks for it."""
    each = step.grouped(np.eye(28))
    assert (each.sum(axis=1) == 1).all()
    row = np.zeros((1, 28))
    row[0, LABELS["goemotions"].index("gratitude")] = 0.7
    row[0, LABELS["goemotions"].index("joy")] = 0.2
    assert step.grouped(row)[0, EMOTIONS.index(Emotion.JOY)] == 0.7
