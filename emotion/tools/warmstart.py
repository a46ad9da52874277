"""First embeddings for pieces that the base encoder has not: from translations, then from neighbours.

1. Where the Korean of a translated pair is aligned with its English by IBM Model 1 (Brown et al., 1993, 'The
   Mathematics of Statistical Machine Translation'), a Korean piece starts as the mean of the English embeddings it
   translates to, weighted by t(english | korean).
2. Pieces that the pairs seldom or never hold get theirs from the words they stand beside: a ridge regression from
   vectors of positive pointwise mutual information (Levy and Goldberg, 2014) to the embeddings of step 1.
3. An emoji starts as the mean of the words of its Unicode name.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import svds

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_EM_ROUNDS: Final = 6
_LEAST_TRANSLATION: Final = 0.03
_WINDOW: Final = 4
_CONTEXTS: Final = 6_000
_RANK: Final = 160
_RIDGE: Final = 1.0
_TRUST: Final = 15.0
"""Occurrences in the pairs at which step 1 and step 2 weigh the same."""


def translations(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], size: int) -> sparse.csr_array:
    """t(english | korean) of IBM Model 1 as a matrix, korean by english pieces. Pairs are (english, korean) ids."""
    lengths = [(len(english), len(korean)) for english, korean in pairs]
    slots = np.cumsum([0] + [n for n, _ in lengths])
    korean_side = np.concatenate([np.tile(k, len(e)) for e, k in pairs]).astype(np.int64)
    english_side = np.concatenate([np.repeat(e, len(k)) for e, k in pairs]).astype(np.int64)
    slot = np.concatenate(
        [np.repeat(np.arange(start, start + n), m) for start, (n, m) in zip(slots[:-1], lengths, strict=True)]
    )
    keys, entry = np.unique(korean_side * size + english_side, return_inverse=True)
    rows, columns = keys // size, keys % size
    chance = np.ones(len(keys))
    for _ in range(_EM_ROUNDS):
        share = chance[entry]
        share /= np.bincount(slot, share, minlength=int(slots[-1]))[slot]
        counts = np.bincount(entry, share, minlength=len(keys))
        chance = counts / np.bincount(rows, counts, minlength=size)[rows]
    strong = chance >= _LEAST_TRANSLATION
    return sparse.csr_array((chance[strong], (rows[strong], columns[strong])), shape=(size, size))


def neighbour_vectors(texts: Sequence[Sequence[int]], pieces: Integers, size: int) -> Floats:
    """Vectors for the pieces from the pieces beside them: PPMI over a window, reduced by a truncated SVD."""
    stream = np.concatenate([np.asarray([*ids, *([-1] * _WINDOW)], dtype=np.int64) for ids in texts])
    frequency = np.bincount(stream[stream >= 0], minlength=size)
    place = np.full(size + 1, -1, dtype=np.int64)
    place[pieces] = np.arange(len(pieces))
    contexts = np.argsort(-frequency)[: min(_CONTEXTS, size)]
    context_place = np.full(size + 1, -1, dtype=np.int64)
    context_place[contexts] = np.arange(len(contexts))
    together = sparse.csr_array((len(pieces), len(contexts)), dtype=np.float32)
    for distance in range(1, _WINDOW + 1):
        left, right = stream[:-distance], stream[distance:]
        for a, b in ((left, right), (right, left)):
            row, column = place[a], context_place[b]
            known = (row >= 0) & (column >= 0) & (a >= 0) & (b >= 0)
            ones = np.full(int(known.sum()), 1.0 / distance, dtype=np.float32)
            together = together + sparse.csr_array((ones, (row[known], column[known])), shape=together.shape)
    table = together.tocoo()
    total = table.data.sum()
    by_row = np.asarray(together.sum(axis=1)).ravel()
    by_column = np.asarray(together.sum(axis=0)).ravel() ** 0.75
    by_column *= total / by_column.sum()
    information = np.log(table.data * total / (by_row[table.row] * by_column[table.col]))
    ppmi = sparse.csr_array(
        (np.maximum(information, 0).astype(np.float32), (table.row, table.col)), shape=together.shape
    )
    rank = min(_RANK, min(ppmi.shape) - 1)
    left_vectors, strengths, _ = svds(ppmi, k=rank, random_state=0)
    vectors = left_vectors * np.sqrt(strengths)
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6), dtype=np.float32)


def warm_embeddings(
    vocabulary: Sequence[str],
    base: dict[str, int],
    embeddings: Floats,
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
    texts: Sequence[Sequence[int]],
    *,
    seed: int,
) -> Floats:
    """The new embedding matrix, (pieces, width): the base's rows for its own pieces, the three steps for the others.

    `pairs` and `texts` are ids in the new vocabulary, without special tokens.
    """
    size, width = len(vocabulary), embeddings.shape[1]
    own = np.asarray([base.get(piece, -1) for piece in vocabulary])
    result = np.zeros((size, width), dtype=np.float32)
    result[own >= 0] = embeddings[own[own >= 0]]
    centre = result[own >= 0].mean(axis=0)
    spread = float(np.linalg.norm(result[own >= 0] - centre, axis=1).mean())
    new = np.flatnonzero(own < 0)
    english_only = [([i for i in e if own[i] >= 0], [i for i in k if own[i] < 0]) for e, k in pairs]
    english_only = [(e, k) for e, k in english_only if e and k]
    table = translations(english_only, size)
    translated = np.asarray(table @ (result - centre), dtype=np.float32)[new]
    seen = np.bincount(np.concatenate([np.asarray(k) for _, k in english_only]), minlength=size)[new].astype(np.float32)
    vectors = neighbour_vectors(texts, new, size)
    anchors = seen >= _TRUST
    features = vectors[anchors]
    weight = np.linalg.solve(
        features.T @ features + _RIDGE * np.eye(features.shape[1]), features.T @ _scaled(translated[anchors], spread)
    )
    guessed = _scaled(np.asarray(vectors @ weight, dtype=np.float32), spread)
    trust = (seen / (seen + _TRUST))[:, None]
    blend = trust * _scaled(translated, spread) + (1 - trust) * guessed
    mixed = _scaled(blend.astype(np.float32), spread)
    noise = np.random.default_rng(seed).normal(0, 0.1 * spread / width**0.5, mixed.shape)
    result[new] = centre + 0.8 * mixed + noise
    for index in new.tolist():
        named = _named(vocabulary[index], base)
        if named:
            result[index] = embeddings[named].mean(axis=0)
    return result


def _scaled(vectors: Floats, length: float) -> Floats:
    """Each vector at this length; zero vectors stay."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors * (length / np.maximum(norms, 1e-6)) * (norms > 0), dtype=np.float32)


def _named(piece: str, base: dict[str, int]) -> list[int]:
    """The base's ids for the words of a symbol's Unicode name; empty for anything else."""
    if len(piece) != 1 or unicodedata.category(piece) not in {"So", "Po", "Sm"}:
        return []
    words = unicodedata.name(piece, "").lower().replace("-", " ").split()
    return [base[word] for word in words if word in base and word not in {"face", "with", "sign", "of", "in", "symbol"}]
