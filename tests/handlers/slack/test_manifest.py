"""The manifest asks for what the code uses, and for nothing else."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from handlers.slack.commands import COMMANDS
from tests.handlers.house import Driver, envelope

ROOT: Final = Path(__file__).parents[3]
MANIFEST: Final[dict[str, Any]] = json.loads((ROOT / "manifest.json").read_text("utf-8"))
EVENTS: Final[list[str]] = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
SCOPES: Final[list[str]] = MANIFEST["oauth_config"]["scopes"]["bot"]

EVENT_SCOPES: Final = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set[str](),
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "tokens_revoked": set[str](),
    "user_change": {"users:read"},
}
CALL_SCOPES: Final = {
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "auth_test": set[str](),
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_stream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files_completeUploadExternal": {"files:write"},
    "files_delete": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_upload_v2": {"files:write"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set[str](),
    "views_publish": set[str](),
    "views_push": set[str](),
}
"""What Slack's documentation asks for each method that the code calls."""


def source() -> str:
    """The code that talks to Slack as the bot."""
    files = [*(ROOT / "handlers" / "slack").rglob("*.py"), ROOT / "handlers" / "clock.py"]
    return "\n".join(file.read_text("utf-8") for file in files)


def test_every_command_is_declared_and_every_declared_command_is_there() -> None:
    """Both ways."""
    assert {command["command"] for command in MANIFEST["features"]["slash_commands"]} == set(COMMANDS)


def test_commands_explain_themselves() -> None:
    """Each has a description and a hint; a mention comes as an id only where a person is named."""
    for command in MANIFEST["features"]["slash_commands"]:
        assert command["description"]
        assert command["usage_hint"]
        assert command["should_escape"] is (command["command"] == "/emotion-admin")


def test_every_event_listened_to_is_subscribed() -> None:
    """Both ways: what the code names, and what the manifest asks for."""
    named = set(re.findall(r'app\.event\("(\w+)"\)', source()))
    assert named == {event.split(".")[0] for event in EVENTS}


@pytest.mark.parametrize("event", sorted({event.split(".")[0] for event in EVENTS}))
async def test_every_subscribed_event_is_acknowledged(driver: Driver, event: str) -> None:
    """Whatever little is in it."""
    bare: dict[str, Any] = {"type": event, "user": "U1", "channel": "C1", "ts": "1790000000.000100"}
    if event == "user_change":
        bare["user"] = {"id": "U1"}
    answer = await driver.deliver(envelope(bare))
    await driver.done()
    assert answer.status == 200


def test_scopes_are_those_that_events_and_calls_need() -> None:
    """No scope is missing, and none is asked for that nothing needs."""
    called = set(re.findall(r"client\.([a-z]+(?:_[A-Za-z0-9]+)+)\(", source()))
    assert called <= set(CALL_SCOPES), "say which scopes the new call needs"
    needed = {"commands"}.union(*(EVENT_SCOPES[event] for event in EVENTS), *(CALL_SCOPES[call] for call in called))
    assert set(SCOPES) == needed
    assert len(SCOPES) == len(set(SCOPES))


def test_the_agent_surface_is_declared() -> None:
    """A description, four prompts at most, the Home and the Messages tab, Socket Mode and buttons."""
    features = MANIFEST["features"]
    assert features["agent_view"]["agent_description"]
    assert 0 < len(features["agent_view"]["suggested_prompts"]) <= 4
    assert features["app_home"]["home_tab_enabled"]
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert MANIFEST["settings"]["socket_mode_enabled"]
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]


async def test_unknown_buttons_do_no_harm(driver: Driver) -> None:
    """A button of an older version of ours gets no 500."""
    body = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T01TEST"},
        "actions": [{"type": "button", "action_id": "gone", "block_id": "b"}],
    }
    answer = await driver.door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    assert answer.status == 200
