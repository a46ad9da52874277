"""What is counted by the hour is what a look at every single reading finds, whatever happened in between.

Hypothesis makes up what happens to people of two workspaces in two channels. After every step each of the last days is
counted twice: by `cells.written`, which asks the hours, and here, one reading after the other. Six zones take turns.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consent import Consent
from bot.disclosure import Calendar
from bot.messages import MessageId, Person
from bot.messages import Place as Where
from bot.pseudonyms import Pseudonyms
from bot.store import cells, erasure, hours, people, readings
from bot.store.base import Base, Store
from bot.store.cells import Place
from bot.store.people import Standing
from bot.store.readings import NewReading
from bot.store.tables import HourRow, PersonRow, ReadingRow
from emotion.labels import EMOTIONS, Emotion
from tests.factories import CHANNEL, KEY, TEAM, person, reading, ts_of
from tests.fakes import Clock

LIVES, STEPS = 10, 24
PEOPLE: Final = (person(1), person(2), person(3), Person("T02ELSE", "U00000001"))
CHANNELS: Final = (CHANNEL, "C02OTHER")
PLACES: Final = [Place(team, channel) for team in (TEAM, "T02ELSE") for channel in CHANNELS]
ZONES: Final = (
    "Asia/Seoul",
    "America/New_York",
    "Asia/Kolkata",  # half an hour from the full one
    "Asia/Kathmandu",  # a quarter
    "Australia/Lord_Howe",
    "America/St_Johns",
)
DAYS: Final = 4
MET: Final = Counter[str]()

Days = Mapping[date, Mapping[UUID, Mapping[Emotion, int]]]

people_ = st.sampled_from(PEOPLE)
labels = st.sampled_from(EMOTIONS)
moments = st.builds(
    lambda hour, rest: timedelta(hours=hour) + rest,
    st.integers(0, 60),
    st.sampled_from([timedelta(), timedelta(microseconds=1), timedelta(minutes=15), timedelta(minutes=30)]),
)
"""How long before midnight of the day after: full hours, quarters and halves, and a moment beside."""


@dataclass(frozen=True, slots=True)
class Message:
    """One that was written, whether or not it is stored."""

    id: MessageId
    author: Person


class Channels(RuleBasedStateMachine):
    """Two channels of two workspaces, and what may happen in them."""

    url: ClassVar[str]

    def __init__(self) -> None:
        """Everybody consents, and has written here and there in the last two days."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.runner.run(_opened(self.url))
        self.pseudonyms = Pseudonyms(KEY)
        self.clock = Clock()
        self.messages: list[Message] = []
        self.edits = self.compared = 0
        self.run(self._empty())
        for who in PEOPLE:
            self.opt_in(who)
        self.talk(range(48))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Do it now."""
        return self.runner.run(work)

    def change(self, work: Callable[[AsyncSession], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401 - as above
        """Do it in a transaction."""

        async def once() -> Any:  # noqa: ANN401 - as above
            async with self.store.begin() as session:
                return await work(session)

        return self.run(once())

    def teardown(self) -> None:
        """Leave nothing open."""
        self.run(self.store.close())
        self.runner.close()

    @rule(who=people_)
    def opt_in(self, who: Person) -> None:
        """As of a week ago, so that whatever is written falls under it."""
        self.run(Consent(self.store, self.pseudonyms, lambda: self.clock() - timedelta(days=7)).grant(who, "test"))

    @rule(who=people_)
    def opt_out(self, who: Person) -> None:
        """The readings stay, and are counted no more."""
        self.run(Consent(self.store, self.pseudonyms, self.clock).withdraw(who, "test"))
        MET["opted out"] += 1

    @rule(who=people_, ago=moments, label=labels, channel=st.sampled_from(CHANNELS))
    def write(self, who: Person, ago: timedelta, label: Emotion, channel: str) -> None:
        """A message. Stored where the author consents."""
        moment = self.clock().replace(minute=0) - ago
        message = Message(MessageId(who.team, channel, ts_of(moment)), who)
        new = self.new(message, label)
        MET["stored"] += self.change(lambda session: readings.keep(session, new))
        self.messages.append(message)

    @rule(hours=st.sets(st.integers(0, 60), min_size=4, max_size=12))
    def talk(self, hours: Iterable[int]) -> None:
        """In each of these hours somebody else writes somewhere else, once or at several of its quarters."""
        for number in hours:
            who, channel = PEOPLE[number % len(PEOPLE)], CHANNELS[number // 3 % len(CHANNELS)]
            for quarters in range(number % 3 + 1):
                ago = timedelta(hours=number, minutes=15 * quarters, seconds=number)
                self.write(who, ago, EMOTIONS[(number + quarters) % len(EMOTIONS)], channel)

    @precondition(lambda self: self.messages)
    @rule(which=st.integers(0), label=labels)
    def edit(self, which: int, label: Emotion) -> None:
        """It is read anew, or goes where its author has opted out since."""
        self.edits += 1
        new = self.new(self.messages[which % len(self.messages)], label)
        edited = ts_of(self.clock() + timedelta(seconds=self.edits))
        MET["edited"] += self.change(lambda session: readings.replace(session, replace(new, edited=edited)))

    @precondition(lambda self: self.messages)
    @rule(which=st.integers(0), how=st.sampled_from(["retract", "blank", "remove"]))
    def take_back(self, which: int, how: str) -> None:
        """A message is deleted, edited until nothing is left to read, or may not be read any more."""
        message = self.messages[which % len(self.messages)]
        name, now = self.pseudonyms.message(message.id), self.clock() + timedelta(seconds=self.edits)
        work: Callable[[AsyncSession], Coroutine[Any, Any, bool]] = {
            "retract": lambda session: readings.retract(session, message.id, name, now),
            "blank": lambda session: readings.blank(session, message.id, name, edited=ts_of(now), now=now),
            "remove": lambda session: readings.remove(session, message.id, None),
        }[how]
        MET[how] += self.change(work)

    @rule(who=people_)
    def erase(self, who: Person) -> None:
        """A person goes, and comes back with nothing."""
        user_id = self.pseudonyms.person(who)
        counts = self.change(lambda session: erasure.erase(session, user_id, self.clock()))
        MET["erased"] += counts["emotion_readings"] > 0
        assert (counts["reading_hours"] > 0) == (counts["emotion_readings"] > 0)

    @precondition(lambda self: len(self.messages) % 3 == 0)  # not too often: it leaves little to see
    @rule(team=st.sampled_from([TEAM, "T02ELSE"]))
    def uninstall(self, team: str) -> None:
        """A workspace goes, and comes back with nothing."""
        self.change(lambda session: erasure.erase_team(session, team))

    @rule(days=st.integers(1, 3), minutes=st.sampled_from([0, 15, 40]))
    def expire(self, days: int, minutes: int) -> None:
        """Retention ends, in the middle of an hour or between two."""
        now = self.clock() + timedelta(minutes=minutes)
        counts = self.change(lambda session: erasure.expire(session, days, now))
        MET["expired"] += counts["emotion_readings"] > 0

    @precondition(lambda self: self.messages)
    @rule(which=st.integers(0), who=people_, by=st.sampled_from([0, 1, 20, 90]), label=labels)
    def rewrite(self, which: int, who: Person, by: int, label: Emotion) -> None:
        """Something that the bot never does: SQL from elsewhere gives a reading another time, author and label."""
        message = self.messages[which % len(self.messages)].id
        values = {"user_id": self.pseudonyms.person(who), "top_label": label.value}
        moved = {**values, "time": message.time + timedelta(minutes=by)}
        change = update(ReadingRow).where(ReadingRow.channel_id == message.channel, ReadingRow.message_ts == message.ts)
        MET["rewritten"] += self.change(lambda session: session.execute(change.values(moved))).rowcount > 0

    @rule(label=labels)
    def purge(self, label: Emotion) -> None:
        """Another: every reading of a label is deleted with one statement, whosever it is."""
        purging = delete(ReadingRow).where(ReadingRow.top_label == label.value)
        MET["purged"] += self.change(lambda session: session.execute(purging)).rowcount > 1

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.clock.advance(hours=hours)

    @invariant()
    def the_hours_are_what_the_readings_say(self) -> None:
        """Both ways of counting agree, on each day in two of the zones; so does the check of the whole table."""
        self.run(self._compare())

    async def _compare(self) -> None:
        async with self.store.read() as session:
            assert await hours.verify(session) == 0
            counts = sum(getattr(HourRow, emotion.value) for emotion in EMOTIONS)
            assert not (await session.scalars(select(HourRow.user_id).where(counts <= 0))).all()
            consenting = select(ReadingRow).join(PersonRow, PersonRow.user_id == ReadingRow.user_id)
            rows = (await session.scalars(consenting.where(PersonRow.consented_at.is_not(None)))).all()
            self.compared += 1
            for zone in (ZONES[self.compared % len(ZONES)], ZONES[(self.compared + 2) % len(ZONES)]):
                calendar = Calendar.of(DAYS, zone, self.clock(), retention_days=30)
                spans = {day: calendar.span(day) for week in calendar.weeks for day in calendar.days_of(week)}
                for place in PLACES:
                    here = [row for row in rows if (row.team_id, row.channel_id) == (place.team, place.channel)]
                    assert await cells.written(session, place, spans) == scanned(here, spans.keys(), zone)

    def new(self, message: Message, label: Emotion) -> NewReading:
        """What is stored of the message, under the consent that is in force."""
        user_id, name = self.pseudonyms.person(message.author), self.pseudonyms.message(message.id)
        seen = self.run(self._seen(user_id))
        return NewReading(message.id, user_id, Where.CHANNEL, "0" * 64, reading(label), seen, name)

    async def _seen(self, user_id: UUID) -> Standing:
        async with self.store.read() as session:
            return await people.standing(session, user_id) or Standing(self.clock(), UUID(int=0))

    async def _empty(self) -> None:
        async with self.store.begin() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name not in {"audit_log", "reading_hours"}:  # the hours go with the readings
                    await session.execute(delete(table))
            await session.execute(delete(HourRow))  # what a life before has left because the triggers were wrong


async def _opened(url: str) -> Store:
    return Store(url)


def scanned(rows: list[ReadingRow], days: Any, zone: str) -> Days:  # noqa: ANN401 - the keys of a dictionary
    """The same, from what stands: the date of each reading where the zone's clocks are."""
    found: dict[date, dict[UUID, Counter[Emotion]]] = {day: {} for day in days}
    for row in rows:
        day = row.time.astimezone(ZoneInfo(zone)).date()
        if day in found:
            found[day].setdefault(row.user_id, Counter())[Emotion(row.top_label)] += 1
    return found


@pytest.mark.timeout(600)
def test_the_hours_equal_the_scan_after_every_step(database_url: str) -> None:
    """On both databases. It is made sure that the lives had in them what could go wrong."""
    MET.clear()

    class Here(Channels):
        url = database_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,  # so that what is met below is met every time
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert MET["stored"] > LIVES
    for what in ("opted out", "edited", "retract", "blank", "remove", "erased", "expired", "rewritten", "purged"):
        assert MET[what] > 0, what
