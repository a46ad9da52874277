"""The model service, spoken to over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

import pytest
from openai import AsyncOpenAI
from pydantic import SecretStr

from bot.errors import (
    WriterBusy,
    WriterError,
    WriterGarbled,
    WriterRefused,
    WriterTimeout,
    WriterUnreachable,
)
from bot.llm.client import ATTEMPTS, Deadlines, OpenAIWriter
from bot.settings import load
from tests.bot.llm.asking import asking
from tests.factories import reading
from tests.openai_server import Answer, Cut, Drip, OpenAIServer, Peters, Raw, Says, Silence, Status

SECRET: Final = "the merger is called off"
PATIENT: Final = Deadlines(connect=5, first_token=20, total=30)
HASTY: Final = Deadlines(connect=5, first_token=0.2, total=30)


@dataclass(slots=True)
class Naps:
    """Stands for asyncio.sleep: notes how long, and does not wait."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Note it."""
        self.taken.append(seconds)


@asynccontextmanager
async def writing(
    *answers: Answer, deadlines: Deadlines = PATIENT, naps: Naps | None = None, model: str = "m"
) -> AsyncIterator[tuple[OpenAIWriter, OpenAIServer]]:
    async with OpenAIServer(*answers) as server:
        client = AsyncOpenAI(api_key="k", base_url=server.url)
        writer = OpenAIWriter(client, model, deadlines, sleep=naps or Naps(), jitter=lambda low, _: low)
        try:
            yield writer, server
        finally:
            await writer.close()


async def said(writer: OpenAIWriter, text: str = SECRET, into: list[str] | None = None) -> list[str]:
    """The sentences of a reply; `into` holds those that came even where an error follows."""
    pieces = [] if into is None else into
    async with aclosing(writer.stream(asking(text))) as sentences:
        async for sentence in sentences:
            pieces.append(sentence)
    return pieces


async def test_an_answer_comes_sentence_by_sentence() -> None:
    """Whatever the fragments on the wire, whole sentences come out, and together they are the answer."""
    answer = "첫 문장이에요. 둘째는 질문일까요? Yes! 1. eins\n2. zwei\n\n끝"
    async with writing(Says(answer)) as (writer, _):
        pieces = await said(writer)
    assert "".join(pieces) == answer
    assert pieces == ["첫 문장이에요.", " 둘째는 질문일까요?", " Yes!", " 1. eins", "\n2. zwei", "\n\n끝"]


async def test_what_is_sent_is_a_streamed_chat_completion() -> None:
    """The model, the prompt and the message travel in the protocol's own shape, with the key."""
    async with writing(Says("Hello."), model="some-model") as (writer, server):
        await said(writer, "오늘 배포했어요")
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == "Bearer k"
    assert asked.body["model"] == "some-model"
    assert asked.body["stream"] is True
    assert "오늘 배포했어요" in asked.message
    assert "reasoning_effort" not in asked.body


async def test_thinking_models_are_asked_to_think_little() -> None:
    """A reply in Slack cannot wait for long thoughts; only models that know the word are told."""
    async with writing(Says("Hello."), model="gpt-5-mini") as (writer, server):
        await said(writer)
    assert server.asked[0].body["reasoning_effort"] == "low"


async def test_a_local_endpoint_needs_no_key() -> None:
    """OPENAI_BASE_URL alone is enough."""
    async with OpenAIServer(Says("Hello.")) as server:
        settings = load(_env_file=None, openai_base_url=server.url, openai_api_key=None, openai_model="llama")
        writer = OpenAIWriter.from_settings(settings)
        assert await said(writer) == ["Hello."]
        await writer.close()


async def test_the_key_shows_nowhere() -> None:
    """A writer made from settings sends the key and does not print it."""
    async with OpenAIServer(Says("Hello.")) as server:
        key = SecretStr("sk-very-secret-key-of-somebody")
        settings = load(_env_file=None, openai_base_url=server.url, openai_api_key=key)
        writer = OpenAIWriter.from_settings(settings)
        await said(writer)
        await writer.close()
    assert server.asked[0].headers["authorization"] == f"Bearer {key.get_secret_value()}"
    assert key.get_secret_value() not in repr(writer)


async def test_too_busy_then_answered() -> None:
    """On 429 the writer waits as long as the service asks, and asks again."""
    naps = Naps()
    async with writing(Status(429, {"Retry-After": "3"}), Says("Now."), naps=naps) as (writer, server):
        assert await said(writer) == ["Now."]
    assert naps.taken == [3.0]
    assert len(server.asked) == 2


async def test_a_date_to_come_back_at_is_understood() -> None:
    """`Retry-After` may be a date."""
    naps = Naps()
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
    async with writing(Status(429, {"Retry-After": later}), Says("Now."), naps=naps) as (writer, _):
        assert await said(writer) == ["Now."]
    assert 5 < naps.taken[0] <= 15


async def test_a_wish_beyond_the_deadline_is_not_waited_for() -> None:
    """Asked to come back in an hour, the writer gives up at once instead of keeping the person waiting."""
    naps = Naps()
    async with writing(Status(429, {"Retry-After": "3600"}), naps=naps) as (writer, server):
        with pytest.raises(WriterBusy):
            await said(writer)
    assert (naps.taken, len(server.asked)) == ([], 1)


async def test_an_empty_account_is_not_asked_twice() -> None:
    """A 429 for lack of money will not change in a second."""
    async with writing(Status(429, error_code="insufficient_quota")) as (writer, server):
        with pytest.raises(WriterBusy):
            await said(writer)
    assert len(server.asked) == 1


@pytest.mark.parametrize("failure", [Status(500), Status(503), Cut("")])
async def test_a_stumble_before_the_first_word_is_forgiven(failure: Answer) -> None:
    """5xx and lost connections are tried again while nobody has seen anything, each time after a longer pause."""
    naps = Naps()
    async with writing(failure, failure, Says("Here."), naps=naps) as (writer, server):
        assert await said(writer) == ["Here."]
    assert len(server.asked) == 3
    assert naps.taken == [0.25, 0.5]


@pytest.mark.parametrize(
    ("failure", "error"), [(Status(429), WriterBusy), (Status(500), WriterUnreachable), (Cut(""), WriterUnreachable)]
)
async def test_attempts_are_bounded(failure: Answer, error: type[WriterError]) -> None:
    """A service that keeps failing is asked three times and no more."""
    async with writing(failure) as (writer, server):
        with pytest.raises(error):
            await said(writer)
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422])
async def test_a_refusal_is_final(code: int) -> None:
    """4xx will not get better by asking again."""
    async with writing(Status(code)) as (writer, server):
        with pytest.raises(WriterRefused):
            await said(writer)
    assert len(server.asked) == 1


async def test_nobody_there() -> None:
    """No server at all is told apart from a slow one."""
    async with OpenAIServer() as server:
        url = server.url
    writer = OpenAIWriter(AsyncOpenAI(api_key="k", base_url=url), "m", PATIENT, sleep=Naps())
    with pytest.raises(WriterUnreachable):
        await said(writer)
    await writer.close()


@pytest.mark.parametrize("silence", [Silence(), Silence(headers=True)])
async def test_silence_ends_at_the_first_token_deadline(silence: Answer) -> None:
    """Headers and comments that keep the line open are no first word; the person has waited enough for one attempt."""
    async with writing(silence, deadlines=HASTY) as (writer, server):
        with pytest.raises(WriterTimeout):
            await said(writer)
    assert len(server.asked) == 1


async def test_an_answer_without_end_ends_at_the_total_deadline() -> None:
    """Words that keep dripping past the deadline are given up, after the whole sentences that came."""
    pieces: list[str] = []
    async with writing(Drip("Again. "), deadlines=Deadlines(5, 20, 0.4)) as (writer, _):
        with pytest.raises(WriterTimeout):
            await said(writer, into=pieces)
    assert {piece.strip() for piece in pieces} == {"Again."}


async def test_a_slow_reader_is_not_cancelled_by_the_deadline() -> None:
    """The deadline strikes inside the writer, never in the middle of what the consumer is doing."""
    busy: list[str] = []

    async def consume(sentences: AsyncIterator[str]) -> None:
        busy.append(await anext(sentences))
        await asyncio.sleep(0.5)  # past the deadline, undisturbed
        busy.append("still here")
        async for _ in sentences:
            pass

    async with (
        writing(Drip("Again. "), deadlines=Deadlines(5, 20, 0.3)) as (writer, _),
        aclosing(writer.stream(asking())) as sentences,
    ):
        with pytest.raises(WriterTimeout):
            await consume(sentences)
    assert busy == ["Again.", "still here"]


async def test_a_stream_cut_after_its_first_words_is_not_begun_again() -> None:
    """What was shown cannot be unsaid by a second answer: the error comes after the whole sentences."""
    pieces: list[str] = []
    async with writing(Cut("One whole sentence. And a ha")) as (writer, server):
        with pytest.raises(WriterUnreachable):
            await said(writer, into=pieces)
    assert pieces == ["One whole sentence."]
    assert len(server.asked) == 1


GARBAGE: Final[list[Answer]] = [
    Raw(b""),
    Raw(b"<html><body>Bad gateway</body></html>", "text/html"),
    Raw(b"data: {not json\n\n"),
    Raw(b"data: \xff\xfe\xff\n\n"),
    Raw(b"data: [1, 2]\n\n"),
    Raw(b'data: "hello"\n\n'),
    Raw(b"data: null\n\n"),
    Raw(b'data: {"choices": "none"}\n\n'),
    Raw(b'data: {"choices": [null]}\n\ndata: {"choices": [{"delta": null}]}\n\n'),
    Raw(b'data: {"choices": [{"delta": {"content": {"a": 1}}}]}\n\n'),
    Raw(b'data: {"error": {"message": "the merger is called off"}}\n\n'),
    Raw(b'{"choices": [{"message": {"content": "Not a stream."}}]}', "application/json"),
    Raw(b"data: [DONE]\n\n"),
    Raw(b"data: " + b"[" * 100_000 + b"\n\n"),
    Says(""),
    Says(" \n \x00 "),
    Says("word " * 1000),
    Says("no sentence within the limit", finish="length"),
    Says("Of no use.", finish="content_filter"),
    Says("", finish="tool_calls"),
    Peters("The stream ends and no reason is"),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_called_garbage(garbage: Answer) -> None:
    """Whatever is no answer in the protocol becomes one kind of error, never a half answer and never another error."""
    async with writing(garbage) as (writer, _):
        with pytest.raises(WriterGarbled):
            await said(writer)


async def test_an_answer_at_the_length_limit_ends_with_its_last_whole_sentence() -> None:
    """The endpoint's limit cuts anywhere; the reply does not."""
    async with writing(Says("One. Two. And then the thr", finish="length")) as (writer, _):
        assert await said(writer) == ["One.", " Two."]


async def test_control_characters_of_the_model_do_not_pass() -> None:
    """What the model writes can be sent on: no NUL, no lone surrogates."""
    async with writing(Says("Fi\x00ne\ud800. 좋아요 😀.")) as (writer, _):
        assert await said(writer) == ["Fine.", " 좋아요 😀."]


@pytest.mark.parametrize("failure", [Status(400, quoted=SECRET), Status(500, quoted=SECRET), Cut(SECRET), GARBAGE[10]])
async def test_no_error_quotes_the_conversation(failure: Answer) -> None:
    """The client's errors carry bodies; ours keep neither their words nor the errors themselves."""
    async with writing(failure) as (writer, _):
        with pytest.raises(WriterError) as caught:
            await said(writer)
    assert SECRET not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "\ud83d alone",
        "a" * 40_000,
        "\u202eright to left",
        "z̴̛̗̈́͝a̷l̶g̸o̵",
        "ㅋㅋㅋㅋ",
        "```\ncode\n```",
        "<!channel>",
        "🎉",
    ],
)
async def test_hostile_text_is_sent_without_error(text: str) -> None:
    """Any text at all makes a request that the protocol can carry."""
    async with writing(Says("Fine.")) as (writer, server):
        assert await said(writer, text) == ["Fine."]
    assert len(server.asked) == 1


async def test_stopping_early_hangs_up() -> None:
    """Who has read enough closes the generator, and the connection goes with it."""
    async with writing(Drip("Again. ")) as (writer, server):
        sentences = writer.stream(asking())
        assert await anext(sentences) == "Again."
        await sentences.aclose()
        await server.hung_up.wait()
        server.script(Says("Another."))
        assert await said(writer) == ["Another."]


async def test_a_ping_asks_for_a_word() -> None:
    """A ping succeeds where replies would, and fails as they would."""
    async with writing(Says("Hello."), Status(401)) as (writer, _):
        await writer.ping()
        with pytest.raises(WriterRefused):
            await writer.ping()


def test_no_request_shows_its_text() -> None:
    """Neither the message, nor its history, nor the reading can reach a log by way of a repr."""
    shown = repr(asking(SECRET, felt=reading()))
    assert SECRET not in shown
    assert "joy" not in shown
