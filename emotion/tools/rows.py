"""The training rows as numbers, and the order in which a run sees them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS
from emotion.tokens import Tokens
from emotion.tools.corpora import Corpora, Example
from emotion.tools.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Row:
    """A training example as numbers. `pair` is the row of the teacher's vectors, -1 without one."""

    ids: list[int]
    target: tuple[float, ...] | None
    polarity: int
    weight: float
    pair: int


def pools(material: Corpora, tokens: Tokens, recipe: Recipe) -> dict[str, list[Row]]:
    """Training rows by corpus, with class weights multiplied in."""
    position = {korean: index for index, (_, korean) in enumerate(material.pairs)}
    by_source: dict[str, list[Example]] = {}
    for example in material.emotion + material.polarity:
        by_source.setdefault(example.source, []).append(example)
    pools = {}
    for source, examples in by_source.items():
        factors = _class_weights(examples, recipe) if source in recipe.sources_balanced else np.ones(len(EMOTIONS))
        pools[source] = [
            Row(
                ids,
                example.target,
                -1 if example.polarity is None else example.polarity,
                example.weight * (1.0 if example.target is None else float(np.dot(factors, example.target))),
                position.get(example.text, -1) if source == "goemotions_ko_mt" else -1,
            )
            for example, ids in zip(examples, tokens.ids([e.text for e in examples]), strict=True)
        ]
    return pools


def _class_weights(examples: Sequence[Example], recipe: Recipe) -> NDArray[np.float64]:
    """Inverse class frequency to the power `balance`, mean 1 over the rows, at most 4."""
    counts = np.sum([example.target for example in examples if example.target is not None], axis=0)
    shares = np.maximum(counts, 1.0) / np.sum(counts)
    factors = shares**-recipe.balance
    return np.asarray(np.minimum(factors / np.sum(factors * shares), 4.0))


def schedule(pools: dict[str, list[Row]], recipe: Recipe) -> Iterator[tuple[int, list[Row]]]:
    """(round, batch) in order: rows drawn by the round's shares, near lengths together, batches shuffled."""
    draw = np.random.default_rng(recipe.seed)
    for position, one in enumerate(recipe.rounds):
        rows: list[Row] = []
        for source, share in one.shares.items():
            pool = pools.get(source, [])
            rows += pool * int(share)
            part = round((share - int(share)) * len(pool))
            rows += [pool[i] for i in draw.permutation(len(pool))[:part]]
        rows = [rows[i] for i in draw.permutation(len(rows))]
        window = recipe.batch_rows * 50
        batches = []
        for start in range(0, len(rows), window):
            near = sorted(rows[start : start + window], key=lambda row: len(row.ids))
            batches += [near[i : i + recipe.batch_rows] for i in range(0, len(near), recipe.batch_rows)]
        for i in draw.permutation(len(batches)):
            yield position, batches[i]


def round_ends(batches: Sequence[tuple[int, list[Row]]]) -> set[int]:
    """The step counts at which a round is over."""
    positions = [position for position, _ in batches]
    return {i + 1 for i in range(len(positions)) if i + 1 == len(positions) or positions[i] != positions[i + 1]}


def slope(positions: Sequence[int], recipe: Recipe) -> Callable[[int], float]:
    """The factor on the rates by step: in each round up in a straight line, then down to zero."""
    factors = []
    for position, one in enumerate(recipe.rounds):
        steps = positions.count(position)
        rising = max(1, round(steps * recipe.warm_up))
        factors += [one.rate * min((i + 1) / rising, (steps - i) / max(1, steps - rising)) for i in range(steps)]
    return lambda step: factors[step] if step < len(factors) else 0.0
