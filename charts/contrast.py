"""Two periods beside each other: the share of each emotion in both, and the difference. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from charts.moments import Counts, total
from charts.style import PALETTE
from emotion.labels import EMOTIONS, Emotion


@dataclass(frozen=True, slots=True)
class Side:
    """One of the periods, from `first` to `last`, both included.

    `counts` is None where fewer than `minimum_people` people wrote, so that nothing may be shown.
    """

    first: date
    last: date
    counts: Counts | None
    minimum_people: int = 1

    @property
    def total(self) -> int:
        """The number of messages that may be shown."""
        return total(self.counts or {})

    @property
    def shares(self) -> Mapping[Emotion, float]:
        """Of all seven; 0 everywhere in a period without messages."""
        counts, whole = self.counts or {}, max(self.total, 1)
        return {emotion: counts.get(emotion, 0) / whole for emotion in EMOTIONS}


@dataclass(frozen=True, slots=True)
class Row:
    """An emotion in both periods."""

    emotion: Emotion
    now: float
    """Its share, from 0 to 1."""
    before: float

    @property
    def points(self) -> int:
        """The difference of the shares as they are written, in percentage points: what the reader would subtract."""
        return round(self.now * 100) - round(self.before * 100)


@dataclass(frozen=True, slots=True)
class Mix:
    """This period beside the one before."""

    now: Side
    before: Side

    @property
    def rows(self) -> list[Row]:
        """The emotions that occur in either, the most frequent now first; of equals, the one that was more frequent."""
        order = {emotion: place for place, emotion in enumerate(PALETTE)}
        before = self.before.shares
        rows = [Row(emotion, share, before[emotion]) for emotion, share in self.now.shares.items()]
        found = [row for row in rows if row.now or row.before]
        return sorted(found, key=lambda row: (-row.now, -row.before, order[row.emotion]))

    @property
    def comparable(self) -> bool:
        """Both have messages that may be shown."""
        return bool(self.now.total and self.before.total)
