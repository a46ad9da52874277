"""What is asked of whoever writes a reply, and what they promise."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from bot.messages import Locale, Turn
from emotion.labels import Emotion
from emotion.reading import Reading

SURE_FROM: Final = 0.5
"""Smallest probability of a label that may set the tone: it is likelier than all the other six together."""

VAGUE_FROM: Final = 1.4
"""Entropy in nats from which a reading sets no tone: what is not on the label is spread over the others evenly
(0.6 on the label and 0.4 spread evenly over six gives 1.39; knowing nothing gives ln 7 = 1.946)."""


def is_uncertain(reading: Reading) -> bool:
    """Whether a reading is too unsure of itself to set the tone of a reply."""
    return reading.top_p < SURE_FROM or reading.entropy >= VAGUE_FROM


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
        return Emotion.NEUTRAL if is_uncertain(self.reading) else self.reading.label


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
