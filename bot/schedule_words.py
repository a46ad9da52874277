"""What people type after `/emotion-schedule`, in English or Korean, into a schedule or an order."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from functools import cache
from typing import Final, Literal
from zoneinfo import available_timezones

from bot.calendar_rules import (
    DIARY,
    MONTH_DAYS,
    PERIODS,
    PICTURES,
    Kind,
    ScheduledPicture,
    ScheduleSpec,
    SharedPicture,
)
from bot.errors import BadCommand, BadPeriod, BadSchedule
from bot.messages import Locale
from bot.picture_words import checked, typed_words
from bot.pictures import Look

Verb = Literal["list", "pause", "resume", "remove", "post"]
Switch = Literal["show", "on", "off"]

_KINDS: Final[Mapping[str, Kind]] = {
    "daily": "daily",
    "매일": "daily",
    "weekdays": "weekdays",
    "평일": "weekdays",
    "weekly": "weekly",
    "매주": "weekly",
    "monthly": "monthly",
    "매월": "monthly",
    "매달": "monthly",
}
_VERBS: Final[Mapping[str, Verb]] = {
    "list": "list",
    "목록": "list",
    "pause": "pause",
    "멈춤": "pause",
    "멈추기": "pause",
    "일시정지": "pause",
    "resume": "resume",
    "재개": "resume",
    "다시 시작": "resume",
    "remove": "remove",
    "off": "remove",
    "삭제": "remove",
    "지우기": "remove",
    "끄기": "remove",
    "post now": "post",
    "지금 올리기": "post",
}
_PLAIN: Final = frozenset({"daily", "weekdays"})
"""Kinds that are said by their time alone."""
_PERIODS: Final[Mapping[str, int]] = {f"{days}{unit}": days for days in PERIODS for unit in ("d", "일")}
_PICTURES: Final[Mapping[str, SharedPicture]] = {
    **{picture: picture for picture in PICTURES},
    "추이": "trend",
    "흐름": "trend",
    "기분": "valence",
    "비교": "mix",
    "일년": "year",
    "1년": "year",
    "한해": "year",
}
_SHORTEST_DAY_NAME: Final = 3
_ENGLISH_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KOREAN_DAYS: Final = "월화수목금토일"
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_LIKE_A_TIME: Final = re.compile(r"-?\d{1,9}(?::\d{0,9}){0,2}", re.ASCII)
_MONTH_DAY: Final = re.compile(r"(\d{1,2})(?:일|st|nd|rd|th)?", re.ASCII)
_LAST_DAYS: Final = frozenset({"last", "말일"})
_COMMAND: Final = "/emotion-schedule"
USAGE: Final[Mapping[Locale, str]] = {
    "en": f"`{_COMMAND} weekly mon 09:00` · `daily 18:00` · `weekdays 09:00` · `monthly 1 09:00`"
    " (after it, if you like, `30d`, `valence`, `mix`, `year` or `Europe/Paris`) · `list` · `pause` · `resume` · `off`"
    " · `post now`; for your own diary `me`",
    "ko": f"`{_COMMAND} 매주 월 09:00` · `매일 18:00` · `평일 09:00` · `매월 1일 09:00`"
    " (뒤에 `30일`, `기분`, `비교`, `한해`나 `Asia/Seoul`도 쓸 수 있어요) · `목록` · `멈춤` · `재개` · `끄기`"
    " · `지금 올리기`, 내 일기는 `나`",
}
DIARY_USAGE: Final[Mapping[Locale, str]] = {
    "en": f"`{_COMMAND} me` · `me on` · `me weekly fri 17:00` (after it, if you like, `Europe/Paris`) · `me off`;"
    " a channel's picture is scheduled in the channel, without `me`",
    "ko": f"`{_COMMAND} 나` · `나 켜기` · `나 매주 금 17:00` (뒤에 `Asia/Seoul`도 쓸 수 있어요) · `나 끄기`,"
    " 채널 그래프 일정은 그 채널에서 `나` 없이 써 주세요",
}
_ONESELF: Final = frozenset({"me", "나"})
_SWITCHES: Final[Mapping[str, Switch]] = {
    "": "show",
    "on": "on",
    "켜기": "on",
    "off": "off",
    "remove": "off",
    "끄기": "off",
    "삭제": "off",
    "지우기": "off",
}
_WEEKLY_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule as it was asked for; what was not said is None or as usual."""

    kind: Kind
    at: time
    weekday: int | None = None
    month_day: int | None = None
    days: int = PERIODS[0]
    timezone: str | None = None
    """None where nothing was said: then it is that of the channel or of who asks."""
    picture: ScheduledPicture = PICTURES[0]

    def spec(self, timezone: str, locale: Locale) -> ScheduleSpec:
        """The schedule, in this zone unless another was asked for."""
        return ScheduleSpec(
            self.kind,
            self.weekday,
            self.at.hour,
            self.at.minute,
            self.timezone or timezone,
            locale,
            month_day=self.month_day,
            days=self.days,
            picture=self.picture,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with the schedules there are: with those of one kind, or with all."""

    verb: Verb
    kind: Kind | None = None


def parse_schedule(typed: str, locale: Locale = "en") -> Draft | Order:
    """Understand what follows the command.

    `weekly mon 09:00` and `매주 월 09:00` (a day's full name too), `daily 18:00`, `weekdays 9:00`, `monthly 31 9:00`,
    and after the time a period (`30d`, `30일`), a picture (`valence`, `기분`) and a time zone. `list`, `pause`,
    `resume`, `off` and `post now`, with a kind beside it where one of several is meant.

    BadSchedule for a time or a zone that does not exist, BadCommand for anything else; both with the usage. BadPeriod
    where the picture has a period of its own.
    """
    words = typed_words(typed)
    if order := _order(words):
        return order
    match words:
        case [kind, day, clock, *more] if _KINDS.get(kind) == "weekly" and _weekday(day) is not None:
            return Draft("weekly", _clock_time(clock, locale), _weekday(day), None, *_extras(more, locale))
        case [kind, day, clock, *more] if _KINDS.get(kind) == "monthly":
            month_day = _month_day(day, locale)
            extras = _extras(more, locale)
            return Draft("monthly", _clock_time(clock, locale), None, month_day, *extras)
        case [kind, clock, *more] if _KINDS.get(kind) in _PLAIN:
            return Draft(_KINDS[kind], _clock_time(clock, locale), None, None, *_extras(more, locale))
    raise BadCommand(USAGE[locale])


FRIDAYS: Final = Draft("weekly", time(17), weekday=4, picture=DIARY)
"""When a diary comes, unless another time is said: at the end of the working week."""


def said_of_oneself(typed: str) -> str | None:
    """What follows `me` (`나`), where the words begin with that: they are about one's own diary. Otherwise None."""
    first, *more = unicodedata.normalize("NFKC", typed).split() or [""]
    return " ".join(more) if first.casefold() in _ONESELF else None


def parse_diary(typed: str, locale: Locale = "en") -> Draft | Switch:
    """Understand what follows `me`: nothing, `on`, `off`, or `weekly fri 17:00` with a time zone if wanted.

    BadSchedule for a time or a zone that does not exist, BadCommand for anything else; both with the diary's usage.
    """
    words = typed_words(typed)
    if (switch := _SWITCHES.get(" ".join(words))) is not None:
        return switch
    try:
        draft = parse_schedule(typed, locale)
    except BadSchedule as error:
        raise BadSchedule(error.what, DIARY_USAGE[locale]) from None
    except (BadCommand, BadPeriod):
        raise BadCommand(DIARY_USAGE[locale]) from None
    # A period or another picture is none of a diary's.
    if isinstance(draft, Order) or draft.kind != "weekly" or len(words) > _WEEKLY_WORDS + (draft.timezone is not None):
        raise BadCommand(DIARY_USAGE[locale])
    return replace(draft, picture=DIARY)


def post_now(kind: Kind, locale: Locale) -> str:
    """What is typed to have the picture of one of several schedules posted at once."""
    if locale == "en":
        return f"{_COMMAND} post now {kind}"
    return f"{_COMMAND} 지금 올리기 {next(word for word, one in _KINDS.items() if one == kind and not word.isascii())}"


def known_zone(name: str) -> str | None:
    """The IANA name of a time zone, however it is written in capitals; None where there is none."""
    return _zones().get(name.strip().casefold())


@cache
def _zones() -> Mapping[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _order(words: Sequence[str]) -> Order | None:
    """With the kind before or after it, as either language has it."""
    kinds = [_KINDS[word] for word in words if word in _KINDS]
    verb = _VERBS.get(" ".join(word for word in words if word not in _KINDS))
    if verb is None or len(kinds) > (verb != "list") or (kinds and words[0] not in _KINDS and words[-1] not in _KINDS):
        return None
    return Order(verb, kinds[0] if kinds else None)


def _extras(words: Sequence[str], locale: Locale) -> tuple[int, str | None, SharedPicture]:
    """A period, a zone and a picture, in any order, each at most once."""
    periods = [_PERIODS[word] for word in words if word in _PERIODS]
    pictures = [_PICTURES[word] for word in words if word in _PICTURES]
    others = [word for word in words if word not in _PERIODS and word not in _PICTURES]
    zones = [zone for zone in map(known_zone, others) if zone is not None]
    if len(zones) < len(others) and all(known_zone(word) or "/" in word for word in others):
        raise BadSchedule(what="zone", usage=USAGE[locale])
    if len(zones) < len(others) or max(len(periods), len(zones), len(pictures)) > 1:
        raise BadCommand(USAGE[locale])
    picture = pictures[0] if pictures else PICTURES[0]
    wanted = checked("here", periods[0] if periods else None, Look(picture))
    return wanted.days, zones[0] if zones else None, picture


def _weekday(word: str) -> int | None:
    if word.removesuffix("요일") in tuple(_KOREAN_DAYS):
        return _KOREAN_DAYS.index(word[0])
    names = [day for day in _ENGLISH_DAYS if len(word) >= _SHORTEST_DAY_NAME and day.startswith(word)]
    return _ENGLISH_DAYS.index(names[0]) if names else None


def _month_day(word: str, locale: Locale) -> int:
    if word in _LAST_DAYS:
        return MONTH_DAYS[-1]
    found = _MONTH_DAY.fullmatch(word)
    if found is None:
        raise BadCommand(USAGE[locale])
    if int(found[1]) not in MONTH_DAYS:
        raise BadSchedule(what="day", usage=USAGE[locale])
    return int(found[1])


def _clock_time(word: str, locale: Locale) -> time:
    found = _TIME.fullmatch(word)
    try:
        if found is not None:
            return time(int(found[1]), int(found[2]))
    except ValueError:
        pass
    if _LIKE_A_TIME.fullmatch(word):
        raise BadSchedule(what="time", usage=USAGE[locale])
    raise BadCommand(USAGE[locale])
