"""`/emotion-schedule`: when a channel's picture is posted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale as BabelLocale
from babel.dates import format_datetime, get_day_names, get_timezone_name

from bot.errors import SlackTrouble
from bot.messages import Locale
from bot.scheduling import ScheduleSpec, next_slots, parse_schedule
from handlers.slack.asked import Asked
from handlers.slack.channels import with_bot
from handlers.slack.words import say

_SHOWN: Final = 3
_ACTION: Final = "schedule"
_NOWHERE: Final = "ZZ"
"""What CLDR calls a region that it does not know, such as that of UTC."""
_PATTERNS: Final[dict[Locale, str]] = {"en": "EEE d MMM, HH:mm", "ko": "M월 d일(EEE) HH:mm"}


async def arrange(asked: Asked, words: str, clock: Callable[[], datetime]) -> None:
    """Set, list or end the channel's schedule. Everybody in the channel may see it; few may change it."""
    locale = asked.profile.locale
    wanted = parse_schedule(words, asked.profile.viewer)
    if asked.channel is None or asked.is_direct:
        await asked.answer(say("schedule_direct", locale))
        return
    schedules = asked.kit.services.schedules
    team = asked.person.team
    if wanted == "list":
        kept = await schedules.list(team, asked.channel)
        lines = [described(schedule.spec, clock(), locale) for schedule in kept]
        await asked.answer("\n".join(f"• {line}" for line in lines) or say("schedule_none", locale))
        return
    if not await _may(asked, asked.channel):
        await asked.kit.services.privacy.refuse(asked.person, _ACTION)
        await asked.answer(say("schedule_not_allowed", locale))
        return
    if wanted == "off":
        ended = await schedules.off(team, asked.channel)
        await asked.answer(say("schedule_off" if ended else "schedule_none", locale))
        return
    try:  # asked anew: a profile that could not be had before would mean UTC and English
        viewer = (await asked.kit.people.now(asked.person.user)).viewer
    except SlackTrouble:
        await asked.answer(say("schedule_no_zone", locale))
        return
    wanted = replace(wanted, timezone=viewer.timezone, locale=viewer.locale)
    locale = viewer.locale
    schedule = await schedules.set(team, asked.channel, asked.person, wanted)
    await asked.answer(say("schedule_set", locale, what=described(schedule.spec, clock(), locale)))


def words_for(slot: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """A slot's date, weekday and time, as the language writes them."""
    return format_datetime(slot, _PATTERNS[locale], tzinfo=zone, locale=locale)


def described(spec: ScheduleSpec, now: datetime, locale: Locale) -> str:
    """When, in which time zone, and the next three times, as the language writes them."""
    zone = ZoneInfo(spec.timezone)
    at = f"{spec.hour:02}:{spec.minute:02}"
    if spec.weekday is None:
        what = say("schedule_daily", locale, time=at)
    else:
        what = say("schedule_weekly", locale, time=at, day=get_day_names("wide", locale=locale)[spec.weekday])
    coming = [words_for(slot, zone, locale) for slot in next_slots(spec, now, count=_SHOWN)]
    return say("schedule_when", locale, what=what, zone=_named(zone, locale), next=" · ".join(coming))


def _named(zone: ZoneInfo, locale: Locale) -> str:
    """The zone in the language and by its IANA name; by that alone where it is of no country, such as UTC."""
    named = get_timezone_name(zone, locale=locale)
    nowhere = BabelLocale.parse(locale).territories[_NOWHERE]
    return zone.key if nowhere in named else f"{named}, {zone.key}"


async def _may(asked: Asked, channel: str) -> bool:
    """Whoever made the channel, and workspace administrators, as Slack says at this moment."""
    found = await with_bot(asked.kit.client, channel)
    return found.creator == asked.person.user or (await asked.kit.people.now(asked.person.user)).is_admin
