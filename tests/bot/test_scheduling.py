import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BadCommand, StoreUnavailable
from bot.messages import Viewer
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules, ScheduleSpec, latest_slot, next_slots, parse_schedule
from bot.store.base import Store
from bot.store.schedules import remove
from bot.store.tables import ScheduleRow, SlotRow
from tests.conftest import opened
from tests.factories import CHANNEL, KEY, TEAM, person
from tests.fakes import Clock

OWNER = person(1)
SEOUL_NINE = ScheduleSpec("daily", None, 9, 0, "Asia/Seoul", "ko")
NEW_YORK, HALF_PAST_TWO = ZoneInfo("America/New_York"), ScheduleSpec("daily", None, 2, 30, "America/New_York")


@pytest.fixture
def schedules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Schedules:
    """The schedules at 9:00 UTC on a Friday, 18:00 in Seoul."""
    return Schedules(store, pseudonyms, clock)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("weekly mon 09:00", ScheduleSpec("weekly", 0, 9, 0)),
        ("Weekly Sunday 9:05", ScheduleSpec("weekly", 6, 9, 5)),
        ("  weekly   thurs   23:59 ", ScheduleSpec("weekly", 3, 23, 59)),
        ("매주 월 09:00", ScheduleSpec("weekly", 0, 9, 0)),
        ("매주 일요일 09:00", ScheduleSpec("weekly", 6, 9, 0)),
        ("매주 토 0:00", ScheduleSpec("weekly", 5, 0, 0)),
        ("daily 18:00", ScheduleSpec("daily", None, 18, 0)),
        ("매일 18:00", ScheduleSpec("daily", None, 18, 0)),
        ("매일 １８：００", ScheduleSpec("daily", None, 18, 0)),
        ("list", "list"),
        ("목록", "list"),
        ("OFF", "off"),
        ("끄기", "off"),
    ],
)
def test_people_say_it_in_english_or_korean(words: str, expected: object) -> None:
    """Both languages, short and full names of days, any case, one or two digits, also full-width ones."""
    assert parse_schedule(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "",
        "weekly",
        "weekly 09:00",
        "weekly mon",
        "weekly mo 09:00",
        "weekly moon 09:00",
        "weekly mon 24:00",
        "daily 9",
        "daily 09:60",
        "daily 9:0",
        "daily -1:00",
        "daily 18:00 off",
        "daily mon 18:00",
        "매주 요일 09:00",
        "매주 월 아홉시",
        "monthly 1 09:00",
        "daily ١٨:٠٠",
        "매일",
        "list all",
        "weekly mon 09:00 please",
        "\0",
        "🙂 " * 1000,
    ],
)
def test_nonsense_gets_the_usage_and_is_not_repeated(words: str) -> None:
    """The answer shows what would be understood, in the person's language, and nothing of what they wrote."""
    with pytest.raises(BadCommand) as english:
        parse_schedule(words)
    assert "weekly mon 09:00" in english.value.sentence("en")
    with pytest.raises(BadCommand) as korean:
        parse_schedule(words, Viewer("ko", "Asia/Seoul"))
    assert "매주 월 09:00" in korean.value.sentence("ko")
    assert "please" not in korean.value.sentence("ko")


def test_the_zone_and_the_language_are_the_viewers() -> None:
    """Who says nine o'clock means nine o'clock where they are."""
    spec = parse_schedule("매일 09:00", Viewer("ko", "Asia/Seoul"))
    assert spec == SEOUL_NINE
    assert list(next_slots(SEOUL_NINE, datetime(2026, 11, 20, tzinfo=UTC), 2)) == [
        datetime(2026, 11, 21, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("weekday", "hour", "minute", "zone", "problem"),
    [
        (None, 24, 0, "UTC", "hour"),
        (None, 0, 60, "UTC", "minute"),
        (0, 9, 0, "UTC", "daily one has none"),
        (None, 9, 0, "Mars/Olympus", "time zone"),
    ],
)
def test_a_daily_time_that_cannot_be_is_refused(
    weekday: int | None, hour: int, minute: int, zone: str, problem: str
) -> None:
    """A row that could never be due, or always fails, is not made."""
    with pytest.raises(ValueError, match=problem):
        ScheduleSpec("daily", weekday, hour, minute, zone)


def test_a_time_that_the_spring_skips_comes_once_shortly_after() -> None:
    """New York, 8 March 2026: there is no 02:30; the slot is at 03:30 by the new time, the days around as ever."""
    slots = next_slots(HALF_PAST_TWO, datetime(2026, 3, 7, 0, 0, tzinfo=NEW_YORK), 3)
    local = [slot.astimezone(NEW_YORK).strftime("%d %H:%M") for slot in slots]
    assert local == ["07 02:30", "08 03:30", "09 02:30"]


def test_a_time_that_the_autumn_repeats_comes_once() -> None:
    """New York, 1 November 2026: 01:30 happens twice; the slot is the first of them."""
    spec = ScheduleSpec("daily", None, 1, 30, "America/New_York")
    slots = next_slots(spec, datetime(2026, 10, 31, 0, 0, tzinfo=NEW_YORK), 3)
    assert [slot.astimezone(NEW_YORK).day for slot in slots] == [31, 1, 2]
    assert slots[1] == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_day_that_a_zone_skipped_posts_once() -> None:
    """Apia had no 30 December 2011: its slot and that of the day after are one moment, given once."""
    spec = ScheduleSpec("daily", None, 9, 0, "Pacific/Apia")
    slots = next_slots(spec, datetime(2011, 12, 29, 0, 0, tzinfo=UTC), 4)
    assert len(set(slots)) == 4
    assert all(later - earlier >= timedelta(hours=23) for earlier, later in pairwise(slots))


@given(
    st.builds(
        ScheduleSpec,
        st.just("weekly"),
        st.integers(0, 6),
        st.integers(0, 23),
        st.integers(0, 59),
        st.sampled_from(["Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]),
    )
    | st.builds(
        ScheduleSpec,
        st.just("daily"),
        st.none(),
        st.integers(0, 23),
        st.integers(0, 59),
        st.sampled_from(["Europe/Berlin", "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham"]),
    ),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as asked for
)
def test_the_latest_slot_and_the_next_leave_no_time_between_them(spec: ScheduleSpec, now: datetime) -> None:
    """At any moment, in any zone: the latest slot is past, the next are to come, and none is missed in between."""
    latest = latest_slot(spec, now)
    following = next_slots(spec, latest, 2)
    assert latest <= now < following[0]
    assert list(next_slots(spec, now, 2)) == list(following)
    step = 7 if spec.kind == "weekly" else 1
    assert timedelta(days=step, hours=-2) <= following[0] - latest <= timedelta(days=step, hours=2)


async def test_a_slot_is_due_once(schedules: Schedules, clock: Clock) -> None:
    """Nothing before its time, the slot at its time, nothing after it was posted, and the next day's the next day."""
    schedule = await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    assert await schedules.claim_due(clock()) == []
    clock.advance(seconds=1)
    (slot,) = await schedules.claim_due(clock())
    assert (slot.schedule, slot.time, slot.attempt) == (schedule, clock(), 1)
    await schedules.posted(slot, "1.000001")
    for _ in range(30):
        clock.advance(minutes=47)
        assert await schedules.claim_due(clock()) == []
    clock.now = datetime(2026, 11, 22, 0, 0, 20, tzinfo=UTC)
    assert [slot.time.day for slot in await schedules.claim_due(clock())] == [22]


async def test_an_hour_of_downtime_is_made_up_once(schedules: Schedules, clock: Clock) -> None:
    """Nothing ran when it was due: the slot is posted late, once, with its own time."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    (slot,) = await schedules.claim_due(clock())
    assert slot.time == datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    await schedules.posted(slot, "1.000001")
    assert await schedules.claim_due(clock()) == []


async def test_after_days_of_downtime_only_the_latest_slot_is_made_up(schedules: Schedules, clock: Clock) -> None:
    """A week's daily pictures do not come all at once; a weekly one that is over a day late does not come at all."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await schedules.set(TEAM, CHANNEL, OWNER, ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko"))
    clock.now = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
    assert [slot.time for slot in await schedules.claim_due(clock())] == [datetime(2026, 11, 27, tzinfo=UTC)]


async def test_a_new_schedule_makes_up_nothing_from_before_it_was_set(schedules: Schedules, clock: Clock) -> None:
    """Who sets 09:00 at 18:00 hears from it the next morning."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    assert await schedules.claim_due(clock()) == []


async def test_a_claim_that_was_not_kept_is_given_to_another(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The process dies after the claim and before the post: ten minutes later another gets it, told to look first."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert [slot.attempt for slot in await schedules.claim_due(clock())] == [1]
    async with opened(database_url) as other:
        restarted = Schedules(other, pseudonyms, clock)
        clock.advance(minutes=10)
        assert await restarted.claim_due(clock()) == []
        clock.advance(seconds=1)
        (again,) = await restarted.claim_due(clock())
        assert again.attempt == 2
        assert await schedules.claim_due(clock()) == []
        await restarted.posted(again, "1.000001")
    clock.advance(hours=1)
    assert await schedules.claim_due(clock()) == []


async def test_a_slot_that_always_fails_is_given_up(schedules: Schedules, clock: Clock) -> None:
    """Six attempts, then silence until the next slot."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    attempts: list[int] = []
    for _ in range(10):
        attempts += [slot.attempt for slot in await schedules.claim_due(clock())]
        clock.advance(minutes=11)
    assert attempts == [1, 2, 3, 4, 5, 6]


async def test_of_many_that_wake_at_once_one_gets_each_slot(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two stores, ten ticks at the same moment, three channels: each channel's slot is given out once."""
    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    async with opened(database_url) as other:
        rivals = (schedules, Schedules(other, pseudonyms, clock))
        rounds = await asyncio.gather(*(rivals[number % 2].claim_due(clock()) for number in range(10)))
    claimed = [slot.schedule.channel for slots in rounds for slot in slots]
    assert sorted(claimed) == ["C1", "C2", "C3"]


_CLAIMER = """
import asyncio, json, sys
from datetime import datetime
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules
from bot.store.base import Store

async def main():
    store = Store(sys.argv[1])
    await store.ping()
    print("ready", flush=True)
    sys.stdin.readline()
    now = datetime.fromisoformat(sys.argv[2])
    slots = await Schedules(store, Pseudonyms(bytes.fromhex(sys.argv[3])), lambda: now).claim_due(now)
    await store.close()
    print(json.dumps([slot.schedule.channel for slot in slots]))

asyncio.run(main())
"""


async def test_two_real_processes_share_the_slots_without_doubling_any(schedules: Schedules, database_url: str) -> None:
    """Started side by side and let go at once on one database: together they get each slot exactly once."""
    channels = [f"C{number:02}" for number in range(12)]
    for channel in channels:
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    arguments = (sys.executable, "-c", _CLAIMER, database_url, "2026-11-21T00:00:00+00:00", KEY.hex())
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert sorted(channel for output, _ in outputs for channel in json.loads(output)) == channels


async def test_a_channel_has_one_daily_and_one_weekly_schedule(schedules: Schedules) -> None:
    """Setting a kind again takes the place of the earlier one; the list shows what holds."""
    weekly = ScheduleSpec("weekly", 4, 17, 30, "Europe/Berlin")
    evening = ScheduleSpec("daily", None, 18, 0, "Asia/Seoul", "ko")
    for spec in (SEOUL_NINE, weekly, evening):
        await schedules.set(TEAM, CHANNEL, OWNER, spec)
    assert [schedule.spec for schedule in await schedules.list(TEAM, CHANNEL)] == [evening, weekly]
    assert await schedules.list(TEAM, "C02OTHER") == []


async def test_two_people_who_set_it_at_once_make_one_schedule(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Neither gets an error, and the channel has one of the two."""
    async with opened(database_url) as other:
        rivals = (schedules, Schedules(other, pseudonyms, clock))
        await asyncio.gather(*(rivals[n % 2].set(TEAM, CHANNEL, person(n + 1), SEOUL_NINE) for n in range(8)))
    assert len(await schedules.list(TEAM, CHANNEL)) == 1


async def test_off_removes_the_channels_schedules_and_slots(schedules: Schedules, store: Store, clock: Clock) -> None:
    """Says how many there were; another channel keeps its own; a claim that was out does no harm."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await schedules.set(TEAM, "C02OTHER", OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    claimed = await schedules.claim_due(clock())
    assert await schedules.off(TEAM, CHANNEL) == 1
    assert await schedules.off(TEAM, CHANNEL) == 0
    for slot in claimed:
        await schedules.posted(slot, "1.000001")
    async with store.read() as session:
        (left,) = await session.scalars(select(SlotRow))
    assert left.posted == "1.000001"
    assert len(await schedules.list(TEAM, "C02OTHER")) == 1


class Eventful(Store):
    """A database in which something happens right before each of the next transactions that may write."""

    def __init__(self, url: str, *events: Callable[[], Awaitable[object]]) -> None:
        """`events` come to pass in this order, one before each transaction."""
        super().__init__(url)
        self._events = list(events)

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """First the event, then the transaction."""
        if self._events:
            await self._events.pop(0)()
        async with super().begin() as session:
            yield session


async def nothing() -> None:
    """An event without consequences."""


async def lost() -> None:
    """The database is gone."""
    message = "no connection (the words of somebody)"
    raise StoreUnavailable(message)


@pytest.mark.parametrize("anew", [False, True], ids=["removed", "set anew"])
async def test_a_schedule_that_goes_while_its_slot_is_claimed_takes_no_other_with_it(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock, *, anew: bool
) -> None:
    """Removed, or removed and set again, between the look and the claim: not due; the other channels get theirs."""

    async def goes() -> None:
        await schedules.off(TEAM, "C2")
        if anew:
            await schedules.set(TEAM, "C2", OWNER, SEOUL_NINE)

    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    store = Eventful(database_url, goes)
    slots = await Schedules(store, pseudonyms, clock).claim_due(clock())
    await store.close()
    assert sorted(slot.schedule.channel for slot in slots) == ["C1", "C3"]


async def test_a_claim_waits_for_a_removal_that_is_under_way(
    schedules: Schedules, database_url: str, clock: Clock
) -> None:
    """Another process is about to remove the schedule: the claim stands still until it has, and then is none."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    async with opened(database_url) as other:
        async with other.begin() as session:
            assert await remove(session, TEAM, CHANNEL) == 1
            claiming = asyncio.create_task(schedules.claim_due(clock()))
            await asyncio.sleep(0.2)  # long enough to arrive at the lock
            assert not claiming.done()
        assert await claiming == []


async def test_what_was_claimed_before_the_database_went_is_not_lost(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The first claim counts and is handed out, the rest is due at once afterwards; the log names the kind only."""
    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    store = Eventful(database_url, nothing, lost)
    with caplog.at_level(logging.WARNING):
        first = await Schedules(store, pseudonyms, clock).claim_due(clock())
    await store.close()
    assert "StoreUnavailable" in caplog.text
    assert "somebody" not in caplog.text
    rest = await schedules.claim_due(clock())
    assert (len(first), len(rest)) == (1, 2)
    assert sorted(slot.schedule.channel for slot in (*first, *rest)) == ["C1", "C2", "C3"]


async def test_a_database_that_is_gone_from_the_start_is_told(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nothing claimed is not the same as nothing due."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    store = Eventful(database_url, lost)
    with pytest.raises(StoreUnavailable):
        await Schedules(store, pseudonyms, clock).claim_due(clock())
    await store.close()


async def test_one_schedule_that_cannot_be_understood_holds_up_no_other(
    schedules: Schedules, store: Store, clock: Clock
) -> None:
    """A zone that this machine's tables do not know is passed over; the other channel gets its picture."""
    await schedules.set(TEAM, "C1", OWNER, SEOUL_NINE)
    await schedules.set(TEAM, "C2", OWNER, SEOUL_NINE)
    async with store.begin() as session:
        await session.execute(update(ScheduleRow).where(ScheduleRow.channel_id == "C1").values(timezone="Moon/Sea"))
    clock.now = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert [slot.schedule.channel for slot in await schedules.claim_due(clock())] == ["C2"]
