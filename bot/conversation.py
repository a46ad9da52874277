"""A message → consent → reading → reply."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from datetime import datetime
from typing import Final, Protocol

from bot.errors import WriterError, WriterGarbled
from bot.llm import ReplyRequest, Writer
from bot.llm.offline import PhraseBook
from bot.messages import Incoming, Locale, MessageId, Place, Receipt, Reply, Sink, Turn
from bot.pseudonyms import Pseudonyms
from bot.store import people, readings, replies
from bot.store.base import Store
from bot.store.people import Standing
from bot.store.readings import NewReading
from emotion.clean import clean
from emotion.language import language_of
from emotion.reading import Reading

log = logging.getLogger(__name__)

INFERENCE_SECONDS: Final = 1.0
"""How long a delivery waits for the classifier. The rest of Slack's 3 s belongs to the database."""

LONGEST_REPLY: Final = 3_000
"""Characters of a reply at most; a longer one ends with the last sentence that fits."""


class Infers(Protocol):
    """What the conversation needs of the classifier."""

    def infer(self, texts: Sequence[str]) -> Sequence[Reading]:
        """One reading a text, in their order."""


class Conversation:
    """Decides, for every message, whether it is read, what is kept and what is answered.

    Text goes to the classifier and to the writer and nowhere else: the store gets a keyed hash, logs get nothing.
    No transaction is open while the classifier or the writer works.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is one of the real parts that meet here
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        classifier: Infers,
        writer: Writer,
        clock: Callable[[], datetime],
        executor: Executor,
    ) -> None:
        """`executor` is where the classifier runs, off the event loop."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._classifier = classifier
        self._writer = writer
        self._clock = clock
        self._executor = executor
        self._phrases = PhraseBook()

    async def receive(self, incoming: Incoming) -> Receipt:
        """Read a message, if its author consents, and take on its reply, if the bot is addressed.

        When this returns, both are committed in one transaction. A second delivery of the message changes nothing
        and owes no reply, unless the first one's writer has died.

        Raises:
            StoreUnavailable: nothing is committed; the delivery must come again.
        """
        async with self._store.read() as session:
            seen = await people.standing(session, self._pseudonyms.person(incoming.author))
            addressed = _speaks_to_bot(incoming) or (
                incoming.thread is not None
                and await replies.addressed(session, incoming.id.team, incoming.id.channel, incoming.thread)
            )
        new = await self._read(incoming, seen)
        if new is None and not addressed:
            return Receipt(reading=None, owes_reply=False)
        user_id = self._pseudonyms.person(incoming.author)
        async with self._store.begin() as session:
            kept = new is not None and await readings.keep(session, new)
            owes = addressed and await replies.claim(
                session, incoming.id, thread=incoming.thread_or_own, user_id=user_id, now=self._clock()
            )
            # Taken on again after its writer died: the reading stands already and may be used, if it still may.
            known = owes and not kept and new is not None and await people.standing(session, user_id) == new.seen
        return Receipt(reading=new.reading if new is not None and (kept or known) else None, owes_reply=owes)

    async def revise(self, incoming: Incoming) -> None:
        """Read an edited message again and replace its reading. An edit never earns a reply.

        Where it may not or cannot be read any more, the earlier reading goes: it describes words that are gone.
        """
        async with self._store.read() as session:
            seen = await people.standing(session, self._pseudonyms.person(incoming.author))
        new = await self._read(incoming, seen)
        async with self._store.begin() as session:
            if new is None or not await readings.replace(session, new):
                await readings.remove(session, incoming.id)

    async def retract(self, message: MessageId) -> None:
        """Remove the reading of a deleted message, for good."""
        async with self._store.begin() as session:
            await readings.retract(session, message, self._clock())

    async def reply(self, incoming: Incoming, reading: Reading | None, history: Sequence[Turn], sink: Sink) -> Reply:
        """Answer a message in its author's language, through the sink, sentence by sentence.

        Where the writer fails, before or after its first sentence, the sink shows one plain built-in reply in its
        place. Returns what is shown in the end. Whatever the sink raises is let through.
        """
        request = ReplyRequest(
            text=incoming.text,
            language=_language(incoming.text, reading, history),
            reading=reading,
            seed=f"{incoming.id.team}/{incoming.id.channel}/{incoming.id.ts}",
            thread=_thread(incoming),
            history=history,
        )
        try:
            text = await self._written(request, sink)
        except WriterError as error:
            log.warning("the writer failed, a built-in reply stands in: %s: %s", type(error).__name__, error)
            apology = Reply(self._phrases.apology(request), request.language, request.tone, "apology")
            await sink.replace(apology)
            return apology
        reply = Reply(text, request.language, request.tone, self._writer.source)
        await sink.finish(reply)
        return reply

    async def replied(self, message: MessageId) -> None:
        """The reply stands: nobody owes it any more."""
        async with self._store.begin() as session:
            await replies.mark_sent(session, message)

    async def addressed_thread(self, team: str, channel: str, thread: str) -> bool:
        """Whether the bot was addressed in this thread before."""
        async with self._store.read() as session:
            return await replies.addressed(session, team, channel, thread)

    async def _read(self, incoming: Incoming, seen: Standing | None) -> NewReading | None:
        """The reading of a message under the consent that was seen; None where there is or can be none."""
        if seen is None or not seen.covers(incoming.id.time) or not clean(incoming.text):
            return None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(INFERENCE_SECONDS):
                (reading,) = await loop.run_in_executor(self._executor, self._classifier.infer, [incoming.text])
        except Exception as error:  # noqa: BLE001 - no text may cost its author the reply
            log.error("a message was not read: %s", type(error).__name__)  # noqa: TRY400 - a traceback may quote it
            return None
        return NewReading(
            message=incoming.id,
            user_id=self._pseudonyms.person(incoming.author),
            place=incoming.place,
            text_hash=self._pseudonyms.text_hash(incoming.text),
            reading=reading,
            seen=seen,
        )

    async def _written(self, request: ReplyRequest, sink: Sink) -> str:
        text = ""
        async with aclosing(self._writer.stream(request)) as sentences:
            async for sentence in sentences:
                if len(text) + len(sentence) > LONGEST_REPLY:
                    break
                text += sentence
                await sink.append(sentence)
        if not text:
            message = "nothing that could be shown"
            raise WriterGarbled(message)
        return text


def _speaks_to_bot(incoming: Incoming) -> bool:
    return incoming.place is Place.DIRECT or incoming.mentioned


def _thread(incoming: Incoming) -> str:
    """Names the conversation: the thread, or the whole of a direct message outside threads."""
    channel = f"{incoming.id.team}/{incoming.id.channel}"
    if incoming.place is Place.DIRECT and incoming.thread is None:
        return channel
    return f"{channel}/{incoming.thread_or_own}"


def _language(text: str, reading: Reading | None, history: Sequence[Turn]) -> Locale:
    """The writer's language; where the message shows none, that of the latest turn that does, or English."""
    language = reading.language if reading is not None else language_of(text)
    if language != "und":
        return language
    return next((known for turn in reversed(history) if (known := language_of(turn.text)) != "und"), "en")
