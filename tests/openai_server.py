"""A server that speaks the OpenAI chat completions protocol over real HTTP, on loopback, as a test tells it to.

Stand-alone, for a person at the keyboard: `python -m tests.openai_server --port 4100`, then
`OPENAI_BASE_URL=http://127.0.0.1:4100/v1`. It answers every message with the same two sentences.
"""

import argparse
import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

HELLO: Final = "I hear you. What would help right now?"
_FRAGMENT: Final = 5
_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream; charset=utf-8"
_GONE: Final = (ConnectionError, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Wire:
    """The connection on which one answer is played."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self, status: int, content_type: str, headers: Mapping[str, str], length: int | None) -> None:
        """Status line and headers; without a length the body comes in chunks."""
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        lines = [f"HTTP/1.1 {status} As-Scripted", f"Content-Type: {content_type}", size, "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def chunk(self, data: bytes) -> None:
        """A piece of a chunked body; an empty one ends it."""
        self.writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await self.writer.drain()

    async def event(self, delta: Mapping[str, Any], finish: str | None = None) -> None:
        """One chat completion chunk."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        await self.chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    async def until_the_client_leaves(self) -> None:
        """Nothing more, until the other side hangs up."""
        while await self.reader.read(1024):
            pass


class Answer(Protocol):
    """What one request gets."""

    async def play(self, wire: Wire) -> None:
        """Send it."""


@dataclass(frozen=True, slots=True)
class Says:
    """A whole answer, streamed in fragments that respect no word or sentence."""

    text: str
    finish: str = "stop"

    async def play(self, wire: Wire) -> None:
        """Role, fragments, the reason to stop, `[DONE]`."""
        await _begin(wire, self.text)
        await wire.event({}, self.finish)
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.chunk(b"")


@dataclass(frozen=True, slots=True)
class Status:
    """A refusal. Its body quotes a secret, as real ones quote what was sent."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    error_code: str | None = None
    quoted: str = ""

    async def play(self, wire: Wire) -> None:
        """An error in JSON."""
        body = json.dumps({"error": {"message": f"refused: {self.quoted}", "code": self.error_code}}).encode()
        await wire.head(self.code, _JSON, self.headers, len(body))
        wire.writer.write(body)


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is lost after these words."""

    text: str

    async def play(self, wire: Wire) -> None:
        """A chunked body without its end."""
        await _begin(wire, self.text)
        wire.writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Peters:
    """The stream ends in good order, but the answer has no end."""

    text: str

    async def play(self, wire: Wire) -> None:
        """No reason to stop, no `[DONE]`."""
        await _begin(wire, self.text)
        await wire.chunk(b"")


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing comes before the first word: not even headers, or only headers and comments that keep alive."""

    headers: bool = False

    async def play(self, wire: Wire) -> None:
        """Wait until the client gives up."""
        if self.headers:
            await wire.head(200, _EVENTS, {}, None)
            await wire.chunk(b": still here\n\n")
        await wire.until_the_client_leaves()


@dataclass(frozen=True, slots=True)
class Drip:
    """Words without end, slowly."""

    word: str
    seconds: float = 0.02

    async def play(self, wire: Wire) -> None:
        """The same word until the client gives up."""
        await _begin(wire, self.word)
        while True:
            await asyncio.sleep(self.seconds)
            await wire.event({"content": self.word})


@dataclass(frozen=True, slots=True)
class Raw:
    """Any body under any content type, with status 200."""

    body: bytes
    content_type: str = _EVENTS

    async def play(self, wire: Wire) -> None:
        """The bytes as they are."""
        await wire.head(200, self.content_type, {}, len(self.body))
        wire.writer.write(self.body)


async def _begin(wire: Wire, text: str) -> None:
    await wire.head(200, _EVENTS, {}, None)
    await wire.event({"role": "assistant", "content": ""})
    for start in range(0, len(text), _FRAGMENT):
        await wire.event({"content": text[start : start + _FRAGMENT]})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def instructions(self) -> str:
        """The system message."""
        return str(self.body["messages"][0]["content"])

    @property
    def message(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


class OpenAIServer:
    """`async with OpenAIServer(Status(500), Says("Hello.")) as server`: plays them in turn, the last for ever."""

    def __init__(self, *answers: Answer) -> None:
        """Without answers, says hello each time."""
        self.asked: list[Asked] = []
        self.hung_up = asyncio.Event()
        """Set once a client has left in the middle of an answer."""
        self._answers: list[Answer] = list(answers) or [Says(HELLO)]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def script(self, *answers: Answer) -> None:
        """Replace what is still to be played."""
        self._answers = list(answers)

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        assert self._server is not None, "not started"
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and hang up."""
        assert self._server is not None, "not started"
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            try:
                asked = await _request(reader)
                self.asked.append(asked)
                if asked.path.endswith("/chat/completions"):
                    answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                else:
                    answer = Status(404)
                await answer.play(Wire(reader, writer))
                await writer.drain()
            finally:
                writer.close()
                with suppress(*_GONE):
                    await writer.wait_closed()
        except _GONE:
            self.hung_up.set()


async def _request(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in _filled(lines))}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(first.split(" ")[1], headers, json.loads(body or b"{}"))


def _filled(lines: Iterable[str]) -> Iterable[str]:
    return (line for line in lines if line)


async def _stand_alone(port: int) -> None:
    server = OpenAIServer()
    await server.start(port)
    print(f"OPENAI_BASE_URL={server.url}")  # noqa: T201 - a command line prints
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4100)
    with suppress(KeyboardInterrupt):
        asyncio.run(_stand_alone(parser.parse_args().port))
