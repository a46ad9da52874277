"""Somebody who keeps every picture ever shown and computes with them.

They know who did what and when. What they look for is a sum of the bars that they have, each taken any number of times
and added or subtracted, in which only few people's messages are left, or one person's mostly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

from charts.series import MOST_PERCENT
from tests.promises.pictures.memory import Atom, Bar

if TYPE_CHECKING:
    from datetime import date

    from emotion.labels import Emotion

Matrix = list[list[Fraction]]


class Attacker:
    """Keeps bars, and finds facts about single people in them."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._rows: dict[frozenset[Atom], Mapping[Emotion, int]] = {}
        self._latest: dict[tuple[date, date], tuple[str, Mapping[Emotion, int]]] = {}
        self.shrunk: list[tuple[date, date]] = []
        """Bars that showed less of an emotion than before, though nobody had left and nothing was withdrawn."""

    def keep(self, bars: Iterable[Bar], losses: str) -> None:
        """Write the bars of an answer down. `losses` says since when nothing has taken whole cells away.

        Every bar is what its messages add up to, or the attacker's own books are wrong.
        """
        for bar in bars:
            counted = Counter(label for _, _, label, _ in bar.atoms)
            assert counted == {label: count for label, count in bar.counts.items() if count}, bar.name
            self._rows.setdefault(bar.atoms, bar.counts)
            before = self._latest.get(bar.name)
            if before is not None and before[0] == losses and any(bar.counts[e] < before[1][e] for e in bar.counts):
                self.shrunk.append(bar.name)
            self._latest[bar.name] = losses, bar.counts

    @property
    def pieces(self) -> Sequence[tuple[frozenset[int], Counter[int]]]:
        """What no sum of bars can take apart: messages that stand in the same bars. In which bars, and whose they are.

        Any sum of bars holds every message of a piece equally often.
        """
        bars_of: dict[Atom, list[int]] = {}
        for number, atoms in enumerate(self._rows):
            for atom in atoms:
                bars_of.setdefault(atom, []).append(number)
        people: dict[frozenset[int], Counter[int]] = {}
        for atom, numbers in bars_of.items():
            people.setdefault(frozenset(numbers), Counter())[atom[0]] += 1
        return list(people.items())

    def fact(self, fewest: int) -> str | None:
        """One way to be left with fewer than `fewest` people, or with one above 40 %; None where there is none.

        Exact: where every piece is a group by itself, so is every sum of bars, because it holds each piece whole.
        Otherwise it is computed, in fractions, whether a sum exists that has nobody in it but a few given people, for
        all choices of them, and whether one exists that leaves exactly a piece that one person dominates.
        """
        pieces = self.pieces
        few = [place for place, (_, whose) in enumerate(pieces) if len(whose) < fewest]
        heavy = [place for place, (_, whose) in enumerate(pieces) if len(whose) >= fewest and _is_dominated(whose)]
        if not few and not heavy:
            return None
        matrix = [[Fraction(number in bars) for bars, _ in pieces] for number in range(len(self._rows))]
        rank = _rank(matrix)
        suspects = sorted({person for place in few for person in pieces[place][1]})
        for group in combinations(suspects, min(fewest - 1, len(suspects))):
            others = [place for place, (_, whose) in enumerate(pieces) if not whose.keys() <= set(group)]
            if _rank([[row[place] for place in others] for row in matrix]) < rank:
                return f"a sum of bars leaves nobody but {group}"
        for place in heavy:
            alone = [Fraction(other == place) for other in range(len(pieces))]
            if _rank([*matrix, alone]) == rank:
                return f"a sum of bars leaves mostly {pieces[place][1].most_common(1)}"
        return None


def _is_dominated(whose: Counter[int]) -> bool:
    return 100 * max(whose.values()) > MOST_PERCENT * whose.total()


def _rank(matrix: Matrix) -> int:
    """How many rows are independent, by exact elimination."""
    rows = [row[:] for row in matrix if any(row)]
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((place for place in range(rank, len(rows)) if rows[place][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for place in range(rank + 1, len(rows)):
            if factor := rows[place][column] / rows[rank][column]:
                rows[place] = [a - factor * b if b else a for a, b in zip(rows[place], rows[rank], strict=True)]
        rank += 1
        if rank == len(rows):
            break
    return rank
