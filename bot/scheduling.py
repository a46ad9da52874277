"""When a channel's picture is due, in its own time zone, and which process posts it."""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import BadCommand, StoreUnavailable
from bot.messages import Locale, Person, Viewer
from bot.pseudonyms import Pseudonyms
from bot.store import schedules
from bot.store.base import Store
from bot.store.tables import ScheduleRow

log = logging.getLogger(__name__)

Kind = Literal["weekly", "daily"]

MADE_UP_WITHIN: Final = timedelta(hours=24)
"""A slot that nobody claimed, because nothing ran, is made up for this long. Of several, only the latest."""

_DAY: Final = timedelta(days=1)
_WEEK_DAYS: Final = 7
_SHORTEST_DAY_NAME: Final = 3
_ENGLISH_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KOREAN_DAYS: Final = "월화수목금토일"
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_COMMAND: Final = "/emotion-schedule"
_USAGE: Final[dict[Locale, str]] = {
    "en": f"`{_COMMAND} weekly mon 09:00` · `{_COMMAND} daily 18:00` · `{_COMMAND} list` · `{_COMMAND} off`",
    "ko": f"`{_COMMAND} 매주 월 09:00` · `{_COMMAND} 매일 18:00` · `{_COMMAND} 목록` · `{_COMMAND} 끄기`",
}


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A time of the week or of the day, in a zone. ValueError for what no clock or calendar has."""

    kind: Kind
    weekday: int | None
    """Monday is 0; None where daily."""
    hour: int
    minute: int
    timezone: str = "UTC"
    """IANA name."""
    locale: Locale = "en"
    """The language of what is posted."""

    def __post_init__(self) -> None:
        """Refuse what could never be due."""
        time(self.hour, self.minute)
        if (self.weekday is None) != (self.kind == "daily") or self.weekday not in (None, *range(_WEEK_DAYS)):
            message = "a weekly schedule has a day from 0 (Monday) to 6, a daily one has none"
            raise ValueError(message)
        try:
            ZoneInfo(self.timezone)
        except ZoneInfoNotFoundError:
            message = "no such time zone"
            raise ValueError(message) from None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is posted in a channel."""

    id: UUID
    team: str
    channel: str
    spec: ScheduleSpec


@dataclass(frozen=True, slots=True)
class DueSlot:
    """One time at which a schedule is due, claimed for the caller for ten minutes."""

    schedule: Schedule
    time: datetime
    attempt: int
    """From 1. Above 1, an earlier process may have posted before it died: look before posting again."""


class Schedules:
    """The channels' schedules. Any number of processes may ask what is due; each slot is given to one."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> None:
        """`clock` returns the present, aware, in UTC."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def set(self, team: str, channel: str, owner: Person, spec: ScheduleSpec) -> Schedule:
        """Post in the channel at these times from now on, in the place of an earlier schedule of that kind."""
        new = schedules.NewSchedule(
            team=team,
            channel=channel,
            user_id=self._pseudonyms.person(owner),
            kind=spec.kind,
            weekday=spec.weekday,
            hour=spec.hour,
            minute=spec.minute,
            timezone=spec.timezone,
            locale=spec.locale,
        )
        async with self._store.begin() as session:
            identity = await schedules.put(session, new, self._clock())
        return Schedule(identity, team, channel, spec)

    async def list(self, team: str, channel: str) -> Sequence[Schedule]:
        """The channel's schedules, at most one daily and one weekly."""
        async with self._store.read() as session:
            return [_schedule(row) for row in await schedules.of_channel(session, team, channel)]

    async def off(self, team: str, channel: str) -> int:
        """Remove the channel's schedules; how many there were."""
        async with self._store.begin() as session:
            return await schedules.remove(session, team, channel)

    async def claim_due(self, now: datetime) -> Sequence[DueSlot]:
        """Claim what is due: for each schedule its latest slot of the last 24 hours, unless another has it.

        A claim holds for ten minutes. A slot that was not `posted` by then is given out again, six times at most.

        A schedule that is removed meanwhile is not due. Where the database is lost half-way, what was claimed before
        is returned and the rest is due the next time; StoreUnavailable where nothing could be claimed.
        """
        claimed: list[DueSlot] = []
        for row, slot in await self._due(now):  # a transaction each: a slot that fails takes no other with it
            try:
                async with self._store.begin() as session:
                    attempt = await schedules.claim_slot(session, row.id, slot, now)
            except StoreUnavailable as error:
                if not claimed:
                    raise
                log.warning("not all that is due could be claimed: %s", type(error).__name__)
                break
            if attempt:
                claimed.append(DueSlot(_schedule(row), slot, attempt))
        return claimed

    async def posted(self, slot: DueSlot, reference: str) -> None:
        """The slot is done and never given out again. `reference` is the ts of what was posted, or a word why not."""
        async with self._store.begin() as session:
            await schedules.mark_posted(session, slot.schedule.id, slot.time, reference)

    async def _due(self, now: datetime) -> Sequence[tuple[ScheduleRow, datetime]]:
        """Latest slots that look free. Only reads, so that a tick without work holds up no writer."""
        earliest = now - MADE_UP_WITHIN
        async with self._store.read() as session:
            rows = await schedules.every(session)
            taken = await schedules.taken(session, earliest, now)
        found: list[tuple[ScheduleRow, datetime]] = []
        for row in rows:
            try:
                slot = latest_slot(_spec(row), now)
            except ValueError:
                log.warning("schedule %s cannot be understood; is its time zone %s known here?", row.id, row.timezone)
                continue
            if slot > max(row.since, earliest) and (row.id, slot) not in taken:
                found.append((row, slot))
        return found


def next_slots(spec: ScheduleSpec, after: datetime, count: int) -> Sequence[datetime]:
    """The next so many times after that moment, in UTC."""
    found: list[datetime] = []
    for slot in _slots(spec, after.astimezone(ZoneInfo(spec.timezone)).date() - 2 * _DAY):
        if len(found) == count:
            break
        if slot > after:
            found.append(slot)
    return found


def latest_slot(spec: ScheduleSpec, now: datetime) -> datetime:
    """The last time not after that moment, in UTC."""
    latest = datetime.min.replace(tzinfo=UTC)
    for slot in _slots(spec, now.astimezone(ZoneInfo(spec.timezone)).date() - (_WEEK_DAYS + 2) * _DAY):
        if slot > now:
            break
        latest = slot
    return latest


def parse_schedule(words: str, viewer: Viewer = Viewer()) -> ScheduleSpec | Literal["list", "off"]:  # noqa: B008 - frozen
    """Understand what follows the command, in English or Korean; the zone and the language are the viewer's.

    `weekly mon 09:00` and `매주 월 09:00` (a day's name in full too), `daily 18:00` and `매일 18:00`,
    `list` and `목록`, `off` and `끄기`. BadCommand, with the usage in the viewer's language, for anything else.
    """
    match unicodedata.normalize("NFKC", words).casefold().split():
        case ["list" | "목록"]:
            return "list"
        case ["off" | "끄기"]:
            return "off"
        case ["weekly" | "매주", day, clock]:
            weekday = _weekday(day)
            if weekday is not None and (at := _clock_time(clock)):
                return ScheduleSpec("weekly", weekday, at.hour, at.minute, viewer.timezone, viewer.locale)
        case ["daily" | "매일", clock]:
            if at := _clock_time(clock):
                return ScheduleSpec("daily", None, at.hour, at.minute, viewer.timezone, viewer.locale)
    raise BadCommand(_USAGE[viewer.locale])


def _weekday(word: str) -> int | None:
    if word.removesuffix("요일") in tuple(_KOREAN_DAYS):
        return _KOREAN_DAYS.index(word[0])
    names = [day for day in _ENGLISH_DAYS if len(word) >= _SHORTEST_DAY_NAME and day.startswith(word)]
    return _ENGLISH_DAYS.index(names[0]) if names else None


def _clock_time(word: str) -> time | None:
    found = _TIME.fullmatch(word)
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def _slots(spec: ScheduleSpec, first: date) -> Iterator[datetime]:
    """All times from that local date on, in UTC and in order, without end.

    A time that a day has twice (clocks go back) counts once, the first time; one that it has not (clocks go forward)
    counts as if they had not moved yet, which is shortly after (RFC 5545, section 3.3.5, has the same rule). A zone
    that skipped a whole day makes two of its times one moment; it is given once.
    """
    zone = ZoneInfo(spec.timezone)
    last: datetime | None = None
    day = first
    while True:
        if spec.weekday is None or day.weekday() == spec.weekday:
            slot = datetime.combine(day, time(spec.hour, spec.minute), zone).astimezone(UTC)
            if last is None or slot > last:
                yield slot
                last = slot
        day += _DAY


def _spec(row: ScheduleRow) -> ScheduleSpec:
    kind: Kind = "daily" if row.kind == "daily" else "weekly"
    locale: Locale = "ko" if row.locale == "ko" else "en"
    return ScheduleSpec(kind, row.weekday, row.hour, row.minute, row.timezone, locale)


def _schedule(row: ScheduleRow) -> Schedule:
    return Schedule(row.id, row.team_id, row.channel_id, _spec(row))
