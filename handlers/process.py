"""What a process of Maeum does from its start to its end: Socket Mode, HTTP, the clock, or a terminal."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from aiohttp import ClientError
from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from tzlocal import get_localzone_name

from bot.errors import ConfigurationError
from bot.files import private_folder
from bot.ledger import LEDGER_FILE
from bot.messages import Locale, Viewer
from bot.settings import SQLITE, Settings
from bot.store import migrate
from bot.wiring import Services, build
from handlers.clock import Clock
from handlers.http.app import asgi
from handlers.local.workspace import LocalWorkspace, install
from handlers.slack import SlackDoor, make_client
from handlers.slack.errors import code_of
from handlers.terminal import HELP, Chat

log = logging.getLogger(__name__)
Say = Callable[[str], None]
_LONGEST_LINE = 65_536


@asynccontextmanager
async def _house(settings: Settings, ledger: Path | None = None) -> AsyncIterator[Services]:
    """The services over a database that is up to date, closed at the end. `ledger` as in `build`."""
    if settings.text_hash_key is None and not settings.database_url.startswith(SQLITE):
        where = settings.data_dir
        log.warning("TEXT_HASH_KEY is not set: the key is kept in %s. On a disk that does not last, set it", where)
    await asyncio.to_thread(migrate.upgrade, settings.database_url)
    services = await build(settings, ledger=ledger)
    log.info("model %s; replies: %s", services.classifier.version, _replies(settings))
    try:
        yield services
    finally:
        await services.close()


def _replies(settings: Settings) -> str:
    if settings.has_writer:
        address = settings.openai_base_url
        host = address.host if address else "the default endpoint"  # the host alone: the rest may hold a password
        return f"{settings.openai_model} at {host}"
    return "built in (no OPENAI_API_KEY or OPENAI_BASE_URL)"


async def run(settings: Settings, say: Say) -> None:
    """Serve a workspace by Socket Mode, the clock included, until told to stop."""
    _required(settings.slack_bot_token, "SLACK_BOT_TOKEN", "copy the Bot User OAuth Token from your Slack app")
    _required(settings.slack_app_token, "SLACK_APP_TOKEN", "make an app-level token with connections:write")
    async with _house(settings) as services, socket_mode(settings, services):
        say(f"Maeum is connected. Replies: {_replies(settings)}. Stop with Ctrl+C.")
        await _until_told_to_stop()


async def run_local(settings: Settings, say: Say) -> None:
    """Bring a workspace of our own, in the browser, and serve it by Socket Mode."""
    try:
        private_folder(settings.data_dir)
        binary = await asyncio.to_thread(install, settings.data_dir, say)
    except OSError as error:
        variable = "DATA_DIR"
        raise ConfigurationError(variable, f"{settings.data_dir} cannot be used ({error.strerror})") from None
    with TemporaryDirectory(prefix="maeum-") as folder:
        async with LocalWorkspace(binary, port=settings.local_slack_port) as workspace:
            here = settings.model_copy(
                update={
                    "slack_bot_token": SecretStr(workspace.bot_token),
                    "slack_app_token": SecretStr(workspace.app_token),
                    "slack_signing_secret": SecretStr(workspace.signing_secret),
                    "slack_api_url": workspace.api_url,
                    # As short-lived as the workspace, unless a database was chosen.
                    "database_url": settings.database_url if _chosen(settings) else f"{SQLITE}:///{folder}/local.db",
                }
            )
            # The deletions of a database that is thrown away would be repeated in the next one.
            ledger = None if _chosen(settings) else Path(folder) / LEDGER_FILE
            async with _house(here, ledger) as services, socket_mode(here, services):
                say(_welcome(workspace.url, settings))
                await _until_told_to_stop()


def _chosen(settings: Settings) -> bool:
    return "database_url" in settings.model_fields_set


def _welcome(url: str, settings: Settings) -> str:
    kept = "the readings stay in your database" if _chosen(settings) else "and so are the readings"
    return f"""
Maeum is running in a workspace of your own: {url}
(replies: {_replies(settings)})

Three things to try there, acting as anybody in it:
  1. Type /emotion on, then write something:   오늘 발표 잘 끝나서 너무 기뻐요!
  2. Mention the bot:                          @maeum the build broke again and I am tired
  3. Ask for your picture:                     /emotion-graph me 7d

Stop with Ctrl+C; the workspace is forgotten then, {kept}.
The same in this terminal: maeum chat. With a real Slack: fill in .env (see README).
"""


async def web(settings: Settings) -> None:
    """Serve signed HTTP on PORT until told to stop. Retention runs here too, the schedules in `clock`."""
    _required(settings.slack_bot_token, "SLACK_BOT_TOKEN", "copy the Bot User OAuth Token from your Slack app")
    _required(settings.slack_signing_secret, "SLACK_SIGNING_SECRET", "copy it from Basic Information of your app")
    async with _house(settings) as services:
        door = SlackDoor(settings, services)
        config = uvicorn.Config(asgi(settings, services, door), log_config=None, access_log=False)
        ticking = Clock(services, door.kit.client)
        with closing(_listening(settings.port)) as entrance:
            await door.start()
            ticking.start(posting=False)
            log.info("serving Slack's requests on port %d at /slack/events, health at /health", settings.port)
            try:
                await _Server(config).serve(sockets=[entrance])
            finally:
                await door.stop()
                await ticking.stop()


class _Server(uvicorn.Server):
    """Leaves signals to the event loop: uvicorn's own handlers raise them again, before we have said goodbye."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop serving on SIGINT and SIGTERM."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        yield


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("0.0.0.0", port))  # noqa: S104 - hosts route to the container's own address
    except OSError as error:
        variable = "PORT"
        raise ConfigurationError(variable, f"{port} cannot be listened on ({error.strerror}); choose another") from None


async def clock(settings: Settings) -> None:
    """Run the clock alone, beside processes that serve HTTP."""
    _required(settings.slack_bot_token, "SLACK_BOT_TOKEN", "copy the Bot User OAuth Token")
    async with _house(settings) as services:
        ticking = Clock(services, make_client(settings))
        ticking.start()
        try:
            await _until_told_to_stop()
        finally:
            await ticking.stop()


async def chat(settings: Settings, folder: Path, locale: Locale | None, say: Say) -> None:
    """Talk in the terminal until /quit or the end of input."""
    async with _house(settings) as services:
        viewer = Viewer(locale or _locale_here(), get_localzone_name() or "UTC")
        talk = Chat(services, lambda text: print(text, end="", flush=True), folder, viewer)  # noqa: T201 - a terminal
        say(HELP[viewer.locale])
        while (line := await _line()) is not None:
            if not await talk.say(line):
                break


@asynccontextmanager
async def socket_mode(settings: Settings, services: Services) -> AsyncIterator[Clock]:
    """The bot, connected by Socket Mode, with its clock running."""
    door = SlackDoor(settings, services)
    token = _required(settings.slack_app_token, "SLACK_APP_TOKEN", "make an app-level token with connections:write")
    connection = AsyncSocketModeHandler(
        door.app, token, web_client=AsyncWebClient(token=token, base_url=settings.slack_api_url)
    )
    ticking = Clock(services, door.kit.client)
    try:
        try:
            await door.start()
            # Asked for here, because `connect` tries for ever when Slack refuses the token.
            connection.client.wss_uri = await connection.client.issue_new_wss_url()
            await connection.client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        except SlackApiError as error:
            if not await services.privacy.departed():
                variable = "SLACK_APP_TOKEN"  # the door has asked for the bot token's identity before
                problem = f"Slack says {code_of(error)}; `maeum doctor` tells more"
                raise ConfigurationError(variable, problem) from None
            log.warning("the app was uninstalled: nothing is heard until I am started again; what is due is deleted")
        except (ClientError, TimeoutError, OSError) as error:
            variable = "SLACK_API_URL"
            problem = f"cannot be reached ({type(error).__name__}); check the network, then start again"
            raise ConfigurationError(variable, problem) from None
        ticking.start()
        yield ticking
    finally:
        # First no more deliveries, then the replies that are owed, then the clock.
        await connection.client.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        await door.stop()
        await ticking.stop()


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    await told.wait()


def _required(value: SecretStr | None, variable: str, remedy: str) -> str:
    if value is None:
        raise ConfigurationError(variable, f"is not set; {remedy}")
    return value.get_secret_value()


async def _line() -> str | None:
    """The next line that is typed, None at the end of input. At a terminal Ctrl+C interrupts it at once."""
    if not sys.stdin.isatty():
        return await asyncio.to_thread(sys.stdin.readline) or None
    print("> ", end="", flush=True)  # noqa: T201 - a terminal
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def ready() -> None:
        loop.remove_reader(sys.stdin.fileno())
        if not typed.done():
            typed.set_result(os.read(sys.stdin.fileno(), _LONGEST_LINE))

    loop.add_reader(sys.stdin.fileno(), ready)  # not a thread in `input()`: that would hold up the end of the process
    try:
        return (await typed).decode("utf-8", "replace") or None
    finally:
        loop.remove_reader(sys.stdin.fileno())


def _locale_here() -> Locale:
    try:
        return "ko" if BabelLocale.default("LC_MESSAGES").language == "ko" else "en"
    except (UnknownLocaleError, ValueError):
        return "en"
