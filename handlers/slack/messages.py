"""From Slack's message events to the conversation, and back with the reply."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncApp

from bot.errors import SlackTrouble
from bot.messages import Incoming, MessageId, Person, Place, Turn
from emotion.reading import Reading
from handlers.slack.errors import LASTING
from handlers.slack.identity import Me
from handlers.slack.kit import Kit
from handlers.slack.sink import SlackSink
from handlers.slack.text import mentions, spoken

log = logging.getLogger(__name__)

_WRITTEN: Final = frozenset({None, "file_share", "thread_broadcast", "me_message"})
"""Subtypes that a person writes; the others are notices, other bots' messages, edits and deletions."""
_PLACES: Final = {"im": Place.DIRECT, "mpim": Place.GROUP}
_TS: Final = re.compile(r"\d{1,12}\.\d{1,6}", re.ASCII)


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
    if not (isinstance(user, str) and isinstance(channel, str) and isinstance(ts, str) and _TS.fullmatch(ts)):
        return None
    text = str(event.get("text") or "")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    return Incoming(
        id=MessageId(me.team, channel, ts),
        author=Person(me.team, user),
        text=text,
        place=Place.DIRECT if direct else _PLACES.get(event.get("channel_type") or "", Place.CHANNEL),
        mentioned=mentions(text, me.user),
        thread=event.get("thread_ts"),
    )


async def _received(kit: Kit, me: Me, incoming: Incoming) -> None:
    receipt = await kit.services.conversation.receive(incoming)
    kit.context.note(incoming, incoming.id.ts, Turn("person", spoken(incoming.text, me.user)))
    if receipt.owes_reply:
        kit.tasks.start(answer(kit, incoming, receipt.reading), "a reply")


async def answer(kit: Kit, incoming: Incoming, reading: Reading | None) -> None:
    """Write the reply that is owed and show it.

    Where Slack refuses it for good, nobody owes it any more; otherwise it stays owed, and a redelivery or the next
    start writes it.
    """
    me = await kit.identity.get()
    said = replace(incoming, text=spoken(incoming.text, me.user))
    history = await kit.context.before(incoming, me)
    sink = SlackSink(kit.client, incoming, streams=kit.services.writer.source == "model")
    try:
        reply = await kit.services.conversation.reply(said, reading, history, sink)
    except SlackTrouble as error:
        log.warning("a reply could not be shown: %s", error.code)
        if error.code in LASTING:
            await kit.services.conversation.replied(incoming.id)
        return
    await kit.services.conversation.replied(incoming.id)
    if sink.shown_as is not None:
        kit.context.note(incoming, sink.shown_as, Turn("bot", reply.text))


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
    kit.context.changed(incoming.id.channel, incoming.thread)
    await kit.services.conversation.revise(incoming)


async def _deleted(kit: Kit, me: Me, event: Mapping[str, Any]) -> None:
    thread = (event.get("previous_message") or {}).get("thread_ts")
    await _gone(kit, me, event.get("channel"), event.get("deleted_ts"), thread)


async def _gone(kit: Kit, me: Me, channel: object, ts: object, thread: str | None) -> None:
    if isinstance(channel, str) and isinstance(ts, str) and _TS.fullmatch(ts):
        kit.context.changed(channel, thread)
        await kit.services.conversation.retract(MessageId(me.team, channel, ts))


async def _from_outside(kit: Kit, event: Mapping[str, Any], me: Me) -> bool:
    """Whether the author belongs to another organisation (a shared channel), or is a bot that does not say so."""
    if any(event.get(team) not in {None, me.team} for team in ("user_team", "source_team")):
        return True
    profile = await kit.people.profile(event["user"])
    return profile.is_stranger or profile.is_bot
