"""Whom to leave alone for a while, because what was tried came to nothing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_FIRST_SECONDS: Final = 15 * 60.0
_LONGEST_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class _Rest:
    end: float
    seconds: float


class Rests:
    """Each time longer: a quarter of an hour, half an hour, an hour, at most a day. Held in memory alone."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` counts seconds, never backwards."""
        self._now = now
        self._rests: dict[UUID, _Rest] = {}

    def has(self, who: UUID) -> bool:
        """Whether that one is left alone at this moment."""
        rest = self._rests.get(who)
        return rest is not None and self._now() < rest.end

    def begin(self, who: UUID, seconds: float | None = None) -> None:
        """Leave that one alone for so many seconds; without a number, for twice as long as the last time."""
        before = self._rests.get(who)
        if seconds is None:
            seconds = _FIRST_SECONDS if before is None else min(2 * before.seconds, _LONGEST_SECONDS)
        self._rests[who] = _Rest(self._now() + seconds, seconds)

    def keep(self, those: Collection[UUID]) -> None:
        """Forget everybody else: there is nothing left to try for them."""
        self._rests = {who: rest for who, rest in self._rests.items() if who in those}
