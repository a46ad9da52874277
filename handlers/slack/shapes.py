"""What a command, a button or a dialog of Slack's always looks like."""

import re
from collections.abc import Mapping
from typing import Any, Final

TS: Final = re.compile(r"\d{1,12}\.\d{1,6}", re.ASCII)
"""Slack's timestamp of a message, which names it in its channel."""
_ID: Final = re.compile(r"[A-Z0-9]{2,32}")
_ADDRESS: Final = re.compile(r"https?://\S{1,2000}")
_LONGEST: Final = 3000
"""Characters of what a person types into a dialog, of a button's value and of a dialog's private words, at most."""
_ONE: Final = ("selected_user", "selected_channel", "selected_conversation", "selected_date", "selected_time")
_MANY: Final = ("selected_users", "selected_channels", "selected_conversations")


def is_whole(body: Mapping[str, Any]) -> bool:
    """Whether everything that Bolt and the listeners rely on is there, and of its kind. The rest may be anything.

    Bolt stumbles over what is not, before any listener is asked and once more in its own handling of that. Of an
    event only its type is looked at: what else belongs to it differs, and its listener knows.
    """
    if "command" in body:
        return _is_command(body)
    match body.get("type"):
        case "event_callback":
            event = body.get("event")
            return isinstance(event, Mapping) and isinstance(event.get("type"), str)
        case "block_actions":
            return _is_interaction(body) and _are_actions(body.get("actions"))
        case "view_submission" | "view_closed":
            return _is_interaction(body) and _is_dialog(body.get("view"))
        case "shortcut" | "message_action" | "block_suggestion":
            return _is_interaction(body)  # nobody listens
        case kind:
            return kind in (None, "url_verification", "app_rate_limited")


def _is_command(body: Mapping[str, Any]) -> bool:
    words = (body["command"], body.get("text") or "")
    return (
        all(isinstance(word, str) for word in words)
        and _is_id(body.get("user_id"))
        and _is_id(body.get("channel_id"))
        and _is_id(body.get("team_id"), or_nothing=True)
        and _leads_back(body)
    )


def _is_interaction(body: Mapping[str, Any]) -> bool:
    user, channel = body.get("user"), body.get("channel")
    return (
        isinstance(user, Mapping)
        and _is_id(user.get("id"))
        and _is_id(user.get("team_id"), or_nothing=True)
        and (channel is None or (isinstance(channel, Mapping) and _is_id(channel.get("id"))))
        and all(body.get(part) is None or isinstance(body[part], Mapping) for part in ("view", "message", "container"))
        and _leads_back(body)
    )


def _leads_back(body: Mapping[str, Any]) -> bool:
    """Whether the ways to answer are what they should be, where they are given."""
    address, trigger = body.get("response_url") or None, body.get("trigger_id")
    return (address is None or (isinstance(address, str) and _ADDRESS.fullmatch(address) is not None)) and _is_word(
        trigger
    )


def _are_actions(actions: object) -> bool:
    return (
        isinstance(actions, list)
        and bool(actions)
        and all(
            isinstance(action, Mapping) and isinstance(action.get("action_id"), str) and _is_choice(action)
            for action in actions
        )
    )


def _is_dialog(view: object) -> bool:
    if not isinstance(view, Mapping) or view.get("type") != "modal":
        return False
    if not all(
        isinstance(view.get(name), str) and _is_word(view[name]) for name in ("callback_id", "private_metadata")
    ):
        return False
    state = view.get("state", {})
    blocks = state.get("values", {}) if isinstance(state, Mapping) else None
    return isinstance(blocks, Mapping) and all(
        isinstance(block, Mapping) and all(isinstance(one, Mapping) and _is_choice(one) for one in block.values())
        for block in blocks.values()
    )


def _is_choice(element: Mapping[str, Any]) -> bool:
    """Whether what was typed or chosen in an element is of its kind."""
    chosen = [element.get("selected_option"), *_listed(element.get("selected_options"))]
    return (
        all(_is_word(element.get(name)) for name in ("value", "type", "block_id", *_ONE))
        and all(isinstance(one, str) for name in _MANY for one in _listed(element.get(name)))
        and all(one is None or (isinstance(one, Mapping) and isinstance(one.get("value"), str)) for one in chosen)
    )


def _listed(values: object) -> list[Any]:
    """A list as it is, nothing as an empty one; anything else as a list of what cannot be chosen."""
    if values is None:
        return []
    return values if isinstance(values, list) else [object()]


def _is_word(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= _LONGEST)


def _is_id(value: object, *, or_nothing: bool = False) -> bool:
    return (or_nothing and value is None) or (isinstance(value, str) and _ID.fullmatch(value) is not None)
