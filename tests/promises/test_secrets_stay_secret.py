"""No secret shows in what the bot prints, logs, raises or stores: a canary stands in the place of every one.

There is no store of installations: the tokens of the one workspace come from the environment, and nothing writes them
down anywhere. That is what "encrypted at rest" would be for, and what the last tests here hold instead.
"""

import io
import json
import logging
import pprint
import signal
import socket
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args
from urllib.parse import urlencode

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text

from bot.errors import ConfigurationError, MaeumError
from bot.settings import Settings, load
from bot.store import migrate
from bot.store.base import Base
from bot.wiring import build
from handlers.doctor import examine
from handlers.slack import SlackDoor, make_client
from tests.commands import maeum
from tests.handlers.http.web import FORM, signature
from tests.slack_api import BOT, TEAM, SlackApi

CANARY: Final = "cAnArY7f3a91c7"
SECRETS: Final[Mapping[str, str]] = {
    "slack_bot_token": f"xoxb-{CANARY}-bot",
    "slack_app_token": f"xapp-{CANARY}-app",
    "slack_signing_secret": f"{CANARY}-signing",
    "openai_api_key": f"sk-{CANARY}-openai",
    "text_hash_key": f"{CANARY}-be0245d886a1fb7d2c95e03467d18ae5",
}
ADDRESSES: Final[Mapping[str, str]] = {
    "openai_base_url": f"http://user:{CANARY}-service@127.0.0.1:9/v1",
    "database_url": f"postgresql://maeum:{CANARY}-database@127.0.0.1:9/nowhere",
}
"""Nobody answers there."""


def chosen(**given: object) -> Settings:
    """Settings with a canary for every secret."""
    return load(_env_file=None, **{**SECRETS, **ADDRESSES, "slack_api_url": "http://127.0.0.1:9/api/", **given})


def test_every_secret_has_its_canary() -> None:
    """A new secret among the settings is to be added here."""
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation)) or not field.repr
    }
    assert secret == {*SECRETS, *ADDRESSES}
    shown = chosen()
    for name in SECRETS:
        assert CANARY in getattr(shown, name).get_secret_value()


def test_the_settings_show_none_however_they_are_printed() -> None:
    """As themselves, in a list, in a sentence, prettily."""
    settings = chosen()
    shown = [repr(settings), str(settings), f"{settings}", f"{[settings]}", pprint.pformat(settings)]
    shown += [f"{settings.slack_bot_token} {settings.openai_api_key!r}", repr(vars(settings)["text_hash_key"])]
    assert CANARY not in "".join(shown)


WRONG: Final[Mapping[str, str]] = {
    "slack_bot_token": f"xoxp-{CANARY}",
    "slack_app_token": f"xoxb-{CANARY}",
    "text_hash_key": CANARY,
    "openai_base_url": f"user:{CANARY}@model",
    "database_url": f"mysql://root:{CANARY}@localhost/maeum",
    "slack_api_url": f"https://user:{CANARY}@slack.com/api/",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_not_repeated(name: str) -> None:
    """Not in the sentence, nor in the stack trace under it."""
    with pytest.raises(ConfigurationError) as stopped:
        load(**{name: WRONG[name]})
    shown = [str(stopped.value), repr(stopped.value), *traceback.format_exception(stopped.value)]
    assert CANARY not in "".join(line for line in shown if "load(**" not in line)
    assert name.upper() in str(stopped.value)


async def test_the_doctor_shows_none(tmp_path: Path) -> None:
    """Nobody answers, and every line says so in its own words: with a database server, and with a file."""
    for settings in (chosen(data_dir=tmp_path), chosen(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/m.db")):
        lines = [finding.line() async for finding in examine(settings, tmp_path / ".env")]
        assert len(lines) > 8
        assert CANARY not in "\n".join(lines)


async def test_a_doctor_whom_slack_answers_shows_none(tmp_path: Path) -> None:
    """Refused tokens included."""
    async with SlackApi() as slack:
        slack.refuse("auth.test", "invalid_auth", times=3)
        lines = [finding.line() async for finding in examine(chosen(data_dir=tmp_path, slack_api_url=slack.url))]
    assert "invalid_auth" in "\n".join(lines)
    assert CANARY not in "\n".join(lines)


async def test_neither_does_the_house_nor_its_log(tmp_path: Path, talkative_log: io.StringIO) -> None:
    """Built on a file, with a door: no part of it, however it is printed, and not a line of the log at DEBUG."""
    settings = chosen(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/m.db")
    migrate.upgrade(settings.database_url)
    services = await build(settings)
    door = SlackDoor(settings, services)
    try:
        parts = [services, *(getattr(services, name) for name in services.__dataclass_fields__)]
        shown = [f"{part!r} {part}" for part in (*parts, door, door.kit, door.kit.client, make_client(settings))]
        logging.getLogger("bot").info("%s %r", settings, services)
    finally:
        await door.stop(0)
        await services.close()
    assert len(shown) > 10
    assert CANARY not in "".join(shown)
    assert "Settings" in talkative_log.getvalue()
    assert CANARY not in talkative_log.getvalue()


async def test_a_database_out_of_reach_is_told_without_its_password() -> None:
    """By the sentence that ends the start, and by everything that hangs on the error."""
    with pytest.raises(MaeumError) as stopped:
        await build(chosen())
    assert CANARY not in "".join(traceback.format_exception(stopped.value))


def environment(slack: SlackApi, **more: str) -> dict[str, str]:
    """The same canaries for a process of its own, with a Slack that answers."""
    given = {
        name.upper(): value for name, value in (*SECRETS.items(), ("openai_base_url", ADDRESSES["openai_base_url"]))
    }
    return {**given, "SLACK_API_URL": slack.url, "LOG_LEVEL": "DEBUG", **more}


def a_free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def live(folder: Path, env: Mapping[str, str]) -> str:
    """A whole life of `maeum web`: a start, a yes, a message that is answered, what is not Slack's, an end."""
    port = a_free_port()
    async with maeum("web", folder=folder, env={**env, "PORT": str(port)}) as running:
        await running.until("serving Slack's requests")
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            yes = {"command": "/emotion", "text": "on", "user_id": "U01ALICE", "channel_id": "C01GEN", "team_id": TEAM}
            said = {
                "type": "event_callback",
                "team_id": TEAM,
                "event": {
                    "type": "message",
                    "user": "U01ALICE",
                    "channel": "D01ALICE",
                    "channel_type": "im",
                    "ts": f"{time.time() + 1:.6f}",
                    "text": "a sentence",
                    "team": TEAM,
                },
            }
            for body, kind in ((urlencode(yes).encode(), FORM), (json.dumps(said).encode(), "application/json")):
                signed = signature(body, secret=SECRETS["slack_signing_secret"])
                async with session.post("/slack/events", data=body, headers={"content-type": kind, **signed}) as answer:
                    assert answer.status == 200
            async with session.post("/slack/events", data=b"{}") as answer:
                assert answer.status == 401
            async with session.get("/health") as answer:
                assert CANARY not in await answer.text()
        assert await running.end(signal.SIGTERM) == 0
    return running.printed


def left_in(folder: Path) -> dict[str, bytes]:
    """Every file in it, by its place."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_whole_life_prints_none_and_writes_none_down(tmp_path: Path) -> None:
    """Not a byte of any token, key or password in anything that is printed, or that is left on the disk."""
    async with SlackApi() as slack:
        slack.user("U01ALICE", name="alice", locale="en-US", tz="UTC")
        slack.user(BOT, name="maeum", is_bot=True)
        printed = await live(tmp_path, environment(slack, DATA_DIR=str(tmp_path / "data")))
        assert slack.asked("auth.test")
    assert "Traceback" not in printed
    assert CANARY not in printed
    left = left_in(tmp_path)
    assert "data/maeum.db" in left
    assert [name for name, content in left.items() if CANARY.encode() in content] == []


@pytest.mark.postgres
async def test_nothing_is_written_into_a_database_server_either(tmp_path: Path, postgresql_url: str) -> None:
    """Every row of every table, as text. The password of the connection is a canary too."""
    url = make_url(postgresql_url)
    with_password = url.set(password=f"{CANARY}-database") if url.password is None else url
    async with SlackApi() as slack:
        slack.user("U01ALICE", name="alice", locale="en-US", tz="UTC")
        where = with_password.render_as_string(hide_password=False)
        printed = await live(tmp_path, environment(slack, DATABASE_URL=where, DATA_DIR=str(tmp_path / "data")))
    assert CANARY not in printed
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [
            str(row)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(text(f"SELECT t::text FROM {table.name} AS t"))  # noqa: S608 - names of ours
        ]
    engine.dispose()
    assert any(TEAM in row for row in rows)
    assert [row for row in rows if CANARY in row] == []
    assert [name for name, content in left_in(tmp_path).items() if CANARY.encode() in content] == []


@pytest.mark.parametrize("command", ["run", "web", "clock"])
@pytest.mark.parametrize("trouble", ["a refused token", "no database", "no Slack"])
async def test_a_start_that_fails_prints_none(tmp_path: Path, command: str, trouble: str) -> None:
    """Whatever it fails by."""
    async with SlackApi() as slack:
        slack.refuse("auth.test", "invalid_auth", times=9)
        slack.refuse("apps.connections.open", "invalid_auth", times=9)
        env = environment(slack, DATA_DIR=str(tmp_path / "data"), PORT=str(a_free_port()))
        if trouble == "no database":
            env["DATABASE_URL"] = ADDRESSES["database_url"]
        if trouble == "no Slack":
            env["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
        async with maeum(command, folder=tmp_path, env=env) as running:
            if trouble == "no database" or command == "run" or (command == "web" and trouble == "a refused token"):
                assert await running.end() == 1
            else:  # the clock, and a Slack that may come back: they go on
                await running.until("serving" if command == "web" else "retention")
                await running.end(signal.SIGTERM)
    assert "Traceback" not in running.printed
    assert CANARY not in running.printed
