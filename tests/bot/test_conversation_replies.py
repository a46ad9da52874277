"""A reading → the words of a reply, shown as they come."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from bot.conversation import LONGEST_REPLY, Conversation
from bot.errors import WriterGarbled, WriterTimeout
from bot.llm import ReplyRequest
from bot.llm.offline import APOLOGY, PhraseBook, phrases
from bot.messages import Place, Reply, Turn
from emotion.labels import Emotion
from emotion.reading import Reading
from tests.bot.conversing import TEXT, House, Scripted, Shown
from tests.factories import reading


@asynccontextmanager
async def replying(
    house: House, *sentences: str, failure: BaseException | None = None
) -> AsyncIterator[tuple[Conversation, Scripted, Shown]]:
    writer = Scripted(sentences, failure)
    yield house.with_writer(writer), writer, Shown()
    assert writer.closed == len(writer.requests) == 1


async def test_a_reply_is_shown_as_it_is_written(house: House) -> None:
    """Sentences appear one by one and the finished reply is what they add up to, in the reading's style."""
    async with replying(house, "하나예요.", " 둘이에요.") as (conversation, writer, shown):
        felt = reading(Emotion.FEAR, language="ko")
        history = [Turn("bot", "안녕하세요")]
        reply = await conversation.reply(house.says("무서워요"), felt, history, shown)
    assert reply == Reply("하나예요. 둘이에요.", "ko", Emotion.FEAR, "model")
    assert (shown.text, shown.ended) == (reply.text, ["finished"])
    (request,) = writer.requests
    assert (request.text, request.reading, request.history) == ("무서워요", felt, history)


@pytest.mark.parametrize("sentences", [(), ("It is true that",), ("One whole sentence.", " Another one.")])
@pytest.mark.parametrize("failure", [WriterTimeout("late"), WriterGarbled("cut"), RecursionError(), OSError(TEXT)])
async def test_a_writer_that_fails_is_replaced_whole(
    house: House, sentences: Sequence[str], failure: Exception
) -> None:
    """Before or after its first words, expectedly or not: one plain reply in the place of whatever was shown."""
    async with replying(house, *sentences, failure=failure) as (conversation, _, shown):
        reply = await conversation.reply(house.says(), reading(Emotion.SADNESS), [], shown)
    assert reply.source == "apology"
    assert reply.text.endswith(tuple(phrases()[APOLOGY]["en"]))
    assert reply.text.startswith(tuple(phrases()["sadness"]["en"]))
    assert (shown.text, shown.ended) == (reply.text, ["replaced"])


async def test_a_door_that_gives_up_shows_the_apology(house: House) -> None:
    """In the place of half a reply, without asking the writer, and the very one that a failing writer would give."""
    incoming, shown, failed = house.says("너무 무서워요"), Shown("First."), Shown()
    reply = await house.conversation.apologise(incoming, reading(Emotion.FEAR, language="ko"), [], shown)
    assert (reply.source, reply.language, reply.emotion) == ("apology", "ko", Emotion.FEAR)
    assert (shown.text, shown.ended) == (reply.text, ["replaced"])
    assert house.writer.requests == []
    async with replying(house, failure=WriterTimeout()) as (conversation, _, _):
        assert await conversation.reply(incoming, reading(Emotion.FEAR, language="ko"), [], failed) == reply


async def test_a_reply_that_is_being_stopped_is_not_taken_for_a_failure(house: House) -> None:
    """Whoever cancels a reply gets the cancellation, and nothing more is shown by it."""
    async with replying(house, "One.", failure=asyncio.CancelledError()) as (conversation, _, shown):
        with pytest.raises(asyncio.CancelledError):
            await conversation.reply(house.says(), None, [], shown)
    assert (shown.text, shown.ended) == ("One.", [])


async def test_a_writer_that_does_not_close_cleanly_spoils_no_reply(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """What was written stands, the trouble shows in the log by its kind."""

    class Stuck(Scripted):
        async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:  # noqa: ARG002 - the writer's
            try:
                while True:
                    yield "word " * 20 + "end. "
            finally:
                raise OSError(TEXT)

    shown = Shown()
    reply = await house.with_writer(Stuck()).reply(house.says(), None, [], shown)
    assert (reply.source, shown.ended) == ("model", ["finished"])
    assert "OSError" in caplog.text
    assert TEXT not in caplog.text


async def test_a_writer_without_words_counts_as_failed(house: House) -> None:
    """Nothing at all is no reply."""
    async with replying(house) as (conversation, _, shown):
        reply = await conversation.reply(house.says(), None, [], shown)
    assert (reply.source, reply.emotion, shown.ended) == ("apology", None, ["replaced"])


async def test_a_reply_without_end_is_ended(house: House) -> None:
    """It stops with the last sentence that fits, and the writer is told to stop."""
    sentence = "word " * 20 + "end."
    async with replying(house, sentence, *[" " + sentence] * 1000) as (conversation, _, shown):
        reply = await conversation.reply(house.says(), None, [], shown)
    assert LONGEST_REPLY - 2 * len(sentence) < len(reply.text) <= LONGEST_REPLY
    assert reply.text.endswith("end.")
    assert shown.text == reply.text


async def test_an_uncertain_reading_gives_a_neutral_reply(house: House) -> None:
    """The reply says which style it was written in."""
    async with replying(house, "Well.") as (conversation, _, shown):
        reply = await conversation.reply(house.says(), reading(Emotion.ANGER, 0.3, uncertain=True), [], shown)
    assert reply.emotion is Emotion.NEUTRAL


@pytest.mark.parametrize(
    ("text", "felt", "history", "language"),
    [
        ("whatever", reading(language="ko"), [], "ko"),
        ("오늘 어때요?", None, [], "ko"),
        ("How are you?", None, [Turn("person", "안녕하세요")], "en"),
        ("🎉", reading(language="und"), [Turn("person", "좋네요"), Turn("bot", "🎉")], "ko"),
        ("🎉", None, [Turn("person", "좋네요"), Turn("person", "nice")], "en"),
        ("12:30", None, [], "en"),
    ],
)
async def test_the_answer_is_in_the_writers_language(
    house: House, text: str, felt: Reading | None, history: list[Turn], language: str
) -> None:
    """The reading's language, else the text's, else that of the talk so far, else English."""
    async with replying(house, "Well.") as (conversation, writer, shown):
        reply = await conversation.reply(house.says(text), felt, history, shown)
    assert reply.language == writer.requests[0].language == language


async def test_without_a_model_the_built_in_replies_answer(house: House) -> None:
    """And one direct message after the other never gets the same twice running."""
    conversation = house.with_writer(PhraseBook())
    texts = []
    for _ in range(30):
        shown = Shown()
        reply = await conversation.reply(house.says(place=Place.DIRECT), reading(Emotion.JOY), [], shown)
        assert reply.source == "built-in"
        texts.append(shown.text)
    assert all(one != two for one, two in pairwise(texts))
    assert set(texts) <= set(phrases()["joy"]["en"])


async def test_what_the_sink_raises_is_let_through(house: House) -> None:
    """Trouble with Slack is not trouble with the writer: the door deals with it, and the writer is closed."""

    class Broken(Shown):
        async def append(self, text: str) -> None:  # noqa: ARG002 - the sink's signature
            raise ConnectionError

    async with replying(house, "One.", " Two.") as (conversation, _, _):
        with pytest.raises(ConnectionError):
            await conversation.reply(house.says(), None, [], Broken())


async def test_no_log_of_a_failing_writer_holds_text(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """What people wrote stays out of every record."""
    with caplog.at_level(logging.DEBUG):
        for failure in (WriterGarbled("no choices"), RuntimeError(TEXT)):
            async with replying(house, "An answer.", failure=failure) as (conversation, _, shown):
                await conversation.reply(house.says(), reading(), [Turn("person", "an earlier secret")], shown)
    assert "WriterGarbled: no choices" in caplog.text
    assert "WriterGarbled: RuntimeError" in caplog.text
    assert not any(words in caplog.text for words in (TEXT, "An answer.", "an earlier secret", shown.text))
