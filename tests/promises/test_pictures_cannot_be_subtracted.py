"""Whoever keeps all pictures of a channel and computes with them learns nothing about a single person.

The attacker asks ten thousand times, in lives of channels that Hypothesis makes up: in memory first, where the rule of
`bot.disclosure` stands alone, then through `Reports` on SQLite and PostgreSQL, whose every answer must be the same.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.consent import Consent
from bot.disclosure import Calendar, Parts
from bot.errors import TooFewPeople
from bot.messages import Viewer
from bot.noise import Noise, laplace
from bot.pictures import YEAR, Look
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import RuleChange, Rules
from bot.store import cells, readings
from bot.store.base import Store
from bot.store.tables import CellRow
from charts.series import Series
from emotion.labels import EMOTIONS
from tests.factories import CHANNEL, TEAM, message_id, new_reading, person
from tests.fakes import Clock
from tests.promises.pictures.attacker import Attacker
from tests.promises.pictures.life import (
    MINIMUM,
    QUESTIONS,
    RETENTION,
    Acted,
    Asked,
    Deleted,
    Edited,
    Event,
    Ruled,
    Written,
    life,
)
from tests.promises.pictures.memory import (
    Bar,
    Channel,
    Exact,
    Forgetful,
    Kept,
    Thinning,
    atoms,
    counts_heads_only,
    grows_freely,
)

LIVES, ROUNDS = 68, 50
"""Four pictures a round: 13,600 questions in memory. Each database answers 800 more."""
LIVES_IN_A_DATABASE = 4


class Watched:
    """A channel, and the attacker before it."""

    def __init__(self, channel: Channel) -> None:
        """Nothing has happened yet."""
        self.channel = channel
        self.attacker = Attacker()
        self.asked = Counter[str]()
        self.fewest = MINIMUM
        self._losses = 0

    def live(self, events: Iterable[tuple[datetime, Event]]) -> None:
        """Let it all happen, and keep every answer."""
        for now, event in events:
            if isinstance(event, Asked):
                self.ask(now, event)
                continue
            self.happen(now, event)

    def happen(self, now: datetime, event: Event) -> None:
        """Anything but a question."""
        self.channel.happen(now, event)
        self.fewest = min(self.fewest, self.channel.minimum)
        self._losses += isinstance(event, Acted | Ruled)

    def ask(self, now: datetime, asked: Asked) -> Series | None:
        """One question."""
        series = self.channel.ask(now, asked)
        self.asked["asked"] += 1
        if series is not None:
            self.asked["answered"] += 1
            oldest = Calendar.of(asked.days, series.timezone, now, self.channel.retention).oldest
            losses = f"{self._losses} since {oldest.astimezone(ZoneInfo(series.timezone)):%F}"
            self.attacker.keep(self.channel.bars(series), losses)
        return series


def test_ten_thousand_pictures_tell_nothing_about_anybody() -> None:
    """No sum of bars leaves fewer people than a picture needs, or one who outweighs the others; no bar gets less.

    It is made sure that the lives had in them what could go wrong: cells that grew, that were withdrawn, that were
    hidden for somebody who opted out, and weeks that were published as one.
    """
    asked, met = Counter[str](), Counter[str]()

    @settings(
        max_examples=LIVES,
        deadline=None,
        phases=[Phase.generate],  # the smallest seed tells no shorter a life
    )
    @given(seed=st.integers(0, 2**64))
    def attack(seed: int) -> None:
        watched = Watched(Channel())
        watched.live(life(random.Random(seed), ROUNDS))  # noqa: S311 - a life, not a secret
        assert watched.attacker.fact(watched.fewest) is None
        assert watched.attacker.shrunk == []
        asked.update(watched.asked)
        met.update(watched.channel.met)

    attack()
    assert asked["asked"] >= LIVES * ROUNDS * len(QUESTIONS) >= 10_000
    assert asked["answered"] > 2_000
    assert min(met[what] for what in ("published a day", "published a week", "grew", "withdrew", "hid")) > 20


def test_a_year_shows_each_cell_whole_and_by_itself() -> None:
    """Every bar of it is one published cell, none less and none more, and no cell of it is left out.

    So the year tells an attacker what the other pictures are made of, and nothing beyond that.
    """
    met = Counter[str]()
    for seed in range(8):
        channel = Channel()
        for now, event in life(random.Random(seed), ROUNDS):  # noqa: S311 - as above
            if not isinstance(event, Asked):
                channel.happen(now, event)
                continue
            series = channel.ask(now, event)
            if series is None or event.kind != "year":
                continue
            bars = list(channel.bars(series))
            behind = [{what for _, what, _, _ in bar.atoms} for bar in bars]
            assert [len(cells) for cells in behind] == [1] * len(bars)
            oldest = Calendar.of(YEAR, series.timezone, now, channel.retention).earliest
            visible = {(cell.start, cell.unit) for cell in channel.visible() if cell.start >= oldest}
            assert set().union(*behind) == visible
            met.update(unit for _, unit in visible)
    assert min(met["day"], met["week"]) > 20


@pytest.mark.parametrize(
    "channel",
    [
        Exact,
        lambda: Channel(planner=grows_freely),
        lambda: Channel(planner=counts_heads_only),
        Forgetful,
        Thinning,
    ],
    ids=["exact", "grows freely", "counts heads only", "forgetful", "thinning"],
)
def test_the_attacker_finds_out_reporters_that_break_the_rule(channel: Callable[[], Channel]) -> None:
    """The same lives before reporters that leave out one part of it: each gives somebody away.

    The first counts anew for every picture and hides bars of too few people: the rule that there was before.
    """
    caught = 0
    for seed in range(10):
        watched = Watched(channel())
        watched.live(life(random.Random(seed), ROUNDS))  # noqa: S311 - as above
        caught += watched.attacker.fact(watched.fewest) is not None
    assert caught >= 3


class Workspace:
    """The same life on the real parts."""

    def __init__(self, store: Store, pseudonyms: Pseudonyms, executor: Executor, noise: Noise | None = None) -> None:
        """Nobody has opted in yet."""
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock = Clock()
        self._consent = Consent(store, pseudonyms, clock)
        self._privacy = Privacy(store, pseudonyms, clock)
        self._rules = Rules(store, pseudonyms, clock, retention_days=RETENTION, minimum_people=MINIMUM)
        self._reports = Reports(store, pseudonyms, clock, self._rules, executor, minimum_people=MINIMUM, noise=noise)

    async def ask(self, now: datetime, asked: Asked) -> Series | None:
        """As `Channel.ask`."""
        self._clock.now = now
        try:
            return await self._reports.series(TEAM, CHANNEL, asked.days, Viewer("en", asked.timezone), Look(asked.kind))
        except TooFewPeople:
            return None

    async def act(self, now: datetime, acted: Acted | Ruled) -> None:
        """Somebody opts in or out, is erased, rules; or retention comes."""
        self._clock.now = now
        match acted:
            case Acted("on", who):
                await self._consent.grant(person(who + 1), "test")
            case Acted("off", who):
                await self._consent.withdraw(person(who + 1), "test")
            case Acted("erase", who):
                await self._privacy.erase(person(who + 1), actor=None, reason="self")
            case Acted("expire"):
                await self._privacy.retain(RETENTION)
            case Ruled(minimum, retention):
                change = RuleChange(minimum_people=minimum, retention_days=retention)
                await self._rules.change(TEAM, change, None)

    async def keep(self, kept: Kept, edited: str | None = None) -> bool:
        """Store a reading, or the reading of an edit."""
        new = await new_reading(self._store, self._pseudonyms, person(kept.person + 1), kept.time, label=kept.label)
        async with self._store.begin() as session:
            if edited is None:
                return await readings.keep(session, new)
            return await readings.replace(session, replace(new, edited=edited))

    async def drop(self, kept: Kept) -> bool:
        """Its message was deleted, or edited by somebody who is not read any more."""
        async with self._store.begin() as session:
            return await readings.remove(session, message_id(kept.time), None)

    async def parts(self) -> dict[tuple[date, str], tuple[int, bool, Parts]]:
        """Everything that was ever published: version, whether it was withdrawn, and what of whom."""
        place = cells.Place(TEAM, CHANNEL)
        async with self._store.read() as session:
            found = await cells.standing(session, place, date.min, date.max)
        return {(cell.start, cell.unit): (cell.version, cell.withdrawn, cell.parts) for cell in found}

    def expected(self, channel: Channel) -> dict[tuple[date, str], tuple[int, bool, Parts]]:
        """The same of the channel in memory."""
        return {
            key: (
                cell.version,
                cell.withdrawn,
                {self._pseudonyms.person(person(who + 1)): tally for who, tally in cell.parts.items()},
            )
            for key, cell in channel.cells.items()
        }


@pytest.fixture
def drawing() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


async def follow(
    workspace: Workspace, channel: Channel, before: Mapping[int, Kept], now: datetime, event: Event
) -> None:
    """Let happen to the real parts what happened to the channel in memory, which had these messages before."""
    match event:
        case Acted() | Ruled():
            await workspace.act(now, event)
        case Written(number=message) if message in channel.messages:
            assert await workspace.keep(channel.messages[message])
        case Edited(number=message) if message in channel.messages:
            assert await workspace.keep(channel.messages[message], f"{now.timestamp():.6f}")
        case Edited(number=message) | Deleted(number=message) if message in before:
            assert await workspace.drop(before[message])
        case _:
            pass


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(LIVES_IN_A_DATABASE))
async def test_the_database_answers_as_the_rule_does(
    store: Store, pseudonyms: Pseudonyms, drawing: Executor, seed: int
) -> None:
    """The same life through `Reports`: every answer, and in the end everything published of everybody, is the same.

    So what holds in memory holds here; the attacker tries here, too.
    """
    workspace, watched = Workspace(store, pseudonyms, drawing), Watched(Channel())
    channel = watched.channel
    for number, (now, event) in enumerate(life(random.Random(seed), ROUNDS)):  # noqa: S311 - as above
        if isinstance(event, Asked):
            assert await workspace.ask(now, event) == watched.ask(now, event), (number, event)
            continue
        before = dict(channel.messages)
        watched.happen(now, event)
        await follow(workspace, channel, before, now, event)
    assert watched.asked["asked"] == ROUNDS * len(QUESTIONS)
    assert await workspace.parts() == workspace.expected(channel) != {}
    assert watched.attacker.fact(watched.fewest) is None


@pytest.mark.timeout(300)
async def test_with_noise_the_attacker_gets_each_number_once_and_the_budget_holds(
    store: Store, pseudonyms: Pseudonyms, drawing: Executor
) -> None:
    """The same life with noise: the groups behind the numbers are as safe, and to ask again tells nothing new.

    The attacker is even given the exact sums of what stands behind every published cell. Of each version of a cell
    there is one draw, each was paid for, and the cells of the channel never cost more than they may.
    """
    epsilon, budget = 2.0, 12.0
    workspace = Workspace(store, pseudonyms, drawing, Noise(epsilon, budget, laplace(epsilon)))
    channel, attacker = Channel(), Attacker()
    seen: dict[tuple[date, str, int], set[tuple[int, ...]]] = {}
    fewest, versions = MINIMUM, Counter[int]()
    numbers = {pseudonyms.person(person(number)): number for number in range(1, 20)}
    for now, event in life(random.Random(7), 3 * ROUNDS):  # noqa: S311 - as above
        if isinstance(event, Ruled) and event.retention_days:
            continue  # over a time that changes there is no one budget to judge
        if not isinstance(event, Asked):
            before = dict(channel.messages)
            channel.happen(now, event)
            fewest = min(fewest, channel.minimum)
            await follow(workspace, channel, before, now, event)
            continue
        await workspace.ask(now, event)
        parts = await workspace.parts()
        async with store.read() as session:
            rows = list(await session.scalars(select(CellRow)))
        for row in (row for row in rows if not row.withdrawn):
            key = row.start, row.unit
            counted = tuple(row.counts.get(label.value, 0) for label in EMOTIONS)
            seen.setdefault((*key, row.version), set()).add(counted)
            versions[row.version] += 1
            behind = frozenset(atoms(key, {numbers[who]: tally for who, tally in parts[key][2].items()}))
            exact = Counter(label for _, _, label, _ in behind)
            attacker.keep([Bar((row.start, row.start), exact, behind)], str(now))
        assert all(row.epsilon == epsilon * row.version for row in rows)
        kept = (now - timedelta(days=RETENTION - 1)).date()
        assert sum(row.epsilon for row in rows if row.start >= kept) <= budget
    assert attacker.fact(fewest) is None
    assert len(seen) >= 3
    assert {len(answers) for answers in seen.values()} == {1}
    assert set(versions) > {1}
