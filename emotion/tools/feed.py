"""The prepared rows on the device that trains, and the batches a run sees, in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.tools.errors import NotPrepared
from emotion.tools.network import HEADS
from emotion.tools.prepared import DEVELOPMENT, Table
from emotion.tools.recipe import Recipe

_WINDOW: int = 64
_STEP: int = 8
_LARGEST_CLASS_WEIGHT: float = 4.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of near length. `ids` and `mask` are (texts, tokens); `rows` says which rows of the feed they are."""

    rows: Tensor
    ids: Tensor
    mask: Tensor


@dataclass(frozen=True, slots=True)
class Texts:
    """Token ids of many texts, one after the other, on one device."""

    ids: Tensor
    starts: Tensor
    lengths: Tensor
    sizes: NDArray[np.int64]
    """The lengths once more, where NumPy is."""

    @classmethod
    def of(cls, tables: Sequence[Table], device: torch.device) -> "Texts":
        """The texts of the tables, in their order."""
        sizes = np.concatenate([one.lengths for one in tables]).astype(np.int64)
        flat = np.concatenate([one.ids for one in tables]).astype(np.int32)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        ids, begins, lengths = (torch.from_numpy(array).to(device) for array in (flat, starts, sizes))
        return cls(ids, begins, lengths, sizes)

    def batch(self, rows: Tensor, longest: int) -> Batch:
        """Those rows as ids and mask, padded with 0; `longest` must be no less than the longest of them."""
        column = torch.arange(longest, device=rows.device)
        mask = column < self.lengths[rows][:, None]
        ids = self.ids[(self.starts[rows][:, None] + column).clamp(max=len(self.ids) - 1)].long() * mask
        return Batch(rows, ids, mask.long())

    def chosen(self, rows: NDArray[np.int64]) -> Batch:
        """Those rows, padded to a multiple of eight."""
        return self.batch(torch.from_numpy(rows).to(self.ids.device), wide(int(self.sizes[rows].max())))


def wide(length: int) -> int:
    """The next multiple of eight, which matrix units like."""
    return -(-length // _STEP) * _STEP


@dataclass(frozen=True, slots=True)
class Feed:
    """All training rows side by side on one device. `labels` and `known` are by head; a row of `known` is a weight."""

    texts: Texts
    labels: Mapping[str, Tensor]
    known: Mapping[str, Tensor]
    places: Mapping[str, slice]
    """Which rows a corpus has."""


def feed(tables: Mapping[str, Table], recipe: Recipe, device: torch.device) -> Feed:
    """The training tables of the corpora that the recipe names, on the device; NotPrepared where there are none."""
    chosen = {name: one for name, one in tables.items() if name in recipe.shares and not name.startswith(DEVELOPMENT)}
    if not chosen:
        message = f"None of the recipe's corpora is prepared: {', '.join(recipe.shares)}"
        raise NotPrepared(message)
    places, first = {}, 0
    for name, one in chosen.items():
        places[name] = slice(first, first + len(one))
        first += len(one)
    labels = {head: np.zeros((first, size), dtype=np.float16) for head, size in HEADS.items()}
    known = {head: np.zeros(first, dtype=np.float32) for head in HEADS}
    for name, one in chosen.items():
        rows = places[name]
        for head in HEADS:
            values = getattr(one, head)
            if values is None:
                continue
            labels[head][rows] = values
            weight = one.weight.astype(np.float32) * (values.sum(axis=1) > 0)
            if head == "seven" and name in recipe.balanced:
                weight = weight * _class_weights(values, recipe.balance)
            elif head == "goemotions" and name in {"workchat", "own"}:
                weight = weight * recipe.borrowed
            known[head][rows] = weight

    def there(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(device)

    return Feed(
        texts=Texts.of(list(chosen.values()), device),
        labels={head: there(values) for head, values in labels.items()},
        known={head: there(values) for head, values in known.items()},
        places=places,
    )


def _class_weights(seven: NDArray[np.float16], balance: float) -> NDArray[np.float32]:
    """Inverse class frequency to the power `balance`, mean 1 over the rows, at most 4, by row; 0 without a label."""
    counts = seven.astype(np.float64).sum(axis=0)
    shares = counts / counts.sum()
    factors = (np.maximum(counts, 1.0) / counts.sum()) ** -balance
    factors = np.minimum(factors / (factors * shares).sum(), _LARGEST_CLASS_WEIGHT)
    return np.asarray(seven.astype(np.float64) @ factors, dtype=np.float32)


def plan(
    lengths: NDArray[np.int64], places: Mapping[str, slice], recipe: Recipe, seed: int
) -> Iterator[list[NDArray[np.int64]]]:
    """The batches of each pass: rows by the recipe's shares, near lengths together, batches in random order."""
    for number in range(recipe.passes):
        draw = np.random.default_rng([seed, number])
        rows = []
        for name, share in recipe.shares.items():
            if name in places:
                pool = np.arange(places[name].start, places[name].stop)
                rows += [pool] * int(share)
                rows.append(draw.permutation(pool)[: round((share - int(share)) * len(pool))])
        order = draw.permutation(np.concatenate(rows))
        batches: list[NDArray[np.int64]] = []
        window = recipe.batch_rows * _WINDOW
        for start in range(0, len(order), window):
            near = order[start : start + window]
            near = near[np.argsort(-lengths[near], kind="stable")]
            place = 0
            while place < len(near):
                longest = wide(int(lengths[near[place]]))
                count = max(1, min(recipe.batch_rows, recipe.batch_tokens // longest))
                batches.append(near[place : place + count])
                place += count
        yield [batches[i] for i in draw.permutation(len(batches))]
