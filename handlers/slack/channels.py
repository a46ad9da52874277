"""What Slack says of a channel."""

from dataclasses import dataclass
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from handlers.slack.errors import slack_trouble

_UNTOLD: Final = frozenset({"missing_scope"})
"""Slack tells nothing of group direct messages without a scope that nothing else needs."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Who made it, whether the bot is in it, and whether it is closed for everybody."""

    creator: str | None
    has_bot: bool
    is_archived: bool = False


async def look_up(client: AsyncWebClient, channel: str) -> Channel:
    """The channel as it is at this moment. SlackTrouble where the bot may not know of it."""
    try:
        with slack_trouble():
            said = (await client.conversations_info(channel=channel))["channel"]
    except SlackTrouble as error:
        if error.code in _UNTOLD:
            return Channel(creator=None, has_bot=True)
        raise
    return Channel(
        creator=said.get("creator"),
        has_bot=said.get("is_member") is not False,
        is_archived=said.get("is_archived") is True,
    )


async def with_bot(client: AsyncWebClient, channel: str) -> Channel:
    """The channel, which the bot is in. SlackTrouble where it is not, and where the channel is archived."""
    found = await look_up(client, channel)
    if found.is_archived:
        code = "is_archived"
        raise SlackTrouble(code)
    if not found.has_bot:
        code = "not_in_channel"
        raise SlackTrouble(code)
    return found
