"""Shows a reply in Slack: streamed where Slack streams, otherwise as one message.

Under the whole reply stands the button that explains its tone; half a reply has none.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.web.async_chat_stream import AsyncChatStream
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Incoming, Place, Reply
from handlers.slack.blocks import Block, section, sections
from handlers.slack.errors import UNCERTAIN, UNREACHABLE, slack_trouble
from handlers.slack.tasks import to_its_end
from handlers.slack.text import escape, links, mrkdwn
from handlers.slack.tone import why

log = logging.getLogger(__name__)

MARKER: Final = "maeum_reply"
"""The event type of the metadata that a reply carries, by which it is found again."""
_BUFFER: Final = 64
"""Characters gathered before Slack is called: a sentence or two, so that the rate limit is not reached."""
_STREAM_LIMIT: Final = 11_000
"""Slack takes 12,000 characters of Markdown in a stream; escaping may lengthen the text."""
_TEXT_LIMIT: Final = 39_000
"""Slack cuts a message's text at 40,000 characters."""
_CUT_OFF_SECONDS: Final = 1.5
"""How long a post that is cut off, because the process ends, is still waited for."""


def thread_of(incoming: Incoming) -> str | None:
    """Where the answer belongs: in the message's thread, or one of its own; a direct message stays where it is."""
    return incoming.thread if incoming.place is Place.DIRECT else incoming.thread_or_own


def marker(incoming: Incoming) -> dict[str, Any]:
    """What ties a reply to the message it answers."""
    return {"event_type": MARKER, "event_payload": {"message_ts": incoming.id.ts}}


@dataclass(slots=True)
class SlackSink:
    """One reply to one message. SlackTrouble from any step means that nothing is shown, or a part at most.

    Where it is not known whether Slack took a post, nothing is posted again: every later step raises too, the reply
    stays owed, and recovery looks at what stands there.
    """

    client: AsyncWebClient
    incoming: Incoming
    streams: bool
    """Whether to show the reply while it is written; Slack streams only into threads."""
    shown_as: str | None = None
    """The ts of the message that shows the reply, once there is one; given, a reply that an earlier process began."""
    closed: bool = False
    """Whether the whole reply is shown."""
    _shown: str = field(default="", repr=False)
    _stream: AsyncChatStream | None = field(default=None, repr=False)
    _unknown: bool = False
    """Whether a post is under way, or ended without Slack's word on it."""

    async def append(self, text: str) -> None:
        """Show one or more whole sentences. Where Slack does not stream, they wait for the end.

        So do those from the first link on: Slack unfolds links of what is streamed, and cannot be told not to.
        """
        self._shown += text
        if not self.streams:
            return
        if len(self._shown) > _STREAM_LIMIT or links(self._shown):
            self.streams = False
            return
        if self._stream is None:
            self._stream = await self._begin()
        if self._stream is None:
            return
        try:
            await to_its_end(self._append(self._stream, escape(text)), _CUT_OFF_SECONDS)
        except SlackTrouble as error:
            self._unless_known()
            log.info("no stream: %s", error.code)
            self.streams = False

    async def finish(self, reply: Reply) -> None:
        """Close with the whole reply."""
        self._unless_known()
        stream = self._stream
        if stream is not None and self.streams and len(reply.text) <= _STREAM_LIMIT and not links(reply.text):
            rest = escape(reply.text[len(self._shown) :])
            try:
                await to_its_end(
                    self._stop(
                        stream,
                        markdown_text=rest,
                        blocks=[why(self.incoming, reply.language)],
                        metadata=marker(self.incoming),
                    ),
                    _CUT_OFF_SECONDS,
                )
            except SlackTrouble as error:
                self._unless_known()
                log.info("the stream did not close: %s", error.code)
            else:
                return
        await self._whole(reply)

    async def replace(self, reply: Reply) -> None:
        """Show this reply instead of what was appended."""
        self._unless_known()
        await self._whole(reply)

    async def take_back(self) -> None:
        """Show nothing: what stands of the reply is deleted. SlackTrouble where Slack may not have done it."""
        if self.shown_as is not None:
            await self._end_stream()
            await self._withdraw()

    async def _begin(self) -> AsyncChatStream | None:
        thread = thread_of(self.incoming)
        if thread is None:
            self.streams = False
            return None
        outside = self.incoming.place is not Place.DIRECT
        return await self.client.chat_stream(
            buffer_size=_BUFFER,
            channel=self.incoming.id.channel,
            thread_ts=thread,
            recipient_team_id=self.incoming.author.team if outside else None,
            recipient_user_id=self.incoming.author.user if outside else None,
        )

    async def _append(self, stream: AsyncChatStream, text: str) -> None:
        begins = stream.ts is None
        self._unknown = begins
        try:
            with slack_trouble():
                await stream.append(markdown_text=text)
        except SlackTrouble as error:
            self._unknown = begins and error.code in UNCERTAIN
            raise
        self._unknown = False
        self.shown_as = stream.ts

    async def _stop(self, stream: AsyncChatStream, **last: Any) -> None:  # noqa: ANN401 - as the SDK takes them
        self._unknown = stream.ts is None
        try:
            with slack_trouble():
                await stream.stop(**last)
        except SlackTrouble as error:
            self._unknown = stream.ts is None and error.code in UNCERTAIN
            self.shown_as, self._stream = stream.ts, None
            raise
        self._unknown = False
        self.shown_as, self.closed = stream.ts, True

    async def _whole(self, reply: Reply) -> None:
        """Put the whole reply where a part of it stands, or post it.

        A reply with links takes the place of its beginning as a new message: how an update treats links is Slack's
        own choice, and a post can be told to unfold none.
        """
        text = mrkdwn(reply.text)[:_TEXT_LIMIT]
        blocks = [*(section(part) for part in sections(text)), why(self.incoming, reply.language)]
        if self.shown_as is not None:
            await self._end_stream()
            if not (links(text) and await self._withdraw()) and await self._update(text, blocks):
                return
        await to_its_end(self._post(text, blocks), _CUT_OFF_SECONDS)

    async def _end_stream(self) -> None:
        """A message that is still being streamed can be neither changed nor deleted."""
        if self._stream is None:
            return
        try:
            with slack_trouble():
                await self._stream.stop()
        except SlackTrouble as error:  # Slack ends a stream by itself after some minutes
            log.info("the stream did not close: %s", error.code)

    async def _update(self, text: str, blocks: Sequence[Block]) -> bool:
        """Show the whole in the message that is there; False where it is gone instead."""
        try:
            with slack_trouble():
                await self.client.chat_update(
                    channel=self.incoming.id.channel,
                    ts=self.shown_as or "",
                    text=text,
                    blocks=list(blocks),
                    metadata=marker(self.incoming),
                )
        except SlackTrouble as error:
            if error.code in UNCERTAIN:
                raise
            log.warning("the reply could not be replaced: %s", error.code)
            await self._withdraw()
            return False
        self.closed = True
        return True

    async def _withdraw(self) -> bool:
        """Take back what is shown: half a sentence is worse than none. Whether it is gone."""
        try:
            with slack_trouble():
                await self.client.chat_delete(channel=self.incoming.id.channel, ts=self.shown_as or "")
        except SlackTrouble as error:
            if error.code in UNCERTAIN:
                raise
            log.warning("half a reply stays: %s", error.code)
            return False
        self.shown_as = None
        return True

    async def _post(self, text: str, blocks: Sequence[Block]) -> None:
        self._unknown = True
        try:
            with slack_trouble():
                posted = await self.client.chat_postMessage(
                    channel=self.incoming.id.channel,
                    thread_ts=thread_of(self.incoming),
                    text=text,
                    blocks=list(blocks),
                    metadata=marker(self.incoming),
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except SlackTrouble as error:
            self._unknown = error.code in UNCERTAIN
            raise
        self._unknown = False
        self.shown_as, self.closed = posted["ts"], True

    def _unless_known(self) -> None:
        """Go on only where it is known what stands in Slack."""
        if self._unknown:
            raise SlackTrouble(UNREACHABLE)
