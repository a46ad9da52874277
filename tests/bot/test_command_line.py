"""The `maeum` command, started as a person starts it."""

import socket
import sqlite3
from pathlib import Path
from uuid import UUID

import pytest

from bot.store import migrate
from tests.commands import maeum


async def test_help_names_every_command(tmp_path: Path) -> None:
    """`maeum --help` is the way in."""
    async with maeum("--help", folder=tmp_path) as running:
        assert await running.end() == 0
    for command in ("run", "web", "clock", "chat", "doctor", "db", "admin", "model"):
        assert f" {command} " in running.printed


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-a-user-token", "run"),
        ("DATABASE_URL", "oracle://somewhere", "chat"),
        ("PORT", "http", "web"),
        ("LOG_LEVEL", "LOUD", "clock"),
        ("EMOTION_MODEL", "/there/is/no/such/folder", "chat"),
        ("DATABASE_URL", "sqlite:////proc/cannot/be/written.db", "chat"),
        ("DATA_DIR", "/proc/version", "run"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_a_sentence(
    tmp_path: Path, variable: str, value: str, command: str
) -> None:
    """It exits with 1 and names what to mend, without a stack trace."""
    async with maeum(command, folder=tmp_path, env={variable: value}) as running:
        assert await running.end() == 1
    assert "Traceback" not in running.printed
    assert variable in running.printed


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
    ],
)
async def test_half_of_the_tokens_names_the_other_half(tmp_path: Path, given: dict[str, str], missing: str) -> None:
    """With one Slack token and not the other the start says which is missing."""
    async with maeum("run", folder=tmp_path, env=given) as running:
        assert await running.end() == 1
    assert f"{missing}: is not set" in running.printed


async def test_a_slack_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    """No stack trace: the address, and what to check."""
    env = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    async with maeum("run", folder=tmp_path, env=env) as running:
        assert await running.end() == 1
    assert "SLACK_API_URL: cannot be reached" in running.printed
    assert "Traceback" not in running.printed


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """`maeum web` says which setting to change."""
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 - as the command does
        port = str(taken.getsockname()[1])
        env = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "PORT": port}
        async with maeum("web", folder=tmp_path, env=env) as running:
            assert await running.end() == 1
    assert f"PORT: {port}" in running.printed
    assert "Traceback" not in running.printed


async def test_a_database_is_migrated_and_tells_where_it_stands(tmp_path: Path) -> None:
    """`maeum db upgrade` can be repeated; `maeum db current` tells before and after."""
    async with maeum("db", "current", folder=tmp_path) as running:
        assert await running.end() == 0
    assert "no migration" in running.printed
    for _ in range(2):
        async with maeum("db", "upgrade", folder=tmp_path) as running:
            assert await running.end() == 0
    async with maeum("db", "current", folder=tmp_path) as running:
        await running.end()
    assert f"at {migrate.head()}" in running.printed


async def test_hours_that_somebody_has_tampered_with_are_counted_anew(tmp_path: Path) -> None:
    """`maeum db rebuild` says what it found; without a database it says what to do."""
    async with maeum("db", "rebuild", folder=tmp_path) as running:
        assert await running.end() == 1
    assert "maeum db upgrade" in running.printed
    assert "Traceback" not in running.printed
    async with maeum("db", "upgrade", folder=tmp_path) as running:
        assert await running.end() == 0
    with sqlite3.connect(tmp_path / "var" / "maeum.db") as connection:
        connection.execute(
            "INSERT INTO reading_hours VALUES ('T1', 'C1', '2026-11-20 09:00:00.000000', ?, 1, 1, 1, 1, 1, 1, 1)",
            (UUID(int=1).hex,),
        )
    connection.close()
    for wrong in (1, 0):
        async with maeum("db", "rebuild", folder=tmp_path) as running:
            assert await running.end() == 0
        assert f"0 hours were counted anew; {wrong} of the counts were wrong." in running.printed


async def test_another_key_stops_the_start(tmp_path: Path) -> None:
    """A database is never used with a key it was not written under."""
    async with maeum("chat", folder=tmp_path, env={"TEXT_HASH_KEY": "a" * 40}) as running:
        await running.write("/quit")
        assert await running.end() == 0
    async with maeum("chat", folder=tmp_path, env={"TEXT_HASH_KEY": "b" * 40}) as running:
        assert await running.end() == 1
    assert "TEXT_HASH_KEY" in running.printed
    assert "bbbb" not in running.printed


async def test_the_key_is_made_once_outside_the_database(tmp_path: Path) -> None:
    """The first start leaves a key that only its owner may read; the second uses it."""
    for _ in range(2):
        async with maeum("chat", folder=tmp_path) as running:
            await running.write("/quit")
            assert await running.end() == 0
    key = tmp_path / "var" / "text-hash.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip().encode() not in (tmp_path / "var" / "maeum.db").read_bytes()
