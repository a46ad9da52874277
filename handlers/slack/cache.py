"""A small memory that forgets: bounded in size and in time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Fleeting(Generic[K, V]):
    """Keeps at most `size` values, each for `seconds` after it was put; the one put first goes first."""

    def __init__(self, seconds: float, size: int, now: Callable[[], float] = monotonic) -> None:
        """`now` counts seconds, never backwards."""
        self._seconds = seconds
        self._size = size
        self._now = now
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """What was put under the key, or None when it is gone."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        until, value = kept
        if self._now() >= until:
            del self._kept[key]
            return None
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, from now."""
        self._kept.pop(key, None)
        self._kept[key] = (self._now() + self._seconds, value)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def __len__(self) -> int:
        """How many values are held, those past their time and not yet asked for included."""
        return len(self._kept)
