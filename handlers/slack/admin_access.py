"""Who may administer, and what the dialogs of administration carry along. The role is asked of Slack every time."""

import json
from collections.abc import Mapping
from typing import Any

from handlers.slack.asked import Asked
from handlers.slack.words import say


async def allowed(asked: Asked, action: str) -> bool:
    """Whether the person is an administrator at this moment. Whoever is not is told so, and it is written down.

    `action` is a name of ours for what they wanted. SlackTrouble when Slack does not say.
    """
    if not asked.is_outsider:
        now = await asked.kit.people.now(asked.person.user)
        if now.is_admin and not now.is_outsider(await asked.kit.identity.get()):
            return True
    await asked.kit.services.privacy.refuse(asked.person, action)
    await asked.answer(say("admin_not_allowed", asked.profile.locale))
    return False


def carried(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the dialog was given when it was opened; nothing where that cannot be understood."""
    try:
        found = json.loads(view["private_metadata"])
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def way_back(view: Mapping[str, Any]) -> str | None:
    """Where the command that opened the dialog is answered; None where the dialog does not say."""
    answer = carried(view).get("answer")
    return answer if isinstance(answer, str) and answer else None


def filled(view: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    """What was typed or chosen in a block with one element; nothing where it was not touched."""
    elements = view.get("state", {}).get("values", {}).get(block, {})
    return next(iter(elements.values()), {})
