"""The slash commands. Each is acknowledged at once; the work comes after, and its answer is for the asker alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from handlers.slack import administration, consent, graphs, schedules
from handlers.slack.asked import Asked, asked_by_command, attend
from handlers.slack.kit import Kit
from handlers.slack.text import typed, words
from handlers.slack.words import say

Work = Callable[[Asked, str], Awaitable[None]]

_BY: Final = "command"


async def emotion(asked: Asked, text: str) -> None:
    """`/emotion on|off|status|help`, in Korean too. Anything else shows what there is."""
    match words(text):
        case ["on" | "켜기"]:
            await consent.turn_on(asked, _BY)
        case ["off" | "끄기"]:
            await consent.turn_off(asked, _BY)
        case ["status" | "상태"]:
            await consent.show_status(asked)
        case _:
            await consent.show_help(asked)


async def schedule(asked: Asked, text: str) -> None:
    """`/emotion-schedule`."""
    await schedules.arrange(asked, text, asked.kit.services.clock)


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

    await attend(kit, command["user_id"], command.get("response_url"), asked_by_command(kit, command), do)
