"""From Slack's message events to the conversation, and back with the reply."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncApp

from bot.errors import MaeumError, SlackTrouble
from bot.messages import Incoming, MessageId, Person, Place, Turn
from emotion.reading import Reading
from handlers.slack.context import TEAMS
from handlers.slack.errors import LASTING
from handlers.slack.identity import Me
from handlers.slack.kit import Kit
from handlers.slack.notice import ask_again
from handlers.slack.shapes import TS
from handlers.slack.sink import SlackSink
from handlers.slack.text import mentions, spoken

log = logging.getLogger(__name__)

_WRITTEN: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Subtypes that a person writes; the others are notices, other bots' messages, edits and deletions."""
_PLACES: Final = {"im": Place.DIRECT, "mpim": Place.GROUP}
_APOLOGY_SECONDS: Final = 2.0
"""How long the apology for a reply that is cut off may take: the process is about to end."""


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to messages.

    The app was made with `process_before_response`, so a delivery is acknowledged when its listener returns: after
    the reading is committed, and not at all when it raises.
    """

    async def listen(event: dict[str, Any]) -> None:
        await heard(kit, event)

    app.event("message")(listen)
    app.event("app_mention")(listen)


async def heard(kit: Kit, event: Mapping[str, Any]) -> None:
    """One message event: something new, an edit or a deletion. Raises where it must be delivered again."""
    me = await kit.identity.get()
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        await _deleted(kit, me, event)
    elif subtype == "message_changed":
        await _changed(kit, me, event)
    else:
        incoming = written(event, me)
        if incoming is not None and incoming.text.strip() and not await _from_outside(kit, event, me):
            await _received(kit, me, incoming)


def written(event: Mapping[str, Any], me: Me) -> Incoming | None:
    """The message that a person wrote; None for bots, the bot itself, notices and what has no author or identity.

    A mention comes as two events, `message` and `app_mention`; both give the same Incoming, but for the place: Slack
    does not say in the second whether it is a group direct message.
    """
    user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    by_bot = "bot_id" in event or "bot_profile" in event or user in {me.user, "USLACKBOT"}
    if by_bot or event.get("subtype") not in _WRITTEN or event.get("hidden"):
        return None
    if not (isinstance(user, str) and isinstance(channel, str) and isinstance(ts, str) and TS.fullmatch(ts)):
        return None
    text = str(event.get("text") or "")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    edited = (event.get("edited") or {}).get("ts")
    return Incoming(
        id=MessageId(me.team, channel, ts),
        author=Person(me.team, user),
        text=text,
        place=Place.DIRECT if direct else _PLACES.get(event.get("channel_type") or "", Place.CHANNEL),
        mentioned=mentions(text, me.user),
        thread=event.get("thread_ts"),
        edited=edited if isinstance(edited, str) and TS.fullmatch(edited) else None,
    )


async def _received(kit: Kit, me: Me, incoming: Incoming) -> None:
    receipt = await kit.services.conversation.receive(incoming)
    if kit.context.follows(incoming):
        kit.context.note(incoming, incoming.id.ts, Turn("person", spoken(incoming.text, me.user)))
    if receipt.reading is None:
        kit.tasks.start(ask_again(kit, incoming.author), "a question about the notice")
    if receipt.owes_reply:
        owner = kit.services.pseudonyms.person(incoming.author)
        kit.tasks.start(answer(kit, incoming, receipt.reading), "a reply", owner)


async def answer(kit: Kit, incoming: Incoming, reading: Reading | None, *, into: str | None = None) -> None:
    """Write the reply that is owed and show it; `into` is the message of a reply that an earlier process began.

    Where Slack refuses it for good, nobody owes it any more; otherwise it stays owed, and recovery writes it. Cut off,
    because the process ends, it gives way to an apology within seconds; cut off because the person was erased, it is
    taken back.
    """
    me = await kit.identity.get()
    conversation = kit.services.conversation
    said = replace(incoming, text=spoken(incoming.text, me.user))
    sink = SlackSink(
        kit.client, incoming, streams=into is None and kit.services.writer.source == "model", shown_as=into
    )
    history: Sequence[Turn] = ()
    try:
        history = await kit.context.before(incoming, me)
        reply = await conversation.reply(said, reading, history, sink)
    except asyncio.CancelledError:
        if kit.tasks.forgotten():
            await _take_back(sink)
            raise
        await _cut_off(kit, said, reading, history, sink)
        raise
    except SlackTrouble as error:
        log.warning("a reply could not be shown: %s", error.code)
        if error.code in LASTING:
            await conversation.replied(incoming.id)
        return
    await conversation.replied(incoming.id)
    if sink.shown_as is not None:
        kit.context.note(incoming, sink.shown_as, Turn("bot", reply.text))


async def _cut_off(kit: Kit, said: Incoming, reading: Reading | None, history: Sequence[Turn], sink: SlackSink) -> None:
    """Leave no half reply behind. What does not succeed in time stays owed, and recovery finds it."""
    conversation = kit.services.conversation
    try:
        async with asyncio.timeout(_APOLOGY_SECONDS):
            if not sink.closed:
                await conversation.apologise(said, reading, history, sink)
            await conversation.replied(said.id)
    except (MaeumError, TimeoutError) as error:
        log.warning("a reply was cut off and stays owed: %s", type(error).__qualname__)
    else:
        log.warning("a reply was cut off")


async def _take_back(sink: SlackSink) -> None:
    """Its reader was erased while it was written: nothing of it is to stand."""
    try:
        async with asyncio.timeout(_APOLOGY_SECONDS):
            await sink.take_back()
    except (MaeumError, TimeoutError) as error:
        log.warning("half a reply may stay: %s", type(error).__qualname__)


async def _changed(kit: Kit, me: Me, event: Mapping[str, Any]) -> None:
    now: Mapping[str, Any] = event.get("message") or {}
    before: Mapping[str, Any] = event.get("previous_message") or {}
    if now.get("subtype") == "tombstone":  # what is left of a deleted message that has a thread
        await _gone(kit, me, event.get("channel"), now.get("ts"), now.get("thread_ts"))
        return
    if before and now.get("text") == before.get("text"):
        return  # a link unfolded, a thread grew
    shape = {**now, "channel": event.get("channel"), "channel_type": event.get("channel_type"), "hidden": False}
    incoming = written(shape, me)
    if incoming is None or await _from_outside(kit, now, me):
        return
    kit.context.changed(incoming.id.channel, incoming.thread_or_own)
    await kit.services.conversation.revise(incoming)


async def _deleted(kit: Kit, me: Me, event: Mapping[str, Any]) -> None:
    thread = (event.get("previous_message") or {}).get("thread_ts")
    await _gone(kit, me, event.get("channel"), event.get("deleted_ts"), thread)


async def _gone(kit: Kit, me: Me, channel: object, ts: object, thread: str | None) -> None:
    if isinstance(channel, str) and isinstance(ts, str) and TS.fullmatch(ts):
        kit.context.changed(channel, thread or ts)
        await kit.services.conversation.retract(MessageId(me.team, channel, ts))


async def _from_outside(kit: Kit, event: Mapping[str, Any], me: Me) -> bool:
    """Whether the author belongs to another organisation (a shared channel), or is a bot that does not say so."""
    said = (event.get(team) for team in TEAMS)
    profile = await kit.people.profile(event["user"])
    return profile.is_bot or profile.is_outsider(me, said)
