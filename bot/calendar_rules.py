"""Times that come again: every day, on working days, every week or every month, at a time of the day, in a zone.

Pure: no clock is asked, the present is handed in.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.messages import Locale

Kind = Literal["daily", "weekdays", "weekly", "monthly"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
PERIODS: Final = (7, 30, 90)
"""How many days a scheduled picture may show."""
MONTH_DAYS: Final = range(1, 32)
SharedPicture = Literal["trend", "valence", "mix", "year"]
PICTURES: Final[tuple[SharedPicture, ...]] = get_args(SharedPicture)
"""What can be posted on time: a channel's feelings, its mood, two periods side by side, its year of days. The first is
the usual one."""
ScheduledPicture = SharedPicture | Literal["diary"]
DIARY: Final = "diary"
"""A person's own page. It comes to that person alone, every week, and to no channel."""
SCHEDULED: Final[tuple[ScheduledPicture, ...]] = (*PICTURES, DIARY)

_DAY: Final = timedelta(days=1)
_WEEK_DAYS: Final = range(7)
_WORKING_DAYS: Final = range(5)
_MARGIN: Final = 2 * _DAY
"""No zone's date is further from any other's."""


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """When, in which zone, and what is posted. ValueError for what no clock or calendar has."""

    kind: Kind
    weekday: int | None
    """Monday is 0; None unless weekly."""
    hour: int
    minute: int
    timezone: str = "UTC"
    """IANA name."""
    locale: Locale = "en"
    """The language of what is posted."""
    month_day: int | None = None
    """From 1; None unless monthly. A month that is too short for it has its slot on its last day."""
    days: int = PERIODS[0]
    """How many days the picture shows, where it has no stretch of its own."""
    picture: ScheduledPicture = PICTURES[0]

    def __post_init__(self) -> None:
        """Refuse what could never be due."""
        time(self.hour, self.minute)
        if self.weekday not in (_WEEK_DAYS if self.kind == "weekly" else (None,)):
            message = "a weekly schedule has a day from 0 (Monday) to 6, a daily one has none"
            raise ValueError(message)
        if self.month_day not in (MONTH_DAYS if self.kind == "monthly" else (None,)):
            message = "a monthly schedule has a day from 1 to 31, the others have none"
            raise ValueError(message)
        if self.kind not in KINDS or self.days not in PERIODS or self.picture not in SCHEDULED:
            message = "no such schedule"
            raise ValueError(message)
        if self.picture == DIARY and self.kind != "weekly":
            message = "a diary comes every week"
            raise ValueError(message)
        zone_of(self.timezone)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; ValueError where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "no such time zone"
        raise ValueError(message) from None


def next_slots(spec: ScheduleSpec, after: datetime, count: int) -> Sequence[datetime]:
    """The next so many times after that moment, in UTC."""
    found: list[datetime] = []
    for slot in _slots(spec, after.astimezone(zone_of(spec.timezone)).date() - _MARGIN):
        if len(found) == count:
            break
        if slot > after:
            found.append(slot)
    return found


def latest_slot(spec: ScheduleSpec, now: datetime) -> datetime:
    """The last time not after that moment, in UTC."""
    zone = zone_of(spec.timezone)
    day = now.astimezone(zone).date() + _MARGIN
    while True:
        if _falls_on(spec, day) and (slot := _at(spec, day, zone)) <= now:
            return slot
        day -= _DAY


def _slots(spec: ScheduleSpec, first: date) -> Iterator[datetime]:
    """All times from that local date on, in UTC and in order, without end."""
    zone = zone_of(spec.timezone)
    last: datetime | None = None
    day = first
    while True:
        if _falls_on(spec, day):
            slot = _at(spec, day, zone)
            if last is None or slot > last:
                yield slot
                last = slot
        day += _DAY


def _falls_on(spec: ScheduleSpec, day: date) -> bool:
    match spec.kind:
        case "daily":
            return True
        case "weekdays":
            return day.weekday() in _WORKING_DAYS
        case "weekly":
            return day.weekday() == spec.weekday
        case "monthly":
            return day.day == min(spec.month_day or 1, monthrange(day.year, day.month)[1])


def _at(spec: ScheduleSpec, day: date, zone: ZoneInfo) -> datetime:
    """The slot of a local date, in UTC.

    A time that a day has twice (clocks go back) counts once, the first time; one that it has not (clocks go forward)
    counts as if they had not moved yet, which is shortly after (RFC 5545, section 3.3.5, has the same rule). A zone
    that skipped a whole day makes two of its times one moment.
    """
    return datetime.combine(day, time(spec.hour, spec.minute), zone).astimezone(UTC)
