"""The slash commands. Each is acknowledged at once; the work comes after, and its answer is for the asker alone."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.errors import BadCommand
from bot.messages import Locale
from handlers.slack import administration, choices, consent, deletion, export, graphs, schedules
from handlers.slack.asked import Asked, asked_by_command, attend
from handlers.slack.kit import Kit
from handlers.slack.text import typed, words
from handlers.slack.words import say

Work = Callable[[Asked, str], Awaitable[None]]

_BY: Final = "command"
_SPANS: Final = {
    **dict.fromkeys(("", "day", "a day", "1d", "하루", "1일"), choices.DAY),
    **dict.fromkeys(("week", "a week", "7d", "1w", "일주일", "한 주", "1주", "1주일", "7일"), choices.WEEK),
}
"""How long a pause can be."""


async def emotion(asked: Asked, text: str) -> None:
    """`/emotion on|off|pause [day|week]|status|export|delete|help`, in Korean too. Else it shows what there is."""
    match words(text):
        case ["on" | "켜기" | "resume" | "재개"]:
            await consent.turn_on(asked, _BY)
        case ["off" | "끄기"]:
            await consent.turn_off(asked, _BY)
        case ["pause" | "멈춤" | "일시정지", *span]:
            await consent.pause(asked, _span(span, asked.profile.locale), _BY)
        case ["status" | "상태"]:
            await consent.show_status(asked)
        case ["export" | "내보내기"]:
            await export.send(asked)
        case ["delete" | "삭제" | "지우기"]:
            await deletion.question(asked, instead=False)
        case _:
            await consent.show_help(asked)


def _span(words: Sequence[str], locale: Locale) -> timedelta:
    """How long a pause is: a day where nothing is said. BadCommand on words that are no span."""
    try:
        return _SPANS[" ".join(words)]
    except KeyError:
        raise BadCommand(say("emotion_usage", locale)) from None


async def schedule(asked: Asked, text: str) -> None:
    """`/emotion-schedule`."""
    await schedules.arrange(asked, text)


COMMANDS: Final[Mapping[str, Work]] = {
    "/emotion": emotion,
    "/emotion-graph": graphs.draw,
    "/emotion-schedule": schedule,
    "/emotion-admin": administration.administer,
}


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every command."""
    for name, work in COMMANDS.items():
        app.command(name)(_listener(kit, work))


def _listener(kit: Kit, work: Work) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        kit.tasks.start(run(kit, work, command), "a command")

    return listen


async def run(kit: Kit, work: Work, command: Mapping[str, Any]) -> None:
    """Do a command's work; what goes wrong becomes a sentence.

    People of other organisations can see what is stored of them and end it (`/emotion`), and nothing else.
    """

    async def do(asked: Asked) -> None:
        if asked.is_outsider and work is not emotion:
            await asked.answer(say("outsider", asked.profile.locale))
        else:
            await work(asked, typed(command.get("text") or ""))
            await schedules.tell_news(asked)

    await attend(kit, command["user_id"], command.get("response_url"), asked_by_command(kit, command), do)
