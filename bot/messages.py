"""What passes between the doors and the house: frozen, and free of Slack's shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from emotion.labels import Emotion
from emotion.reading import Reading

Locale = Literal["ko", "en"]
"""The language in which somebody is addressed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the outside names them. Never stored: the store knows only a pseudonym."""

    team: str
    user: str


@dataclass(frozen=True, slots=True)
class MessageId:
    """The identity of a message: redeliveries and double events share it."""

    team: str
    channel: str
    ts: str
    """Slack's timestamp, seconds since the epoch with six decimals, as text."""

    @property
    def time(self) -> datetime:
        """When the message was written, in UTC."""
        return datetime.fromtimestamp(float(self.ts), tz=UTC)


class Place(StrEnum):
    """Where a message was written."""

    CHANNEL = "channel"
    """A public or private channel."""
    GROUP = "group"
    """A group direct message."""
    DIRECT = "direct"
    """A direct message to the bot."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that a person wrote. Its text shows in no repr, so that no log can hold it."""

    id: MessageId
    author: Person
    text: str = field(repr=False)
    place: Place = Place.CHANNEL
    mentioned: bool = False
    """Whether the bot is named in it."""
    thread: str | None = None
    """The ts of the thread's first message, where it stands in a thread."""
    edited: str | None = None
    """Slack's ts of the latest edit: of two edits it tells which is later. None where it was never edited."""

    @property
    def thread_or_own(self) -> str:
        """The thread in which an answer belongs."""
        return self.thread or self.id.ts


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message, once it is committed."""

    reading: Reading | None
    """None without consent, without text, and for a delivery whose message was read before and that owes no reply."""
    owes_reply: bool
    """True for exactly one delivery of a message that is answered; a redelivery gets False."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation, for context. In memory for minutes, never stored."""

    role: Literal["person", "bot"]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says, as plain Markdown without mentions. The door escapes it."""

    text: str = field(repr=False)
    language: Locale
    emotion: Emotion | None
    """The emotion whose style it was written in; None for the style without a reading."""
    source: Literal["model", "built-in", "apology"]
    """`apology` stands in for a model that failed."""


class Sink(Protocol):
    """Where a reply is shown while it is being written."""

    async def append(self, text: str) -> None:
        """Show one or more whole sentences after what is already shown."""

    async def finish(self, reply: Reply) -> None:
        """Close with the whole reply: what was appended is exactly its beginning."""

    async def replace(self, reply: Reply) -> None:
        """Show this reply in the place of whatever was appended: the rest never came."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom something is drawn or said."""

    locale: Locale = "en"
    timezone: str = "UTC"
    """IANA name."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn report, ready to be uploaded."""

    png: bytes = field(repr=False)
    title: str
    alt_text: str
    """What the picture says, for those who do not see it; at most 1,000 characters."""
    facts: Sequence[str]
    """The same in short sentences, to stand beside the picture."""
    filename: str
    chart: Mapping[str, Any] | None = None
    """The same as a chart of the chat's own, for a door that knows it; None where there is none."""
