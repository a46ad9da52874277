"""A Slack workspace in the browser, run as a child process that only this machine can reach."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Literal, Self

from handlers.local.binary import install
from handlers.local.errors import LocalSlackUnavailable, StartFailed
from handlers.local.people import CHANNELS, PEOPLE, Channel, Member
from handlers.local.sockets import listening

__all__ = ["CHANNELS", "PEOPLE", "Channel", "LocalSlackUnavailable", "LocalWorkspace", "Member", "install"]

log = logging.getLogger(__name__)

TEAM: Final = "T01MAEUM"
APP: Final = "A01MAEUM"
BOT: Final = "U00MAEUM"
HOST: Final = "127.0.0.1"

_HERE: Final = Path(__file__).parent
_ANY_PORT: Final = 0
_READY_SECONDS: Final = 30.0  # it takes half a second; a machine that is busy with tests may take longer
_STOP_SECONDS: Final = 5.0


class LocalWorkspace:
    """The workspace, from `async with` to its end. It then leaves no process and no file.

    It takes another free port where `port` is taken (`moved` says so). With `mode="events"` it sends signed
    HTTP requests to `request_url` instead of speaking Socket Mode. `announce` tells the bot, once it is
    connected by Socket Mode, that it joined the channels. `faults` opens the paths under /_extras/ (see
    extras.js) by which tests break things. `scopes` is what the bot's token is said to allow.
    Raises StartFailed where it does not get ready, or would be open to other machines.
    """

    def __init__(  # noqa: PLR0913 - each stands for itself, and all but the binary have a default
        self,
        binary: Path,
        *,
        port: int = 3000,
        mode: Literal["socket", "events"] = "socket",
        request_url: str | None = None,
        people: Sequence[Member] = PEOPLE,
        channels: Sequence[Channel] = CHANNELS,
        scopes: Sequence[str] = (),
        announce: bool = True,
        faults: bool = False,
    ) -> None:
        """Nothing is started yet. `binary` is what `install` returned."""
        self.binary = binary
        self.port = port
        self.mode = mode
        self.request_url = request_url
        self.people = tuple(people)
        self.channels = tuple(channels)
        self.scopes = tuple(scopes)
        self.announce = announce
        self.faults = faults
        self.team, self.app, self.bot = TEAM, APP, BOT
        # Made anew for each workspace, so that a bot of yesterday cannot connect to it by mistake.
        self.bot_token = f"xoxb-local-{secrets.token_hex(12)}"
        self.app_token = f"xapp-local-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.moved = False
        """Whether the port that was asked for was taken."""
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """The address of the Web API, with the slash at the end that the SDK needs."""
        return f"{self.url}/api/"

    @property
    def administrator(self) -> Member:
        """The first person who administers the workspace."""
        return next(person for person in self.people if person.administrator)

    @property
    def pid(self) -> int | None:
        """The id of the child process, while it runs."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        """Start it and wait until it serves."""
        try:
            await self._serve()
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and remove what it wrote."""
        await asyncio.to_thread(self._stop)

    async def _serve(self) -> None:
        news = await self._start(self.port)
        if news.get("error") == "EADDRINUSE" and self.port != _ANY_PORT:
            await asyncio.to_thread(self._stop)
            news = await self._start(_ANY_PORT)
            self.moved = True
        if "port" not in news:
            raise StartFailed(reason="port" if news else "ended")
        if self.moved:
            log.warning("port %s is taken; the workspace uses %s", self.port, news["port"])
        self.port = int(news["port"])
        self._insist_on_loopback()

    async def _start(self, port: int) -> dict[str, Any]:
        """Start the child and return what it tells once it serves, or {} where it ends without a word."""
        self._folder = TemporaryDirectory(prefix="maeum-workspace-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        (folder / "workspace.json").write_text(json.dumps(self._configuration()), encoding="utf-8")
        # Copied, since BUN_OPTIONS splits at spaces and the path of the original may have some.
        shutil.copy(_HERE / "extras.js", folder)
        shutil.copytree(_HERE / "extras", folder / "extras")
        hear, tell = os.pipe()
        try:
            command = [str(self.binary), "--config", "workspace.json", "--port", str(port), "--base-host", HOST]
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - a fork takes milliseconds; the binary is checked
                [*command, "--files-dir", str(folder / "files")],
                cwd=folder,
                env=self._environment(folder, tell),
                stdin=subprocess.PIPE,  # its end tells the child that this process is gone
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(tell,),
                start_new_session=True,  # Ctrl+C is for the bot, which says goodbye first
            )
        except OSError:
            os.close(hear)
            raise StartFailed(reason="refused") from None
        finally:
            os.close(tell)
        try:
            return await asyncio.wait_for(asyncio.to_thread(_hear, hear), _READY_SECONDS)
        except TimeoutError:
            raise StartFailed(reason="slow") from None

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def _insist_on_loopback(self) -> None:
        addresses = listening(self._process.pid) if self._process else frozenset()
        if addresses != {(IPv4Address(HOST), self.port)}:
            raise StartFailed(reason="open")

    def _configuration(self) -> dict[str, Any]:
        everyone = [*(person.id for person in self.people), self.bot]
        return {
            "workspace": {"name": "Maeum", "domain": "maeum", "teamId": self.team},
            "app": {
                "appId": self.app,
                "botUserId": self.bot,
                "botName": "maeum",
                "botToken": self.bot_token,
                "appToken": self.app_token,
                "signingSecret": self.signing_secret,
                "mode": self.mode,
                **({"requestUrl": self.request_url} if self.request_url else {}),
            },
            "users": [
                {"id": person.id, "name": person.name, "real_name": person.real_name, "tz": person.timezone}
                for person in self.people
            ],
            "channels": [
                {
                    "id": channel.id,
                    "name": channel.name,
                    "topic": channel.topic,
                    "is_private": channel.private,
                    "members": everyone if channel.members is None else list(channel.members),
                }
                for channel in self.channels
            ],
        }

    def _environment(self, folder: Path, tell: int) -> dict[str, str]:
        """Only what the child needs: keys and tokens of this process are none of its business."""
        own = {
            "tell": tell,
            "folder": str(folder),
            "team": self.team,
            "app": self.app,
            "bot": self.bot,
            "mode": self.mode,
            "requestUrl": self.request_url,
            "botToken": self.bot_token,
            "appToken": self.app_token,
            "signingSecret": self.signing_secret,
            "scopes": self.scopes,
            "announce": self.announce,
            "people": {person.id: person.profile() for person in self.people},
            "channels": [c.id for c in self.channels if c.members is None or self.bot in c.members],
            "creators": {channel.id: channel.creator for channel in self.channels},
        }
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "TZ") if name in os.environ}
        return {
            **kept,
            "BUN_OPTIONS": "--preload=./extras.js",
            "MAEUM_LOCAL": json.dumps(own),
            **({"MAEUM_LOCAL_FAULTS": "1"} if self.faults else {}),
        }


def _hear(pipe: int) -> dict[str, Any]:
    """Read the child's one line until it closes the pipe; {} where it ended before that."""
    with os.fdopen(pipe, encoding="utf-8") as file:
        line = file.readline()
    return dict(json.loads(line)) if line else {}
