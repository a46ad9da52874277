"""A town for each journey: a running local-slack, a real database, the real classifier, and the bot between them.

Every journey runs over both transports and on both databases. When it ends, whatever was said in it is looked for
in the log (at its most talkative) and in every table, and must not be there.
"""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select

from bot.messages import Person
from bot.settings import Settings, load
from bot.store.base import Base
from bot.wiring import Services, build
from handlers.clock import Clock
from handlers.http.app import asgi
from handlers.process import socket_mode
from handlers.slack import SlackDoor
from tests.factories import KEY
from tests.localslack import GENERAL, Json, LocalSlack, local_slack, wait_for

Transport = Literal["socket", "http"]
_STREAMING_PAUSE = 0.2
"""Seconds in which a reply that is being written would have grown."""


@dataclass
class Town:
    """What a journey can do: act as people in `slack`, and look at the bot's own side."""

    slack: LocalSlack
    services: Services
    settings: Settings
    clock: Clock
    log: io.StringIO
    said: list[str] = field(default_factory=list)

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.slack.workspace.bot

    @property
    def mention(self) -> str:
        """The bot's name as it stands in a message."""
        return f"<@{self.bot}>"

    def person(self, user: str) -> Person:
        """Somebody of this workspace."""
        return Person(self.slack.workspace.team, user)

    async def say(self, user: str, text: str, channel: str = GENERAL, thread: str | None = None) -> str:
        """Somebody writes; returns the ts once the bot has acknowledged."""
        self.said.append(text)
        return await self.slack.say(user, channel, text, thread)

    async def edit(self, user: str, ts: str, text: str, channel: str = GENERAL) -> None:
        """Somebody edits their message."""
        self.said.append(text)
        await self.slack.edit(user, channel, ts, text)

    async def opt_in(self, *users: str) -> None:
        """They type /emotion on, and it is so."""
        for user in users:
            await self.slack.command(user, GENERAL, "/emotion on")
            await wait_for(lambda user=user: self.consents(user), "the consent")  # type: ignore[misc]

    async def consents(self, user: str) -> bool:
        """Whether the person is read."""
        return (await self.services.consent.status(self.person(user))).on

    async def readings(self) -> list[Json]:
        """Every stored reading, in order of its message."""
        table = Base.metadata.tables["emotion_readings"]
        async with self.services.store.read() as session:
            rows = await session.execute(select(table).order_by(table.c.message_ts))
            return [dict(row) for row in rows.mappings()]

    async def replies(self, count: int, channel: str = GENERAL, thread: str | None = None) -> list[Json]:
        """Wait until the bot has written so many messages for everybody there, each to its end, and return them."""
        before: list[Json] = []

        async def probe() -> list[Json]:
            nonlocal before
            written = await self.slack.said_by_bot(channel, thread=thread)
            whole = len(written) >= count and written == before  # a streamed one grows for a while
            before = written
            await asyncio.sleep(_STREAMING_PAUSE)
            return written if whole else []

        return await wait_for(probe, f"{count} messages of the bot")

    async def whisper(self, user: str, after: int = 0, channel: str = GENERAL) -> Json:
        """Wait for the newest ephemeral answer to somebody, where there were `after` before."""

        async def probe() -> list[Json]:
            return (await self.slack.said_by_bot(channel, to=user))[after:]

        return (await wait_for(probe, f"an answer to {user}"))[-1]

    async def rest(self) -> None:
        """Wait until nothing is under way in the bot."""
        await self.services.store.ping()
        await asyncio.sleep(0.3)

    async def everything_stored(self) -> str:
        """Every row of every table, as text."""
        async with self.services.store.read() as session:
            rows = [row for table in Base.metadata.sorted_tables for row in await session.execute(select(table))]
        return "\n".join(repr(tuple(row)) for row in rows)


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """The way in which Slack reaches the bot."""
    chosen: Transport = request.param
    return chosen


OpenTown = Callable[..., Any]


@pytest.fixture
def open_town(transport: Transport, database_url: str, talkative_log: io.StringIO, tmp_path: Path) -> OpenTown:
    """Opens a town with settings of the journey's own; at its end the words said in it are looked for."""

    @asynccontextmanager
    async def opened(**overrides: object) -> AsyncIterator[Town]:
        with closing(_listening()) as door:
            url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
            way: dict[str, Any] = {"mode": "events", "request_url": url} if transport == "http" else {}
            async with local_slack(**way) as slack:
                settings = settings_for(slack, database_url, {"data_dir": tmp_path / "data", **overrides})
                services = await build(settings)
                try:
                    running = _http(settings, services, door) if transport == "http" else _socket(settings, services)
                    async with running as clock:
                        if transport == "socket":
                            await wait_for(slack.connected, "the bot to connect")
                        town = Town(slack, services, settings, clock, talkative_log)
                        yield town
                        await _nothing_said_is_kept(town)
                finally:
                    await services.close()

    return opened


@pytest.fixture
async def town(open_town: OpenTown) -> AsyncIterator[Town]:
    """A town with built-in replies."""
    async with open_town() as made:
        yield made


def settings_for(slack: LocalSlack, database_url: str, overrides: dict[str, object]) -> Settings:
    """The settings of a bot in this workspace, whatever the environment says."""
    return load(
        _env_file=None,
        slack_bot_token=slack.workspace.bot_token,
        slack_app_token=slack.workspace.app_token,
        slack_signing_secret=slack.workspace.signing_secret,
        slack_api_url=slack.workspace.api_url,
        database_url=database_url,
        text_hash_key=SecretStr(KEY.hex()),
        **overrides,
    )


@asynccontextmanager
async def _socket(settings: Settings, services: Services) -> AsyncIterator[Clock]:
    async with socket_mode(settings, services) as clock:
        yield clock


@asynccontextmanager
async def _http(settings: Settings, services: Services, door: socket.socket) -> AsyncIterator[Clock]:
    slack = SlackDoor(settings, services)
    config = uvicorn.Config(asgi(settings, services, slack), log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]  # they are pytest's
    await slack.start()
    serving = asyncio.create_task(server.serve(sockets=[door]))
    clock = Clock(services, slack.kit.client)
    try:
        await wait_for(lambda: server.started, "the HTTP door")
        yield clock
    finally:
        server.should_exit = True
        await serving
        await slack.stop()


def _no_signals() -> Any:  # noqa: ANN401 - uvicorn's own context manager
    return closing(io.StringIO())


def _listening() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", 0))
    return made


async def _nothing_said_is_kept(town: Town) -> None:
    """The words of the people and of the bot are in no line of the log and in no row of the database."""
    channels = [channel["id"] for channel in (await town.slack.state())["channels"]]
    written = [m for channel in channels for m in await town.slack.messages(channel)]
    words = {text for text in town.said if len(text.strip()) > _TOO_SHORT}
    words |= {str(m["text"]) for m in written if len(str(m.get("text") or "")) > _TOO_SHORT}
    log, stored = town.log.getvalue(), await town.everything_stored()
    assert [text for text in words if _fragment(text) in log] == []
    assert [text for text in words if _fragment(text) in stored] == []


_TOO_SHORT = 8
"""Characters. A shorter text may stand in a log by chance."""


def _fragment(text: str) -> str:
    return text.strip()[:40]
