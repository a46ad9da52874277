"""A person deletes everything about themselves: asked in a dialog, done for whoever confirms it, and for them alone."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from bot.errors import MaeumError, SlackTrouble
from bot.privacy import Erasure
from handlers.slack.asked import Asked, direct_message
from handlers.slack.blocks import Block, modal, section, small
from handlers.slack.dialogs import carried
from handlers.slack.errors import slack_trouble
from handlers.slack.held import Held, held, kinds
from handlers.slack.home import show_home
from handlers.slack.kit import Kit
from handlers.slack.words import say

log = logging.getLogger(__name__)

CONFIRM: Final = "maeum_forget_all"


async def question(asked: Asked, *, instead: bool) -> None:
    """Open the dialog. Where nothing is stored, a sentence says so instead.

    With `instead`, the ephemeral message whose button was pressed gives way to the receipt.
    """
    mine = await held(asked.kit, asked.person)
    if not mine.is_anything:
        await asked.answer(say("stored_nothing", asked.profile.locale), instead=instead)
        return
    with slack_trouble():
        await asked.kit.client.views_open(trigger_id=asked.trigger, view=_dialog(asked, mine, instead=instead))


async def erase(asked: Asked, view: Mapping[str, Any]) -> None:
    """Whoever confirmed is erased, and gets a receipt. Nothing in the view says who that is: Slack's signature does.

    The receipt comes where the dialog was asked for, or directly. The Home tab is drawn anew wherever that was: it may
    show their week. Once all is deleted, no trouble of Slack's is told as a failure: that would be wrong.
    """
    kit, person = asked.kit, asked.person
    erasure = await kit.services.privacy.erase(person, actor=person, reason="self")
    rows = sum(erasure.counts.values())
    receipt = say("deleted", asked.profile.locale, rows=rows, receipt=erasure.receipt)
    await draw_home_after(erasure, kit, person.user)
    try:
        await asked.answer(receipt, instead=carried(view).get("instead") is True)
    except SlackTrouble as error:
        log.warning("receipt %s could not be shown: %s", erasure.receipt, error.code)
        try:
            await direct_message(kit.client, person.user, receipt)
        except SlackTrouble as again:
            log.warning("receipt %s could not be sent directly: %s", erasure.receipt, again.code)


async def draw_home_after(erasure: Erasure, kit: Kit, user: str) -> None:
    """Draw the Home tab of whoever was erased anew: Slack keeps showing what stood in it. Trouble is no failure."""
    try:
        await show_home(kit, user)
    except MaeumError as error:
        kind = type(error).__qualname__
        log.warning("the Home tab could not be drawn after receipt %s: %s", erasure.receipt, kind)


def _dialog(asked: Asked, mine: Held, *, instead: bool) -> Block:
    locale = asked.profile.locale
    return modal(
        CONFIRM,
        title=say("delete_title", locale),
        submit=say("button_delete", locale),
        close=say("button_cancel", locale),
        blocks=[
            section(say("delete_question", locale)),
            section(kinds(mine.rows, locale)),
            small(say("delete_note", locale)),
        ],
        private=json.dumps({"answer": asked.response_url, "instead": instead}),
    )
