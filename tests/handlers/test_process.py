"""Whole processes: `maeum run` in a workspace of its own, and `maeum web` behind Slack's signature."""

import asyncio
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.consent import Consent
from bot.privacy import Privacy, Pseudonyms
from bot.settings import SQLITE
from bot.store import migrate
from bot.store.base import Store
from tests.commands import Running, maeum
from tests.factories import KEY, TEAM, person
from tests.fakes import Clock
from tests.localslack import CACHE, binary, local_slack, wait_for
from tests.slack_api import SlackApi

_WORDS = "canary: I am overjoyed"


async def test_run_without_tokens_brings_a_workspace_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """It prints the address and three things to try, the bot answers there, and Ctrl+C ends all of it."""
    binary()
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "local-slack").symlink_to(CACHE / "local-slack")
    port = _free_port()
    async with maeum("run", folder=tmp_path, env={"LOCAL_SLACK_PORT": str(port), "LOG_LEVEL": "DEBUG"}) as running:
        printed = await running.until("Ctrl+C")
        assert f"http://127.0.0.1:{port}" in printed
        assert "built in" in printed
        for thing in ("/emotion on", "@maeum", "/emotion-graph me 7d"):
            assert thing in printed
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            body = {"user": "U02ALICE", "channel": "C01GENERAL", "text": f"<@U00MAEUM> {_WORDS}"}
            await session.post("/_control/message", json=body)
            await wait_for(lambda: _answered(session), "the reply")
        assert await running.end(signal.SIGINT) == 0
    assert _WORDS not in running.printed
    assert "Traceback" not in running.printed
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


async def test_run_without_npm_says_what_to_install_and_offers_the_terminal(tmp_path: Path) -> None:
    """One sentence, no stack trace."""
    async with maeum("run", folder=tmp_path, env={"PATH": str(tmp_path)}) as running:
        assert await running.end() == 1
    assert "Node.js" in running.printed
    assert "maeum chat" in running.printed
    assert "Traceback" not in running.printed


async def test_web_serves_health_and_refuses_what_slack_did_not_sign(tmp_path: Path) -> None:
    """The words of a refused request are in no log, and SIGTERM ends the process in good order."""
    async with local_slack() as slack:
        port = _free_port()
        env = {
            "SLACK_BOT_TOKEN": slack.workspace.bot_token,
            "SLACK_SIGNING_SECRET": slack.workspace.signing_secret,
            "SLACK_API_URL": slack.workspace.api_url,
            "PORT": str(port),
            "LOG_LEVEL": "DEBUG",
        }
        async with maeum("web", folder=tmp_path, env=env) as running:
            await running.until("serving Slack's requests")
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                healthy = await session.get("/health")
                assert healthy.status == 200
                forged = await session.post("/slack/events", json={"event": {"text": _WORDS}})
                assert forged.status == 401
            assert await _ended(running) == 0
    assert _WORDS not in running.printed
    assert "Traceback" not in running.printed


async def test_clock_runs_alone(tmp_path: Path) -> None:
    """`maeum clock` needs the bot token only, applies retention, and ends on SIGTERM."""
    async with local_slack() as slack:
        env = {"SLACK_BOT_TOKEN": slack.workspace.bot_token, "SLACK_API_URL": slack.workspace.api_url}
        async with maeum("clock", folder=tmp_path, env=env) as running:
            await running.until("retention: 0 readings deleted")
            assert await _ended(running) == 0


@pytest.mark.parametrize("command", ["web", "run"])
async def test_an_uninstalled_app_is_kept_running_until_its_workspace_is_forgotten(
    tmp_path: Path, command: str
) -> None:
    """Slack refuses its tokens, and it still deletes what is due. Afterwards, as before, it says what is wrong."""
    async with SlackApi() as slack:
        for method in ("auth.test", "apps.connections.open"):
            slack.refuse(method, "account_inactive", times=99)
        settings = _uninstalled(tmp_path, slack)
        store = Store(settings["DATABASE_URL"])
        clock = Clock(datetime.now(UTC) - timedelta(days=8))
        privacy = Privacy(store, Pseudonyms(KEY.hex().encode()), clock)
        await asyncio.to_thread(migrate.upgrade, settings["DATABASE_URL"])
        await Consent(store, Pseudonyms(KEY.hex().encode()), clock).grant(person(), "test")
        await privacy.depart(TEAM)
        async with maeum(command, folder=tmp_path, env=settings) as running:
            await running.until("a workspace was deleted")
            assert await _ended(running) == 0
        assert set((await privacy.holdings(person())).values()) == {0}
        await store.close()
        async with maeum(command, folder=tmp_path, env=settings) as running:
            assert await running.end() == 1
        assert "SLACK_BOT_TOKEN: Slack says account_inactive" in running.printed


def _uninstalled(folder: Path, slack: SlackApi) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-test-token",
        "SLACK_APP_TOKEN": "xapp-test-token",
        "SLACK_SIGNING_SECRET": "test-signing-secret",
        "SLACK_API_URL": slack.url,
        "DATABASE_URL": f"{SQLITE}:///{folder}/maeum.db",
        "TEXT_HASH_KEY": KEY.hex(),
        "PORT": str(_free_port()),
    }


async def _ended(running: Running) -> int:
    return await running.end(signal.SIGTERM)


async def _answered(session: aiohttp.ClientSession) -> bool:
    answer = await session.get("/_control/messages/C01GENERAL")
    return any(m["user"] == "U00MAEUM" and m.get("thread_ts") for m in (await answer.json())["messages"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
