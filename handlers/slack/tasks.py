"""Work that goes on after Slack has its acknowledgement."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, TypeVar

from handlers.slack.errors import short

log = logging.getLogger(__name__)

T = TypeVar("T")


class Tasks:
    """Background work, held so that it is neither collected early nor forgotten at the end."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._running: set[asyncio.Task[Any]] = set()
        self._owners: dict[asyncio.Task[Any], Hashable] = {}
        self._forgotten: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str, owner: Hashable = None) -> None:
        """Run it. What it raises is logged by type: a message of an exception may quote what it choked on.

        `owner` stands for the person for whom it is done, if it is to end when that person is erased.
        """
        self._start(work, name, owner)

    async def do(self, work: Coroutine[Any, Any, Any], name: str, owner: Hashable = None) -> bool:
        """Run it like that and wait for it. Whether it came to its end: it was neither cut off nor did it raise.

        When the caller is cancelled, so is the work, which puts things right first; cancelled again, both end.
        """
        task = self._start(work, name, owner)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            if not task.cancelling():
                task.cancel()
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
            raise
        return not task.cancelled() and task.exception() is None

    def _start(self, work: Coroutine[Any, Any, Any], name: str, owner: Hashable) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        if owner is not None:
            self._owners[task] = owner
        task.add_done_callback(self._ended)
        return task

    def forget(self, owner: Hashable) -> None:
        """Cancel what is being done for that person. It can ask `forgotten` why it was cancelled."""
        for task in [task for task, whose in self._owners.items() if whose == owner]:
            self._forgotten.add(task)
            task.cancel()

    def forgotten(self) -> bool:
        """Whether the work that asks this was cancelled because its owner was erased."""
        return asyncio.current_task() in self._forgotten

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self._owners.pop(task, None)
        self._forgotten.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended with %s", task.get_name(), type(error).__qualname__)

    async def idle(self) -> None:
        """Wait until nothing runs, the work that work started included."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self, grace: float, last: float) -> None:
        """Give what runs `grace` seconds to end, then cancel it.

        What is cancelled has `last` seconds to put things right (`answer` takes a half reply back), and is cancelled
        again if it needs longer.
        """
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        for wait in (last, None):
            left = tuple(self._running)
            for task in left:
                if wait is None or not task.cancelling():  # what puts things right already is not disturbed
                    task.cancel()
            if left:
                await asyncio.wait(left, timeout=wait)


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Wait so many seconds, or until `stopping` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


async def periodically(
    work: Callable[[], Awaitable[object]], seconds: float, stopping: asyncio.Event, trouble: str
) -> None:
    """Do the work now and whenever so many seconds have passed, until `stopping` is set.

    Whatever it raises is logged behind `trouble`, and the next round may go well.
    """
    while not stopping.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - as promised
            log.warning("%s: %s", trouble, short(error))
        await pause(seconds, stopping)


async def to_its_end(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Do the work; when the caller is cancelled, for so many seconds more, so that it is known what came of it.

    A call that is cut off may have been taken. Raises CancelledError afterwards, however the work ended.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=seconds)
        if task.done() and not task.cancelled() and task.exception() is not None:
            log.info("a call that was cut off ended with %s", type(task.exception()).__qualname__)
        task.cancel()
        raise
