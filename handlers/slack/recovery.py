"""Replies that were owed when a process died."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from bot.errors import SlackTrouble
from bot.messages import Incoming, Place
from bot.store import replies
from bot.store.replies import Owed
from handlers.slack.context import said_in
from handlers.slack.errors import slack_trouble
from handlers.slack.identity import Me
from handlers.slack.kit import Kit
from handlers.slack.messages import answer, written
from handlers.slack.sink import MARKER, thread_of

log = logging.getLogger(__name__)

_WITHIN: Final = timedelta(hours=1)
"""An older message is not answered any more: its author has moved on."""


async def recover(kit: Kit) -> int:
    """Write what was owed in the last hour and never sent; how many replies were written.

    Slack is asked for each message first, because no text is stored, and for an answer that stands there already.
    """
    now = kit.services.clock()
    me = await kit.identity.get()
    async with kit.services.store.read() as session:
        owed = await replies.owed(session, since=now - _WITHIN, now=now)
    written_now = 0
    for one in owed:
        if one.message.team != me.team:
            continue
        try:
            incoming, answered = await _look(kit, me, one)
        except SlackTrouble as error:
            log.warning("an owed reply could not be looked up: %s", error.code)
            continue
        if incoming is None or answered:
            await kit.services.conversation.replied(one.message)
            continue
        receipt = await kit.services.conversation.receive(incoming)  # takes the reply on again, for one process
        if receipt.owes_reply:
            await answer(kit, incoming, receipt.reading)
            written_now += 1
    return written_now


async def _look(kit: Kit, me: Me, owed: Owed) -> tuple[Incoming | None, bool]:
    """The message as it stands in Slack, None where it is gone, and whether the bot has answered it."""
    channel, ts = owed.message.channel, owed.message.ts
    direct = channel.startswith("D")
    around = list(await said_in(kit.client, channel, owed.thread))
    found = next((message for message in around if message.get("ts") == ts), None)
    if found is None and direct:
        with slack_trouble():
            page = await kit.client.conversations_history(channel=channel, latest=ts, inclusive=True, limit=1)
        found = next((message for message in page["messages"] if message.get("ts") == ts), None)
    if found is None:
        return None, False
    incoming = written({**found, "channel": channel}, me)
    if incoming is not None and incoming.place is Place.DIRECT and thread_of(incoming) is None:
        around += await said_in(kit.client, channel, None)
    return incoming, any(_answers(message, ts, me) for message in around)


def _answers(message: Mapping[str, Any], ts: str, me: Me) -> bool:
    """Whether a message is the bot's answer: by its marker, or, where Slack keeps none, by standing after it."""
    if message.get("user") != me.user and (me.bot is None or message.get("bot_id") != me.bot):
        return False
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == MARKER:
        return bool((metadata.get("event_payload") or {}).get("message_ts") == ts)
    return float(message["ts"]) > float(ts)
