"""What people are told before they agree: in channels, and directly to those who agreed to an earlier notice."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from bot.errors import SlackTrouble
from bot.messages import Locale, Person
from bot.rules import WorkspaceRules
from handlers.slack import choices, words
from handlers.slack.asked import Asked, direct_message
from handlers.slack.blocks import Block, button, buttons, section, small
from handlers.slack.errors import LASTING, UNCERTAIN, slack_trouble
from handlers.slack.kit import Kit
from handlers.slack.people import PATIENT
from handlers.slack.tasks import pause, to_its_end
from handlers.slack.words import say

log = logging.getLogger(__name__)

_CUT_OFF_SECONDS: Final = 1.5
"""How long a notice that is cut off, because the process ends, is still waited for."""
_SPACING_SECONDS: Final = 1.0
"""Between two channels that are told a new notice."""
_UNKNOWN_SECONDS: Final = 60.0
"""Until Slack is asked again who we are, where it did not say."""


def about(rules: WorkspaceRules, locale: Locale) -> str:
    """What is read, by what, where and for how long it is kept, and who sees it."""
    return _filled("about", rules, locale)


async def show_about(asked: Asked) -> None:
    """The same, as an answer."""
    text = about(await asked.kit.services.rules.of(asked.person.team), asked.profile.locale)
    await asked.answer(text, [section(text)])


async def ask_again(kit: Kit, person: Person) -> None:
    """Show somebody who agreed to an earlier notice today's, and ask; once for each notice. Nobody else is written to.

    Where Slack does not take the message nobody asks again: the Home tab and `/emotion status` say the same.
    """
    consent = kit.services.consent
    if not await consent.ask_again(person):
        return
    locale = (await kit.people.profile(person.user, PATIENT)).locale
    rules = await kit.services.rules.of(person.team)
    status = await consent.status(person)
    opening = say("again", locale)
    blocks = [
        section(opening),
        section(_filled("notice", rules, locale)),
        buttons(*choices.switch(status, locale), choices.about(locale)),
    ]
    try:
        await direct_message(kit.client, person.user, opening, blocks)
    except SlackTrouble as error:
        log.warning("somebody could not be asked about the new notice: %s", error.code)


async def post_outdated(kit: Kit, stopping: asyncio.Event, spacing: float = _SPACING_SECONDS) -> None:
    """Tell the channels that know an earlier notice today's, one after the other, until `stopping` is set.

    Each is claimed, so that of several processes one posts. A channel in which it cannot be posted keeps no other
    from it, and is tried again at the next start.
    """
    team = await _team(kit, stopping)
    if team is None:
        return
    consent = kit.services.consent
    for channel in await consent.notices_outdated(team):
        if stopping.is_set():
            return
        if await consent.notice_due(team, channel):
            await post_notice(kit, channel)
            await pause(spacing, stopping)


async def _team(kit: Kit, stopping: asyncio.Event) -> str | None:
    """The workspace; None where Slack did not say until `stopping` was set."""
    while not stopping.is_set():
        try:
            return (await kit.identity.get()).team
        except SlackTrouble as error:
            log.info("new notices wait: %s", error.code)
        await pause(_UNKNOWN_SECONDS, stopping)
    return None


async def post_notice(kit: Kit, channel: str) -> None:
    """Tell a channel, in both languages, what the bot does. The claim is given back when the notice is not posted.

    Whatever the reason, the end of the process included. It is not where Slack may have taken the notice: none is
    better than two, and the Home tab says the same.
    """
    notice = _Notice()
    try:
        await to_its_end(notice.post(kit, channel), _CUT_OFF_SECONDS)
    finally:
        if not notice.may_stand:
            await kit.services.consent.release_notice((await kit.identity.get()).team, channel)


@dataclass(slots=True)
class _Notice:
    may_stand: bool = False
    """Whether Slack took it, or may have."""

    async def post(self, kit: Kit, channel: str) -> None:
        blocks = _notice(await kit.services.rules.of((await kit.identity.get()).team))
        self.may_stand = True
        try:
            with slack_trouble():
                await kit.client.chat_postMessage(
                    channel=channel, text=_both("notice_text"), blocks=blocks, unfurl_links=False, unfurl_media=False
                )
        except SlackTrouble as error:
            lasts = " and will not be, as things are" if error.code in LASTING else ""
            log.warning("the notice could not be posted%s: %s", lasts, error.code)
            self.may_stand = error.code in UNCERTAIN
        except Exception:
            self.may_stand = False
            raise


def _notice(rules: WorkspaceRules) -> list[Block]:
    return [
        section(_filled("notice", rules, "en")),
        section(_filled("notice", rules, "ko")),
        buttons(
            button(choices.ON, _both("button_on"), style="primary"),
            button(choices.OFF, _both("button_off")),
            button(choices.ABOUT, _both("button_about")),
        ),
        small("`/emotion help` · `/emotion 도움말`"),
    ]


def _filled(key: str, rules: WorkspaceRules, locale: Locale) -> str:
    return say(key, locale, days=words.days(rules.retention_days, locale), people=rules.minimum_people)


def _both(key: str) -> str:
    return f"{say(key, 'en')} · {say(key, 'ko')}"
