"""A candidate in the shadow: it reads what the current model has read, and only the agreement is counted.

Texts wait in memory, in a short line, and are dropped where the candidate cannot keep up. What is written down are
numbers of labels: no text, no time and nobody's name.
"""

import json
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from emotion.files import alone, write_whole
from emotion.opening import Reader
from emotion.reading import Reading

log: Final = logging.getLogger(__name__)

_ARROW: Final = " -> "


@dataclass(frozen=True, slots=True)
class Counts:
    """How a candidate's readings agree with those of the model `against` which it was put."""

    against: str
    pairs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Texts by (label of the current model, label of the candidate)."""
    dropped: int = 0
    """Texts that the candidate had no time for."""
    failed: int = 0
    """Texts that the candidate did not read."""
    current_seconds: float = 0.0
    """In all, for the texts counted in `pairs`; so is the next."""
    shadow_seconds: float = 0.0

    @property
    def texts(self) -> int:
        """How many both have read."""
        return sum(self.pairs.values())

    @property
    def same(self) -> int:
        """How many of them got the same label."""
        return sum(count for (old, new), count in self.pairs.items() if old == new)

    @property
    def milliseconds(self) -> tuple[float, float]:
        """The mean time of a text: the current model's and the candidate's."""
        each = 1000 / max(1, self.texts)
        return self.current_seconds * each, self.shadow_seconds * each

    def __add__(self, more: "Counts") -> "Counts":
        """Both together, where they are against the same model; otherwise the newer alone."""
        if more.against != self.against:
            return more
        return Counts(
            against=self.against,
            pairs=Counter(self.pairs) + Counter(more.pairs),
            dropped=self.dropped + more.dropped,
            failed=self.failed + more.failed,
            current_seconds=self.current_seconds + more.current_seconds,
            shadow_seconds=self.shadow_seconds + more.shadow_seconds,
        )


def read(file: Path) -> Counts | None:
    """The counts of a file; None where there are none, or none that can be read."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        pairs = {_pair(name): int(count) for name, count in values["labels"].items()}
        return Counts(
            against=str(values["against"]),
            pairs=pairs,
            dropped=int(values["dropped"]),
            failed=int(values["failed"]),
            current_seconds=float(values["current_seconds"]),
            shadow_seconds=float(values["shadow_seconds"]),
        )
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write(file: Path, counts: Counts) -> None:
    """Put the counts into the file's place. `texts` and `same` stand there for people: they follow from `labels`."""
    values = {
        "against": counts.against,
        "texts": counts.texts,
        "same": counts.same,
        "dropped": counts.dropped,
        "failed": counts.failed,
        "current_seconds": round(counts.current_seconds, 6),
        "shadow_seconds": round(counts.shadow_seconds, 6),
        "labels": {_ARROW.join(pair): count for pair, count in sorted(counts.pairs.items())},
    }
    write_whole(file, json.dumps(values, indent=1) + "\n")


def _pair(name: str) -> tuple[str, str]:
    old, new = name.split(_ARROW)
    return old, new


class _Seen(NamedTuple):
    """What the current model has read."""

    texts: Sequence[str]
    labels: Sequence[str]
    seconds: float


class Shadow:
    """Reads after the current model, in a thread of its own. Nobody ever waits for it."""

    def __init__(self, reader: Reader, against: str, file: Path, *, room: int = 64, every: float = 30.0) -> None:
        """`room` is how many calls may stand in line; the counts are added to the file every so many seconds."""
        self._reader = reader
        self._file = file
        self._every = every
        self._line: queue.Queue[_Seen | None] = queue.Queue(room)
        self._counts = Counts(against)
        self._against = against
        self._dropped = 0
        self._closed = False
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, texts: Sequence[str], readings: Sequence[Reading], seconds: float) -> None:
        """Let the candidate read these too, if it has time. Returns at once."""
        with self._guard:
            if self._closed:
                return
            try:
                self._line.put_nowait(_Seen(tuple(texts), [str(reading.label) for reading in readings], seconds))
            except queue.Full:
                self._dropped += len(texts)

    def forget(self) -> None:
        """Drop what stands in line: texts of somebody who is erased may be among them."""
        with self._guard:
            if not self._closed:
                self._drop()

    def close(self) -> None:
        """Drop what stands in line, write the counts, and wait until that is done."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self._drop()
            self._line.put_nowait(None)  # there is room: nobody puts anything in any more
        self._thread.join()

    def _drop(self) -> None:
        with suppress(queue.Empty):
            while waiting := self._line.get_nowait():
                self._dropped += len(waiting.texts)

    def _run(self) -> None:
        due = time.monotonic() + self._every
        while True:
            try:
                seen = self._line.get(timeout=max(0.0, due - time.monotonic()))
                if seen is None:
                    break
                self._counts += self._compared(seen)
            except queue.Empty:
                pass
            if time.monotonic() >= due:
                self._write()
                due = time.monotonic() + self._every
        self._write()

    def _compared(self, seen: _Seen) -> Counts:
        start = time.perf_counter()
        try:
            labels = [str(reading.label) for reading in self._reader.infer(seen.texts)]
            pairs = Counter(zip(seen.labels, labels, strict=True))
        except Exception as error:  # noqa: BLE001 - a candidate may fail at anything, and nobody shall notice
            log.debug("the model %s in the shadow failed: %s", self._reader.version, type(error).__name__)
            return Counts(self._against, failed=len(seen.texts))
        seconds = time.perf_counter() - start
        return Counts(self._against, pairs, current_seconds=seen.seconds, shadow_seconds=seconds)

    def _write(self) -> None:
        """Add what was counted since the last time to the file, where another process may count as well."""
        with self._guard:
            dropped, self._dropped = self._dropped, 0
        fresh = self._counts + Counts(self._against, dropped=dropped)
        self._counts = Counts(self._against)
        if fresh == self._counts:
            return
        try:
            with alone(self._file.with_name(".counts.lock")):
                write(self._file, (read(self._file) or self._counts) + fresh)
        except OSError as error:
            self._counts = fresh  # for the next time
            log.warning("the counts of the model in the shadow were not written: %s", type(error).__name__)
