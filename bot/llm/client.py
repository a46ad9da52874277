"""Replies written by a model service that speaks the OpenAI protocol."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Self

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam, ChatCompletionUserMessageParam

from bot.errors import WriterGarbled
from bot.llm.failures import FOREIGN, pause_before_retry, translated
from bot.llm.prompts import composed
from bot.llm.sentences import Sentences
from bot.llm.writer import ReplyRequest
from bot.settings import Settings

ATTEMPTS: Final = 3
"""How often a reply is asked for, the first time included."""

_MOST_TOKENS: Final = 2_000  # several times what Slack replies need: a thinking model's thoughts count too
_DEFAULT_URL: Final = "https://api.openai.com/v1"
_NO_KEY: Final = "none"  # the client insists on one; local endpoints do not look at it
_THINKING: Final = ("gpt-5", "o1", "o3", "o4")
_UNUSABLE: Final = frozenset({"content_filter", "tool_calls", "function_call"})


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, from asking to the first word (each attempt), and from the first asking to the last word."""

    connect: float
    first_token: float
    total: float


class _Delta(NamedTuple):
    text: str
    finish: str | None


class OpenAIWriter:
    """Asks a chat completions endpoint, in a stream.

    The client's own retries are off: they know neither our deadlines nor whether somebody has already been shown
    the beginning. Here an attempt is repeated on 429, 5xx and lost connections, only before the first word, and
    only while the total deadline leaves time for the pause.
    """

    source: Literal["model"] = "model"

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        deadlines: Deadlines,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`client` is closed with this writer. `sleep` and `jitter` are for tests that would rather not wait."""
        self._client = client.with_options(
            max_retries=0, timeout=openai.Timeout(deadlines.total, connect=deadlines.connect)
        )
        self._model = model
        self._deadlines = deadlines
        self._sleep = sleep
        self._jitter = jitter

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The writer that the settings describe. Nothing is sent yet."""
        key = settings.openai_api_key
        client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else _NO_KEY,
            base_url=str(settings.openai_base_url or _DEFAULT_URL),
        )
        deadlines = Deadlines(
            settings.llm_connect_seconds, settings.llm_first_token_seconds, settings.llm_total_seconds
        )
        return cls(client, settings.openai_model, deadlines)

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """Write a reply, sentence by sentence; see `Writer`.

        An answer that the endpoint cut at its length limit ends with its last whole sentence.
        """
        deadline = asyncio.get_running_loop().time() + self._deadlines.total
        answer, delta = await self._begun(composed(request), deadline)
        sentences, said = Sentences(), False
        try:
            while True:
                for sentence in sentences.feed(delta.text):
                    said = True
                    yield sentence
                if delta.finish is not None:
                    break
                delta = await self._next(answer, deadline)
        finally:
            await answer.close()
        if delta.finish != "length":
            for sentence in sentences.rest():
                said = True
                yield sentence
        if not said:
            message = f"no whole sentence in the answer (finish_reason {delta.finish})"
            raise WriterGarbled(message)

    async def ping(self) -> None:
        """Ask for one word, as a reply would be asked for; raises WriterError where none comes."""
        deadline = asyncio.get_running_loop().time() + self._deadlines.total
        hello: ChatCompletionUserMessageParam = {"role": "user", "content": "Say hello."}
        answer, _ = await self._begun([hello], deadline)
        await answer.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _begun(
        self, messages: Sequence[ChatCompletionMessageParam], deadline: float
    ) -> tuple[AsyncStream[ChatCompletionChunk], _Delta]:
        """An answer whose first word is there, after as many attempts as it takes and may."""
        now = asyncio.get_running_loop().time
        attempt = 1
        while True:
            try:
                return await self._attempt(messages, min(deadline, now() + self._deadlines.first_token))
            except FOREIGN as error:
                failure = translated(error)
                pause = pause_before_retry(error, attempt, self._jitter)
            # Raised out here so that the client's error, with what it may quote, is not kept as the context.
            if pause is None or attempt == ATTEMPTS or now() + pause >= deadline:
                raise failure
            await self._sleep(pause)
            attempt += 1

    async def _attempt(
        self, messages: Sequence[ChatCompletionMessageParam], deadline: float
    ) -> tuple[AsyncStream[ChatCompletionChunk], _Delta]:
        async with asyncio.timeout_at(deadline):
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                stream=True,
                max_completion_tokens=_MOST_TOKENS,
                reasoning_effort="low" if _thinks(self._model) else openai.omit,
            )
            try:
                return answer, await _worded(answer)
            except BaseException:
                await answer.close()
                raise

    async def _next(self, answer: AsyncStream[ChatCompletionChunk], deadline: float) -> _Delta:
        try:
            # Around each wait and not around the whole: a generator must not cancel whoever consumes it.
            async with asyncio.timeout_at(deadline):
                return await _worded(answer)
        except FOREIGN as error:
            failure = translated(error)
        raise failure


async def _worded(answer: AsyncStream[ChatCompletionChunk]) -> _Delta:
    """The next delta that says something or ends the answer."""
    async for chunk in answer:
        delta = _delta(chunk)
        if delta.text or delta.finish is not None:
            return delta
    message = "the answer stopped without an end"
    raise WriterGarbled(message)


def _delta(chunk: object) -> _Delta:
    """What a chunk says. The client builds it without checking, so anything may stand anywhere in it."""
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list):
        message = "a chunk without choices"
        raise WriterGarbled(message)
    if not choices:  # usage, or a first chunk about filters
        return _Delta("", None)
    finish = getattr(choices[0], "finish_reason", None)
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None) or ""
    if not isinstance(text, str) or not isinstance(finish, str | None):
        message = "a chunk whose content is no text"
        raise WriterGarbled(message)
    if finish in _UNUSABLE or getattr(delta, "refusal", None):
        message = f"the answer was withheld (finish_reason {finish})"
        raise WriterGarbled(message)
    return _Delta(text, finish or None)


def _thinks(model: str) -> bool:
    """Whether the model takes `reasoning_effort`: OpenAI's thinking models do, others refuse it."""
    return model.startswith(_THINKING) and "chat" not in model
