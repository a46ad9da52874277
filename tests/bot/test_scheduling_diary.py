"""When somebody's own diary comes: theirs alone, with their consent, and gone with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import ScheduleSpec
from bot.consent import Consent
from bot.errors import ConsentNeeded
from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.schedule_words import FRIDAYS
from bot.scheduling import Schedules
from bot.store import people
from bot.store import schedules as stored
from bot.store.base import Store
from bot.store.slots import LEASE, SETTLE
from bot.store.tables import PersonRow, ScheduleRow, SlotRow
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, agreed_earlier, consenting, person
from tests.fakes import Clock

ALICE, BORAM = person(1), person(2)
DIRECT = "D01ALICE"
DIARY = FRIDAYS.spec("Asia/Seoul", "ko")
DUE = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
"""The first Friday, 17:00 in Seoul, after the fixtures' present."""
CHANNELS = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko")


@pytest.fixture
def schedules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Schedules:
    """The schedules at 9:00 UTC on a Friday, 18:00 in Seoul."""
    return Schedules(store, pseudonyms, clock)


@pytest.fixture
def consent(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Consent:
    return Consent(store, pseudonyms, clock)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


@pytest.fixture
async def on(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Alice and Boram are read."""
    await consenting(store, pseudonyms, [ALICE, BORAM], clock())


class Killed(BaseException):
    """The process dies."""


class DiesAfterOneCommit(Store):
    """A process's way to the database that ends at its second writing transaction."""

    commits = 0

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Once."""
        if self.commits:
            raise Killed
        async with super().begin() as session:
            yield session
        self.commits += 1


async def rows(store: Store) -> tuple[int, int]:
    """How many schedules and slots are stored."""
    async with store.read() as session:
        found = [await session.scalar(select(func.count()).select_from(row)) for row in (ScheduleRow, SlotRow)]
    return found[0] or 0, found[1] or 0


@pytest.mark.usefixtures("on")
async def test_it_is_due_like_any_schedule_and_says_whose_it_is(
    schedules: Schedules, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """On its weekday, once, in the channel of the direct message, under a pseudonym."""
    made = await schedules.set_diary(ALICE, DIRECT, DIARY)
    assert (made.channel, made.owner) == (DIRECT, pseudonyms.person(ALICE))
    assert await schedules.diary(ALICE) == made
    assert await schedules.claim_due(TEAM) == []
    clock.now = DUE
    (slot,) = await schedules.claim_due(TEAM)
    assert (slot.schedule, slot.time) == (made, DUE)
    await schedules.posted(slot, "F1")
    assert await schedules.claim_due(TEAM) == []
    clock.advance(days=7)
    assert [slot.time for slot in await schedules.claim_due(TEAM)] == [clock()]


@pytest.mark.usefixtures("on")
async def test_everybody_has_one_of_their_own(schedules: Schedules, store: Store) -> None:
    """Set again it is moved, also into another direct message; nobody else's changes."""
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    await schedules.set_diary(BORAM, "D02BORAM", DIARY)
    await schedules.set_diary(ALICE, DIRECT, replace(DIARY, weekday=6, hour=20))
    await schedules.set_diary(ALICE, "D03ALICE", replace(DIARY, weekday=6, hour=21))
    assert (await rows(store))[0] == 2
    mine, other = await schedules.diary(ALICE), await schedules.diary(BORAM)
    assert mine is not None
    assert other is not None
    assert (mine.channel, mine.spec.weekday, mine.spec.hour) == ("D03ALICE", 6, 21)
    assert (other.channel, other.spec) == ("D02BORAM", DIARY)


async def never(consent: Consent) -> None:
    """Nothing was said."""
    del consent


async def withdrawn(consent: Consent) -> None:
    """Yes, and then no."""
    await consent.grant(ALICE, "test")
    await consent.withdraw(ALICE, "test")


@pytest.mark.parametrize("before", [never, withdrawn])
async def test_it_needs_consent(
    schedules: Schedules, consent: Consent, store: Store, before: Callable[[Consent], Awaitable[None]]
) -> None:
    """Who is not read is told to opt in first, in both languages, and nothing is set."""
    await before(consent)
    with pytest.raises(ConsentNeeded) as refused:
        await schedules.set_diary(ALICE, DIRECT, DIARY)
    assert "`/emotion on` first" in refused.value.sentence("en")
    assert "먼저 `/emotion 켜기`" in refused.value.sentence("ko")
    assert await rows(store) == (0, 0)


async def test_consent_to_an_earlier_notice_is_none(
    schedules: Schedules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """They have to agree to today's first."""
    await agreed_earlier(store, pseudonyms, ALICE, clock())
    with pytest.raises(ConsentNeeded):
        await schedules.set_diary(ALICE, DIRECT, DIARY)


@pytest.mark.usefixtures("on")
async def test_it_waits_while_its_owner_has_agreed_to_an_earlier_notice_only(
    schedules: Schedules, consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Theirs, and nobody else's, nor a channel's that they set. Once they agree, the latest missed one is made up."""
    await schedules.set(TEAM, CHANNEL, ALICE, CHANNELS)
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    await schedules.set_diary(BORAM, "D02BORAM", DIARY)
    async with store.begin() as session:
        hers = update(PersonRow).where(PersonRow.user_id == pseudonyms.person(ALICE))
        await session.execute(hers.values(notice_version=1))
    clock.now = DUE + timedelta(days=7)
    assert {slot.schedule.channel for slot in await schedules.claim_due(TEAM)} == {CHANNEL, "D02BORAM"}
    assert await schedules.diary(ALICE) is not None
    await consent.grant(ALICE, "test")
    (slot,) = await schedules.claim_due(TEAM)
    assert (slot.schedule.channel, slot.time) == (DIRECT, clock())


@pytest.mark.usefixtures("on")
async def test_set_twice_at_once_there_is_one(
    schedules: Schedules, store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Through two processes, into two direct messages: one of them ends the other's."""
    async with opened(database_url) as other:
        sides = (schedules, Schedules(other, pseudonyms, clock))
        for number in range(5):
            channels = [f"D{number}{side}" for side in range(2)]
            await asyncio.gather(
                *(side.set_diary(ALICE, name, DIARY) for side, name in zip(sides, channels, strict=True))
            )
            assert (await rows(store))[0] == 1
            kept = await schedules.diary(ALICE)
            assert kept is not None
            assert kept.channel in channels


@pytest.mark.usefixtures("on")
async def test_a_withdrawal_that_is_under_way_counts(
    store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Whoever sets a diary at that moment waits for it, and is told to opt in first: no diary outlives an opt-out."""
    async with opened(database_url) as other:
        setting = Schedules(other, pseudonyms, clock).set_diary(ALICE, DIRECT, DIARY)
        async with store.begin() as session:
            await people.withdraw(session, pseudonyms.person(ALICE), source="test", now=clock())
            task = asyncio.create_task(setting)
            await asyncio.sleep(0.2)  # long enough to arrive at the person's row
            assert not task.done()
        with pytest.raises(ConsentNeeded):
            await task
    assert await rows(store) == (0, 0)


@pytest.mark.usefixtures("on")
async def test_opting_out_ends_it_in_the_same_breath(
    schedules: Schedules, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A process that dies after its first commit has done both: nobody is off with a diary that comes."""
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    mortal = DiesAfterOneCommit(database_url)
    try:
        with contextlib.suppress(Killed):
            await Consent(mortal, pseudonyms, clock).withdraw(ALICE, "test")
    finally:
        await mortal.close()
    assert mortal.commits == 1
    assert await schedules.diary(ALICE) is None


@pytest.mark.usefixtures("on")
async def test_a_diary_in_another_workspace_is_another_one(
    schedules: Schedules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Even under the same pseudonym: what is asked of and ended in one workspace is that one's."""
    elsewhere, owner = stored.Place("T02OTHER", "D09ALICE"), pseudonyms.person(ALICE)
    async with store.begin() as session:
        await stored.put(session, elsewhere, owner, DIARY, clock())
    assert await schedules.diary(ALICE) is None
    mine = await schedules.set_diary(ALICE, DIRECT, DIARY)
    assert await schedules.diary(ALICE) == mine
    assert await schedules.end_diary(ALICE)
    async with store.read() as session:
        assert [row.channel_id for row in await stored.diaries(session, "T02OTHER", owner)] == ["D09ALICE"]


@pytest.mark.usefixtures("on")
async def test_who_opts_out_gets_it_no_more(schedules: Schedules, consent: Consent, store: Store, clock: Clock) -> None:
    """At once, also while one is on its way; opting in again brings nothing back."""
    await schedules.set(TEAM, CHANNEL, ALICE, CHANNELS)
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    await schedules.set_diary(BORAM, "D02BORAM", DIARY)
    clock.now = DUE
    claimed = {slot.schedule.channel: slot for slot in await schedules.claim_due(TEAM)}
    await consent.withdraw(ALICE, "test")
    assert not await schedules.holds(claimed[DIRECT])
    assert await schedules.holds(claimed["D02BORAM"])
    assert await schedules.diary(ALICE) is None
    assert len(await schedules.list(TEAM, CHANNEL)) == 1
    assert (await rows(store))[0] == 2
    await consent.grant(ALICE, "test")
    assert await schedules.diary(ALICE) is None


@pytest.mark.usefixtures("on")
async def test_a_pause_of_consent_leaves_it(schedules: Schedules, consent: Consent, clock: Clock) -> None:
    """Nothing is read meanwhile; what is stored is still the person's to see. It can be set then, too."""
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    await consent.pause(ALICE, timedelta(days=1), "test")
    assert await schedules.diary(ALICE) is not None
    await schedules.set_diary(ALICE, DIRECT, replace(DIARY, hour=18))
    clock.now = DUE + timedelta(hours=1)
    assert [slot.schedule.spec.hour for slot in await schedules.claim_due(TEAM)] == [18]


@pytest.mark.usefixtures("on")
async def test_it_ends_when_they_say_so(schedules: Schedules, store: Store, clock: Clock) -> None:
    """With its slots, and nobody else's; a second time there is nothing to end."""
    for who, channel in ((ALICE, DIRECT), (BORAM, "D02BORAM")):
        await schedules.set_diary(who, channel, DIARY)
    clock.now = DUE
    await schedules.claim_due(TEAM)
    assert await schedules.end_diary(ALICE)
    assert not await schedules.end_diary(ALICE)
    assert await rows(store) == (1, 1)
    assert await schedules.diary(BORAM) is not None


@pytest.mark.usefixtures("on")
async def test_what_is_for_one_person_is_never_for_a_channel(schedules: Schedules, store: Store) -> None:
    """Nor the other way round; and a diary that says of nobody whose it is comes to nobody."""
    with pytest.raises(ValueError, match="no diary"):
        await schedules.set(TEAM, CHANNEL, ALICE, DIARY)
    with pytest.raises(ValueError, match="only a diary"):
        await schedules.set_diary(ALICE, DIRECT, CHANNELS)
    assert await rows(store) == (0, 0)


@pytest.mark.usefixtures("on")
async def test_a_diary_of_nobody_is_not_due(
    schedules: Schedules, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """No version of ours writes such a row; whoever did, nothing is drawn of it, nor is what was posted looked for."""
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    clock.now = DUE
    await schedules.claim_due(TEAM)
    clock.now += LEASE + timedelta(seconds=1)
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.posted(slot, "F1")
    async with store.begin() as session:
        await session.execute(update(ScheduleRow).values(user_id=None))
    clock.now += SETTLE
    assert await schedules.unsettled(TEAM) == []
    assert "cannot be understood" in caplog.text
    clock.advance(days=7)
    assert await schedules.claim_due(TEAM) == []


@pytest.mark.usefixtures("on")
async def test_trouble_is_told_to_whose_it_is(schedules: Schedules, clock: Clock) -> None:
    """And setting it anew lets it run again."""
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    clock.now = DUE
    (slot,) = await schedules.claim_due(TEAM)
    await schedules.refused(slot, "channel_not_found")
    assert await schedules.news(BORAM) == []
    (news,) = await schedules.news(ALICE)
    assert (news.is_paused, news.problem, news.owner) == (True, "channel_not_found", slot.schedule.owner)
    again = await schedules.set_diary(ALICE, DIRECT, DIARY)
    assert await schedules.diary(ALICE) == again
    assert not again.is_paused


# ---- Erasure


@pytest.mark.usefixtures("on")
async def test_an_erasure_takes_it_along_and_leaves_channels_theirs(
    schedules: Schedules, privacy: Privacy, store: Store, clock: Clock
) -> None:
    """Its slot goes, the channel's schedule stays without the person; the receipt counts both."""
    await schedules.set(TEAM, CHANNEL, ALICE, replace(CHANNELS, weekday=4, hour=17))
    await schedules.set_diary(ALICE, DIRECT, DIARY)
    await schedules.set_diary(BORAM, "D02BORAM", DIARY)
    clock.now = DUE
    claimed = {slot.schedule.channel: slot for slot in await schedules.claim_due(TEAM)}
    assert (await privacy.holdings(ALICE))["schedules"] == 2
    erasure = await privacy.erase(ALICE, actor=None, reason="self")
    assert erasure.counts["schedules"] == 2
    assert (await privacy.holdings(ALICE))["schedules"] == 0
    assert await rows(store) == (2, 2)
    assert [await schedules.holds(claimed[name]) for name in (DIRECT, CHANNEL, "D02BORAM")] == [False, True, True]
    async with store.read() as session:
        owners = {row.channel_id: row.user_id for row in await session.scalars(select(ScheduleRow))}
    assert set(owners) == {CHANNEL, "D02BORAM"}
    assert owners[CHANNEL] is None


async def test_setting_claiming_opting_out_and_erasing_at_once_never_wait_in_vain(
    store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two processes do it all to the same people at the same time: no error, and nothing is left of who is erased."""
    people = [person(number) for number in range(1, 5)]
    async with opened(database_url) as other:
        sides = [
            (Schedules(through, pseudonyms, clock), Consent(through, pseudonyms, clock)) for through in (store, other)
        ]
        eraser = Privacy(other, pseudonyms, clock)

        async def ask(side: int, who: Person) -> None:
            schedules, consent = sides[side]
            await consent.grant(who, "test")
            try:
                await schedules.set_diary(who, f"D{who.user}", DIARY)
            except ConsentNeeded:  # erased or withdrawn in between
                return
            clock.now += timedelta(days=7)
            for slot in await schedules.claim_due(TEAM):
                await schedules.uploaded(slot, "F1")
                await schedules.posted(slot, "F1", file="F1")
            if who in people[2:]:
                await consent.withdraw(who, "test")

        for _ in range(3):
            asked = [ask(side, who) for side in (0, 1) for who in people]
            erased = [eraser.erase(who, actor=None, reason="left") for who in people[:2]]
            await asyncio.gather(*asked, *erased)
        for who in people[:2]:
            await eraser.erase(who, actor=None, reason="left")
        assert [await sides[0][0].diary(who) for who in people] == [None] * 4
        assert await rows(store) == (0, 0)
