"""The prompts, one a file, and how they and a message become what the model is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from openai.types.chat import ChatCompletionMessageParam

from bot.llm.text import legible, shortened
from bot.llm.writer import ReplyRequest
from bot.messages import Locale, Turn

LONGEST_TEXT: Final = 8_000
"""Characters of the message that are sent; of a longer one, its beginning and end."""
MOST_TURNS: Final = 10
LONGEST_TURN: Final = 1_000
"""Characters of one earlier message that are sent."""
LONGEST_HISTORY: Final = 6_000
"""Characters of all earlier messages together; the oldest are left out first."""

_FRONT_MATTER: Final = re.compile(r"\A---\nversion: (\d+)\n---\n+(.+)\Z", re.DOTALL)
_TAG: Final = re.compile(r"<(?=\s*/?\s*message\b)", re.IGNORECASE)
_WORDLESS: Final = "(Somebody only called you, without any words.)"
_ANSWER_IN: Final[dict[Locale, str]] = {
    "ko": "Answer in Korean, in warm and polite 해요체, the way a considerate colleague in Seoul would write it.",
    "en": "Answer in English.",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file."""

    name: str
    version: int
    text: str


@cache
def prompt(name: str) -> Prompt:
    """The prompt that stands in `prompts/<name>.md`.

    Raises:
        ValueError: the file does not begin with its version.
    """
    content = files("bot.llm").joinpath("prompts", f"{name}.md").read_text("utf-8")
    match = _FRONT_MATTER.match(content)
    if match is None:
        message = f"prompts/{name}.md does not begin with `---`, `version: <number>`, `---`"
        raise ValueError(message)
    return Prompt(name, int(match[1]), match[2].strip())


def style_of(request: ReplyRequest) -> Prompt:
    """The style that a reply follows: by emotion, `uncertain` for a reading unsure of itself, `unread` for none."""
    if request.reading is None:
        return prompt("unread")
    return prompt("uncertain" if request.reading.uncertain else request.reading.label.value)


def composed(request: ReplyRequest) -> list[ChatCompletionMessageParam]:
    """What the model is sent: instructions, the conversation so far, the message.

    Whatever people wrote stands between `<message>` tags that it cannot close, and the instructions call it data.
    Neighbours of the same role are joined and the first is a person's, since the chat templates of several local
    models refuse anything else.
    """
    instructions = "\n\n".join((prompt("system").text, style_of(request).text, _sureness(request), _tongue(request)))
    said: list[tuple[str, str]] = []
    for turn in [*_recent(request.history), Turn("person", shortened(legible(request.text), LONGEST_TEXT))]:
        role, text = ("assistant", turn.text) if turn.role == "bot" else ("user", _framed(turn.text))
        if said and said[-1][0] == role:
            said[-1] = (role, f"{said[-1][1]}\n\n{text}")
        elif said or role == "user":
            said.append((role, text))
    return [{"role": "system", "content": instructions}, *map(_message, said)]


def _message(said: tuple[str, str]) -> ChatCompletionMessageParam:
    role, content = said
    if role == "user":
        return {"role": "user", "content": content}
    return {"role": "assistant", "content": content}


def _framed(text: str) -> str:
    if not text.strip():
        return _WORDLESS
    return f"<message>\n{_TAG.sub('‹', text)}\n</message>"


def _recent(history: Sequence[Turn]) -> list[Turn]:
    """The last turns, within the bounds above, oldest first."""
    kept: list[Turn] = []
    room = LONGEST_HISTORY
    for turn in reversed(history[-MOST_TURNS:]):
        text = shortened(legible(turn.text).strip(), LONGEST_TURN)
        room -= len(text)
        if room < 0:
            break
        if text:
            kept.append(Turn(turn.role, text))
    return kept[::-1]


def _sureness(request: ReplyRequest) -> str:
    reading = request.reading
    if reading is None:
        return "Reading of the message: none."
    if reading.uncertain:  # an unsure label is not handed on: it would be claimed to a person
        return "Reading of the message: uncertain."
    return (
        f"Reading of the message: {reading.label.value}, {reading.top_p:.0%} confidence, clear enough to set the tone."
    )


def _tongue(request: ReplyRequest) -> str:
    return _ANSWER_IN[request.language]
