"""The buttons and menus."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.schedule_words import Verb
from handlers.slack import (
    admin_audit,
    admin_delete,
    choices,
    consent,
    deletion,
    diaries,
    export,
    graphs,
    notice,
    paused,
    schedules,
    tone,
)
from handlers.slack.asked import Asked, asked_by_button, attend
from handlers.slack.kit import Kit

Work = Callable[[Asked, str], Awaitable[None]]


def _by(asked: Asked) -> str:
    return "home" if asked.at_home else "button"


async def _on(asked: Asked, _: str) -> None:
    await consent.turn_on(asked, _by(asked))


async def _off(asked: Asked, _: str) -> None:
    await consent.turn_off(asked, _by(asked))


async def _about(asked: Asked, _: str) -> None:
    await notice.show_about(asked)


async def _pause_day(asked: Asked, _: str) -> None:
    await consent.pause(asked, choices.DAY, _by(asked))


async def _pause_week(asked: Asked, _: str) -> None:
    await consent.pause(asked, choices.WEEK, _by(asked))


async def _export(asked: Asked, _: str) -> None:
    await export.send(asked)


async def _forget(asked: Asked, _: str) -> None:
    await deletion.question(asked, instead=True)


async def _keep(asked: Asked, _: str) -> None:
    await consent.keep(asked)


async def _diary_on(asked: Asked, _: str) -> None:
    await diaries.turn_on(asked)


async def _diary_off(asked: Asked, _: str) -> None:
    await diaries.turn_off(asked)


def _schedules(verb: Verb) -> Work:
    async def press(asked: Asked, kind: str) -> None:
        await schedules.press(asked, verb, kind)

    return press


ACTIONS: Final[Mapping[str, Work]] = {
    choices.ON: _on,
    choices.OFF: _off,
    choices.PAUSE_DAY: _pause_day,
    choices.PAUSE_WEEK: _pause_week,
    choices.ABOUT: _about,
    choices.EXPORT: _export,
    choices.FORGET: _forget,
    choices.KEEP: _keep,
    choices.DIARY_ON: _diary_on,
    choices.DIARY_OFF: _diary_off,
    graphs.SHARE: graphs.share,
    graphs.TABLE: graphs.table,
    schedules.POST: _schedules("post"),
    schedules.PAUSE: _schedules("pause"),
    schedules.RESUME: _schedules("resume"),
    schedules.REMOVE: _schedules("remove"),
    paused.RESUME: schedules.resume_at_home,
    admin_delete.OPEN: admin_delete.open_form,
    admin_audit.OPEN: admin_audit.open_dialog,
    admin_audit.EXPORT: admin_audit.export,
    tone.WHY: tone.explain,
    tone.FELT: tone.correct,
}


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every button and menu."""
    for action, work in ACTIONS.items():
        app.action(action)(_listener(kit, work))


def _listener(kit: Kit, work: Work) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        kit.tasks.start(run(kit, work, body, _value(action)), "a button")

    return listen


def _value(action: Mapping[str, Any]) -> str:
    """What a button or the choice in a menu stands for."""
    chosen = action.get("selected_option")
    return str((chosen if isinstance(chosen, Mapping) else action).get("value") or "")


async def run(kit: Kit, work: Work, body: Mapping[str, Any], value: str) -> None:
    """Do a button's work; what goes wrong becomes a sentence."""
    response_url = body.get("response_url") or None
    await attend(kit, body["user"]["id"], response_url, asked_by_button(kit, body), lambda asked: work(asked, value))
