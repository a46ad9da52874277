"""The `maeum` command as a child process, as a person starts it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PATIENCE = 60.0


@dataclass(slots=True)
class Running:
    """A command under way, and what it has printed so far."""

    process: asyncio.subprocess.Process
    printed: str = field(default="")

    async def until(self, words: str) -> str:
        """Read on until these words are printed, and return everything up to there."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            while words not in self.printed:
                piece = await self.process.stdout.read(4096)
                assert piece, f"ended without {words!r}:\n{self.printed}"
                self.printed += piece.decode()
        return self.printed

    async def write(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def end_of_input(self) -> int:
        """Close its input, as Ctrl+D does, and return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await self.end()

    async def end(self, how: signal.Signals | None = None) -> int:
        """Wait for its end, after a signal where one is given, and return its exit status."""
        assert self.process.stdout is not None
        if how is not None:
            self.process.send_signal(how)
        async with asyncio.timeout(_PATIENCE):
            self.printed += (await self.process.stdout.read()).decode()
            return await self.process.wait()


@asynccontextmanager
async def maeum(*words: str, folder: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """Start `maeum …` in a folder of its own, with no settings but these. It is killed at the end at the latest."""
    given = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=folder,
        env={**given, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "TERM": "dumb", **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
