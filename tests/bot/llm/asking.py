"""Requests for replies, made in a line."""

from collections.abc import Sequence

from bot.llm import ReplyRequest
from bot.messages import Locale, Turn
from emotion.reading import Reading


def asking(  # noqa: PLR0913 - each is one side of a request that some test turns
    text: str = "We shipped it!",
    *,
    felt: Reading | None = None,
    language: Locale = "en",
    seed: str = "T/C/1.000000",
    thread: str = "T/C/1.000000",
    history: Sequence[Turn] = (),
) -> ReplyRequest:
    """A request; without `felt`, of somebody who is not read."""
    return ReplyRequest(text, language, felt, seed, thread, history)
