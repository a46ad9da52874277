"""The dialogs."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from handlers.slack import administration
from handlers.slack.asked import asked_by_button, attend
from handlers.slack.kit import Kit


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every dialog."""

    async def confirmed(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        await ack()
        kit.tasks.start(run(kit, body, view), "a deletion")

    app.view(administration.ERASE)(confirmed)


async def run(kit: Kit, body: Mapping[str, Any], view: dict[str, Any]) -> None:
    """Do what the dialog confirmed; what goes wrong becomes a sentence."""
    asking = asked_by_button(kit, body)
    response_url = administration.way_back(view)
    await attend(kit, body["user"]["id"], response_url, asking, lambda asked: administration.erase(asked, view))
