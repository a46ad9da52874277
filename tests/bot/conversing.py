"""What a conversation needs, held in a test's hand."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import select

from bot.consent import Consent
from bot.conversation import Conversation
from bot.llm import ReplyRequest, Writer
from bot.messages import Incoming, Person, Reply
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from bot.store.tables import ReadingRow, ReplyRow
from emotion.batching import Batcher
from emotion.labels import Emotion
from emotion.language import language_of
from emotion.reading import Reading
from tests.factories import message_id, person, reading
from tests.fakes import Clock

TEXT: Final = "The merger is called off and I am so sad about it"


@dataclass(slots=True)
class Reader:
    """A classifier that says sadness of everything, in the language of the text, and notes what it was asked."""

    version: str = "test-1"
    label: Emotion = Emotion.SADNESS
    asked: list[str] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """One reading a text."""
        self.before()
        self.asked += texts
        return [reading(self.label, language=language_of(text)) for text in texts]


@dataclass(slots=True)
class Scripted:
    """A writer that says these sentences, and then fails where told to."""

    sentences: Sequence[str] = ("First.", " Second.")
    failure: BaseException | None = None
    requests: list[ReplyRequest] = field(default_factory=list)
    closed: int = 0
    source: Literal["model"] = "model"

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """The script."""
        self.requests.append(request)
        try:
            for sentence in self.sentences:
                yield sentence
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed += 1

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Shown:
    """A sink that keeps what a person sees."""

    text: str = ""
    ended: list[str] = field(default_factory=list)

    async def append(self, text: str) -> None:
        """More of the reply."""
        assert not self.ended, "appended after the end"
        self.text += text

    async def finish(self, reply: Reply) -> None:
        """What was appended must be its beginning."""
        assert reply.text.startswith(self.text)
        self.text = reply.text
        self.ended.append("finished")

    async def replace(self, reply: Reply) -> None:
        """Something else in its place."""
        self.text = reply.text
        self.ended.append("replaced")


@dataclass(frozen=True, slots=True)
class House:
    """What the stories below are told with."""

    conversation: Conversation
    store: Store
    consent: Consent
    pseudonyms: Pseudonyms
    clock: Clock
    reader: Reader
    batcher: Batcher
    writer: Scripted

    def says(self, text: str = TEXT, author: Person | None = None, **how: Any) -> Incoming:  # noqa: ANN401 - fields of Incoming
        """Somebody writes now; a second later than whatever came before."""
        self.clock.advance(seconds=1)
        return Incoming(message_id(self.clock()), author or person(), text, **how)

    def with_writer(self, writer: Writer) -> Conversation:
        """The same conversation with another writer."""
        return Conversation(self.store, self.pseudonyms, self.batcher, writer, self.clock)

    async def rows(self) -> Sequence[ReadingRow]:
        """The stored readings, oldest first."""
        async with self.store.read() as session:
            return (await session.scalars(select(ReadingRow).order_by(ReadingRow.time))).all()

    async def owed(self) -> Sequence[tuple[str, str]]:
        """The claims on replies: message and state."""
        async with self.store.read() as session:
            return [(row.message_ts, row.state) for row in await session.scalars(select(ReplyRow))]
