"""Work that goes on after Slack has its acknowledgement."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """Background work, held so that it is neither collected early nor forgotten at the end."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run it. What it raises is logged by type: a message of an exception may quote what it choked on."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended with %s", task.get_name(), type(error).__qualname__)

    async def idle(self) -> None:
        """Wait until nothing runs, the work that work started included."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self, grace: float) -> None:
        """Give what runs `grace` seconds to end, then cancel it and wait until it is gone."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        left = tuple(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
