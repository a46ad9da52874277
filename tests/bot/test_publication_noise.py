"""Noise in what is published of a channel: drawn once, paid for, and told. On both databases."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot import noise, publication
from bot.__main__ import app
from bot.consent import Consent
from bot.disclosure import Calendar
from bot.errors import TooFewPeople
from bot.messages import Viewer
from bot.noise import Account, Noise
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import Rules
from bot.settings import load
from bot.store.base import Store
from bot.store.cells import Place
from bot.store.tables import CellRow
from bot.wiring import build, office
from emotion.labels import Emotion
from tests.conftest import opened
from tests.factories import CHANNEL, KEY, TEAM, consenting, person, wrote
from tests.fakes import Clock

CROWD = [person(number) for number in range(1, 7)]
ALICE = CROWD[0]
HERE = Place(TEAM, CHANNEL)
TODAY = date(2026, 11, 20)
RETENTION = 30
EN, KO = Viewer("en", "UTC"), Viewer("ko", "UTC")


class Hundred:
    """Draws that add a hundred to joy and nothing else, so that a test can tell how often something was drawn."""

    def __init__(self) -> None:
        """Nothing was drawn yet."""
        self.drawn = 0

    def __call__(self, counts: list[int]) -> list[int]:
        """In the order of EMOTIONS, where joy is the fourth."""
        self.drawn += 1
        return [
            count + 100 if place == list(Emotion).index(Emotion.JOY) else count for place, count in enumerate(counts)
        ]


@dataclass
class Channel:
    """A channel of six people, and what is published of it."""

    store: Store
    pseudonyms: Pseudonyms
    clock: Clock
    noise: Noise | None
    retention: int = RETENTION

    @property
    def calendar(self) -> Calendar:
        """The last thirty dates."""
        return Calendar.of(30, "UTC", self.clock(), self.retention)

    async def write(self, day: date = TODAY, hour: int = 1, times: int = 1, label: Emotion = Emotion.JOY) -> None:
        """Everybody writes so often on that day."""
        opens = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        for number, author in enumerate(CROWD):
            for time in range(times):
                moment = opens + timedelta(seconds=number, minutes=time)
                await wrote(self.store, self.pseudonyms, author, moment, label=label)

    async def ask(self, store: Store | None = None) -> dict[date, dict[Emotion, int]]:
        """What a picture shows of each day, asked from any process."""
        found = await publication.shown(store or self.store, HERE, self.calendar, 5, 5, self.noise)
        return {cell.start: dict(cell.counts) for cell in found}

    async def spent(self) -> dict[date, float]:
        """What each day has cost."""
        async with self.store.read() as session:
            rows = await session.execute(select(CellRow.start, CellRow.epsilon).order_by(CellRow.start))
        return {row.start: row.epsilon for row in rows}

    async def account(self) -> Account | None:
        """What the channel has cost."""
        return await publication.account(self.store, HERE, self.calendar, self.noise)


@pytest.fixture
async def channel(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Channel:
    """It is the morning of the 21st; everybody opted in on the first. The noise is a hundred joys."""
    await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
    await publication.zone(store, HERE, "UTC")
    clock.now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    return Channel(store, pseudonyms, clock, Noise(1.0, 30.0, Hundred()))


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[list[Store]]:
    """Four more processes."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(database_url)) for _ in range(4)]


@pytest.fixture
def drawing() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


async def test_without_noise_the_counts_are_exact_and_cost_nothing(channel: Channel) -> None:
    """The default. A loud day is counted whole, and the day that is not over yet is shown."""
    channel.noise = None
    await channel.write(times=9)
    await channel.write(date(2026, 11, 21))
    assert await channel.ask() == {TODAY: {Emotion.JOY: 54}, date(2026, 11, 21): {Emotion.JOY: 6}}
    assert set((await channel.spent()).values()) == {0.0}
    assert await channel.account() is None


async def test_noise_is_drawn_once_however_often_anybody_asks(channel: Channel, stores: list[Store]) -> None:
    """Four processes at the same moment, then a hundred times more: the same numbers, so there is no mean to take."""
    blur = noise.laplace(1.0)
    drawn: list[Sequence[int]] = []

    def draw(counts: list[int]) -> list[int]:
        drawn.append(blur([count + 1000 for count in counts]))
        return list(drawn[-1])

    channel.noise = Noise(1.0, 30.0, draw)
    await channel.write()
    first = await asyncio.gather(*(channel.ask(store) for store in stores))
    assert len(drawn) == 1
    seen = first + [await channel.ask(stores[number % 4]) for number in range(100)]
    assert {tuple(answer[TODAY].get(emotion, 0) for emotion in Emotion) for answer in seen} == {tuple(drawn[0])}
    assert await channel.spent() == {TODAY: 1.0}


async def test_what_is_added_gets_noise_of_its_own_and_is_paid_for(channel: Channel) -> None:
    """Late readings of a whole group: one more draw, on these alone, and one more epsilon."""
    await channel.write()
    assert await channel.ask() == {TODAY: {Emotion.JOY: 106}}
    await channel.write(hour=2, label=Emotion.FEAR)
    assert await channel.ask() == {TODAY: {Emotion.JOY: 206, Emotion.FEAR: 6}}
    assert await channel.ask() == {TODAY: {Emotion.JOY: 206, Emotion.FEAR: 6}}
    assert await channel.spent() == {TODAY: 2.0}


async def test_who_wrote_much_counts_a_little_and_what_was_left_out_never_comes_back(channel: Channel) -> None:
    """Eight messages of each of six people count as five of each; the other three are not taken for additions later."""
    await channel.write(times=8)
    assert await channel.ask() == {TODAY: {Emotion.JOY: 130}}
    assert await channel.ask() == {TODAY: {Emotion.JOY: 130}}
    await channel.write(hour=2, times=1)
    assert await channel.ask() == {TODAY: {Emotion.JOY: 236}}


async def test_a_day_is_published_once_it_is_over(channel: Channel) -> None:
    """Not with every group that writes in it, each of which would cost as much as the whole day."""
    day = date(2026, 11, 21)
    await channel.write(day)
    assert await channel.ask() == {}
    channel.clock.now = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    assert await channel.ask() == {}
    assert await channel.spent() == {}
    channel.clock.advance(seconds=1)
    assert await channel.ask() == {day: {Emotion.JOY: 106}}


async def test_what_the_budget_has_no_room_for_is_not_published(channel: Channel) -> None:
    """Four days and a budget for two: the latest two. Nothing grows either, and nothing is drawn in vain."""
    hundred = Hundred()
    channel.noise = Noise(1.0, 2.5, hundred)
    days = [TODAY - timedelta(days=back) for back in range(4)]
    for day in days:
        await channel.write(day)
    assert set(await channel.ask()) == set(days[:2])
    await channel.write(days[0], hour=2)
    assert set(await channel.ask()) == set(days[:2])
    assert await channel.spent() == dict.fromkeys(days[1::-1], 1.0)
    assert await channel.account() == Account(1.0, 2.0, 2.5)
    assert hundred.drawn == 2


async def test_there_is_room_again_when_what_was_paid_for_is_past_its_retention(channel: Channel) -> None:
    """Over a month with a budget for three days, what is kept has never cost more than three."""
    channel.noise, channel.retention = Noise(1.0, 3.0, Hundred()), 6
    shown = set()
    for number in range(20):
        day = TODAY + timedelta(days=number)
        await channel.write(day)
        channel.clock.now = datetime(2026, 11, 21, 9, tzinfo=UTC) + timedelta(days=number)
        shown |= set(await channel.ask())
        account = await channel.account()
        assert account is not None
        assert account.spent <= 3.0
        kept = channel.calendar.oldest.date()
        assert account.spent == sum(cost for start, cost in (await channel.spent()).items() if start >= kept)
    assert 6 <= len(shown) < 20


async def test_what_was_spent_on_a_withdrawn_day_stays_spent(channel: Channel) -> None:
    """Everybody has seen it: erasing somebody takes the day away, and not what it told about the others."""
    await channel.write()
    await channel.ask()
    await Privacy(channel.store, channel.pseudonyms, channel.clock).erase(ALICE, actor=None, reason="self")
    assert await channel.ask() == {}
    assert await channel.account() == Account(1.0, 1.0, 30.0)


async def test_switching_noise_on_or_off_leaves_what_is_published(channel: Channel) -> None:
    """Only what is added later is as the switch stands then, and what was spent stays known."""
    blur, channel.noise = channel.noise, None
    await channel.write()
    assert await channel.ask() == {TODAY: {Emotion.JOY: 6}}
    channel.noise = blur
    assert await channel.ask() == {TODAY: {Emotion.JOY: 6}}
    await channel.write(hour=2)
    assert await channel.ask() == {TODAY: {Emotion.JOY: 112}}
    channel.noise = None
    assert await channel.ask() == {TODAY: {Emotion.JOY: 112}}
    await channel.write(hour=3)
    assert await channel.ask() == {TODAY: {Emotion.JOY: 118}}
    assert await channel.account() == Account(0.0, 1.0, 0.0)


async def test_a_week_that_is_one_cell_costs_once_and_reaches_as_far_as_its_last_day(channel: Channel) -> None:
    """Three people on Tuesday, three on Wednesday: published on Monday, and spent until that week's Sunday is gone."""
    for number, author in enumerate(CROWD):
        moment = datetime(2026, 11, 17 + number % 2, 1, 0, number, tzinfo=UTC)
        await wrote(channel.store, channel.pseudonyms, author, moment)
    assert await channel.ask() == {}
    channel.clock.now = datetime(2026, 11, 23, 0, tzinfo=UTC)
    assert await channel.ask() == {date(2026, 11, 16): {Emotion.JOY: 106}}
    for now, spent in ((22, 1.0), (23, 0.0)):
        channel.clock.now = datetime(2026, 11, now, 12, tzinfo=UTC) + timedelta(days=RETENTION)
        account = await channel.account()
        assert account is not None
        assert account.spent == spent


async def test_a_picture_says_what_noise_was_added_and_what_it_has_cost(channel: Channel, drawing: Executor) -> None:
    """Beside it, in the viewer's language; without noise there is no such sentence."""
    rules = Rules(channel.store, channel.pseudonyms, channel.clock, retention_days=RETENTION, minimum_people=5)
    parts = channel.store, channel.pseudonyms, channel.clock, rules, drawing
    noisy = Reports(*parts, minimum_people=5, noise=channel.noise)
    plain = Reports(*parts, minimum_people=5)
    with pytest.raises(TooFewPeople):
        await noisy.series(TEAM, CHANNEL, 7, EN)
    await channel.write(TODAY - timedelta(days=1))
    exact = await plain.channel(TEAM, CHANNEL, 7, EN)
    assert "ε" not in " ".join(exact.facts)
    await channel.write()
    assert "ε = 1 each time, 1 of 30 spent" in (await noisy.channel(TEAM, CHANNEL, 7, EN)).facts[-1]
    assert "한 번에 ε = 1, 이 채널에서 지금까지 30 중 1 사용" in (await noisy.channel(TEAM, CHANNEL, 7, KO)).facts[-1]
    assert "ε: 1 spent" in (await plain.channel(TEAM, CHANNEL, 7, EN)).facts[-1]


async def test_who_opts_out_and_returns_pays_for_nothing(channel: Channel) -> None:
    """A day that is hidden meanwhile comes back as it was, with the same noise."""
    await channel.write()
    before = await channel.ask()
    consent = Consent(channel.store, channel.pseudonyms, channel.clock)
    await consent.withdraw(ALICE, "test")
    assert await channel.ask() == {}
    await consent.grant(ALICE, "test")
    assert await channel.ask() == before
    assert await channel.spent() == {TODAY: 1.0}


async def test_the_house_is_built_with_the_noise_of_the_settings(sqlite_url: str, tmp_path: Path) -> None:
    """PICTURE_EPSILON and its budget reach the pictures."""
    clock = Clock(datetime(2026, 11, 21, 9, tzinfo=UTC))
    settings = load(
        _env_file=None, database_url=sqlite_url, data_dir=tmp_path, picture_epsilon=10, picture_epsilon_budget=20
    )
    services = await build(settings, clock)
    try:
        await consenting(services.store, services.pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
        house = Channel(services.store, services.pseudonyms, clock, None)
        for label in (Emotion.JOY, Emotion.FEAR):  # so many that the noise cannot hide all of it
            await house.write(times=2, hour=list(Emotion).index(label) + 1, label=label)
        assert "ε = 10 each time, 10 of 20 spent" in (await services.reports.channel(TEAM, CHANNEL, 7, EN)).facts[-1]
    finally:
        await services.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """DATA_DIR, with the key in its file."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "text-hash.key").touch(0o600)
    (folder / "text-hash.key").write_text(KEY.hex())
    return folder


def test_the_operator_sees_what_every_channel_has_spent(
    database_url: str,
    data: Path,
    talkative_log: io.StringIO,  # noqa: ARG001 - the log is put back
) -> None:
    """`maeum admin show`: whether noise is added, and channel by channel what is spent of how much."""

    async def live() -> None:
        clock = Clock(datetime.now(UTC))
        settings = load(_env_file=None, database_url=database_url, data_dir=data)
        async with office(settings, clock) as opened_office:
            store = opened_office.store
            pseudonyms = Pseudonyms(KEY.hex().encode())
            await consenting(store, pseudonyms, CROWD, clock() - timedelta(days=9))
            await publication.zone(store, HERE, "UTC")
            here = Channel(store, pseudonyms, clock, Noise(0.5, 30.0, Hundred()))
            for back in (1, 2, 3):
                await here.write(clock().date() - timedelta(days=back))
            assert len(await here.ask()) == 3

    def show(**epsilon: str) -> str:
        env = {"DATABASE_URL": database_url, "DATA_DIR": str(data), "TERM": "dumb", "LOG_LEVEL": "ERROR", **epsilon}
        with contextlib.chdir(data):
            done = CliRunner().invoke(app, ["admin", "show", "--team", TEAM], env=env, prog_name="maeum")
        assert done.exit_code == 0, done.output
        return done.output

    assert "Noise in a channel's picture: none\n" in show()
    asyncio.run(live())
    assert "Noise in a channel's picture: none\n  C01GEN: 1.5 spent on what is kept\n" in show()
    with_noise = show(PICTURE_EPSILON="0.5")
    assert "ε = 0.5 each time a day or week is published, at most 30 in a channel\n" in with_noise
    assert "  C01GEN: 1.5 of 30 spent on what is kept\n" in with_noise
    assert "without a limit" in show(PICTURE_EPSILON="0.5", PICTURE_EPSILON_BUDGET="0")
