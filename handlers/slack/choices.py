"""What a person can decide about themselves, as buttons: the same in messages and in the Home tab."""

from datetime import timedelta
from typing import Final

from bot.consent import ConsentStatus
from bot.messages import Locale
from handlers.slack.blocks import Block, button
from handlers.slack.words import say

ON: Final = "maeum_on"
OFF: Final = "maeum_off"
PAUSE_DAY: Final = "maeum_pause_day"
PAUSE_WEEK: Final = "maeum_pause_week"
ABOUT: Final = "maeum_about"
EXPORT: Final = "maeum_export"
FORGET: Final = "maeum_forget"
KEEP: Final = "maeum_keep"
DIARY_ON: Final = "maeum_diary_on"
DIARY_OFF: Final = "maeum_diary_off"

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


def switch(status: ConsentStatus, locale: Locale, *, may_turn_on: bool = True) -> list[Block]:
    """The one switch, as it stands, and beside it the pauses where there is something to pause.

    Who agreed to an earlier notice can agree to today's or turn off for good; who pauses can end the pause or turn off.
    """
    end = button(OFF, say("button_off", locale))
    if status.outdated:
        begin = [button(ON, say("button_agree", locale), style="primary")] if may_turn_on else []
        return [*begin, end]
    if not status.on:
        return [button(ON, say("button_on", locale), style="primary")] if may_turn_on else []
    if status.paused_until is not None:
        return [button(ON, say("button_resume", locale), style="primary"), end]
    return [
        end,
        button(PAUSE_DAY, say("button_pause_day", locale)),
        button(PAUSE_WEEK, say("button_pause_week", locale)),
    ]


def diary(locale: Locale, *, comes: bool) -> Block:
    """Has one's own diary come every week, or no more."""
    if comes:
        return button(DIARY_OFF, say("diary_button_off", locale))
    return button(DIARY_ON, say("diary_button_on", locale))


def about(locale: Locale) -> Block:
    """Says what is read."""
    return button(ABOUT, say("button_about", locale))


def export(locale: Locale) -> Block:
    """Sends what is stored to the person."""
    return button(EXPORT, say("button_export_mine", locale))


def forget(locale: Locale) -> Block:
    """Opens the question whether everything is to be deleted."""
    return button(FORGET, say("button_delete_mine", locale), style="danger")
