"""A message → consent → reading → reply."""

import logging
from collections.abc import AsyncGenerator, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import ClassifierBusy, WriterError, WriterGarbled
from bot.llm import ReplyRequest, Writer
from bot.llm.offline import PhraseBook
from bot.messages import Incoming, Locale, MessageId, Place, Receipt, Reply, Sink, Turn
from bot.pseudonyms import Pseudonyms
from bot.store import audit, erasure, people, readings, replies, retractions, rules
from bot.store.base import Store
from bot.store.people import Standing
from bot.store.readings import NewReading
from emotion.clean import clean
from emotion.errors import Forgotten, NotReadNow
from emotion.language import language_of
from emotion.reading import Reading

log = logging.getLogger(__name__)

INFERENCE_SECONDS: Final = 2.0
"""How long a delivery waits for the classifier, in line and at work. The rest of Slack's 3 s is the database's."""

_APART: Final = timedelta(minutes=1)
"""How far Slack's clock and ours may be apart."""

LONGEST_REPLY: Final = 3_000
"""Characters of a reply at most; a longer one ends with the last sentence that fits."""


class Reads(Protocol):
    """What the conversation needs of the classifier."""

    async def read(self, text: str, deadline: float, owner: Hashable = None) -> Reading:
        """The reading of one text within so many seconds, or NotReadNow, or Forgotten where its owner was erased."""


class Conversation:
    """Decides, for every message, whether it is read, what is kept and what is answered.

    Text goes to the classifier and to the writer and nowhere else: the store gets a keyed hash, logs get nothing.
    No transaction is open while the classifier or the writer works.
    """

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        reader: Reads,
        writer: Writer,
        clock: Callable[[], datetime],
    ) -> None:
        """`reader` reads off the event loop; `clock` returns the present, aware, in UTC."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._phrases = PhraseBook()

    async def receive(self, incoming: Incoming) -> Receipt:
        """Read a message, if its author consents, and take on its reply, if the bot is addressed.

        When this returns, both are committed in one transaction. A second delivery of the message changes nothing
        and owes no reply, unless the first one's writer has died. A message that was deleted owes none, and neither
        does one whose author was erased while it was being read: the claim on the reply would name them again. Of
        whose author nothing is known, the claim names nobody if anybody was erased since the message was written.

        Raises:
            ClassifierBusy, StoreUnavailable: nothing is committed; the delivery must come again.
        """
        user_id = self._pseudonyms.person(incoming.author)
        async with self._store.read() as session:
            seen = await self._may_read(session, incoming, user_id)
            addressed = _speaks_to_bot(incoming) or (
                incoming.thread is not None
                and await replies.addressed(session, incoming.id.team, incoming.id.channel, incoming.thread)
            )
            known = addressed and await people.is_known(session, user_id)
        new = await self._read(incoming, user_id, seen)
        if new is None and not addressed:
            return Receipt(reading=None, owes_reply=False)
        async with self._store.begin() as session:
            await retractions.hold(session, incoming.id)
            kept = new is not None and await readings.keep(session, new)
            if not addressed or (known and not await people.is_known(session, user_id, hold=True)):
                return Receipt(reading=new.reading if new is not None and kept else None, owes_reply=False)
            retraction = await retractions.find(session, self._pseudonyms.message(incoming.id))
            author = user_id if known else await self._nameable(session, incoming, user_id)
            owes = (retraction is None or not retraction.is_deletion) and await replies.claim(
                session, incoming.id, thread=incoming.thread_or_own, user_id=author, now=self._clock()
            )
            # Taken on again after its writer died: the reading stands already and may be used, if it still may.
            usable = kept or (
                owes and retraction is None and new is not None and seen == await people.standing(session, user_id)
            )
        return Receipt(reading=new.reading if new is not None and usable else None, owes_reply=owes)

    async def revise(self, incoming: Incoming) -> None:
        """Read an edited message again and replace its reading. An edit never earns a reply.

        Where it may not or cannot be read any more, the earlier reading goes: it describes words that are gone. Nor
        are those read when they are delivered late. An edit that a later one has overtaken changes nothing.

        Raises:
            ClassifierBusy, StoreUnavailable: nothing is committed; the delivery must come again.
        """
        message, edited = incoming.id, incoming.edited
        user_id = self._pseudonyms.person(incoming.author)
        async with self._store.read() as session:
            seen = await self._may_read(session, incoming, user_id)
        new = await self._read(incoming, user_id, seen)
        async with self._store.begin() as session:
            if new is not None:
                await readings.replace(session, new)
            elif seen is not None and seen.covers(message.time):
                message_hash = self._pseudonyms.message(message)
                await readings.blank(session, message, message_hash, edited=edited, now=self._clock())
            else:
                await readings.remove(session, message, edited)

    async def retract(self, message: MessageId) -> None:
        """Remove the reading of a deleted message, for good. It gets no reply any more either."""
        async with self._store.begin() as session:
            await readings.retract(session, message, self._pseudonyms.message(message), self._clock())

    async def reply(self, incoming: Incoming, reading: Reading | None, history: Sequence[Turn], sink: Sink) -> Reply:
        """Answer a message in its author's language, through the sink, sentence by sentence.

        Where the writer fails, before or after its first sentence and in whatever way, the sink shows one plain
        built-in reply in its place. Returns what is shown in the end. Whatever the sink raises is let through.
        """
        request = _request(incoming, reading, history)
        try:
            text = await self._written(request, sink)
        except WriterError as error:
            log.warning("the writer failed, a built-in reply stands in: %s: %s", type(error).__name__, error)
            return await self._apologise(request, sink)
        reply = Reply(text, request.language, request.tone, self._writer.source)
        await sink.finish(reply)
        return reply

    async def apologise(
        self, incoming: Incoming, reading: Reading | None, history: Sequence[Turn], sink: Sink
    ) -> Reply:
        """Show the plain built-in reply in the place of whatever was shown: the rest will not come.

        For a door that has to give up on a `reply`. It waits for the sink and for nothing else.
        """
        return await self._apologise(_request(incoming, reading, history), sink)

    async def replied(self, message: MessageId) -> None:
        """The reply stands: nobody owes it any more."""
        async with self._store.begin() as session:
            await replies.mark_sent(session, message)

    @staticmethod
    async def _nameable(session: AsyncSession, incoming: Incoming, user_id: UUID) -> UUID:
        """Under whom a claim stands of whose author nothing is known: nobody, where they may have been erased since."""
        await erasure.wait_for_erasure(session, user_id)
        return replies.NOBODY if await audit.erased_since(session, incoming.id.time - _APART) else user_id

    @staticmethod
    async def _may_read(session: AsyncSession, incoming: Incoming, user_id: UUID) -> Standing | None:
        """The author's consent; None without one, and in a channel that administrators have barred."""
        seen = await people.standing(session, user_id)
        if seen is None or incoming.place is Place.DIRECT:
            return seen
        channels = (await rules.of(session, incoming.id.team)).reading_channels
        return seen if channels is None or incoming.id.channel in channels else None

    async def _read(self, incoming: Incoming, user_id: UUID, seen: Standing | None) -> NewReading | None:
        """The reading of a message under the consent that was seen; None where there is or can be none."""
        if seen is None or not seen.covers(incoming.id.time) or not clean(incoming.text):
            return None
        try:
            reading = await self._reader.read(incoming.text, INFERENCE_SECONDS, user_id)
        except Forgotten:
            return None
        except NotReadNow as error:
            # Slack sends it again, when the line is shorter. Called read, it would be lost for ever.
            raise ClassifierBusy(type(error).__name__) from None
        except Exception as error:  # noqa: BLE001 - no text may cost its author the reply
            log.error("a message was not read: %s", type(error).__name__)  # noqa: TRY400 - a traceback may quote it
            return None
        return NewReading(
            message=incoming.id,
            user_id=user_id,
            place=incoming.place,
            text_hash=self._pseudonyms.text_hash(incoming.text),
            reading=reading,
            seen=seen,
            message_hash=self._pseudonyms.message(incoming.id),
            edited=incoming.edited,
        )

    async def _written(self, request: ReplyRequest, sink: Sink) -> str:
        text = ""
        sentences = self._writer.stream(request)
        try:
            while (sentence := await _next(sentences)) is not None:
                if len(text) + len(sentence) > LONGEST_REPLY:
                    break
                text += sentence
                await sink.append(sentence)
        finally:
            await _close(sentences)
        if not text:
            message = "nothing that could be shown"
            raise WriterGarbled(message)
        return text

    async def _apologise(self, request: ReplyRequest, sink: Sink) -> Reply:
        apology = Reply(self._phrases.apology(request), request.language, request.tone, "apology")
        await sink.replace(apology)
        return apology


async def _next(sentences: AsyncGenerator[str, None]) -> str | None:
    """The next sentence, None at the end. Whatever goes wrong in the writer comes out as WriterError."""
    try:
        return await anext(sentences, None)
    except WriterError:
        raise
    except Exception as error:  # noqa: BLE001 - nobody is left without an answer because of it
        kind = type(error).__name__
    # Raised out here so that the writer's error, with what it may quote, is not kept as the context.
    raise WriterGarbled(kind)


async def _close(sentences: AsyncGenerator[str, None]) -> None:
    try:
        await sentences.aclose()
    except Exception as error:  # noqa: BLE001 - what was written stands, and the sink's error must not be hidden
        log.warning("the writer did not stop cleanly: %s", type(error).__name__)


def _request(incoming: Incoming, reading: Reading | None, history: Sequence[Turn]) -> ReplyRequest:
    return ReplyRequest(
        text=incoming.text,
        language=_language(incoming.text, reading, history),
        reading=reading,
        seed=f"{incoming.id.team}/{incoming.id.channel}/{incoming.id.ts}",
        thread=_thread(incoming),
        history=history,
    )


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
