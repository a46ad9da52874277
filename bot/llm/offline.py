"""Replies without a model: built in, by emotion and language."""

import tomllib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final, Literal

from bot.llm.writer import ReplyRequest
from bot.messages import Locale
from emotion.labels import Emotion

UNREAD: Final = "unread"
UNCERTAIN: Final = "uncertain"
APOLOGY: Final = "apology"

_REMEMBERED_THREADS: Final = 1_000
_CALM: Final = frozenset({None, Emotion.NEUTRAL})


@cache
def phrases() -> Mapping[str, Mapping[Locale, Sequence[str]]]:
    """Every built-in sentence, by emotion (or `unread`, `uncertain`, `apology`) and language: phrases.toml."""
    content = files("bot.llm").joinpath("phrases.toml").read_text("utf-8")
    return tomllib.loads(content)


class PhraseBook:
    """Says what is built in. Deterministic for one sequence of messages; never the same twice running in a thread.

    What was said last is remembered in memory, for a bounded number of threads, as the phrases' own words.
    """

    source: Literal["built-in"] = "built-in"

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._said: OrderedDict[str, str] = OrderedDict()

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """One reply, whole; see `Writer`."""
        yield self._pick(_kind(request), request)

    def apology(self, request: ReplyRequest) -> str:
        """The plain reply that stands in for a model that failed: a fitting word first where there is a feeling."""
        sorry = self._pick(APOLOGY, request)
        if request.tone in _CALM:
            return sorry
        return f"{self._pick(_kind(request), request)} {sorry}"

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _pick(self, kind: str, request: ReplyRequest) -> str:
        """The phrase that the message's name falls on, passing over what was said last in this thread."""
        book = phrases()[kind][request.language]
        key = f"{request.thread}/{kind}"
        last = {self._said.get(key), *(turn.text for turn in request.history[-2:] if turn.role == "bot")}
        choice = [phrase for phrase in book if phrase not in last]
        number = int.from_bytes(sha256(f"{kind}/{request.seed}".encode()).digest()[:8], "big")
        phrase = choice[number % len(choice)]
        self._said[key] = phrase
        self._said.move_to_end(key)
        while len(self._said) > _REMEMBERED_THREADS:
            self._said.popitem(last=False)
        return phrase


def _kind(request: ReplyRequest) -> str:
    if request.reading is None:
        return UNREAD
    return UNCERTAIN if request.reading.uncertain else request.reading.label.value
