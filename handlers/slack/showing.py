"""Finds the message of ours that shows a file."""

from datetime import datetime, timedelta
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack.errors import slack_trouble
from handlers.slack.identity import Me

BEFORE: Final = timedelta(minutes=30)
"""So much earlier is looked than something of ours can stand there: Slack's clock and ours need not agree."""
FAR: Final = 10_000
"""So many messages are looked through where nothing else is said."""
_PAGE: Final = 200


async def message_showing(  # noqa: PLR0913 - of what, by whom and where, and how far to look
    client: AsyncWebClient, me: Me, channel: str, file: str, *, newest: int = FAR, since: datetime | None = None
) -> str | None:
    """The ts of our message that shows the file; None where it is not among the `newest`, or not shown yet.

    Also where the file is deleted already: in its place the message keeps a tombstone, with the file's id, and all its
    words. What stood there before `since` is not looked at. SlackTrouble where Slack refuses.
    """
    oldest = f"{(since - BEFORE).timestamp():.6f}" if since is not None else None
    cursor: str | None = None
    while newest > 0:
        size = min(newest, _PAGE)
        with slack_trouble():
            page = await client.conversations_history(channel=channel, oldest=oldest, limit=size, cursor=cursor)
        for message in page["messages"]:
            if me.wrote(message) and any(shown.get("id") == file for shown in message.get("files") or ()):
                return str(message["ts"])
        newest -= size
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return None
