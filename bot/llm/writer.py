"""What is asked of whoever writes a reply, and what they promise."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.messages import Locale, Turn
from emotion.labels import Emotion
from emotion.reading import Reading


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """One message to answer. Neither its text nor its reading shows in a repr, so that no log can hold them."""

    text: str = field(repr=False)
    language: Locale
    """The language to answer in."""
    reading: Reading | None = field(repr=False)
    """None where nothing was read: the reply then guesses no feeling."""
    seed: str
    """Names the message. The same message gets the same built-in words in the same circumstances."""
    thread: str
    """Names the conversation, opaquely."""
    history: Sequence[Turn] = field(default=(), repr=False)
    """Earlier messages, oldest first."""

    @property
    def tone(self) -> Emotion | None:
        """The emotion whose style the reply follows: neutral for an uncertain reading, None without one."""
        if self.reading is None:
            return None
        return Emotion.NEUTRAL if self.reading.uncertain else self.reading.label


class Writer(Protocol):
    """Writes replies."""

    @property
    def source(self) -> Literal["model", "built-in"]:
        """Where the words come from, as people are told."""

    def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """Write a reply, sentence by sentence.

        Each piece is one or more whole sentences with the space that parts them from what came before; together
        they are the reply, at least one sentence of it. Close the generator to stop early.

        Raises:
            WriterError: the reply cannot be completed. What was already given is then only its beginning.
        """

    async def close(self) -> None:
        """Let go of connections."""
