"""The channels' schedules and people's diaries: what is due, and which process posts it.

Each slot is one row. Whoever claims it gets a number (`DueSlot.attempt`), renews the claim before each step outside
(`holds`) and says at the end what stands there (`posted`). All of that goes by the database's clock, which every
process shares; none's own clock decides anything.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import DIARY, KINDS, PICTURES, SCHEDULED, Kind, ScheduleSpec, latest_slot
from bot.errors import ConsentNeeded
from bot.messages import Locale, Person
from bot.pseudonyms import Pseudonyms
from bot.store import cells, deliveries, erasure, locks, people, schedules, slots
from bot.store.base import Store
from bot.store.schedules import Place
from bot.store.slots import QUICK_ATTEMPTS, Claim, Key, State
from bot.store.tables import ScheduleRow

log = logging.getLogger(__name__)

CatchUp = Literal["latest", "none"]

MADE_UP_WITHIN: Final = timedelta(days=8)
"""A slot that is not posted, because nothing ran or Slack failed, is made up for this long (a week of downtime and a
day), where anything is. Of several, only the latest."""
ON_TIME: Final = timedelta(minutes=15)
"""A slot that is claimed this late is on time: processes start, and many channels may be due at once."""
BATCH: Final = 16
"""How many slots are claimed at once at most: several processes share what is due."""
QUICK_SPAN: Final = timedelta(hours=3)
"""So long the quick attempts take at most, pauses and claims that run out included. What is posted later is late."""
_LOOK: Final = 64
"""So many slots are looked at for each portion."""
TELLING: Final = timedelta(minutes=2)
"""How long whoever was given the news of a paused schedule has to tell it."""
LOOKING: Final = timedelta(minutes=5)
"""How long whoever goes through everybody, to find the owners of paused schedules, does so alone."""
TOLD_WITHIN: Final = timedelta(days=7)
"""For so long the owner of a paused schedule is looked for."""
_FIRST_PAUSE: Final = timedelta(minutes=2)
_DOUBLINGS: Final = 3
"""So often the pause after an attempt is twice the one before."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is posted in a channel, or somebody's diary in the direct message with them."""

    id: UUID
    team: str
    channel: str
    spec: ScheduleSpec
    is_paused: bool = False
    problem: str | None = None
    """What Slack said when it refused for good, where that is why it is paused."""
    problem_since: datetime | None = None
    """When that was."""
    owner: UUID | None = None
    """The pseudonym of whose diary it is; None for a channel's."""


@dataclass(frozen=True, slots=True)
class DueSlot:
    """One time at which a schedule is due, claimed for the caller for two minutes, and for two more at each `holds`."""

    schedule: Schedule
    claim: Claim
    is_late: bool = False
    """Whether it is made up for: nobody began within a quarter of an hour, or the quick attempts came to nothing."""

    @property
    def time(self) -> datetime:
        """When it was due."""
        return self.claim.slot

    @property
    def attempt(self) -> int:
        """From 1. Above 1, an earlier process may have posted before it died: look before posting again."""
        return self.claim.token

    @property
    def begun(self) -> datetime:
        """When the first attempt began."""
        return self.claim.begun

    @property
    def uploaded(self) -> str | None:
        """The file that an earlier attempt has left in Slack, perhaps shared."""
        return self.claim.uploaded


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A slot that took several attempts, to be looked at once more."""

    slot: DueSlot
    reference: str
    """What it is posted as."""


class Schedules:
    """The channels' schedules. Any number of processes may ask what is due; each slot is given to one at a time."""

    def __init__(
        self,
        store: Store,
        pseudonyms: Pseudonyms,
        clock: Callable[[], datetime] | None = None,
        *,
        catch_up: CatchUp = "latest",
    ) -> None:
        """The database's clock is the one that counts, unless `clock` stands in for it: the present, aware, in UTC.

        `catch_up` says what becomes of what was due while nothing ran: the latest slot is made up for, or none. With
        none, a slot is also given up after its quick attempts.
        """
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._catch_up = catch_up

    # ---- What people decide

    async def set(self, team: str, channel: str, owner: Person, spec: ScheduleSpec) -> Schedule:
        """Post in the channel at these times from now on, in the place of an earlier schedule of that kind."""
        if spec.picture == DIARY:
            message = "no diary is posted in a channel"
            raise ValueError(message)
        by = self._pseudonyms.person(owner)
        async with self._store.begin() as session:
            now = await self._now(session)
            identity = await schedules.put(session, Place(team, channel), by, spec, now)
        return Schedule(identity, team, channel, spec)

    async def set_diary(self, owner: Person, channel: str, spec: ScheduleSpec) -> Schedule:
        """Send the person their diary at these times from now on, in the place of earlier ones, until they opt out.

        `channel` is that of the direct message with them. ConsentNeeded where they do not consent at this moment.
        """
        if spec.picture != DIARY:
            message = "only a diary is for one person alone"
            raise ValueError(message)
        by = self._pseudonyms.person(owner)
        async with self._store.begin() as session:
            await erasure.wait_for_erasure(session, by)  # who opts in during one would otherwise be half in it
            await locks.hold(session, f"diary/{by}")  # two at once, of two channels, would not see each other's
            if await people.standing(session, by, hold=True) is None:
                raise ConsentNeeded
            await schedules.end_diary(session, owner.team, by)
            now = await self._now(session)
            identity = await schedules.put(session, Place(owner.team, channel), by, spec, now)
        return Schedule(identity, owner.team, channel, spec, owner=by)

    async def diary(self, owner: Person) -> Schedule | None:
        """When the person's diary comes, also where that is paused; None where it does not come by itself."""
        async with self._store.read() as session:
            rows = await schedules.diaries(session, owner.team, self._pseudonyms.person(owner))
        return next(iter(_all_understood(rows)), None)

    async def end_diary(self, owner: Person) -> bool:
        """The person's diary comes no more by itself. Whether it did until now."""
        async with self._store.begin() as session:
            return await schedules.end_diary(session, owner.team, self._pseudonyms.person(owner)) > 0

    async def list(self, team: str, channel: str) -> Sequence[Schedule]:
        """The channel's schedules, paused ones included, at most one of each kind."""
        async with self._store.read() as session:
            rows = await schedules.of_channel(session, Place(team, channel))
        return [_schedule(row) for row in rows]

    async def off(self, team: str, channel: str, kind: Kind | None = None) -> int:
        """Remove the channel's schedules, or that of one kind; how many there were."""
        async with self._store.begin() as session:
            return await schedules.remove(session, Place(team, channel, kind))

    async def pause(self, team: str, channel: str, kind: Kind | None = None) -> int:
        """Post nothing until `resume`; how many schedules ran until now."""
        async with self._store.begin() as session:
            return await schedules.pause(session, Place(team, channel, kind), await self._now(session))

    async def resume(self, team: str, channel: str, kind: Kind | None = None) -> int:
        """Post again from now on; what was due during the pause is not made up. How many were paused until now."""
        async with self._store.begin() as session:
            return await schedules.resume(session, Place(team, channel, kind), await self._now(session))

    async def resume_one(self, schedule: Schedule) -> bool:
        """Post one again that had to be paused. False where it is no longer as the caller saw it.

        That is so once it was resumed, set anew or removed, and once it was paused anew, for whatever reason.
        """
        if schedule.problem_since is None:
            return False
        async with self._store.begin() as session:
            now = await self._now(session)
            return await schedules.resume_one(session, schedule.id, schedule.problem_since, now)

    async def zone(self, team: str, channel: str) -> str | None:
        """The time zone in which the channel's pictures are drawn; None where that is not fixed yet."""
        async with self._store.read() as session:
            return await cells.zone_of(session, cells.Place(team, channel))

    async def news(self, owner: Person) -> Sequence[Schedule]:
        """The person's schedules that had to be paused and of which they have not been told: the caller tells them.

        Each is given to one caller for two minutes. What the caller has not confirmed by then (`told`), because it
        died or its message was not taken, is given out again: to be told twice is better than never.
        """
        by = self._pseudonyms.person(owner)
        async with self._store.read() as session:  # asked at every command: it holds up no writer
            waiting = _all_understood(await schedules.untold(session, owner.team, by))
        if not waiting:
            return []
        async with self._store.begin() as session:
            now = await self._now(session)
            mine = {name for name in map(_telling, waiting) if await deliveries.lease(session, name, now, TELLING)}
            untold = await schedules.untold(session, owner.team, by)  # without what another has told meanwhile
        return [schedule for schedule in _all_understood(untold) if _telling(schedule) in mine]

    async def told(self, schedule: Schedule) -> None:
        """Whoever set it knows now why it is paused. Where it was resumed since, or paused anew, nothing changes."""
        if schedule.problem_since is None:
            return
        async with self._store.begin() as session:
            await schedules.told(session, schedule.id, schedule.problem_since, await self._now(session))
            await deliveries.release(session, _telling(schedule))

    async def untold(self) -> Collection[tuple[str, UUID]]:
        """Who has not been told of a schedule that had to be paused in the last week: workspace and pseudonym.

        Only reads. Who could not be told for a week hears of it when they come by (`news`, `troubled`).
        """
        async with self._store.read() as session:
            return await schedules.owners_untold(session, await self._now(session) - TOLD_WITHIN)

    async def begin_looking(self, team: str) -> bool:
        """Go through the workspace's people now; False while another process does. Holds for five minutes at most."""
        async with self._store.begin() as session:
            return await deliveries.lease(session, _looking(team), await self._now(session), LOOKING)

    async def end_looking(self, team: str) -> None:
        """The next one may go through them."""
        async with self._store.begin() as session:
            await deliveries.release(session, _looking(team))

    async def nobody_to_tell(self, team: str, owner: UUID) -> None:
        """The person with that pseudonym has left: what there is to tell them counts as told."""
        async with self._store.begin() as session:
            await schedules.nobody_to_tell(session, team, owner, await self._now(session))

    async def troubled(self, owner: Person) -> Sequence[Schedule]:
        """The person's schedules that had to be paused, whether they have been told or not."""
        async with self._store.read() as session:
            rows = await schedules.troubled(session, owner.team, self._pseudonyms.person(owner))
        return _all_understood(rows)

    # ---- What the clock does

    async def due(self, team: str) -> dict[Key, Schedule]:
        """What looks due in the workspace: of each schedule its latest slot, unless it is posted or another has it.

        Another workspace's is left to whoever has a token for that one. Only reads, so that a tick without work holds
        up no writer.
        """
        async with self._store.read() as session:
            now = await self._now(session)
            found: dict[Key, Schedule] = {}
            for row in await schedules.running(session, team):
                schedule = _understood(row)
                slot = latest_slot(schedule.spec, now) if schedule is not None else row.since
                if schedule is not None and slot > max(row.since, now - MADE_UP_WITHIN):
                    found[row.id, slot] = schedule
            begun = await slots.states(session, found) if found else {}
        return {key: schedule for key, schedule in found.items() if self._may_begin(key[1], begun.get(key), now)}

    async def claim(self, due: dict[Key, Schedule], limit: int) -> Sequence[DueSlot]:
        """Claim some of what is due; what is claimed, and what turns out to be no longer free, is taken out of `due`.

        A claim holds for two minutes (`holds` renews it). A slot that is not `posted` by then is given out again: ten
        times quickly, from then on every half an hour or so. A schedule that is removed, paused or set anew meanwhile
        is not due. Callers at the same time get different slots. Nothing only where nothing is left in `due`.
        """
        while due:
            portion = {key: due[key] for key in islice(due, max(limit, _LOOK))}
            async with self._store.begin() as session:
                now = await self._now(session)
                begun = await slots.states(session, portion)
                free = [key for key in portion if key not in begun or begun[key].is_free(now)]
                claims = await slots.claim(session, free, now, limit) if free else ()
            claimed = {(claim.schedule, claim.slot) for claim in claims}
            # With fewer than were wanted, the rest of the portion is with others at this moment, or no longer due.
            gone = claimed | (portion.keys() - set(free)) if len(claims) == limit else portion.keys()
            for key in gone:
                del due[key]
            if claims:
                return [_due(portion[claim.schedule, claim.slot], claim, now) for claim in claims]
        return []

    async def claim_due(self, team: str, limit: int = BATCH) -> Sequence[DueSlot]:
        """Claim so much of what is due in the workspace, as `claim` does.

        StoreUnavailable where nothing could be claimed.
        """
        return await self.claim(await self.due(team), limit)

    async def holds(self, slot: DueSlot, *, forgetting_file: bool = False) -> bool:
        """Renew the claim, right before a step outside. False where the step must not be taken.

        That is so once another process has the slot, once it is posted, and once its schedule is removed, paused or
        set anew. With `forgetting_file`, what an earlier attempt uploaded counts no more, whoever may still share it.
        """
        changes = {"uploaded": None} if forgetting_file else {}
        async with self._store.begin() as session:
            return await slots.hold(session, slot.claim, await self._now(session), **changes)

    async def uploaded(self, slot: DueSlot, file: str) -> bool:
        """The slot's picture is in Slack, and not to be seen yet. False, as in `holds`, where it must not be."""
        async with self._store.begin() as session:
            return await slots.hold(session, slot.claim, await self._now(session), uploaded=file)

    async def posted(self, slot: DueSlot, reference: str, *, file: str | None = None) -> bool:
        """The slot is done and never given out again. `reference` is the ts of what was posted, or a word why not.

        `file` is the picture's, where there is one. False where something else counts: then what the caller posted is
        one too many, unless `reference_of` names it.
        """
        async with self._store.begin() as session:
            return await slots.record(session, slot.claim, file, reference, await self._now(session))

    async def reference_of(self, slot: DueSlot) -> str | None:
        """What the slot is posted as; None where it is not, and where its schedule is gone."""
        async with self._store.read() as session:
            return await slots.reference(session, slot.schedule.id, slot.time)

    async def failed(self, slot: DueSlot) -> None:
        """It could not be posted this time: it is tried again in a while, at first each time a longer one."""
        pause = _FIRST_PAUSE * 2 ** min(slot.attempt - 1, _DOUBLINGS)
        async with self._store.begin() as session:
            await slots.release(session, slot.claim, await self._now(session) + pause)

    async def refused(self, slot: DueSlot, code: str) -> None:
        """Slack refuses for good: the schedule is paused, and its owner is told by `news`."""
        async with self._store.begin() as session:
            await schedules.trouble(session, slot.schedule.id, code, await self._now(session))

    async def unsettled(self, team: str) -> Sequence[Unsettled]:
        """The workspace's slots that took several attempts and were posted ten minutes ago, each for one caller."""
        async with self._store.read() as session:
            if not await slots.any_unsettled(session, team, await self._now(session)):
                return []
        async with self._store.begin() as session:
            found = await slots.unsettled(session, team, await self._now(session), BATCH)
            rows = {row.id: row for row in await schedules.some(session, [claim.schedule for claim, _ in found])}
        understood = {identity: schedule for identity, row in rows.items() if (schedule := _understood(row))}
        return [
            Unsettled(DueSlot(understood[claim.schedule], claim), reference)
            for claim, reference in found
            if claim.schedule in understood
        ]

    async def settled(self, slot: DueSlot) -> None:
        """Nothing more is to be looked at."""
        async with self._store.begin() as session:
            await slots.settled(session, slot.schedule.id, slot.time)

    def _may_begin(self, slot: datetime, state: State | None, now: datetime) -> bool:
        """Whether one of the slots that may be made up for is to be tried now; without a state, for the first time."""
        makes_up = self._catch_up == "latest"
        if state is None:
            return makes_up or slot >= now - ON_TIME
        quick = state.attempts < QUICK_ATTEMPTS and slot >= now - QUICK_SPAN
        return state.is_free(now) and (makes_up or quick)

    async def _now(self, session: AsyncSession) -> datetime:
        return await schedules.database_time(session) if self._clock is None else self._clock()


def _due(schedule: Schedule, claim: Claim, now: datetime) -> DueSlot:
    is_late = claim.begun - claim.slot > ON_TIME or claim.token > QUICK_ATTEMPTS or now - claim.slot > QUICK_SPAN
    return DueSlot(schedule, claim, is_late=is_late)


def _telling(schedule: Schedule) -> str:
    """What the news that it was paused goes by, 64 hexadecimal digits."""
    return sha256(f"{schedule.id} {schedule.problem_since}".encode()).hexdigest()


def _looking(team: str) -> str:
    """What going through the workspace's people goes by, as long."""
    return sha256(f"owners in {team}".encode()).hexdigest()


def _all_understood(rows: Sequence[ScheduleRow]) -> Sequence[Schedule]:
    return [schedule for row in rows if (schedule := _understood(row)) is not None]


def _understood(row: ScheduleRow) -> Schedule | None:
    try:
        return _schedule(row)
    except ValueError:
        log.warning("schedule %s cannot be understood; is its time zone %s known here?", row.id, row.timezone)
        return None


def _schedule(row: ScheduleRow) -> Schedule:
    """ValueError for a row that no version of ours has written, and for a time zone that is not known here."""
    kind = next((kind for kind in KINDS if kind == row.kind), None)
    if kind is None:
        message = "no such kind of schedule"
        raise ValueError(message)
    locale: Locale = "ko" if row.locale == "ko" else "en"
    spec = ScheduleSpec(
        kind,
        row.weekday,
        row.hour,
        row.minute,
        row.timezone,
        locale,
        month_day=row.month_day,
        days=row.days,
        picture=next((picture for picture in SCHEDULED if picture == row.picture), PICTURES[0]),
    )
    owner = row.user_id if spec.picture == DIARY else None
    if spec.picture == DIARY and owner is None:
        message = "a diary of nobody"
        raise ValueError(message)
    since = row.paused_at if row.problem is not None else None
    return Schedule(row.id, row.team_id, row.channel_id, spec, row.paused_at is not None, row.problem, since, owner)
