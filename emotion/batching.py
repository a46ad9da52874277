"""The line in front of the classifier: texts that arrive while it works are read together. asyncio, one event loop.

Nothing waits while the classifier is idle. While it works, arrivals stand in line; then the oldest of them become the
next batch. They need not be of a length: the classifier sorts a batch by length itself, since it pads nothing.
"""

import asyncio
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from emotion.cache import Key, ReadingCache
from emotion.errors import DeadlinePassed, Forgotten, Overloaded, Stopped
from emotion.reading import Reading


class Infers(Protocol):
    """What is behind the line."""

    @property
    def version(self) -> str:
        """The version that `infer` reads with now."""

    def infer(self, texts: Sequence[str]) -> Sequence[Reading]:
        """One reading a text, in their order."""


@dataclass(eq=False, slots=True)
class _Asked:
    """A text in line and whoever waits for its reading; `arrived` and `until` in seconds of the loop's clock."""

    text: str = field(repr=False)
    key: Key
    arrived: float
    until: float
    answer: "asyncio.Future[Reading]"
    owner: Hashable
    """Stands for whoever wrote it; None where that does not matter."""


class Batcher:
    """Reads texts in batches, on a thread of its own, within each caller's deadline."""

    def __init__(
        self,
        model: Infers,
        *,
        batch_size: int = 16,
        batch_wait_ms: float = 0,
        queue_size: int = 512,
        cache: ReadingCache | None = None,
    ) -> None:
        """`queue_size` is how many texts may be in line, besides the batch at work.

        `batch_wait_ms` is how long a text may be held, counted from its arrival, for a batch to fill up. It holds up
        nothing that finds the classifier idle.
        """
        self._model = model
        self._batch_size = batch_size
        self._batch_wait = batch_wait_ms / 1000
        self._queue_size = queue_size
        self._cache = ReadingCache(0, 0) if cache is None else cache  # an empty one is false
        # One thread: a classifier spreads the texts of one call over threads of its own.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="classifier")
        self._line: dict[_Asked, None] = {}  # a dict keeps the order, and lets anyone leave from the middle
        self._full = asyncio.Event()  # a batch's worth is in line, or nobody may be held any longer
        self._work: asyncio.Task[None] | None = None
        self._closed = False

    async def read(self, text: str, deadline: float, owner: Hashable = None) -> Reading:
        """The reading of one text, within so many seconds. A caller that is cancelled leaves the line.

        `owner` stands for whoever wrote it.

        Raises:
            Forgotten: everything about the owner was erased while the text was in line.
            Overloaded: the line is full; raised at once.
            DeadlinePassed: the time is over. A text still in line is not read any more.
            Stopped: the line was closed.
            Exception: whatever `infer` raises on this text alone.
        """
        if self._closed:
            raise Stopped
        key = self._cache.key(text)
        if (known := self._cache.find(key, self._model.version)) is not None:
            return known
        if len(self._line) >= self._queue_size:
            raise Overloaded
        loop = asyncio.get_running_loop()
        now = loop.time()
        asked = _Asked(text, key, now, now + deadline, loop.create_future(), owner)
        timer = loop.call_at(asked.until, _expire, asked)
        self._line[asked] = None
        if len(self._line) >= self._batch_size:
            self._full.set()
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._empty_the_line())
        try:
            return await asked.answer
        finally:
            timer.cancel()
            self._line.pop(asked, None)

    def forget_all(self) -> None:
        """Forget the cached readings, and do not cache those that are being made."""
        self._cache.forget_all()

    def forget(self, owner: Hashable) -> None:
        """Take what that owner wrote out of the line, unread. What is being read at this moment is read.

        None stands for nobody.
        """
        if owner is None:
            return
        for asked in [asked for asked in self._line if asked.owner == owner]:
            del self._line[asked]
            _fail(asked, Forgotten())

    async def close(self) -> None:
        """Take no more texts, fail those in line with Stopped, finish the batch at work, end the thread."""
        self._closed = True
        self._full.set()
        for asked in self._line:
            _fail(asked, Stopped())
        self._line.clear()
        if self._work is not None:
            await asyncio.wait([self._work])
        await asyncio.to_thread(self._pool.shutdown)

    async def _empty_the_line(self) -> None:
        while self._line:
            batch: list[_Asked] = []
            while self._line and len(batch) < self._batch_size:
                asked = next(iter(self._line))
                del self._line[asked]
                if _awaited(asked):
                    batch.append(asked)
            await self._answer(batch)
            await self._hold()

    async def _hold(self) -> None:
        """Let the line grow to a batch's length, if that is set and for as long as its oldest may be held."""
        if self._closed or not self._line or not self._batch_wait:
            return
        if len(self._line) < self._batch_size:
            self._full.clear()
        until = next(iter(self._line)).arrived + self._batch_wait
        try:
            async with asyncio.timeout_at(until):
                await self._full.wait()
        except TimeoutError:
            pass

    async def _answer(self, batch: Sequence[_Asked]) -> None:
        if not batch:
            return
        texts = [asked.text for asked in batch]
        try:
            inferred = asyncio.get_running_loop().run_in_executor(self._pool, self._model.infer, texts)
        except RuntimeError:  # the interpreter is about to end and starts no more work
            for asked in batch:
                _fail(asked, Stopped())
            return
        try:
            answers = list(zip(batch, await inferred, strict=True))
        except Exception as error:  # noqa: BLE001 - it is its caller's to judge
            if len(batch) == 1:
                _fail(batch[0], error)
                return
            for asked in batch:  # one bad text costs the others time, not their readings
                await self._answer([asked] if _awaited(asked) else [])
            return
        for asked, reading in answers:
            self._cache.keep(asked.key, reading)
            if not asked.answer.done():
                asked.answer.set_result(reading)


def _awaited(asked: _Asked) -> bool:
    """Whether somebody still waits for it, within the deadline."""
    if asked.until <= asyncio.get_running_loop().time():
        _expire(asked)
    return not asked.answer.done()


def _expire(asked: _Asked) -> None:
    _fail(asked, DeadlinePassed())


def _fail(asked: _Asked, error: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
        asked.answer.exception()  # seen, so that asyncio never logs it where the caller is cancelled at this moment
