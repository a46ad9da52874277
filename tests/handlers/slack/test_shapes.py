"""What Slack sends is whole, with everything that it may hold; what lacks a part that listeners need is not."""

import copy
from typing import Any, Final

import pytest

from handlers.slack.shapes import is_whole

Payload = dict[str, Any]

WHO: Final[Payload] = {
    "user": {"id": "U061F7AUR", "username": "alice", "name": "alice", "team_id": "T9TK3CUKW"},
    "api_app_id": "AABA1ABCD",
    "token": "9s8d9as89d8as9d8as989",
    "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
    "team": {"id": "T9TK3CUKW", "domain": "example", "enterprise_id": "E12KS1G65", "enterprise_name": "Example"},
    "enterprise": {"id": "E12KS1G65", "name": "Example"},
    "is_enterprise_install": False,
}
ADDRESS: Final = "https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209"
CHOICES: Final[dict[str, Payload]] = {
    "button": {"type": "button", "value": "on", "text": {"type": "plain_text", "text": "On", "emoji": True}},
    "bare": {"type": "button"},
    "select": {"type": "static_select", "selected_option": {"text": {"type": "plain_text", "text": "A"}, "value": "a"}},
    "emptied": {"type": "static_select", "selected_option": None},
    "several": {"type": "multi_static_select", "selected_options": [{"value": "a"}, {"value": "b"}]},
    "ticked": {"type": "checkboxes", "selected_options": []},
    "radio": {"type": "radio_buttons", "selected_option": {"value": "a"}},
    "overflow": {"type": "overflow", "selected_option": {"value": "a"}},
    "person": {"type": "users_select", "selected_user": "U061F7AUR"},
    "nobody": {"type": "users_select", "selected_user": None},
    "people": {"type": "multi_users_select", "selected_users": ["U061F7AUR", "W012A3CDE"]},
    "channels": {"type": "multi_channels_select", "selected_channels": []},
    "conversations": {"type": "multi_conversations_select", "selected_conversations": ["G12345678", "C12345678"]},
    "conversation": {"type": "conversations_select", "selected_conversation": "C12345678"},
    "date": {"type": "datepicker", "selected_date": "2026-11-20", "initial_date": "2026-11-19"},
    "no date": {"type": "datepicker", "selected_date": None},
    "time": {"type": "timepicker", "selected_time": "09:30", "timezone": "Asia/Seoul"},
    "moment": {"type": "datetimepicker", "selected_date_time": 1628633820},
    "words": {"type": "plain_text_input", "value": "가" * 3000},
    "no words": {"type": "plain_text_input", "value": None},
    "number": {"type": "number_input", "value": "7"},
    "rich": {"type": "rich_text_input", "rich_text_value": {"type": "rich_text", "elements": []}},
    "files": {"type": "file_input", "files": [{"id": "F061F7AUR"}]},
}
"""As they stand among the actions, or in the state of a dialog."""


def pressed(choice: Payload) -> Payload:
    """Something chosen in a message."""
    return {
        **WHO,
        "type": "block_actions",
        "container": {"type": "message", "message_ts": "1548261231.000200", "channel_id": "CBR2V3XEX"},
        "channel": {"id": "CBR2V3XEX", "name": "general"},
        "message": {"bot_id": "BAH5CA16Z", "type": "message", "text": "words", "ts": "1548261231.000200"},
        "response_url": ADDRESS,
        "state": {"values": {}},
        "actions": [{"action_id": "maeum_on", "block_id": "=qXel", "action_ts": "1548426417.840180", **choice}],
    }


def submitted(**choices: Payload) -> Payload:
    """A dialog, confirmed."""
    view = {
        "id": "VNHU13V36",
        "team_id": "T9TK3CUKW",
        "type": "modal",
        "title": {"type": "plain_text", "text": "A title"},
        "blocks": [],
        "private_metadata": "x" * 3000,
        "callback_id": "maeum_erase",
        "state": {"values": {f"b{number}": {"a": choice} for number, choice in enumerate(choices.values())}},
        "hash": "156663117.cd33ad1f",
        "root_view_id": "VNHU13V36",
        "app_installed_team_id": "T9TK3CUKW",
        "bot_id": "BAH5CA16Z",
    }
    return {**WHO, "type": "view_submission", "view": view, "response_urls": []}


TYPED: Final[Payload] = {
    "token": "gIkuvaNzQIHg97ATvDxqgjtO",
    "team_id": "T9TK3CUKW",
    "team_domain": "example",
    "enterprise_id": "E12KS1G65",
    "channel_id": "D2147483705",
    "channel_name": "directmessage",
    "user_id": "W2147483697",
    "user_name": "alice",
    "command": "/emotion",
    "text": "켜기",
    "api_app_id": "AABA1ABCD",
    "is_enterprise_install": "false",
    "response_url": "https://hooks.slack.com/commands/1234/5678",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
}


@pytest.mark.parametrize("choice", CHOICES)
def test_whatever_can_be_chosen_is_whole(choice: str) -> None:
    """In a message and in a dialog."""
    assert is_whole(pressed(CHOICES[choice]))
    assert is_whole(submitted(one=CHOICES[choice]))


def test_all_that_slack_sends_is_whole() -> None:
    """Commands, the Home tab, dialogs that are closed, shortcuts, events, checks of the address."""
    at_home = pressed(CHOICES["button"])
    for part in ("channel", "message", "response_url"):
        del at_home[part]
    at_home |= {"container": {"type": "view", "view_id": "V1"}, "view": {"type": "home", "private_metadata": ""}}
    stateless = submitted()
    del stateless["view"]["state"]
    for whole in (
        TYPED,
        {**TYPED, "text": ""},
        at_home,
        submitted(**CHOICES),
        stateless,
        {**submitted(), "type": "view_closed", "is_cleared": False},
        {**WHO, "type": "shortcut", "callback_id": "one", "action_ts": "1581106241.371594"},
        {"type": "event_callback", "event": {"type": "message", "text": "words"}, "authorizations": []},
        {"type": "url_verification", "challenge": "abc", "token": "x"},
        {"type": "app_rate_limited", "minute_rate_limited": 1518467820},
        {"ssl_check": "1", "token": "x"},
    ):
        assert is_whole(whole), whole


@pytest.mark.parametrize(
    "path",
    ["user", "user.id", "actions", "actions.0.action_id"],
)
def test_a_button_without_what_is_needed_is_not(path: str) -> None:
    """Who pressed which."""
    assert not is_whole(_without(pressed(CHOICES["button"]), path))


@pytest.mark.parametrize("path", ["user", "user.id", "view", "view.callback_id", "view.private_metadata", "view.type"])
def test_a_dialog_without_what_is_needed_is_not(path: str) -> None:
    """Who confirmed which."""
    assert not is_whole(_without(submitted(**CHOICES), path))


@pytest.mark.parametrize("path", ["user_id", "channel_id"])
def test_a_command_without_what_is_needed_is_not(path: str) -> None:
    """Who typed it, and where."""
    assert not is_whole(_without(TYPED, path))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user_id", "U1; DROP TABLE people"),
        ("user_id", "../U1"),
        ("user_id", "u1"),
        ("user_id", "U" * 33),
        ("user_id", 7),
        ("channel_id", ["C1"]),
        ("text", {"a": 1}),
        ("response_url", "file:///etc/passwd"),
        ("response_url", "javascript:alert(1)"),
        ("response_url", 7),
        ("trigger_id", {}),
        ("team_id", "a team"),
    ],
)
def test_what_is_of_another_kind_is_not(name: str, value: object) -> None:
    """An id is capitals and digits; a way back is a web address."""
    assert not is_whole({**TYPED, name: value})


def _without(payload: Payload, path: str) -> Payload:
    changed = copy.deepcopy(payload)
    place: Any = changed
    *way, last = path.split(".")
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    del place[last]
    return changed
