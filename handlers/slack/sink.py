"""Shows a reply in Slack: streamed where Slack streams, otherwise as one message."""

import logging
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.web.async_chat_stream import AsyncChatStream
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Incoming, Place, Reply
from handlers.slack.blocks import section, sections
from handlers.slack.errors import slack_trouble
from handlers.slack.text import escape, mrkdwn

log = logging.getLogger(__name__)

MARKER: Final = "maeum_reply"
"""The event type of the metadata that a reply carries, by which it is found again."""
_BUFFER: Final = 64
"""Characters gathered before Slack is called: a sentence or two, so that the rate limit is not reached."""
_STREAM_LIMIT: Final = 11_000
"""Slack takes 12,000 characters of Markdown in a stream; escaping may lengthen the text."""
_TEXT_LIMIT: Final = 39_000
"""Slack cuts a message's text at 40,000 characters."""


def thread_of(incoming: Incoming) -> str | None:
    """Where the answer belongs: in the message's thread, or one of its own; a direct message stays where it is."""
    return incoming.thread if incoming.place is Place.DIRECT else incoming.thread_or_own


def marker(incoming: Incoming) -> dict[str, Any]:
    """What ties a reply to the message it answers."""
    return {"event_type": MARKER, "event_payload": {"message_ts": incoming.id.ts}}


@dataclass(slots=True)
class SlackSink:
    """One reply to one message. SlackTrouble from any step means that nothing is shown, or a part at most."""

    client: AsyncWebClient
    incoming: Incoming
    streams: bool
    """Whether to show the reply while it is written; Slack streams only into threads."""
    shown_as: str | None = None
    """The ts of the message that shows the reply, once there is one."""
    _shown: str = field(default="", repr=False)
    _stream: AsyncChatStream | None = field(default=None, repr=False)

    async def append(self, text: str) -> None:
        """Show one or more whole sentences. Where Slack does not stream, they wait for the end."""
        self._shown += text
        if not self.streams or len(self._shown) > _STREAM_LIMIT:
            self.streams = False
            return
        if self._stream is None:
            self._stream = await self._begin()
        if self._stream is None:
            return
        try:
            with slack_trouble():
                await self._stream.append(markdown_text=escape(text))
        except SlackTrouble as error:
            log.info("no stream: %s", error.code)
            self.streams = False
        self.shown_as = self._stream.ts or self.shown_as

    async def finish(self, reply: Reply) -> None:
        """Close with the whole reply."""
        if self._stream is not None and self.streams and len(reply.text) <= _STREAM_LIMIT:
            rest = reply.text[len(self._shown) :]
            try:
                with slack_trouble():
                    await self._stream.stop(markdown_text=escape(rest), metadata=marker(self.incoming))
            except SlackTrouble as error:
                log.info("the stream did not close: %s", error.code)
                self.shown_as = self._stream.ts
            else:
                self.shown_as = self._stream.ts
                return
        await self._whole(reply)

    async def replace(self, reply: Reply) -> None:
        """Show this reply instead of what was appended."""
        if self.shown_as is not None and self._stream is not None:
            try:
                with slack_trouble():
                    await self._stream.stop()
            except SlackTrouble as error:  # Slack ends a stream by itself after some minutes
                log.info("the stream did not close: %s", error.code)
        await self._whole(reply)

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

    async def _whole(self, reply: Reply) -> None:
        """Put the whole reply where a part of it stands, or post it."""
        text = mrkdwn(reply.text)[:_TEXT_LIMIT]
        if self.shown_as is not None:
            try:
                with slack_trouble():
                    await self.client.chat_update(
                        channel=self.incoming.id.channel,
                        ts=self.shown_as,
                        text=text,
                        blocks=[section(part) for part in sections(text)],  # those of the stream would stay otherwise
                        metadata=marker(self.incoming),
                    )
            except SlackTrouble as error:
                log.warning("the reply could not be replaced: %s", error.code)
                await self._withdraw()
            else:
                return
        with slack_trouble():
            posted = await self.client.chat_postMessage(
                channel=self.incoming.id.channel,
                thread_ts=thread_of(self.incoming),
                text=text,
                metadata=marker(self.incoming),
                unfurl_links=False,
                unfurl_media=False,
            )
        self.shown_as = posted["ts"]

    async def _withdraw(self) -> None:
        """Half a sentence is worse than none."""
        try:
            with slack_trouble():
                await self.client.chat_delete(channel=self.incoming.id.channel, ts=self.shown_as or "")
        except SlackTrouble as error:
            log.warning("half a reply stays: %s", error.code)
