"""The prepared data of a run as arrays in one file: cleaned and tokenized once, read in seconds by every training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.labels import EMOTIONS, GOEMOTIONS, KOTE
from emotion.tools.corpora import Example
from emotion.tools.errors import NotPrepared
from emotion.tools.vocabulary import SPECIAL

NAME: Final = "prepared.npz"
TOKENIZER: Final = "tokenizer.json"
WARM: Final = "warm.npy"
"""First word embeddings, (pieces, width), float16."""
SURPRISAL: Final = "surprisal.npy"
"""-ln of each piece's share of the training text, (pieces,), float32, in nats."""
_WIDE: Final = 1 << 16
DEVELOPMENT: Final = "development:"
"""Begins the name of a development split's table."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one corpus. Label arrays have a row a text and are None where the corpus has no such labels."""

    ids: NDArray[np.unsignedinteger[Any]]
    """Token ids of all texts, one after the other, [CLS] and [SEP] included."""
    lengths: NDArray[np.uint16]
    weight: NDArray[np.float16]
    seven: NDArray[np.float16] | None = None
    """(rows, 7); a row of zeros is one without."""
    goemotions: NDArray[np.uint8] | None = None
    """(rows, 28)"""
    kote: NDArray[np.uint8] | None = None
    """(rows, 44)"""
    polarity: NDArray[np.float16] | None = None
    """(rows, 3); a row of zeros is one without."""
    gold: NDArray[np.uint8] | None = None
    """(rows, 7): every emotion that counts as right; development splits only."""

    def __len__(self) -> int:
        """How many texts."""
        return len(self.lengths)


def table(examples: Sequence[Example], ids: Sequence[Sequence[int]], *, gold: bool = False) -> Table:
    """The examples and their token ids as arrays."""

    def shares(name: str, width: int) -> NDArray[np.float16] | None:
        values = [getattr(row, name) for row in examples]
        if not any(values):
            return None
        return np.asarray([value or (0.0,) * width for value in values], dtype=np.float16)

    def flags(name: str, labels: Sequence[str]) -> NDArray[np.uint8] | None:
        values = [getattr(row, name) for row in examples]
        if all(value is None for value in values):
            return None
        return np.asarray([[label in (value or ()) for label in labels] for value in values], dtype=np.uint8)

    flat = np.asarray([piece for row in ids for piece in row], dtype=np.uint32)
    return Table(
        ids=flat.astype(np.uint16) if flat.max(initial=0) < _WIDE else flat,
        lengths=np.asarray([len(row) for row in ids], dtype=np.uint16),
        weight=np.asarray([row.weight for row in examples], dtype=np.float16),
        seven=shares("seven", len(EMOTIONS)),
        goemotions=flags("goemotions", GOEMOTIONS),
        kote=flags("kote", KOTE),
        polarity=shares("polarity", 3),
        gold=np.asarray([[e in row.gold for e in EMOTIONS] for row in examples], dtype=np.uint8) if gold else None,
    )


def write(file: Path, tables: Mapping[str, Table]) -> None:
    """Write all tables, training and development, into one compressed file."""
    arrays: dict[str, Any] = {}
    for name, one in tables.items():
        for field in Table.__slots__:
            values = getattr(one, field)
            if values is not None:
                arrays[f"{name}/{field}"] = values
    new = file.with_suffix(".new.npz")
    np.savez_compressed(new, **arrays)
    new.replace(file)


def read(run: Path) -> dict[str, Table]:
    """The tables of a run by name; NotPrepared where `maeum model prepare` has not made them."""
    file = run / NAME
    if not file.is_file():
        message = f"{file} is not there. Make it with: maeum model prepare --data DIR --run {run}"
        raise NotPrepared(message)
    tables: dict[str, dict[str, Any]] = {}
    with np.load(file) as arrays:
        for path in arrays.files:
            name, field = path.rsplit("/", 1)
            tables.setdefault(name, {})[field] = arrays[path]
    return {name: Table(**fields) for name, fields in tables.items()}


_SHARES: Final = {"nsmc": 0.2, "nsmc_between": 0.1, "irc": 0.3, "workchat": 3.0, "own": 3.0}
"""How much a piece counts in the corpora that are unlike the use, or very like it; 1 in the others."""
_UNSEEN: Final = 0.05
_UNKNOWN: Final = 20.0


def surprisal(tables: Mapping[str, Table], pieces: int) -> NDArray[np.float32]:
    """-ln of each piece's share of the training text, in nats; 0 for [CLS] and its like, 20 for an unknown piece."""
    counts = np.zeros(pieces)
    for name, one in tables.items():
        if not name.startswith(DEVELOPMENT):
            counts += _SHARES.get(name, 1.0) * np.bincount(one.ids, minlength=pieces)
    nats = -np.log((counts + _UNSEEN) / (counts.sum() + _UNSEEN * pieces))
    nats[: len(SPECIAL)] = 0.0
    nats[SPECIAL.index("[UNK]")] = _UNKNOWN
    return np.asarray(nats, dtype=np.float32)
