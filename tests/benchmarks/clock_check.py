"""The checker: many workers, one database, a fake Slack; what was due against what stands there."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from time import perf_counter
from typing import Final

from sqlalchemy import func, or_, select

from bot.calendar_rules import KINDS, Kind, ScheduleSpec, next_slots
from bot.errors import MaeumError
from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules
from bot.store.tables import SlotRow
from handlers.posting import Poster
from tests.benchmarks.clock_world import (
    START,
    Faults,
    Killed,
    Life,
    MortalStore,
    Sketches,
    VirtualLoop,
    Wire,
    Workspace,
    in_virtual_time,
)

TEAM: Final = "T0CLOCK"
OWNER: Final = Person(TEAM, "U0OWNER")
_KEY: Final = bytes(range(32))
_DAY: Final = timedelta(days=1)
_STEP: Final = timedelta(minutes=10)
_EARLY: Final = timedelta(minutes=15)
"""Workers are awake so long before a slot: the database's clock may be ten minutes fast."""
_LATEST: Final = timedelta(hours=10)
"""So long workers stay awake for a slot about which something is left to do: time for ten attempts beyond the quick
ones, and no longer than until the next window or the downtime."""
_EVENING: Final = timedelta(hours=20)
_LOOK: Final = timedelta(minutes=3)
_LANES: Final = 3
_TIMES: Final = (("Asia/Seoul", 17, 0), ("Europe/Paris", 9, 0), ("America/New_York", 2, 30))
"""All within the same hour and a half; half past two is an hour that New York skips on one night of the plan."""
_RHYTHM: Final[Sequence[Kind]] = ("daily", "daily", "daily", "weekdays", "daily", "daily", "weekly", "daily", "monthly")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. For seven days from the evening of `downtime_from` on nothing runs at all."""

    schedules: int
    days: int
    downtime_from: int
    workers: int = 8
    seed: int = 1
    faults: Faults = Faults()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    due: int
    """Slots that must be posted: all, but of those in the downtime only each schedule's last."""
    posted: int
    """Posts that stand there at the end."""
    duplicates: int
    """Posts that stand there at the end beside another one of their slot."""
    losses: int
    """Slots that must be posted and have no post."""
    uncalled: int
    """Posts of slots that were to be passed over."""
    taken_back: int
    """Posts that stood there beside another one for a while, and are gone."""
    attempts: int
    kills: int
    seconds: float
    """Of real time."""


def check(url: str, plan: Plan, *, schedules: type[Schedules] = Schedules) -> Verdict:
    """Run the plan on a migrated, empty database."""
    return in_virtual_time(lambda loop: _World(url, plan, loop, schedules).run())


class _World:
    def __init__(self, url: str, plan: Plan, loop: VirtualLoop, schedules: type[Schedules]) -> None:
        self._kind = schedules
        self._url = url
        self._plan = plan
        self._loop = loop
        self._slack = Workspace(loop)
        self._awake = asyncio.Event()
        self._kills = 0
        downtime = START + plan.downtime_from * _DAY + _EVENING
        self._downtime = (downtime, downtime + 7 * _DAY)
        self._specs = {f"C{number}": spec for number, spec in enumerate(_specs(plan.schedules))}
        assert plan.downtime_from + 9 < plan.days, "somebody must be there afterwards"
        end = START + plan.days * _DAY + timedelta(hours=12)
        self._slots = {channel: list(_until(spec, end)) for channel, spec in self._specs.items()}
        slots = {slot for slots in self._slots.values() for slot in slots}
        lived = {slot for slot in slots if not self._downtime[0] <= slot < self._downtime[1]}
        self._windows = _windows(sorted({*lived, self._downtime[1]}))
        self._steps = _steps([first for first, _ in self._windows])

    async def run(self) -> Verdict:
        began = perf_counter()
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(self._store())
            schedules = self._schedules(store)
            for channel, spec in self._specs.items():
                await schedules.set(TEAM, channel, OWNER, spec)
            stores = [await stack.enter_async_context(self._store()) for _ in range(self._plan.workers)]
            workers = [asyncio.create_task(self._worker(number, one)) for number, one in enumerate(stores)]
            await self._history(store)
            assert not any(worker.done() for worker in workers), "a worker may be killed, and ends in no other way"
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            async with store.read() as session:
                attempts = await session.scalar(select(func.sum(SlotRow.attempts))) or 0
        return self._verdict(attempts, perf_counter() - began)

    async def _history(self, store: MortalStore) -> None:
        """Let time pass from one window to the next, and in each until nothing is left to do."""
        for first, last in self._windows:
            await self._sleep_until(first - _EARLY)
            self._awake.set()
            await self._sleep_until(last + _EARLY)
            await self._until_finished(store, last + _LATEST)
            self._awake.clear()

    async def _worker(self, number: int, store: MortalStore) -> None:
        random = Random(f"{self._plan.seed}/{number}")  # noqa: S311 - a simulation
        wire = Wire(self._slack, lambda: store.life, random, self._plan.faults)
        # Half of the workers wait for ever, as one does whose whole process stands still.
        patience: dict[str, float | None] = {"step_seconds": None} if number % 2 else {}
        while True:
            await self._awake.wait()
            store.life = Life()
            poster = Poster(self._schedules(store), Sketches(), wire, self._privacy(store), lanes=_LANES, **patience)  # type: ignore[arg-type]  # one of its measures
            try:
                await self._live(poster, random)
            except Killed:
                self._kills += 1
                await asyncio.sleep(random.uniform(5, 120))

    async def _live(self, poster: Poster, random: Random) -> None:
        pause = 20.0
        while self._awake.is_set():
            try:
                await poster.settle(TEAM)
                await poster.post_due(TEAM)
            except MaeumError:
                pass  # the database was locked for too long: the next tick is soon
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(2.5 * pause, 300)

    async def _until_finished(self, store: MortalStore, latest: datetime) -> None:
        """Look every now and then whether anything is left to do."""
        unfinished = or_(SlotRow.posted.is_(None), SlotRow.settle_at.is_not(None))
        query = select(func.count()).select_from(SlotRow).where(unfinished)
        left: int | None = 1
        while left and self._present() < latest:
            await asyncio.sleep(_LOOK.total_seconds())
            async with store.read() as session:
                left = await session.scalar(query)

    def _verdict(self, attempts: int, seconds: float) -> Verdict:
        stands = Counter((channel, post.marker) for channel, posts in self._slack.channels.items() for post in posts)
        due: set[tuple[str, str]] = set()
        for channel, slots in self._slots.items():
            missed = [slot for slot in slots if self._downtime[0] <= slot < self._downtime[1]]
            kind = self._specs[channel].kind
            due |= {(channel, _marker(kind, slot)) for slot in slots if slot not in missed[:-1]}
        return Verdict(
            due=len(due),
            posted=stands.total(),
            duplicates=sum(number - 1 for number in stands.values()),
            losses=len(due - set(stands)),
            uncalled=len(set(stands) - due),
            taken_back=self._slack.taken_back,
            attempts=attempts,
            kills=self._kills,
            seconds=seconds,
        )

    def _schedules(self, store: MortalStore) -> Schedules:
        return self._kind(store, Pseudonyms(_KEY), self._database_clock)

    def _privacy(self, store: MortalStore) -> Privacy:
        return Privacy(store, Pseudonyms(_KEY), self._present)

    @asynccontextmanager
    async def _store(self) -> AsyncIterator[MortalStore]:
        made = MortalStore(self._url, self._loop)
        try:
            yield made
        finally:
            with self._loop.work():
                await made.close()

    def _present(self) -> datetime:
        """What a clock that is right would show."""
        return START + timedelta(seconds=self._loop.now)

    def _database_clock(self) -> datetime:
        """What the database's clock shows: it is put forward and back."""
        now = self._present()
        return now + sum((step for moment, step in self._steps if moment <= now), start=timedelta())

    async def _sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - self._present()).total_seconds()))


def _specs(number: int) -> Iterator[ScheduleSpec]:
    for index in range(number):
        kind = _RHYTHM[index % len(_RHYTHM)]
        zone, hour, minute = _TIMES[index % len(_TIMES)]
        weekday = index % 7 if kind == "weekly" else None
        month_day = 29 + index % 3 if kind == "monthly" else None
        yield ScheduleSpec(kind, weekday, hour, minute, zone, month_day=month_day)


def _until(spec: ScheduleSpec, end: datetime) -> Iterator[datetime]:
    after = START
    while after < end:
        for slot in next_slots(spec, after, 50):
            if slot >= end:
                return
            yield slot
            after = slot


def _windows(slots: Sequence[datetime]) -> Sequence[tuple[datetime, datetime]]:
    """Slots that are close to each other are lived through together: from the first to the last of them."""
    windows: list[tuple[datetime, datetime]] = []
    for slot in slots:
        if windows and slot - windows[-1][1] < timedelta(hours=2):
            windows[-1] = (windows[-1][0], slot)
        else:
            windows.append((slot, slot))
    return windows


def _steps(firsts: Sequence[datetime]) -> Sequence[tuple[datetime, timedelta]]:
    """On two days of five the clock is put by ten minutes, before a slot or after it, and the next day back again."""
    found: list[tuple[datetime, timedelta]] = []
    turns = itertools.cycle((_STEP, -_STEP))
    offsets = itertools.cycle((timedelta(minutes=-5), timedelta(seconds=40), timedelta(seconds=5)))
    for day in range(2, len(firsts) - 1, 5):
        step, offset = next(turns), next(offsets)
        found += [(firsts[day] + offset, step), (firsts[day + 1] + offset, -step)]
    return found


def _marker(kind: Kind, slot: datetime) -> str:
    assert kind in KINDS
    return f"maeum-{kind}-{slot:%Y%m%dT%H%MZ}.png"
