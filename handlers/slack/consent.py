"""Saying yes and no: the same by command, by the notice's buttons and in the Home tab."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.consent import ConsentStatus
from bot.errors import SlackTrouble
from bot.messages import Locale, Person
from bot.privacy import Erasure
from handlers.slack import words
from handlers.slack.asked import Asked
from handlers.slack.blocks import Block, button, buttons, confirmed, divider, heading, home, section, small
from handlers.slack.errors import UNCERTAIN, slack_trouble
from handlers.slack.kit import Kit
from handlers.slack.tasks import to_its_end
from handlers.slack.words import say

log = logging.getLogger(__name__)

ON: Final = "maeum_on"
OFF: Final = "maeum_off"
ABOUT: Final = "maeum_about"
FORGET: Final = "maeum_forget"
KEEP: Final = "maeum_keep"
_READINGS: Final = "emotion_readings"
_REPLIES: Final = "replies"
_CONSENT: Final = "people"
_CUT_OFF_SECONDS: Final = 1.5
"""How long a notice that is cut off, because the process ends, is still waited for."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is stored of a person: the state of their consent, and rows by table."""

    status: ConsentStatus
    rows: Mapping[str, int]

    @property
    def is_more_than_consent(self) -> bool:
        return any(count for table, count in self.rows.items() if table != _CONSENT)

    def words(self, locale: Locale) -> str:
        """All of it; empty where there is nothing."""
        if not any(self.rows.values()):
            return ""
        status = self.status
        parts = [words.stored(status.readings, status.first, status.last, locale) or say("readings_none", locale)]
        if notes := self.rows.get(_REPLIES):
            parts.append(say("note" if notes == 1 else "notes", locale, count=notes))
        parts += [
            f"{words.table(table, locale)}: {count}"
            for table, count in self.rows.items()
            if count and table not in {_READINGS, _REPLIES}
        ]
        return "; ".join(parts)


async def turn_on(asked: Asked, by: str) -> None:
    """The person is read from now on. Nobody of another organisation is: they are told so, and nothing is stored."""
    if asked.is_outsider:
        await asked.answer(say("outsider", asked.profile.locale))
        return
    await asked.kit.services.consent.grant(asked.person, by)
    if asked.at_home:
        await show_home(asked.kit, asked.person.user)
        return
    locale = asked.profile.locale
    await asked.answer(
        say("on", locale),
        [section(say("on", locale)), buttons(_off(locale), button(ABOUT, say("button_about", locale)))],
    )


async def turn_off(asked: Asked, by: str) -> None:
    """The person is not read from the next message on, and is asked what becomes of what is stored."""
    consent = asked.kit.services.consent
    await consent.withdraw(asked.person, by)
    if asked.at_home:  # its button for deleting stands beside
        await show_home(asked.kit, asked.person.user)
        return
    locale = asked.profile.locale
    held = await _held(asked.kit, asked.person)
    if not held.is_more_than_consent:
        await asked.answer(say("off", locale))
        return
    question = say("off_ask", locale, stored=held.words(locale))
    await asked.answer(
        f"{say('off', locale)} {question}",
        [
            section(f"{say('off', locale)}\n{question}"),
            buttons(_forget(locale, "button_delete"), button(KEEP, say("button_keep", locale))),
        ],
    )


async def show_status(asked: Asked) -> None:
    """Whether the person is read, and what is stored."""
    locale = asked.profile.locale
    held = await _held(asked.kit, asked.person)
    await asked.answer(_state(held, locale), [section(_state(held, locale)), _choices(held, locale)])


async def show_about(asked: Asked) -> None:
    """What is read, kept and shown."""
    text = about(asked.kit, asked.profile.locale)
    await asked.answer(text, [section(text)])


async def show_help(asked: Asked) -> None:
    """The commands."""
    text = say("help", asked.profile.locale, people=asked.kit.services.settings.minimum_people)
    await asked.answer(text, [section(text)])


async def keep(asked: Asked) -> None:
    """What is stored stays."""
    days = asked.kit.services.settings.retention_days
    await asked.answer(say("kept", asked.profile.locale, days=days), instead=True)


async def forget(asked: Asked) -> None:
    """The person deletes everything about themselves and gets a receipt."""
    erasure = await asked.kit.services.privacy.erase(asked.person, actor=asked.person, reason="self")
    asked.kit.context.clear()
    if asked.at_home:
        await show_home(asked.kit, asked.person.user)
    await asked.answer(_receipt(erasure, asked.profile.locale), instead=True)


async def show_home(kit: Kit, user: str) -> None:
    """Draw the person's Home tab anew."""
    locale = (await kit.people.profile(user)).locale
    held = await _held(kit, await kit.person(user))
    with slack_trouble():
        await kit.client.views_publish(user_id=user, view=_home(kit, held, locale))


def _home(kit: Kit, held: _Held, locale: Locale) -> Block:
    """The Home tab: the state with its buttons, what is stored, what is read, the commands."""
    people = kit.services.settings.minimum_people
    return home(
        [
            heading(say("home_title", locale)),
            section(_state(held, locale)),
            _choices(held, locale, about_too=False),
            divider(),
            section(about(kit, locale)),
            divider(),
            section(say("help", locale, people=people)),
        ]
    )


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
        blocks = _notice()
        self.may_stand = True
        try:
            with slack_trouble():
                await kit.client.chat_postMessage(
                    channel=channel, text=_both("notice_text"), blocks=blocks, unfurl_links=False, unfurl_media=False
                )
        except SlackTrouble as error:
            log.warning("the notice could not be posted: %s", error.code)
            self.may_stand = error.code in UNCERTAIN
        except Exception:
            self.may_stand = False
            raise


def _notice() -> list[Block]:
    return [
        section(say("notice", "en")),
        section(say("notice", "ko")),
        buttons(
            button(ON, _both("button_on"), style="primary"),
            button(OFF, _both("button_off")),
            button(ABOUT, _both("button_about")),
        ),
        small("`/emotion help` · `/emotion 도움말`"),
    ]


def about(kit: Kit, locale: Locale) -> str:
    """What is read, for how long it is kept and who sees it."""
    settings = kit.services.settings
    return say("about", locale, days=settings.retention_days, people=settings.minimum_people)


def _both(key: str) -> str:
    return f"{say(key, 'en')} · {say(key, 'ko')}"


async def _held(kit: Kit, person: Person) -> _Held:
    return _Held(await kit.services.consent.status(person), await kit.services.privacy.holdings(person))


def _state(held: _Held, locale: Locale) -> str:
    status = held.status
    if status.on and status.since is not None:
        first = say("status_on", locale, since=words.day(status.since.date(), locale))
    else:
        first = say("status_off", locale)
    stored = held.words(locale)
    return f"{first}\n{say('stored', locale, stored=stored) if stored else say('stored_nothing', locale)}"


def _choices(held: _Held, locale: Locale, *, about_too: bool = True) -> Block:
    choices = [_off(locale) if held.status.on else button(ON, say("button_on", locale), style="primary")]
    if about_too:
        choices.append(button(ABOUT, say("button_about", locale)))
    if any(held.rows.values()):
        choices.append(_forget(locale, "button_delete_mine"))
    return buttons(*choices)


def _off(locale: Locale) -> Block:
    return button(OFF, say("button_off", locale))


def _forget(locale: Locale, label: str) -> Block:
    return confirmed(
        button(FORGET, say(label, locale), style="danger"),
        title=say("delete_title", locale),
        text=say("delete_text", locale),
        yes=say("button_delete", locale),
        no=say("button_cancel", locale),
    )


def _receipt(erasure: Erasure, locale: Locale) -> str:
    return say("deleted", locale, rows=sum(erasure.counts.values()), receipt=erasure.receipt)
