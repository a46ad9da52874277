"""The conversation with the shipped classifier and a model service over real HTTP: nothing is faked but Slack."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.conversation import Conversation
from bot.llm.client import OpenAIWriter
from bot.llm.offline import PhraseBook, phrases
from bot.llm.prompts import prompt
from bot.messages import Locale, Place
from bot.settings import load
from emotion.batching import Batcher
from emotion.cache import ReadingCache
from emotion.classifier import Classifier
from emotion.labels import Emotion
from tests.bot.conversing import House, Shown
from tests.bot.test_conversation import HOSTILE
from tests.factories import person
from tests.openai_server import Cut, OpenAIServer, Says, Status

SENTENCES: list[tuple[str, Emotion, Locale]] = [
    ("오늘 발표 끝나서 너무 기뻐요!", Emotion.JOY, "ko"),
    ("내일 발표인데 너무 무서워요", Emotion.FEAR, "ko"),
    ("회의는 3시에 시작합니다", Emotion.NEUTRAL, "ko"),
    ("I'm so disappointed and sad about the release", Emotion.SADNESS, "en"),
    ("We finally shipped it, I'm so happy!", Emotion.JOY, "en"),
    ("This is disgusting", Emotion.DISGUST, "en"),
]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.from_pretrained()


@pytest.fixture
async def reader(classifier: Classifier) -> AsyncIterator[Batcher]:
    made = Batcher(classifier, cache=ReadingCache(100, 600))
    yield made
    await made.close()


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as made:
        yield made


@pytest.fixture
async def writer(server: OpenAIServer) -> AsyncIterator[OpenAIWriter]:
    settings = load(_env_file=None, openai_base_url=server.url, openai_api_key=SecretStr("test"), openai_model="m")
    made = OpenAIWriter.from_settings(settings)
    yield made
    await made.close()


@pytest.mark.parametrize(("text", "emotion", "language"), SENTENCES)
async def test_a_feeling_is_read_kept_and_answered_in_its_tone(  # noqa: PLR0913, PLR0917 - a row and the parts
    house: House,
    classifier: Classifier,
    reader: Batcher,
    server: OpenAIServer,
    writer: OpenAIWriter,
    text: str,
    emotion: Emotion,
    language: Locale,
) -> None:
    """Korean and English, from the words to the row in the database, the prompt on the wire and the reply shown."""
    conversation = Conversation(house.store, house.pseudonyms, reader, writer, house.clock)
    await house.consent.grant(person(), "test")
    incoming = house.says(text, place=Place.DIRECT)
    receipt = await conversation.receive(incoming)
    shown = Shown()
    reply = await conversation.reply(incoming, receipt.reading, [], shown)
    (row,) = await house.rows()
    assert (row.top_label, row.meta["language"], row.model_version) == (emotion, language, classifier.version)
    (asked,) = server.asked
    assert prompt(emotion.value).text in asked.instructions
    assert text in asked.message
    assert ("해요체" in asked.instructions) == (language == "ko")
    assert (reply.emotion, reply.language, reply.source) == (emotion, language, "model")
    assert shown.text == reply.text == "I hear you. What would help right now?"


@pytest.mark.parametrize("failure", [Status(500), Status(401), Cut("A whole sentence. And ha")])
async def test_when_the_service_fails_the_reading_stays(
    house: House,
    reader: Batcher,
    server: OpenAIServer,
    writer: OpenAIWriter,
    failure: Status | Cut,
) -> None:
    """One plain reply in Korean to a Korean, and the row is there."""
    server.script(failure)
    conversation = Conversation(house.store, house.pseudonyms, reader, writer, house.clock)
    await house.consent.grant(person(), "test")
    incoming = house.says("내일 발표인데 너무 무서워요", mentioned=True)
    receipt = await conversation.receive(incoming)
    shown = Shown()
    reply = await conversation.reply(incoming, receipt.reading, [], shown)
    assert (reply.source, reply.language, shown.ended) == ("apology", "ko", ["replaced"])
    assert reply.text.startswith(tuple(phrases()["fear"]["ko"]))
    assert len(await house.rows()) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_goes_the_whole_way(house: House, reader: Batcher, writer: OpenAIWriter, text: str) -> None:
    """Read, stored, edited, answered by the service and by the built-in replies, without an error."""
    await house.consent.grant(person(), "test")
    for each in (writer, PhraseBook()):
        conversation = Conversation(house.store, house.pseudonyms, reader, each, house.clock)
        incoming = house.says(text, place=Place.DIRECT)
        receipt = await conversation.receive(incoming)
        shown = Shown()
        reply = await conversation.reply(incoming, receipt.reading, [], shown)
        assert reply.source == each.source
        assert shown.text == reply.text
        await conversation.revise(replace(incoming, text=text + text))
    assert len(await house.rows()) == (0 if text == "" else 2)


async def test_the_last_reply_of_the_service_is_whole_sentences(
    house: House, server: OpenAIServer, writer: OpenAIWriter
) -> None:
    """An endpoint that stops at its length limit leaves no half sentence in Slack."""
    server.script(Says("알겠어요. 그럼 먼저 로그를 보", finish="length"))
    shown = Shown()
    conversation = house.with_writer(writer)
    reply = await conversation.reply(house.says("왜 안 될까요?"), None, [], shown)
    assert shown.text == reply.text == "알겠어요."
