"""Puts a picture into Slack, with what it says beside it and as its alternative text."""

import asyncio
import logging
from typing import Final
from weakref import WeakSet

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Locale, Person, Picture
from bot.pictures import Table
from handlers.slack.asked import direct_channel
from handlers.slack.errors import slack_trouble
from handlers.slack.files import message_as_file
from handlers.slack.kit import Kit
from handlers.slack.showing import message_showing
from handlers.slack.text import escape
from handlers.slack.words import say

log = logging.getLogger(__name__)

_UNKNOWN_BLOCK: Final = frozenset({"invalid_blocks", "invalid_blocks_format"})
_LOOKS: Final = 3
_LOOK_SECONDS: Final = 0.5
_LOOKED_THROUGH: Final = 20
_told: Final[WeakSet[AsyncWebClient]] = WeakSet()
"""Whose log knows already that Slack does not take its own charts."""


async def send_alone(kit: Kit, person: Person, picture: Picture) -> None:
    """Send the picture to the person directly, and remember what was sent: it is deleted with them.

    So is the message that it came with, whose words say what the picture does: they would outlast the file.
    """
    channel = await direct_channel(kit.client, person.user)
    file = await upload(kit.client, channel, picture)
    await kit.services.privacy.sent(person, [file])
    came_with = await _message_of(kit, channel, file)
    chart = await _chart_if_wanted(kit, channel, picture)
    told = [message_as_file(channel, ts) for ts in (came_with, chart) if ts is not None]
    if told:
        await kit.services.privacy.sent(person, told)


async def _message_of(kit: Kit, channel: str, file: str) -> str | None:
    """The ts of the message that shows the file; None where Slack does not show or tell it within a second or two."""
    for _ in range(_LOOKS):
        try:
            ts = await message_showing(kit.client, await kit.identity.get(), channel, file, newest=_LOOKED_THROUGH)
        except SlackTrouble as error:
            log.info("the message of a picture was not found: %s", error.code)
            return None
        if ts is not None:
            return ts
        await asyncio.sleep(_LOOK_SECONDS)
    log.info("the message of a picture was not found: Slack does not show it yet")
    return None


async def send_table_alone(kit: Kit, person: Person, table: Table, locale: Locale) -> None:
    """Send the table to the person directly, and remember the file: it is deleted with them."""
    channel = await direct_channel(kit.client, person.user)
    said = [say("table_comment", locale, title=escape(table.title)), *(f"• {escape(note)}" for note in table.notes)]
    with slack_trouble():
        uploaded = await kit.client.files_upload_v2(
            channel=channel,
            filename=table.filename,
            content=table.content,
            title=table.filename,
            initial_comment="\n".join(said),
        )
    await kit.services.privacy.sent(person, [str(uploaded["file"]["id"])])


async def post(kit: Kit, channel: str, picture: Picture, opening: str = "") -> None:
    """Post the picture for everybody in a channel the bot is in. `opening` stands above its facts."""
    await upload(kit.client, channel, picture, opening)
    await _chart_if_wanted(kit, channel, picture)


async def upload(client: AsyncWebClient, channel: str, picture: Picture, opening: str = "") -> str:
    """Post the picture into a channel the bot is in; the file's id. `opening` stands above its facts.

    SlackTrouble when Slack refuses.
    """
    with slack_trouble():
        uploaded = await client.files_upload_v2(
            channel=channel,
            filename=picture.filename,
            content=picture.png,
            title=picture.title,
            alt_txt=picture.alt_text,
            initial_comment=comment(picture, opening),
        )
    return str(uploaded["file"]["id"])


async def _chart_if_wanted(kit: Kit, channel: str, picture: Picture) -> str | None:
    return await post_chart(kit.client, channel, picture) if kit.services.settings.native_charts else None


async def post_chart(client: AsyncWebClient, channel: str, picture: Picture) -> str | None:
    """Post Slack's own chart beside the picture, where there is one; its ts.

    None where there is none, also because Slack refuses it: the picture stands without it, and the log says why, of a
    kind of block that Slack does not know once.
    """
    if picture.chart is None:
        return None
    try:
        with slack_trouble():
            posted = await client.chat_postMessage(
                channel=channel,
                text=escape(picture.title),
                blocks=[dict(picture.chart)],
                unfurl_links=False,
                unfurl_media=False,
            )
    except SlackTrouble as error:
        if error.code not in _UNKNOWN_BLOCK:
            log.info("a chart of Slack's own was not posted: %s", error.code)
        elif client not in _told:
            _told.add(client)
            log.warning("Slack does not take its own charts here (NATIVE_CHARTS): %s", error.code)
        return None
    return str(posted["ts"])


def comment(picture: Picture, opening: str = "") -> str:
    """The picture's title and facts in words. `opening` is mark-up of ours; the rest is escaped."""
    lines = [opening] if opening else []
    lines.append(f"*{escape(picture.title)}*")
    lines += [f"• {escape(fact)}" for fact in picture.facts]
    return "\n".join(lines)
