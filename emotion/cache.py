"""Readings of the last texts, so that a text that comes again costs nothing. It holds no text and no person."""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from emotion.reading import Reading

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Key:
    """Stands for a text: its HMAC-SHA256, under a secret that is drawn at the start and never leaves the process."""

    digest: bytes = field(repr=False)
    era: int
    """How often everything had been forgotten when the key was made."""


class ReadingCache:
    """The readings that were used last, by text and model version; for one thread, such as an event loop's.

    A reading goes when `size` others were used after it, or `seconds` after it was made, however often it was used:
    from then on it is not found, and the next reading that is kept removes it.
    """

    def __init__(self, size: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """With size 0 nothing is kept. `clock` counts seconds and never goes back."""
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._secret = secrets.token_bytes(_SECRET_BYTES)
        self._era = 0
        self._used: OrderedDict[tuple[bytes, str], Reading] = OrderedDict()  # the one used last comes last
        self._made: OrderedDict[tuple[bytes, str], float] = OrderedDict()  # the youngest comes last

    def __len__(self) -> int:
        """How many readings are held."""
        return len(self._used)

    def key(self, text: str) -> Key:
        """What stands for the text. Any string has one, lone surrogates included."""
        return Key(hmac.digest(self._secret, text.encode("utf-8", "surrogatepass"), "sha256"), self._era)

    def find(self, key: Key, version: str) -> Reading | None:
        """The reading of that text by that version of the model, if there is one that is still good."""
        place = (key.digest, version)
        made = self._made.get(place)
        if made is None or self._clock() - made >= self._seconds:
            return None
        self._used.move_to_end(place)
        return self._used[place]

    def keep(self, key: Key, reading: Reading) -> None:
        """Remember a reading under its text and its model version.

        Not where everything was forgotten since the key was made: what was on its way then is forgotten with the rest.
        """
        now = self._clock()
        while self._made and now - next(iter(self._made.values())) >= self._seconds:
            self._drop(next(iter(self._made)))
        if self._size == 0 or key.era != self._era:
            return
        place = (key.digest, reading.model_version)
        if place in self._used:
            self._drop(place)
        elif len(self._used) == self._size:
            self._drop(next(iter(self._used)))
        self._used[place], self._made[place] = reading, now

    def forget_all(self) -> None:
        """Forget every reading, those that are being made included, and the secret too."""
        self._used.clear()
        self._made.clear()
        self._era += 1
        self._secret = secrets.token_bytes(_SECRET_BYTES)

    def _drop(self, place: tuple[bytes, str]) -> None:
        del self._used[place], self._made[place]
