"""A small memory that forgets: bounded in size and in time."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

from handlers.slack.tasks import pause

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Fleeting(Generic[K, V]):
    """Keeps at most `size` values, each for `seconds` after it was put; the one put first goes first.

    What is past its time goes with the next use, whichever key that is for, and with the next `sweep`.
    """

    def __init__(self, seconds: float, size: int, now: Callable[[], float] = monotonic) -> None:
        """`now` counts seconds, never backwards."""
        self._seconds = seconds
        self._size = size
        self._now = now
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What was put under the key, or None when it is gone."""
        self.sweep()
        kept = self._kept.get(key)
        return None if kept is None else kept[1]

    def put(self, key: K, value: V) -> None:
        """Keep a value, from now."""
        self.sweep()
        self._kept.pop(key, None)
        self._kept[key] = (self._now() + self._seconds, value)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one."""
        self._kept.pop(key, None)

    def drop_where(self, which: Callable[[K], bool]) -> None:
        """Forget those whose keys are meant."""
        for key in [key for key in self._kept if which(key)]:
            del self._kept[key]

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def sweep(self) -> None:
        """Forget what is past its time. All are kept equally long, so those put first are the first to go."""
        now = self._now()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        """How many values are held, those past their time and not yet swept included."""
        return len(self._kept)


async def sweep_periodically(sweep: Callable[[], None], seconds: float, stopping: asyncio.Event) -> None:
    """Sweep now and whenever so many seconds have passed, until `stopping` is set.

    Without it, what was said in a quiet workspace would be held until somebody speaks again.
    """
    while not stopping.is_set():
        sweep()
        await pause(seconds, stopping)
