"""First embeddings for pieces that the base has not."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="training needs the extra `train`")

from emotion.tools.warmstart import translations, warm_embeddings

pytestmark = pytest.mark.train

WORDS = ["dog", "cat", "runs", "sleeps", "개", "고양이", "뛴다", "잔다", "강아지", "🎉"]
BASE = {"dog": 0, "cat": 1, "runs": 2, "sleeps": 3, "party": 4, "popper": 5}
PAIRS = [([0, 2], [4, 6]), ([0, 3], [4, 7]), ([1, 2], [5, 6]), ([1, 3], [5, 7])] * 20
TEXTS = [[4, 6], [4, 7], [8, 6], [8, 7], [5, 6], [5, 7]] * 20


def test_alignment_finds_the_translation() -> None:
    """From whole sentences alone, each Korean word is paired with its English word."""
    table = translations(PAIRS, len(WORDS)).toarray()
    for korean, english in ((4, 0), (5, 1), (6, 2), (7, 3)):
        assert table[korean].argmax() == english
        assert table[korean, english] > 0.9


def test_a_translated_word_starts_beside_its_translation() -> None:
    """Own pieces keep their rows; 개 starts nearest to dog; an emoji is the mean of its name."""
    embeddings = np.random.default_rng(1).normal(size=(6, 16)).astype(np.float32)
    warm = warm_embeddings(WORDS, BASE, embeddings, PAIRS, TEXTS, seed=0)
    assert warm.shape == (10, 16)
    assert np.array_equal(warm[:4], embeddings[:4])
    centred = warm - warm[:4].mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    assert (unit[:4] @ unit[4]).argmax() == 0
    assert np.allclose(warm[9], embeddings[[4, 5]].mean(axis=0))
    assert np.isfinite(warm).all()


def test_the_same_seed_gives_the_same_start() -> None:
    """Two runs start alike; another seed differs."""
    embeddings = np.random.default_rng(1).normal(size=(6, 16)).astype(np.float32)
    one, two, other = (warm_embeddings(WORDS, BASE, embeddings, PAIRS, TEXTS, seed=seed) for seed in (0, 0, 1))
    assert np.allclose(one, two, atol=1e-4)
    assert not np.allclose(one, other, atol=1e-4)
