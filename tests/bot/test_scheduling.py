import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import ScheduleSpec
from bot.errors import StoreUnavailable
from bot.messages import Person
from bot.pseudonyms import Pseudonyms
from bot.scheduling import MADE_UP_WITHIN, CatchUp, DueSlot, Schedules
from bot.store import cells
from bot.store.base import Store
from bot.store.erasure import expire
from bot.store.schedules import Place, remove
from bot.store.slots import LEASE, QUICK_ATTEMPTS, REST, SETTLE
from bot.store.tables import ScheduleRow, SlotRow
from tests.conftest import opened
from tests.factories import CHANNEL, KEY, TEAM, person
from tests.fakes import Clock

OWNER = person(1)
SEOUL_NINE = ScheduleSpec("daily", None, 9, 0, "Asia/Seoul", "ko")
WEEKLY = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko")
DUE = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
"""The first nine o'clock in Seoul after the fixtures' present."""


@pytest.fixture
def schedules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Schedules:
    """The schedules at 9:00 UTC on a Friday, 18:00 in Seoul."""
    return Schedules(store, pseudonyms, clock)


async def test_a_slot_is_due_once(schedules: Schedules, clock: Clock) -> None:
    """Nothing before its time, the slot at its time, nothing after it was posted, and the next day's the next day."""
    schedule = await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    assert await schedules.claim_due(TEAM) == []
    clock.advance(seconds=1)
    (slot,) = await schedules.claim_due(TEAM)
    assert (slot.schedule, slot.time, slot.attempt) == (schedule, clock(), 1)
    await schedules.posted(slot, "1.000001")
    for _ in range(30):
        clock.advance(minutes=47)
        assert await schedules.claim_due(TEAM) == []
    clock.now = datetime(2026, 11, 22, 0, 0, 20, tzinfo=UTC)
    assert [slot.time.day for slot in await schedules.claim_due(TEAM)] == [22]


async def test_an_hour_of_downtime_is_made_up_once_and_says_so(schedules: Schedules, clock: Clock) -> None:
    """Nothing ran when it was due: the slot is posted late, once, with its own time, and known to be late."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE + timedelta(hours=1)
    (slot,) = await schedules.claim_due(TEAM)
    assert (slot.time, slot.is_late) == (DUE, True)
    await schedules.posted(slot, "1.000001")
    assert await schedules.claim_due(TEAM) == []


@pytest.mark.parametrize(("catch_up", "made_up"), [("latest", 1), ("none", 0)])
@pytest.mark.parametrize("spec", [SEOUL_NINE, WEEKLY], ids=["daily", "weekly"])
async def test_after_a_week_of_downtime_the_latest_slot_is_made_up_or_none(  # noqa: PLR0913, PLR0917 - the whole story
    store: Store, pseudonyms: Pseudonyms, clock: Clock, spec: ScheduleSpec, catch_up: CatchUp, made_up: int
) -> None:
    """SCHEDULE_CATCH_UP=latest: one picture, whatever was missed; =none: none, and the next slot is posted as ever."""
    schedules = Schedules(store, pseudonyms, clock, catch_up=catch_up)
    await schedules.set(TEAM, CHANNEL, OWNER, spec)
    clock.now = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)  # the last slots: Sunday and Monday at 9:00 in Seoul
    claimed: list[DueSlot] = []
    for _ in range(20):
        for slot in await schedules.claim_due(TEAM):
            claimed.append(slot)
            await schedules.posted(slot, "1.000001")
        clock.advance(minutes=7)
    assert len(claimed) == made_up
    clock.now = datetime(2026, 11, 30, 0, 0, 5, tzinfo=UTC)
    (due,) = await schedules.claim_due(TEAM)
    assert not due.is_late


async def test_what_was_due_longer_ago_is_not_made_up(schedules: Schedules, clock: Clock) -> None:
    """A monthly picture nine days late is not posted any more, one eight days late is."""
    await schedules.set(TEAM, CHANNEL, OWNER, ScheduleSpec("monthly", None, 9, 0, month_day=1))
    clock.now = datetime(2026, 12, 9, 9, 0, 1, tzinfo=UTC)
    assert await schedules.claim_due(TEAM) == []
    clock.now = datetime(2026, 12, 9, 8, 59, 59, tzinfo=UTC)
    assert len(await schedules.claim_due(TEAM)) == 1


async def test_what_was_begun_is_ended_also_where_nothing_is_made_up(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """With =none, a slot whose poster died is still posted: it was begun on time."""
    schedules = Schedules(store, pseudonyms, clock, catch_up="none")
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    assert len(await schedules.claim_due(TEAM)) == 1
    clock.advance(hours=1)
    (again,) = await schedules.claim_due(TEAM)
    assert (again.attempt, again.is_late) == (2, False)


@pytest.mark.parametrize(("catch_up", "late"), [("latest", [True]), ("none", [])])
async def test_what_was_begun_on_time_and_is_posted_days_later_is_late_all_the_same(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, catch_up: CatchUp, late: list[bool]
) -> None:
    """Its poster died at once, and then nothing ran: it is made up for, and says so, or is not."""
    schedules = Schedules(store, pseudonyms, clock, catch_up=catch_up)
    await schedules.set(TEAM, CHANNEL, OWNER, ScheduleSpec("monthly", None, 9, 0, month_day=1))
    clock.now = datetime(2026, 12, 1, 9, 0, 5, tzinfo=UTC)
    assert [slot.is_late for slot in await schedules.claim_due(TEAM)] == [False]
    clock.advance(days=6)
    assert [slot.is_late for slot in await schedules.claim_due(TEAM)] == late


@pytest.mark.parametrize("minutes", [10, -10])
@pytest.mark.parametrize("after", [-2, 2], ids=["before the slot", "after the slot"])
async def test_a_clock_that_is_put_forward_or_back_doubles_and_loses_nothing(
    schedules: Schedules, clock: Clock, minutes: int, after: int
) -> None:
    """By ten minutes, two minutes before a slot or after it: over the days around, each slot once."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    claimed: list[datetime] = []
    step = DUE + timedelta(days=1, minutes=after)
    clock.now = DUE - timedelta(hours=1)
    has_stepped = False
    while clock() < DUE + timedelta(days=2, hours=1):
        for slot in await schedules.claim_due(TEAM):
            claimed.append(slot.time)
            await schedules.posted(slot, "1.000001")
        clock.advance(minutes=6)
        if clock() >= step and not has_stepped:
            has_stepped = True
            clock.advance(minutes=minutes)
    assert claimed == [DUE + timedelta(days=day) for day in range(3)]


async def test_the_databases_clock_counts_and_no_process_has_one_of_its_own(
    store: Store, pseudonyms: Pseudonyms
) -> None:
    """Without a stand-in, what is due and how long a claim holds is told by the server: both agree with the present."""
    schedules = Schedules(store, pseudonyms)
    before = datetime.now(UTC)
    minute = before - timedelta(minutes=1)
    await schedules.set(TEAM, CHANNEL, OWNER, ScheduleSpec("daily", None, minute.hour, minute.minute))
    assert await schedules.claim_due(TEAM) == []  # it counts from now on
    async with store.begin() as session:
        await session.execute(update(ScheduleRow).values(since=minute - timedelta(minutes=2)))
    (slot,) = await schedules.claim_due(TEAM)
    assert slot.time == minute.replace(second=0, microsecond=0)
    async with store.read() as session:
        until = (await session.scalars(select(SlotRow.claimed_until))).one()
    margin = timedelta(seconds=60)  # of whoever runs the server
    assert before - margin <= until - LEASE <= datetime.now(UTC) + margin


async def test_a_new_schedule_makes_up_nothing_from_before_it_was_set(schedules: Schedules) -> None:
    """Who sets 09:00 at 18:00 hears from it the next morning."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    assert await schedules.claim_due(TEAM) == []


async def test_a_claim_that_was_not_kept_is_given_to_another(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The process dies after the claim and before the post: two minutes later another gets it, told to look first."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    assert [slot.attempt for slot in await schedules.claim_due(TEAM)] == [1]
    async with opened(database_url) as other:
        restarted = Schedules(other, pseudonyms, clock)
        clock.now = DUE + LEASE
        assert await restarted.claim_due(TEAM) == []
        clock.advance(seconds=1)
        (again,) = await restarted.claim_due(TEAM)
        assert (again.attempt, again.begun) == (2, DUE)
        assert await schedules.claim_due(TEAM) == []
        assert await restarted.posted(again, "1.000001")
    clock.advance(hours=1)
    assert await schedules.claim_due(TEAM) == []


async def test_who_holds_a_slot_keeps_it_by_a_sign_of_life(schedules: Schedules, clock: Clock) -> None:
    """Each renewal is worth two minutes more; a minute's pause between two loses nothing."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slot,) = await schedules.claim_due(TEAM)
    for _ in range(10):
        clock.advance(seconds=105)  # a pause of a minute, and a step of 45 s
        assert await schedules.claim_due(TEAM) == []
        assert await schedules.holds(slot)
    assert await schedules.posted(slot, "1.000001")


async def test_who_slept_too_long_takes_no_further_step(schedules: Schedules, clock: Clock) -> None:
    """Another one has the slot: the first may neither go on, nor upload, nor give it back."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slow,) = await schedules.claim_due(TEAM)
    clock.advance(minutes=3)
    (quick,) = await schedules.claim_due(TEAM)
    assert not await schedules.holds(slow)
    assert not await schedules.uploaded(slow, "F1")
    await schedules.failed(slow)
    assert await schedules.claim_due(TEAM) == []
    assert await schedules.holds(quick)


async def test_of_two_posts_the_first_that_is_recorded_counts(schedules: Schedules, clock: Clock) -> None:
    """What stands in the channel is the truth, whoever put it there; the other one is told that theirs is too many."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slow,) = await schedules.claim_due(TEAM)
    clock.advance(minutes=3)
    (quick,) = await schedules.claim_due(TEAM)
    assert await schedules.posted(slow, "1.000001")
    assert not await schedules.holds(quick)
    assert not await schedules.posted(quick, "1.000002")
    assert await schedules.reference_of(quick) == "1.000001"


async def test_a_file_that_was_put_away_counts_no_more(schedules: Schedules, clock: Clock) -> None:
    """Whoever takes the slot on disowns the file of the one before: sharing it late is no post of the slot's."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slow,) = await schedules.claim_due(TEAM)
    assert await schedules.uploaded(slow, "F1")
    clock.advance(minutes=3)
    (quick,) = await schedules.claim_due(TEAM)
    assert quick.uploaded == "F1"
    assert await schedules.holds(quick, forgetting_file=True)
    assert not await schedules.posted(slow, "F1", file="F1")
    assert await schedules.posted(quick, "F2", file="F2")


async def test_a_file_that_was_not_put_away_yet_counts(schedules: Schedules, clock: Clock) -> None:
    """Whoever uploaded it shares it late, and says so before the next one disowns it: that is the post."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slow,) = await schedules.claim_due(TEAM)
    assert await schedules.uploaded(slow, "F1")
    clock.advance(minutes=3)
    (quick,) = await schedules.claim_due(TEAM)
    assert await schedules.posted(slow, "F1", file="F1")
    assert not await schedules.holds(quick, forgetting_file=True)


async def test_a_slot_that_took_several_attempts_is_looked_at_once_more(schedules: Schedules, clock: Clock) -> None:
    """Ten minutes after it was posted, by one process; again should that one die; never after it is settled."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    await schedules.claim_due(TEAM)
    clock.advance(minutes=3)
    (again,) = await schedules.claim_due(TEAM)
    await schedules.posted(again, "1.000001")
    assert await schedules.unsettled(TEAM) == []
    clock.now += SETTLE
    (one,) = await schedules.unsettled(TEAM)
    assert (one.slot.time, one.reference, one.slot.begun) == (DUE, "1.000001", DUE)
    assert await schedules.unsettled(TEAM) == []
    clock.now += LEASE
    (one,) = await schedules.unsettled(TEAM)
    await schedules.settled(one.slot)
    clock.advance(days=1)
    assert await schedules.unsettled(TEAM) == []


async def test_a_slot_that_was_posted_at_once_is_not_looked_at_again(schedules: Schedules, clock: Clock) -> None:
    """One attempt has posted one thing."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.posted(slot, "1.000001")
    clock.advance(days=1, minutes=-1)
    assert await schedules.unsettled(TEAM) == []


async def test_a_slot_that_always_fails_is_tried_ever_more_rarely_until_the_next_one_is_due(
    schedules: Schedules, clock: Clock
) -> None:
    """Ten attempts with short pauses, over more than an hour; then at least one an hour, which is said to be late."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    tried: list[DueSlot] = []
    moments: list[timedelta] = []
    while clock() <= DUE + timedelta(days=1):
        for slot in await schedules.claim_due(TEAM):
            tried.append(slot)
            moments.append(clock() - DUE)
            await schedules.failed(slot)
        clock.advance(minutes=1)
    assert [slot.time for slot in tried] == [DUE] * (len(tried) - 1) + [DUE + timedelta(days=1)]
    assert [slot.is_late for slot in tried[:-1]] == [number >= QUICK_ATTEMPTS for number in range(len(tried) - 1)]
    pauses = [later - earlier for earlier, later in pairwise(moments[:-1])]
    assert pauses == sorted(pauses)
    quick, rare = pauses[: QUICK_ATTEMPTS - 1], pauses[QUICK_ATTEMPTS - 1 :]
    assert sum(quick, timedelta()) > timedelta(hours=1)
    assert timedelta(minutes=2) <= quick[0] <= quick[-1] <= timedelta(minutes=17)
    assert REST < rare[0] <= rare[-1] < timedelta(hours=1)
    assert len(rare) > 20


async def test_a_slot_whose_posters_all_die_is_not_given_out_every_two_minutes_for_ever(
    schedules: Schedules, clock: Clock
) -> None:
    """Perhaps it is the slot that kills them: after ten of them, others come only every half an hour."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    moments: list[datetime] = []
    while clock() < DUE + timedelta(hours=3):
        moments += [clock() for _ in await schedules.claim_due(TEAM)]
        clock.advance(minutes=1)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[: QUICK_ATTEMPTS - 1] == [timedelta(minutes=3)] * (QUICK_ATTEMPTS - 1)
    assert set(pauses[QUICK_ATTEMPTS - 1 :]) == {REST + timedelta(minutes=3)}


async def test_a_slot_that_always_fails_is_given_up_once_it_is_too_old_to_be_made_up_for(
    schedules: Schedules, clock: Clock
) -> None:
    """A month's picture is tried as long as it would be made up for had nothing run, eight days; then silence."""
    await schedules.set(TEAM, CHANNEL, OWNER, ScheduleSpec("monthly", None, 9, 0, month_day=1))
    due = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    clock.now = due
    moments: list[datetime] = []
    while clock() < due + timedelta(days=10):
        for slot in await schedules.claim_due(TEAM):
            moments.append(clock())
            await schedules.failed(slot)
        clock.advance(minutes=50)
    assert len(moments) > 200
    assert timedelta(days=7, hours=22) < moments[-1] - due < MADE_UP_WITHIN


async def test_where_nothing_is_made_up_a_slot_is_given_up_after_its_quick_attempts(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """SCHEDULE_CATCH_UP=none: an hour of trouble at Slack is outlived, and nothing is posted half a day late."""
    schedules = Schedules(store, pseudonyms, clock, catch_up="none")
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    tried: list[DueSlot] = []
    while clock() < DUE + timedelta(hours=8):
        for slot in await schedules.claim_due(TEAM):
            tried.append(slot)
            await schedules.failed(slot)
        clock.advance(minutes=1)
    assert [slot.attempt for slot in tried] == list(range(1, QUICK_ATTEMPTS + 1))
    assert not any(slot.is_late for slot in tried)


async def test_of_many_that_wake_at_once_one_gets_each_slot(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two stores, ten ticks at the same moment, three channels: each channel's slot is given out once."""
    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = DUE
    async with opened(database_url) as other:
        rivals = (schedules, Schedules(other, pseudonyms, clock))
        rounds = await asyncio.gather(*(rivals[number % 2].claim_due(TEAM) for number in range(10)))
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
    slots = await Schedules(store, Pseudonyms(bytes.fromhex(sys.argv[3])), lambda: now).claim_due(sys.argv[4])
    await store.close()
    print(json.dumps([slot.schedule.channel for slot in slots]))

asyncio.run(main())
"""


async def test_two_real_processes_share_the_slots_without_doubling_any(schedules: Schedules, database_url: str) -> None:
    """Started side by side and let go at once on one database: together they get each slot exactly once."""
    channels = [f"C{number:02}" for number in range(12)]
    for channel in channels:
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    arguments = (sys.executable, "-c", _CLAIMER, database_url, "2026-11-21T00:00:00+00:00", KEY.hex(), TEAM)
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert sorted(channel for output, _ in outputs for channel in json.loads(output)) == channels


async def test_what_is_due_is_claimed_in_portions(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nobody takes all at once: with forty channels due, both processes have their share, and no slot is with two."""
    for number in range(40):
        await schedules.set(TEAM, f"C{number:02}", OWNER, SEOUL_NINE)
    clock.now = DUE
    async with opened(database_url) as other:
        rivals = (schedules, Schedules(other, pseudonyms, clock))
        first = await asyncio.gather(*(rival.claim_due(TEAM, limit=8) for rival in rivals))
        shares = [[slot.schedule.channel for slot in slots] for slots in first]
        assert [len(share) <= 8 for share in shares] == [True, True]
        found = [channel for share in shares for channel in share]
        while more := await rivals[len(found) % 2].claim_due(TEAM, limit=8):
            found += [slot.schedule.channel for slot in more]
    assert sorted(found) == [f"C{number:02}" for number in range(40)]


async def test_a_channel_has_one_schedule_of_each_kind(schedules: Schedules) -> None:
    """Setting a kind again takes the place of the earlier one; the list shows what holds."""
    weekly = ScheduleSpec("weekly", 4, 17, 30, "Europe/Berlin")
    evening = ScheduleSpec("daily", None, 18, 0, "Asia/Seoul", "ko")
    monthly = ScheduleSpec("monthly", None, 9, 0, month_day=31, days=90)
    weekdays = ScheduleSpec("weekdays", None, 9, 0, days=30)
    for spec in (SEOUL_NINE, weekly, evening, monthly, weekdays):
        await schedules.set(TEAM, CHANNEL, OWNER, spec)
    assert [schedule.spec for schedule in await schedules.list(TEAM, CHANNEL)] == [evening, monthly, weekdays, weekly]
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
    clock.now = DUE
    claimed = await schedules.claim_due(TEAM)
    assert await schedules.off(TEAM, CHANNEL) == 1
    assert await schedules.off(TEAM, CHANNEL) == 0
    for slot in claimed:
        await schedules.posted(slot, "1.000001")
    async with store.read() as session:
        (left,) = await session.scalars(select(SlotRow))
    assert left.posted == "1.000001"
    assert len(await schedules.list(TEAM, "C02OTHER")) == 1


async def test_one_kind_is_removed_and_the_others_stay(schedules: Schedules) -> None:
    """By its name; a kind that is not there removes nothing."""
    for spec in (SEOUL_NINE, WEEKLY):
        await schedules.set(TEAM, CHANNEL, OWNER, spec)
    assert await schedules.off(TEAM, CHANNEL, "monthly") == 0
    assert await schedules.off(TEAM, CHANNEL, "daily") == 1
    assert [schedule.spec for schedule in await schedules.list(TEAM, CHANNEL)] == [WEEKLY]


async def test_nothing_is_due_during_a_pause_nor_made_up_after_it(schedules: Schedules, clock: Clock) -> None:
    """Paused over two slots and resumed: the first that is posted is the next one."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    assert await schedules.pause(TEAM, CHANNEL) == 1
    assert await schedules.pause(TEAM, CHANNEL) == 0
    assert [schedule.is_paused for schedule in await schedules.list(TEAM, CHANNEL)] == [True]
    clock.now = DUE + timedelta(days=1, minutes=1)
    assert await schedules.claim_due(TEAM) == []
    assert await schedules.resume(TEAM, CHANNEL) == 1
    assert await schedules.resume(TEAM, CHANNEL) == 0
    assert await schedules.claim_due(TEAM) == []
    clock.now = DUE + timedelta(days=2)
    assert [slot.time for slot in await schedules.claim_due(TEAM)] == [clock()]


@pytest.mark.parametrize("how", ["pause", "off", "set"])
async def test_what_is_under_way_stops_when_somebody_decides_otherwise(
    schedules: Schedules, clock: Clock, how: str
) -> None:
    """Paused, removed or set anew between the claim and the post: the poster's next look at it says stop."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE + timedelta(seconds=1)
    (slot,) = await schedules.claim_due(TEAM)
    assert await schedules.holds(slot)
    if how == "set":
        await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    else:
        await {"pause": schedules.pause, "off": schedules.off}[how](TEAM, CHANNEL)
    assert not await schedules.holds(slot)
    assert not await schedules.uploaded(slot, "F1")


async def test_a_refusal_for_good_pauses_and_is_told_once_to_whoever_set_it(schedules: Schedules, clock: Clock) -> None:
    """Not to anybody else; in the list it stands until it is resumed or set anew."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    clock.now = DUE
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.refused(slot, "is_archived")
    await schedules.posted(slot, "is_archived")
    assert await schedules.news(person(2)) == []
    (news,) = await schedules.news(OWNER)
    assert (news.channel, news.problem, news.is_paused) == (CHANNEL, "is_archived", True)
    assert await schedules.news(OWNER) == []
    assert [schedule.problem for schedule in await schedules.list(TEAM, CHANNEL)] == ["is_archived"]
    await schedules.resume(TEAM, CHANNEL)
    assert [schedule.problem for schedule in await schedules.list(TEAM, CHANNEL)] == [None]


# ---- Whoever set it is told


async def refused(schedules: Schedules, clock: Clock) -> None:
    """At its next slot Slack says that the channel is archived."""
    clock.advance(days=1)
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.refused(slot, "is_archived")
    await schedules.posted(slot, "is_archived")


async def test_news_is_given_to_one_caller_until_it_is_told(schedules: Schedules, clock: Clock) -> None:
    """A caller that died without having told it keeps it for two minutes; then it is given to the next."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await refused(schedules, clock)
    given = [one for found in await asyncio.gather(*(schedules.news(OWNER) for _ in range(8))) for one in found]
    assert len(given) == 1
    clock.advance(seconds=119)
    assert await schedules.news(OWNER) == []
    clock.advance(seconds=2)
    (news,) = await schedules.news(OWNER)
    await schedules.told(news)
    clock.advance(days=3)
    assert await schedules.news(OWNER) == []


async def test_what_was_told_is_news_again_when_it_happens_again(schedules: Schedules, clock: Clock) -> None:
    """Each pause has its own news; a late word of the earlier one does not stand for the later."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await refused(schedules, clock)
    (first,) = await schedules.news(OWNER)
    await schedules.resume(TEAM, CHANNEL)
    assert await schedules.news(OWNER) == []
    await refused(schedules, clock)
    await schedules.told(first)
    (second,) = await schedules.news(OWNER)
    await schedules.told(second)
    assert await schedules.news(OWNER) == []


async def test_who_is_to_be_told_is_known_by_a_pseudonym(
    schedules: Schedules, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Once for several schedules, for a week, while it has not been told; a pause of one's own making is no news."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await schedules.set(TEAM, CHANNEL, OWNER, WEEKLY)
    await schedules.set(TEAM, "C0OTHER", person(2), SEOUL_NINE)
    await schedules.pause(TEAM, "C0OTHER")
    clock.now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # both are due
    assert await schedules.untold() == []
    for slot in await schedules.claim_due(TEAM):
        await schedules.refused(slot, "is_archived")
    assert await schedules.untold() == [(TEAM, pseudonyms.person(OWNER))]
    one, other = await schedules.news(OWNER)
    await schedules.told(one)
    assert await schedules.untold() == [(TEAM, pseudonyms.person(OWNER))]
    clock.advance(days=7, seconds=1)
    assert await schedules.untold() == []
    assert [schedule.id for schedule in await schedules.news(OWNER)] == [other.id]


async def test_who_has_left_or_was_erased_is_told_nothing(
    schedules: Schedules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """What others are to be told stays."""
    for number in (1, 2, 3):
        await schedules.set(TEAM, f"C0{number}", person(number), SEOUL_NINE)
    clock.now = DUE
    for slot in await schedules.claim_due(TEAM):
        await schedules.refused(slot, "is_archived")
    await schedules.nobody_to_tell(TEAM, pseudonyms.person(person(1)))
    async with store.begin() as session:
        gone = pseudonyms.person(person(2))
        await session.execute(update(ScheduleRow).where(ScheduleRow.user_id == gone).values(user_id=None))
    assert await schedules.untold() == [(TEAM, pseudonyms.person(person(3)))]
    assert await schedules.news(person(1)) == await schedules.news(person(2)) == []


async def test_what_is_paused_for_a_problem_stays_known_to_whoever_set_it(schedules: Schedules, clock: Clock) -> None:
    """Told or not, and to nobody else, until it is resumed, set anew or removed; a pause by hand is not among it."""
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await schedules.set(TEAM, "C0OTHER", OWNER, SEOUL_NINE)
    await schedules.pause(TEAM, "C0OTHER")
    assert await schedules.troubled(OWNER) == []
    await refused(schedules, clock)
    for _ in range(2):
        (found,) = await schedules.troubled(OWNER)
        assert (found.channel, found.problem, found.problem_since) == (CHANNEL, "is_archived", clock())
        for news in await schedules.news(OWNER):
            await schedules.told(news)
    assert await schedules.troubled(person(2)) == []
    await schedules.resume(TEAM, CHANNEL)
    assert await schedules.troubled(OWNER) == []
    await refused(schedules, clock)
    await schedules.off(TEAM, CHANNEL)
    assert await schedules.troubled(OWNER) == []


async def test_the_zone_of_a_channels_pictures_is_known_once_it_is_fixed(schedules: Schedules, store: Store) -> None:
    """None before."""
    assert await schedules.zone(TEAM, CHANNEL) is None
    async with store.begin() as session:
        await cells.fix_zone(session, cells.Place(TEAM, CHANNEL), "Europe/Paris")
    assert await schedules.zone(TEAM, CHANNEL) == "Europe/Paris"


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
    clock.now = DUE
    store = Eventful(database_url, goes)
    slots = await Schedules(store, pseudonyms, clock).claim_due(TEAM)
    await store.close()
    assert sorted(slot.schedule.channel for slot in slots) == ["C1", "C3"]


async def test_a_schedule_that_is_being_removed_is_not_claimed(
    schedules: Schedules, database_url: str, clock: Clock
) -> None:
    """Another process is about to remove it: the claim passes it over or waits until it has, and gets the others."""
    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = DUE
    async with opened(database_url) as other:
        async with other.begin() as session:
            assert await remove(session, Place(TEAM, "C2")) == 1
            claiming = asyncio.create_task(schedules.claim_due(TEAM))
            await asyncio.sleep(0.2)  # long enough to arrive at the lock
        assert sorted(slot.schedule.channel for slot in await claiming) == ["C1", "C3"]
    assert await schedules.claim_due(TEAM) == []


async def test_a_portion_that_is_lost_with_the_database_is_due_again(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nothing claimed is not the same as nothing due; afterwards all of it is."""
    for channel in ("C1", "C2", "C3"):
        await schedules.set(TEAM, channel, OWNER, SEOUL_NINE)
    clock.now = DUE
    store = Eventful(database_url, lost)
    with pytest.raises(StoreUnavailable):
        await Schedules(store, pseudonyms, clock).claim_due(TEAM)
    await store.close()
    assert sorted(slot.schedule.channel for slot in await schedules.claim_due(TEAM)) == ["C1", "C2", "C3"]


@pytest.mark.parametrize("column", [{"timezone": "Moon/Sea"}, {"kind": "yearly"}], ids=["zone", "kind"])
async def test_one_schedule_that_cannot_be_understood_holds_up_no_other(
    schedules: Schedules, store: Store, clock: Clock, column: dict[str, str]
) -> None:
    """A zone that this machine's tables do not know, a kind of a later version: passed over; the other gets its own."""
    await schedules.set(TEAM, "C1", OWNER, SEOUL_NINE)
    await schedules.set(TEAM, "C2", OWNER, SEOUL_NINE)
    async with store.begin() as session:
        await session.execute(update(ScheduleRow).where(ScheduleRow.channel_id == "C1").values(**column))
    clock.now = DUE
    assert [slot.schedule.channel for slot in await schedules.claim_due(TEAM)] == ["C2"]


async def test_each_workspace_is_given_its_own(schedules: Schedules, clock: Clock) -> None:
    """What is due, and what is to be looked at again: whoever posts has a token for one workspace."""
    elsewhere = Person("T0OTHER", "U1")
    await schedules.set(TEAM, CHANNEL, OWNER, SEOUL_NINE)
    await schedules.set(elsewhere.team, CHANNEL, elsewhere, SEOUL_NINE)
    clock.now = DUE
    for team in (TEAM, elsewhere.team):
        (slot,) = await schedules.claim_due(team)
        assert slot.schedule.team == team
        await schedules.failed(slot)
    clock.advance(minutes=5)
    for team in (TEAM, elsewhere.team):
        (slot,) = await schedules.claim_due(team)
        await schedules.posted(slot, "1.000001")
    clock.advance(minutes=11)
    for team in (TEAM, elsewhere.team):
        (one,) = await schedules.unsettled(team)
        assert one.slot.schedule.team == team
        await schedules.settled(one.slot)
        assert await schedules.unsettled(team) == []


async def test_a_slot_is_remembered_longer_than_it_could_be_made_up(
    schedules: Schedules, store: Store, clock: Clock
) -> None:
    """However short retention is: a picture that was posted a week ago is not taken for one that was missed."""
    await schedules.set(TEAM, CHANNEL, OWNER, WEEKLY)
    clock.now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.posted(slot, "1.000001")
    clock.advance(days=6, hours=23)
    async with store.begin() as session:
        await expire(session, 1, clock())
    assert await schedules.claim_due(TEAM) == []
