"""Prepared rows as arrays."""

from pathlib import Path

import numpy as np
import pytest

from emotion.labels import EMOTIONS, GOEMOTIONS, KOTE, Emotion
from emotion.tools import prepared
from emotion.tools.corpora import Example, one_hot
from emotion.tools.errors import NotPrepared

ROWS = [
    Example("a", "0", one_hot([Emotion.JOY]), frozenset({"joy", "love"}), gold=frozenset({Emotion.JOY})),
    Example("b", "1", polarity=(1.0, 0.0, 0.0), weight=0.5),
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Ids one after the other, labels by head, and nothing where a corpus has no such labels."""
    table = prepared.table(ROWS, [[2, 7, 3], [2, 70_000, 9, 3]], gold=True)
    prepared.write(tmp_path / prepared.NAME, {"own": table, "development:own": table})
    read = prepared.read(tmp_path)
    assert list(read) == ["own", "development:own"]
    one = read["own"]
    assert len(one) == 2
    assert one.ids.tolist() == [2, 7, 3, 2, 70_000, 9, 3]
    assert one.lengths.tolist() == [3, 4]
    assert one.weight.tolist() == [1.0, 0.5]
    assert one.seven is not None
    assert one.seven.tolist() == [list(one_hot([Emotion.JOY])), [0.0] * len(EMOTIONS)]
    assert one.goemotions is not None
    assert [GOEMOTIONS[i] for i in np.flatnonzero(one.goemotions[0])] == ["joy", "love"]
    assert not one.goemotions[1].any()
    assert one.kote is None
    assert one.gold is not None
    assert one.gold.sum() == 1


def test_labels_that_no_row_has_take_no_room() -> None:
    """KOTE's 44 columns stand only where somebody labelled them."""
    table = prepared.table([Example("a", "0", kote=frozenset())], [[2, 3]])
    assert table.kote is not None
    assert table.kote.shape == (1, len(KOTE))
    assert [table.seven, table.goemotions, table.polarity, table.gold] == [None] * 4
    assert table.ids.dtype == np.uint16


def test_what_is_not_there_is_told_with_its_step(tmp_path: Path) -> None:
    """Who trains first is told what comes before."""
    with pytest.raises(NotPrepared, match="Make it with: maeum model prepare"):
        prepared.read(tmp_path)


def test_surprisal_is_the_rarer_the_higher() -> None:
    """-ln of the share among training pieces; special pieces 0, the unknown one 20; development rows do not count."""
    table = prepared.table(ROWS, [[2, 5, 5, 5, 3], [2, 6, 1, 3]])
    held = prepared.table(ROWS[:1], [[2, 7, 7, 7, 3]])
    nats = prepared.surprisal({"xed": table, "development:xed": held}, 8)
    assert nats[[0, 2, 3, 4]].tolist() == [0.0] * 4
    assert nats[1] == 20.0
    assert nats[5] < nats[6] < nats[7]
    assert nats[6] == pytest.approx(-np.log(1.05 / (9 + 0.05 * 8)))
