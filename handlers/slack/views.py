"""The dialogs. Some are acknowledged at once; some are looked through first, so that what is wrong stands beside it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.messages import Locale
from handlers.slack import admin_delete, admin_rules, deletion, schedule_modal, schedules
from handlers.slack.asked import Asked, answer_by, asked_by_button, attend
from handlers.slack.dialogs import way_back
from handlers.slack.kit import Kit
from handlers.slack.words import say

log = logging.getLogger(__name__)

View = dict[str, Any]
Work = Callable[[Asked, View], Awaitable[None]]
Check = Callable[[Asked, View], Awaitable[Mapping[str, Any]]]
"""Returns what the dialog is answered with; nothing closes it."""

PATIENCE: Final = 2.5
"""Seconds after which a dialog that is looked through is acknowledged in any case: Slack waits for three."""

CONFIRMED: Final[Mapping[str, Work]] = {
    admin_delete.ERASE: admin_delete.erase,
    deletion.CONFIRM: deletion.erase,
}
CHECKED: Final[Mapping[str, Check]] = {
    admin_delete.WHOM: admin_delete.name,
    admin_rules.RULES: admin_rules.submit,
    schedule_modal.SET: schedules.submit,
}


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every dialog."""
    for callback, work in CONFIRMED.items():
        app.view(callback)(_at_once(kit, work))
    for callback, check in CHECKED.items():
        app.view(callback)(_in_time(kit, check))


def _at_once(kit: Kit, work: Work) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: dict[str, Any], view: View) -> None:
        await ack()
        kit.tasks.start(run(kit, work, body, view), "a dialog")

    return listen


def _in_time(kit: Kit, check: Check) -> Callable[..., Awaitable[None]]:
    async def listen(ack: AsyncAck, body: dict[str, Any], view: View) -> None:
        await ack(**await checked(kit, check, body, view))

    return listen


async def run(kit: Kit, work: Work, body: Mapping[str, Any], view: View) -> None:
    """Do what the dialog confirmed; what goes wrong becomes a sentence."""
    back = way_back(view)

    async def asking() -> Asked:
        return replace(await asked_by_button(kit, body), response_url=back)

    await attend(kit, body["user"]["id"], back, asking(), lambda asked: work(asked, view))


async def checked(kit: Kit, check: Check, body: Mapping[str, Any], view: View, patience: float = PATIENCE) -> View:
    """What the dialog is answered with. What goes wrong becomes a sentence beside it, and the dialog is closed."""
    answer: View = {}

    async def do(asked: Asked) -> None:
        answer.update(await check(asked, view))

    try:
        async with asyncio.timeout(patience):
            await run(kit, lambda asked, _: do(asked), body, view)
    except TimeoutError:
        log.warning("a dialog was not looked through in time")
        text = "\n".join(say("admin_late", locale) for locale in get_args(Locale))
        kit.tasks.start(answer_by(kit, body["user"]["id"], way_back(view), text), "an apology")
    return answer
