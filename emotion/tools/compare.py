"""Two models on the same texts: how often they agree, what changes, and which one is right more often.

What comes out are counts and numbers, no texts: `Comparison.changed` has the places of those that changed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from emotion.labels import EMOTIONS, Emotion
from emotion.reading import Reading
from emotion.tools.corpora import Example
from emotion.tools.errors import ToolError
from emotion.tools.metrics import accuracy, macro_f1

_CHUNK: Final = 256


class BadRows(ToolError):
    """A file of texts that cannot be read as such. Its message names the line, and quotes nothing of it."""


class Infers(Protocol):
    """What is compared."""

    def infer(self, texts: Sequence[str]) -> Sequence[Reading]:
        """A reading for each text, in the same order."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text, and the emotions that are right for it; none where nobody said."""

    text: str
    gold: frozenset[Emotion] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the two is right on the labelled rows; the first of each pair is A's."""

    rows: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]
    only_a: int
    """Rows that A alone has right."""
    only_b: int
    p: float
    """Of McNemar's exact test, two-sided: how likely so uneven a split is, were both equally good."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two models read the same rows."""

    rows: int
    changes: Mapping[tuple[Emotion, Emotion], int]
    """Rows by (label of A, label of B), where the two differ; the most frequent first."""
    changed: tuple[tuple[int, Emotion, Emotion], ...]
    """Each row that changed: its place, and the two labels."""
    verdict: Verdict | None
    """None where no row has a label."""

    @property
    def same(self) -> int:
        """Rows with the same label."""
        return self.rows - len(self.changed)


def compare(a: Infers, b: Infers, rows: Sequence[Row]) -> Comparison:
    """Read the rows with both."""
    texts = [row.text for row in rows]
    found = list(zip(_labels(a, texts), _labels(b, texts), strict=True))
    changed = tuple((place, old, new) for place, (old, new) in enumerate(found) if old != new)
    return Comparison(
        rows=len(rows),
        changes=dict(Counter((old, new) for _, old, new in changed).most_common()),
        changed=changed,
        verdict=_verdict([(row.gold, *pair) for row, pair in zip(rows, found, strict=True) if row.gold]),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p of McNemar's test (1947): a binomial test of the rows that one alone has right."""
    n, fewer = only_a + only_b, min(only_a, only_b)
    ways = term = 1
    for k in range(fewer):  # C(n, k + 1) from C(n, k), in whole numbers: exact for any n
        term = term * (n - k) // (k + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << n))


def read_rows(file: Path) -> list[Row]:
    """The rows of a file: JSON lines with `text` and, where it is known, `label`; any other file has a text a line."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as trouble:
        message = f"{file} cannot be read as text ({type(trouble).__name__})."
        raise BadRows(message) from None
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if file.suffix != ".jsonl":
        return [Row(line.rstrip("\r")) for _, line in numbered]
    return [_row(file, number, line) for number, line in numbered]


def labelled_rows(splits: Mapping[str, Sequence[Example]]) -> dict[str, list[Row]]:
    """The rows of splits as `corpora.development_splits` has them, by corpus."""
    return {name: [Row(row.text, row.gold) for row in rows] for name, rows in splits.items()}


def lines(name: str, found: Comparison) -> Iterator[str]:
    """A comparison in words, for the terminal."""
    yield f"{name}: {found.rows} rows, the same label for {found.same} ({found.same / max(1, found.rows):.1%})"
    if found.verdict is not None:
        v = found.verdict
        yield f"  of {v.rows} labelled rows right: A {v.accuracy[0]:.1%}, B {v.accuracy[1]:.1%}"
        yield f"  macro-F1: A {v.macro_f1[0]:.3f}, B {v.macro_f1[1]:.3f}"
        yield f"  right by A alone {v.only_a}, by B alone {v.only_b}; McNemar's exact p = {v.p:.2g}"
    for (old, new), count in found.changes.items():
        yield f"  {old} -> {new}: {count}"


def _labels(model: Infers, texts: Sequence[str]) -> list[Emotion]:
    starts = range(0, len(texts), _CHUNK)
    return [reading.label for start in starts for reading in model.infer(texts[start : start + _CHUNK])]


def _verdict(labelled: Sequence[tuple[frozenset[Emotion], Emotion, Emotion]]) -> Verdict | None:
    if not labelled:
        return None
    gold, ours, theirs = zip(*labelled, strict=True)
    only_a = sum(old in right and new not in right for right, old, new in labelled)
    only_b = sum(new in right and old not in right for right, old, new in labelled)
    return Verdict(
        rows=len(labelled),
        accuracy=(accuracy(gold, ours), accuracy(gold, theirs)),
        macro_f1=(macro_f1(gold, ours), macro_f1(gold, theirs)),
        only_a=only_a,
        only_b=only_b,
        p=mcnemar(only_a, only_b),
    )


def _row(file: Path, number: int, line: str) -> Row:
    try:
        values = json.loads(line)
        label = values.get("label")
        return Row(_string(values["text"]), frozenset() if label is None else frozenset({Emotion(label)}))
    except (ValueError, KeyError, TypeError, AttributeError):
        known = ", ".join(EMOTIONS)
        message = f"{file}, line {number}: not a JSON object with a `text` and, perhaps, a `label` of {known}."
        raise BadRows(message) from None  # what it was raised from quotes the line


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
