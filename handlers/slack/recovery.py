"""Replies that are owed by a process that died, begun or not."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.errors import MaeumError, SlackTrouble
from bot.messages import Incoming, Place
from bot.store import replies
from bot.store.replies import Owed
from handlers.slack.context import said_in
from handlers.slack.errors import LASTING, short, slack_trouble
from handlers.slack.identity import Me
from handlers.slack.kit import Kit
from handlers.slack.messages import answer, written
from handlers.slack.sink import MARKER, thread_of

log = logging.getLogger(__name__)

_WITHIN: Final = timedelta(hours=1)
"""An older message is not answered any more: its author has moved on."""
_UNFINISHED_WITHIN: Final = timedelta(hours=24)
"""A reply that was begun is completed for longer: what stands there is half a sentence."""
_MARGIN: Final = timedelta(seconds=30)
"""Beyond the writer's deadline, what it takes a living process to close its reply."""


async def recover(kit: Kit, stopping: asyncio.Event | None = None) -> int:
    """Write what was owed in the last hour and never sent, complete what was begun; how many replies were written.

    Slack is asked for each message first, because no text is stored, and for an answer that stands there already.
    """
    now = kit.services.clock()
    async with kit.services.store.read() as session:
        owed = await replies.owed(session, since=now - _UNFINISHED_WITHIN, now=now)
    written_now = 0
    for one in owed:
        if stopping is not None and stopping.is_set():
            break
        try:
            written_now += await _take_on(kit, one)
        except MaeumError as error:
            log.warning("an owed reply could not be taken on: %s", short(error))
    return written_now


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands in Slack of a message and its reply."""

    incoming: Incoming | None = None
    """The message; None where it is gone."""
    answered: bool = False
    begun: str | None = None
    """The ts of a reply that was never finished, perhaps to this message."""


async def _take_on(kit: Kit, owed: Owed) -> bool:
    """Write one reply. False where there is nothing to write, or another process does."""
    me = await kit.identity.get()
    if owed.message.team != me.team:
        return False
    conversation = kit.services.conversation
    try:
        stands = await _look(kit, me, owed)
    except SlackTrouble as error:
        if error.code not in LASTING:
            raise
        stands = _Standing()
    now = kit.services.clock()
    too_late = stands.begun is None and owed.message.time < now - _WITHIN
    if stands.incoming is None or stands.answered or too_late:
        await conversation.replied(owed.message)
        return False
    deadline = timedelta(seconds=kit.services.settings.llm_total_seconds) + _MARGIN
    if stands.begun is not None and float(stands.begun) > (now - deadline).timestamp():
        return False  # a living process may still be writing it; the next round knows
    receipt = await conversation.receive(stands.incoming)  # takes the reply on again, for one process
    if not receipt.owes_reply:
        return False
    owner = kit.services.pseudonyms.person(stands.incoming.author)
    reply = answer(kit, stands.incoming, receipt.reading, into=stands.begun)
    return await kit.tasks.do(reply, "a reply", owner)  # among the tasks: it ends when its reader is erased


async def _look(kit: Kit, me: Me, owed: Owed) -> _Standing:
    channel, ts = owed.message.channel, owed.message.ts
    direct = channel.startswith("D")
    around = list(await said_in(kit.client, channel, owed.thread))
    found = next((message for message in around if message.get("ts") == ts), None)
    if found is None and direct:
        with slack_trouble():
            page = await kit.client.conversations_history(channel=channel, latest=ts, inclusive=True, limit=1)
        found = next((message for message in page["messages"] if message.get("ts") == ts), None)
    incoming = written({**found, "channel": channel}, me) if found is not None else None
    if incoming is None:
        return _Standing()
    if incoming.place is Place.DIRECT and thread_of(incoming) is None:
        # Nothing is streamed there, so nothing is half said; receipts and pictures stand there without a marker.
        around += await said_in(kit.client, channel, None)
        return _Standing(incoming, any(_answers(message, ts) for message in _own(around, me)))
    own = _own(around, me)
    begun = (message["ts"] for message in own if _is_begun(message) and float(message["ts"]) > float(ts))
    return _Standing(incoming, any(_answers(message, ts) for message in own), min(begun, key=float, default=None))


def _own(messages: Sequence[Mapping[str, Any]], me: Me) -> list[Mapping[str, Any]]:
    return [message for message in messages if me.wrote(message)]


def _answers(message: Mapping[str, Any], ts: str) -> bool:
    """Whether one of the bot's own messages is the finished answer to that message; one with a file never is."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == MARKER and payload.get("message_ts") == ts and not message.get("files")


def _is_begun(message: Mapping[str, Any]) -> bool:
    """Whether one of the bot's own messages is a reply whose writer died: the marker comes with its end."""
    return not message.get("metadata") and not message.get("files")
