"""What was said before in a conversation: from Slack, in memory for minutes, never stored and never logged."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Incoming, Place, Turn
from handlers.slack.cache import Fleeting
from handlers.slack.errors import slack_trouble
from handlers.slack.identity import Me
from handlers.slack.text import spoken

log = logging.getLogger(__name__)

TURNS: Final = 10
_KEPT: Final = 3 * TURNS
"""More than is needed: the message that is answered, and what is said while it is, are not before it."""
_MINUTES: Final = 5
_CONVERSATIONS: Final = 500
_PATIENCE: Final = 3.0
"""Seconds a reply waits for its context; it is written without one rather than late."""
_TRIES: Final = 3
"""How often it is asked for what is changed again and again while Slack answers."""
TEAMS: Final = ("user_team", "source_team", "team")
"""Where a message names the workspace or the organisation of its author."""
_TOP: Final = ""
_PAGE: Final = 200
_PAGES: Final = 5


@dataclass(slots=True)
class _Conversation:
    turns: dict[str, Turn] = field(default_factory=dict, repr=False)

    def note(self, ts: str, turn: Turn) -> None:
        self.turns[ts] = turn
        for old in sorted(self.turns, key=float)[:-_KEPT]:
            del self.turns[old]

    def before(self, ts: str) -> tuple[Turn, ...]:
        earlier = sorted((other for other in self.turns if float(other) < float(ts)), key=float)
        return tuple(self.turns[other] for other in earlier[-TURNS:])


@dataclass(eq=False, slots=True)
class _Fetch:
    """Slack being asked for a conversation."""

    key: tuple[str, str]
    stale: bool = False
    """Whether something said there was edited or deleted since: the answer may still hold it."""


class Context:
    """The last turns of each conversation in which the bot is spoken to."""

    def __init__(self, client: AsyncWebClient, now: Callable[[], float] = monotonic) -> None:
        """Nothing is known yet. `now` counts seconds, never backwards."""
        self._client = client
        self._known = Fleeting[tuple[str, str], _Conversation](60 * _MINUTES, _CONVERSATIONS, now)
        self._fetching = set[_Fetch]()

    async def before(self, incoming: Incoming, me: Me) -> tuple[Turn, ...]:
        """At most ten turns that came before the message, oldest first: of its thread, or of the direct message.

        A message that opens a thread in a channel has none: what others said in the channel was not said to the
        bot. Nothing either when Slack does not tell (a missing scope, a rate limit, no answer in three seconds).
        """
        key = _key(incoming)
        if key is None:
            return ()
        known = self._known.get(key)
        if known is None:
            try:
                async with asyncio.timeout(_PATIENCE):
                    known = await self._ask(key, me)
            except (SlackTrouble, TimeoutError) as error:
                log.warning("no context: %s", error.code if isinstance(error, SlackTrouble) else "no answer in time")
                return ()
            if known is None:
                log.warning("no context: it changes too fast")
                return ()
        return known.before(incoming.id.ts)

    def follows(self, incoming: Incoming) -> bool:
        """Whether the message's conversation is known, and so to be kept up to date."""
        key = _key(incoming)
        return key is not None and self._known.get(key) is not None

    def note(self, incoming: Incoming, ts: str, turn: Turn) -> None:
        """Something was said in the message's conversation. Only a conversation that is known is kept up to date."""
        key = _key(incoming)
        known = self._known.get(key) if key is not None else None
        if known is not None:
            known.note(ts, turn)

    def changed(self, channel: str, thread: str) -> None:
        """A message of the thread, perhaps its first, was edited or deleted: it is asked for anew.

        So is what stands outside threads: a message that opened one stands there too.
        """
        for key in ((channel, thread), (channel, _TOP)):
            self._known.drop(key)
            for fetch in self._fetching:
                fetch.stale |= fetch.key == key

    def clear(self) -> None:
        """Forget everything, what Slack is being asked for included, so that nothing of an erased person stays."""
        self._known.clear()
        for fetch in self._fetching:
            fetch.stale = True

    def sweep(self) -> None:
        """Forget what is past its time."""
        self._known.sweep()

    def __len__(self) -> int:
        """How many conversations are held."""
        return len(self._known)

    async def _ask(self, key: tuple[str, str], me: Me) -> _Conversation | None:
        """The conversation as it stands in Slack, kept from now on; None where it changed during every try."""
        for _ in range(_TRIES):
            fetch = _Fetch(key)
            self._fetching.add(fetch)
            try:
                conversation = await self._fetch(*key, me)
            finally:
                self._fetching.discard(fetch)
            if not fetch.stale:
                self._known.put(key, conversation)
                return conversation
        return None

    async def _fetch(self, channel: str, thread: str, me: Me) -> _Conversation:
        conversation = _Conversation()
        for message in await said_in(self._client, channel, thread or None):
            turn = _turn(message, me)
            if turn is not None:
                conversation.note(message["ts"], turn)
        return conversation


async def said_in(client: AsyncWebClient, channel: str, thread: str | None) -> list[dict[str, Any]]:
    """The latest messages of a thread, or of a direct message outside its threads, as Slack shapes them.

    SlackTrouble when Slack does not tell. Slack gives a thread from its beginning, so a long one takes several pages;
    of a thread longer than a thousand messages the end is missing.
    """
    with slack_trouble():
        if thread is None:
            page = await client.conversations_history(channel=channel, limit=TURNS + 5, include_all_metadata=True)
            return [message for message in page["messages"] if message.get("thread_ts") in {None, message["ts"]}]
        messages: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await client.conversations_replies(
                channel=channel, ts=thread, limit=_PAGE, cursor=cursor, include_all_metadata=True
            )
            messages += page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return messages


def _key(incoming: Incoming) -> tuple[str, str] | None:
    if incoming.thread is not None:
        return incoming.id.channel, incoming.thread
    return (incoming.id.channel, _TOP) if incoming.place is Place.DIRECT else None


def _turn(message: Mapping[str, Any], me: Me) -> Turn | None:
    """A message of Slack's as a turn; None for other bots, notices, and what holds no text.

    None too for people of other organisations (a shared channel), by the teams that the message names: what they
    write goes to no model service of ours.
    """
    own = me.wrote(message)
    if not own and (message.get("bot_id") or message.get("subtype") not in {None, "file_share", "thread_broadcast"}):
        return None
    if not own and any(message.get(team) not in {None, me.team, me.enterprise} for team in TEAMS):
        return None
    text = spoken(str(message.get("text") or ""), me.user)
    return Turn("bot" if own else "person", text) if text else None
