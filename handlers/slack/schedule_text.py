"""Schedules in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale as BabelLocale
from babel.dates import format_datetime, get_day_names, get_timezone_name

from bot.calendar_rules import ScheduleSpec, next_slots
from bot.messages import Locale
from bot.scheduling import Schedule
from handlers.slack.words import say

_SHOWN: Final = 3
_SHORTEST_MONTH: Final = 28
_NOWHERE: Final = "ZZ"
"""What CLDR calls a region that it does not know, such as that of UTC."""
_PATTERNS: Final[dict[Locale, str]] = {"en": "EEE d MMM, HH:mm", "ko": "M월 d일(EEE) HH:mm"}
_WHY: Final[Mapping[str, str]] = {
    "channel_not_found": "schedule_why_gone",
    "not_in_channel": "schedule_why_gone",
    "is_archived": "schedule_why_archived",
}
"""What Slack's refusals mean; whatever is not here, that posting there is restricted."""


def words_for(slot: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """A slot's date, weekday and time, as the language writes them."""
    return format_datetime(slot, _PATTERNS[locale], tzinfo=zone, locale=locale)


def described(spec: ScheduleSpec, now: datetime, locale: Locale) -> str:
    """When, what, in which time zone, and the next three times, as the language writes them."""
    zone = ZoneInfo(spec.timezone)
    coming = [words_for(slot, zone, locale) for slot in next_slots(spec, now, count=_SHOWN)]
    return say(
        "schedule_when",
        locale,
        what=rhythm(spec, locale),
        showing=say(f"schedule_showing_{spec.picture}", locale, days=spec.days),
        zone=_named(zone, locale),
        next=" · ".join(coming),
    )


def coming(spec: ScheduleSpec, now: datetime, locale: Locale) -> str:
    """When somebody's diary comes, and the next time."""
    (following,) = next_slots(spec, now, count=1)
    return say(
        "diary_home",
        locale,
        what=rhythm(spec, locale),
        next=words_for(following, ZoneInfo(spec.timezone), locale),
    )


def rhythm(spec: ScheduleSpec, locale: Locale) -> str:
    """How often and at what time."""
    at = f"{spec.hour:02}:{spec.minute:02}"
    if spec.weekday is not None:
        return say("schedule_weekly", locale, time=at, day=get_day_names("wide", locale=locale)[spec.weekday])
    if spec.month_day is not None:
        key = "schedule_monthly" if spec.month_day <= _SHORTEST_MONTH else "schedule_monthly_short"
        return say(key, locale, time=at, day=spec.month_day)
    return say("schedule_daily" if spec.kind == "daily" else "schedule_weekdays", locale, time=at)


def trouble(schedule: Schedule, locale: Locale) -> str:
    """Why a schedule was paused, for whoever set it; empty where nothing is wrong."""
    if schedule.problem is None:
        return ""
    what = rhythm(schedule.spec, locale)
    if schedule.owner is not None:
        return say("diary_problem", locale, what=what)
    why = say(_WHY.get(schedule.problem, "schedule_why_restricted"), locale)
    return say("schedule_problem", locale, channel=f"<#{schedule.channel}>", what=what, why=why)


def _named(zone: ZoneInfo, locale: Locale) -> str:
    """The zone in the language and by its IANA name; by that alone where it is of no country, such as UTC."""
    named = get_timezone_name(zone, locale=locale)
    nowhere = BabelLocale.parse(locale).territories[_NOWHERE]
    return zone.key if nowhere in named else f"{named}, {zone.key}"
