"""Slack as `handlers.posting` needs it: looked through, written to, and cleaned up."""

import logging
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Picture
from handlers.boards import TOO_MUCH, Standing
from handlers.slack.errors import UNCERTAIN, UNREACHABLE, slack_trouble
from handlers.slack.identity import Identity, Me
from handlers.slack.pictures import comment, post_chart
from handlers.slack.showing import BEFORE, message_showing

log = logging.getLogger(__name__)

_MARKER: Final = "maeum_schedule"
_PAGE: Final = 999
"""As many as Slack gives at once."""
_PAGES: Final = 20
_GONE: Final = "tombstone"
_AGAIN: Final = UNCERTAIN | {"ratelimited"}
"""Codes after which taking something away is worth another try."""


class SlackBoard:
    """The channels of the workspace (a `handlers.boards.Board`)."""

    def __init__(self, client: AsyncWebClient, identity: Identity | None = None) -> None:
        """`client` holds the bot token."""
        self._client = client
        self._identity = identity or Identity(client)

    async def standing(self, channel: str, since: datetime, marker: str) -> Sequence[Standing]:
        """Our posts in the channel with this marker or a file of this name, oldest first.

        SlackTrouble also where more was written since then than can be looked through: better no picture than two.
        """
        me = await self._identity.get()
        found: list[Standing] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            with slack_trouble():
                page = await self._client.conversations_history(
                    channel=channel,
                    oldest=f"{(since - BEFORE).timestamp():.6f}",
                    limit=_PAGE,
                    cursor=cursor,
                    include_all_metadata=True,
                )
            found += [post for message in page["messages"] if (post := _ours(message, me, marker)) is not None]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return sorted(found, key=lambda post: float(post.ts))
        raise SlackTrouble(TOO_MUCH)

    async def showing(self, channel: str, since: datetime, file: str) -> str | None:
        """The ts of our post that shows the file, or has shown it until it was deleted."""
        return await message_showing(self._client, await self._identity.get(), channel, file, since=since)

    async def say(self, channel: str, text: str, marker: str) -> str:
        """Post a sentence; its ts."""
        with slack_trouble():
            said = await self._client.chat_postMessage(
                channel=channel,
                text=text,
                metadata={"event_type": _MARKER, "event_payload": {"slot": marker}},
                unfurl_links=False,
                unfurl_media=False,
            )
        return str(said["ts"])

    async def upload(self, picture: Picture) -> str:
        """Hand over a picture without showing it to anybody; the file's id."""
        with slack_trouble():
            place = await self._client.files_getUploadURLExternal(
                filename=picture.filename, length=len(picture.png), alt_txt=picture.alt_text
            )
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._client.timeout)) as session,
                session.post(place["upload_url"], data=picture.png, proxy=self._client.proxy) as taken,
            ):
                if taken.status != HTTPStatus.OK:
                    raise SlackTrouble(UNREACHABLE)
        return str(place["file_id"])

    async def share(self, channel: str, file: str, picture: Picture, opening: str) -> None:
        """Show it in the channel, under what it says; `opening` stands above that."""
        with slack_trouble():
            await self._client.files_completeUploadExternal(
                files=[{"id": file, "title": picture.title}],
                channel_id=channel,
                initial_comment=comment(picture, opening),
            )

    async def chart(self, channel: str, picture: Picture) -> None:
        """Show the picture's chart; where Slack refuses it, the log says why."""
        await post_chart(self._client, channel, picture)

    async def remove(self, channel: str, post: Standing) -> None:
        """Take a post of ours away, with its file; nothing happens where it is gone, or may not be deleted."""
        try:
            with slack_trouble():
                await self._client.chat_delete(channel=channel, ts=post.ts)
        except SlackTrouble as error:
            if error.code in _AGAIN:
                raise
            log.info("a post could not be taken away: %s", error.code)
        for file in post.files:
            await self.discard(file)

    async def discard(self, file: str) -> None:
        """Take a file away, shared or not, if Slack lets us."""
        try:
            with slack_trouble():
                await self._client.files_delete(file=file)
        except SlackTrouble as error:
            log.info("a file could not be taken away: %s", error.code)


def _ours(message: dict[str, Any], me: Me, marker: str) -> Standing | None:
    """The message as a post of ours, where it is one with that marker."""
    if not me.wrote(message):
        return None
    files = [file for file in message.get("files") or () if file.get("mode") != _GONE]
    named = frozenset(str(file["id"]) for file in files if file.get("name") == marker)
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    if named or payload.get("slot") == marker:
        return Standing(str(message["ts"]), named)
    return None
