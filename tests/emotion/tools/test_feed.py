"""The batches that a run sees."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="training needs the extra `train`")

import torch

from emotion.labels import Emotion
from emotion.tools import feed, prepared
from emotion.tools.corpora import Example, one_hot
from emotion.tools.errors import NotPrepared
from emotion.tools.feed import Texts, wide
from emotion.tools.recipe import Recipe

pytestmark = pytest.mark.train

CPU = torch.device("cpu")


@given(
    lengths=st.lists(st.integers(2, 128), min_size=1, max_size=120),
    cut=st.floats(0, 1),
    shares=st.tuples(st.floats(0, 3), st.floats(0, 3)),
    tokens=st.integers(64, 1024),
    rows=st.integers(1, 24),
    seed=st.integers(0, 1000),
)
@settings(deadline=None)
def test_a_pass_has_each_row_by_its_share(  # noqa: PLR0913, PLR0917 - one strategy each
    lengths: list[int], cut: float, shares: tuple[float, float], tokens: int, rows: int, seed: int
) -> None:
    """A share of 2.3 is every row twice and three tenths of them once more; no batch is larger than asked."""
    sizes = np.asarray(lengths, dtype=np.int64)
    middle = round(cut * len(sizes))
    places = {"a": slice(0, middle), "b": slice(middle, len(sizes)), "unnamed": slice(len(sizes), len(sizes))}
    if not any(shares):
        return
    recipe = Recipe(
        "labels", {"a": shares[0], "b": shares[1], "absent": 1.0}, passes=2, batch_tokens=tokens, batch_rows=rows
    )
    for batches in feed.plan(sizes, places, recipe, seed):
        seen = np.bincount(np.concatenate([*batches, np.zeros(0, np.int64)]), minlength=len(sizes))
        for name, share in recipe.shares.items():
            if name in places:
                times = seen[places[name]]
                assert times.sum() == int(share) * len(times) + round((share - int(share)) * len(times))
                assert set(times) <= {int(share), int(share) + 1}
        for batch in batches:
            assert 1 <= len(batch) <= rows
            assert len(batch) == 1 or len(batch) * wide(int(sizes[batch].max())) <= tokens


def test_a_batch_has_near_lengths() -> None:
    """Sorted by length, the batches of a window do not overlap; their order is random all the same."""
    sizes = np.random.default_rng(0).integers(2, 129, 400)
    recipe = Recipe("labels", {"a": 1.0}, batch_tokens=512, batch_rows=16)
    (batches,) = feed.plan(sizes, {"a": slice(0, 400)}, recipe, 0)
    spans = [(int(sizes[batch].min()), int(sizes[batch].max())) for batch in batches]
    assert spans != sorted(spans)
    spans.sort()
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))


def test_the_seed_decides() -> None:
    """The same seed gives the same batches in the same order, another one others, and each pass is drawn anew."""
    sizes = np.arange(2, 102)
    recipe = Recipe("labels", {"a": 0.5}, passes=2, batch_tokens=256)

    def planned(seed: int) -> list[list[list[int]]]:
        passes = feed.plan(sizes, {"a": slice(0, 100)}, recipe, seed)
        return [[batch.tolist() for batch in batches] for batches in passes]

    assert planned(1) == planned(1)
    assert planned(1) != planned(2)
    assert planned(1)[0] != planned(1)[1]


def _table(emotions: list[Emotion | None], *, weight: float = 1.0, fine: bool = False) -> prepared.Table:
    rows = [
        Example(
            "x",
            str(i),
            one_hot([emotion]) if emotion else None,
            frozenset({str(emotion)}) if fine else None,
            weight=weight,
        )
        for i, emotion in enumerate(emotions)
    ]
    return prepared.table(rows, [[2, 5 + i, 3] for i in range(len(rows))])


def test_rows_lie_side_by_side() -> None:
    """Only corpora of the recipe, in the tables' order; development rows never; what nobody said weighs nothing."""
    joy, none = Emotion.JOY, None
    tables = {
        "xed": _table([joy, none], weight=0.25),
        "irc": _table([none, none, none]),
        "nsmc": _table([joy]),
        "development:xed": _table([joy]),
    }
    data = feed.feed(tables, Recipe("labels", {"irc": 1, "xed": 1, "development:xed": 1}, balanced=()), CPU)
    assert data.places == {"xed": slice(0, 2), "irc": slice(2, 5)}
    assert data.known["seven"].tolist() == [0.25, 0.0, 0.0, 0.0, 0.0]
    assert data.known["kote"].tolist() == [0.0] * 5
    assert data.labels["seven"][0].tolist() == list(one_hot([joy]))
    assert data.texts.sizes.tolist() == [3] * 5


def test_rare_classes_weigh_more_within_a_corpus() -> None:
    """By the power of their inverse share, at most four times, with a mean of 1 over the rows; elsewhere all alike."""
    emotions: list[Emotion | None] = [*[Emotion.JOY] * 16, *[Emotion.FEAR] * 4]
    recipe = Recipe("labels", {"own": 1, "xed": 1}, balance=0.5, balanced=("own",))
    data = feed.feed({"own": _table(emotions), "xed": _table(emotions)}, recipe, CPU)
    weights = data.known["seven"][:20]
    assert float(weights[16] / weights[0]) == pytest.approx(2.0, rel=1e-3)
    assert float(weights.mean()) == pytest.approx(1.0, rel=1e-3)
    assert data.known["seven"][20:].tolist() == [1.0] * 20


def test_borrowed_labels_weigh_less() -> None:
    """GoEmotions defines its 28; what our own messages say of them counts a quarter."""
    own = _table([Emotion.JOY], fine=True)
    data = feed.feed({"own": own, "goemotions_en": own}, Recipe("labels", {"own": 1, "goemotions_en": 1}), CPU)
    assert data.known["goemotions"].tolist() == [0.25, 1.0]


def test_a_recipe_without_prepared_corpora_is_told() -> None:
    """A slip in a corpus' name trains on nothing: the names are said."""
    with pytest.raises(NotPrepared, match="workhcat"):
        feed.feed({"workchat": _table([Emotion.JOY])}, Recipe("labels", {"workhcat": 1}), CPU)


def test_texts_are_padded_to_a_multiple_of_eight() -> None:
    """Ids as they were, zeros behind them, and a mask that says which are which."""
    table = prepared.table([Example("a", "0"), Example("b", "1")], [[2, 7, 3], list(range(10, 19))])
    batch = Texts.of([table], CPU).chosen(np.asarray([1, 0]))
    assert batch.ids.shape == batch.mask.shape == (2, 16)
    assert batch.ids[1].tolist() == [2, 7, 3, *[0] * 13]
    assert batch.ids[0, :9].tolist() == list(range(10, 19))
    assert batch.mask.sum(1).tolist() == [9, 3]
    assert batch.rows.tolist() == [1, 0]


def test_the_last_text_is_padded_too() -> None:
    """Behind it there are no other ids to take by mistake."""
    table = prepared.table([Example("a", "0")], [[2, 7, 3]])
    batch = Texts.of([table], CPU).chosen(np.asarray([0]))
    assert batch.ids[0].tolist() == [2, 7, 3, 0, 0, 0, 0, 0]
