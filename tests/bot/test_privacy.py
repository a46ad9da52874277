import asyncio
import logging
import random
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.consent import Consent
from bot.errors import KeyMismatch, StoreUnavailable
from bot.privacy import Erasure, Privacy
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules
from bot.settings import SQLITE
from bot.store import audit, people, readings, replies
from bot.store.base import Store
from bot.store.erasure import personal_tables
from bot.store.tables import AuditActorRow, AuditRow, ReplyRow, RetractionRow, ScheduleRow, SlotRow
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, every, message_id, new_reading, person, wrote
from tests.fakes import Clock
from tests.traces import lives

ALICE, BORAM, ADMIN = person(1), person(2), person(3)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


async def test_erasing_leaves_nothing_of_the_person_and_everything_of_the_others(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Every table is emptied of the one person; the receipt says how much that was; the rest is untouched."""
    await lives(store, pseudonyms, ALICE, clock)
    await lives(store, pseudonyms, BORAM, clock)
    before = await privacy.holdings(ALICE)
    several = {"emotion_readings": 3, "replies": 3, "schedules": 2}
    assert before == {table.name: several.get(table.name, 1) for table in personal_tables()}
    erasure = await privacy.erase(ALICE, actor=ADMIN, reason="administrator")
    assert erasure.counts == before
    assert erasure.time == clock()
    assert set((await privacy.holdings(ALICE)).values()) == {0}
    assert await privacy.holdings(BORAM) == {**before, "cell_people": 0}  # the cell that both were in is withdrawn
    assert not (await Consent(store, pseudonyms, clock).status(ALICE)).on


async def test_what_is_held_in_memory_goes_with_an_erasure(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, tmp_path: Path
) -> None:
    """Once the erasure is committed the memory is told to forget; where nothing could be erased it is not."""
    told = []
    privacy = Privacy(store, pseudonyms, clock, on_erase=lambda: told.append("forget"))
    await lives(store, pseudonyms, ALICE, clock)
    await privacy.erase(ALICE, actor=ALICE, reason="self")
    assert told == ["forget"]
    async with opened(f"{SQLITE}:///{tmp_path}/elsewhere.db") as empty:
        with pytest.raises(StoreUnavailable):
            await Privacy(empty, pseudonyms, clock, on_erase=told.clear).erase(ALICE, actor=None, reason="left")
    assert told == ["forget"]


async def test_a_channel_keeps_its_schedule_when_who_set_it_is_erased(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The picture of a channel shows no single person; only the name behind the schedule goes."""
    await lives(store, pseudonyms, ALICE, clock)
    await privacy.erase(ALICE, actor=ALICE, reason="self")
    async with store.read() as session:
        assert await session.scalar(select(ScheduleRow.user_id)) is None
        assert len((await session.scalars(select(ScheduleRow))).all()) == 1


async def test_the_audit_tells_what_was_done_and_not_to_whom(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A row without content stays: counts, role, time, receipt. Who acted stands beside it until erased in turn."""
    await lives(store, pseudonyms, ALICE, clock)
    erasure = await privacy.erase(ALICE, actor=ADMIN, reason="administrator")
    async with store.read() as session:
        row = await session.scalar(select(AuditRow).where(AuditRow.receipt == erasure.receipt))
        actors = list(await session.scalars(select(AuditActorRow.user_id)))
    assert row is not None
    assert (row.action, row.actor_role, row.counts) == ("erase:administrator", "administrator", erasure.counts)
    assert row.time == erasure.time
    assert actors == [pseudonyms.person(ADMIN)]
    assert (await privacy.erase(ADMIN, actor=None, reason="left")).counts["audit_actors"] == 1
    async with store.read() as session:
        assert list(await session.scalars(select(AuditActorRow))) == []
        assert await audit.first_break(session) is None


async def test_who_erases_themselves_is_not_kept_as_the_actor(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Or the receipt would name the person who just asked to be forgotten."""
    await lives(store, pseudonyms, ALICE, clock)
    await privacy.erase(ALICE, actor=ALICE, reason="self")
    assert set((await privacy.holdings(ALICE)).values()) == {0}


async def test_erasing_somebody_unknown_counts_nothing(privacy: Privacy) -> None:
    """No error, a receipt, and every table named with nothing in it; a second time as well."""
    erasures = [await privacy.erase(ALICE, actor=ADMIN, reason="administrator") for _ in range(2)]
    assert all(
        set(erasure.counts.values()) == {0} and len(erasure.counts) == len(personal_tables()) for erasure in erasures
    )
    assert erasures[0].receipt != erasures[1].receipt


async def test_an_erasure_waits_for_a_reading_that_is_being_stored_and_takes_it_along(
    store: Store, database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The reading's transaction is open while another process erases: nothing survives."""
    await consenting(store, pseudonyms, [ALICE], clock())
    new = await new_reading(store, pseudonyms, ALICE, clock())
    async with opened(database_url) as other:
        async with store.begin() as session:
            assert await readings.keep(session, new)
            erasing = asyncio.create_task(Privacy(other, pseudonyms, clock).erase(ALICE, actor=None, reason="left"))
            await asyncio.sleep(0.2)  # long enough for the erasure to arrive at the lock
            assert not erasing.done()
        assert (await erasing).counts["emotion_readings"] == 1
    assert set((await privacy.holdings(ALICE)).values()) == {0}


@pytest.mark.parametrize("seed", range(4))
async def test_erasures_racing_with_readings_always_win(  # noqa: PLR0913, PLR0917 - fixtures
    store: Store, database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock, seed: int
) -> None:
    """Readings in flight at two processes while a person is erased: afterwards there is nothing, in every round."""
    chance = random.Random(seed)  # noqa: S311 - pauses, not secrets
    stored: list[bool] = []

    async def read(through: Store, number: int) -> None:
        user_id = pseudonyms.person(ALICE)
        await asyncio.sleep(chance.random() / 100)
        async with through.read() as session:
            seen = await people.standing(session, user_id)
        if seen is None:
            return
        new = await new_reading(store, pseudonyms, BORAM, clock() + timedelta(seconds=number))
        new = replace(new, user_id=user_id, seen=seen)
        await asyncio.sleep(chance.random() / 50)  # inference
        async with through.begin() as session:
            stored.append(await readings.keep(session, new))

    async def erase() -> Erasure:
        await asyncio.sleep(chance.random() / 25)
        return await privacy.erase(ALICE, actor=None, reason="left")

    await consenting(store, pseudonyms, [BORAM], clock())
    async with opened(database_url) as other:
        rounds = 0
        while rounds < 12 or not {True, False} <= set(stored):
            rounds += 1
            assert rounds < 200, "the race was never close; widen the pauses"
            await consenting(store, pseudonyms, [ALICE], clock())
            erasing = asyncio.create_task(erase())
            await asyncio.gather(*(read((store, other)[number % 2], number) for number in range(8)))
            assert (await erasing).counts["people"] == 1
            assert set((await privacy.holdings(ALICE)).values()) == {0}


async def test_an_erasure_that_fails_half_way_changes_nothing(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, privacy: Privacy
) -> None:
    """All or nothing: without its audit row nothing is erased."""
    await lives(store, pseudonyms, ALICE, clock)
    before = await privacy.holdings(ALICE)
    naive = Privacy(store, pseudonyms, lambda: clock().replace(tzinfo=None))  # a time the audit refuses
    with pytest.raises(Exception, match="without a zone"):
        await naive.erase(ALICE, actor=None, reason="left")
    assert await privacy.holdings(ALICE) == before


async def test_no_byte_of_an_erased_person_is_left_in_the_files(
    sqlite_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Neither the pseudonym nor a text's hash stands in the database file or its write-ahead log afterwards.

    Two hundred readings of six people in turn, so that pages split and cells move before the erasure.
    """
    folder = Path(sqlite_url.removeprefix(f"{SQLITE}:///")).parent
    crowd = [person(number) for number in range(1, 7)]
    async with opened(sqlite_url) as store:
        await consenting(store, pseudonyms, crowd, clock())
        for number, moment in enumerate(every(timedelta(minutes=1), clock(), 200)):
            author = crowd[number % 6]
            new = await new_reading(store, pseudonyms, author, moment, text=f"a text by {author.user}")
            async with store.begin() as session:
                assert await readings.keep(session, new)
                await replies.claim(session, new.message, thread="1.0", user_id=new.user_id, now=moment)
        canaries = [pseudonyms.person(ALICE).hex.encode(), pseudonyms.text_hash(f"a text by {ALICE.user}").encode()]
        assert all(found(canary, folder) for canary in canaries)
        await Privacy(store, pseudonyms, clock).erase(ALICE, actor=ADMIN, reason="administrator")
        assert not any(found(canary, folder) for canary in canaries)
        assert found(pseudonyms.person(BORAM).hex.encode(), folder)


class FullDisk(Store):
    """A database whose log cannot be emptied for the time being."""

    full = True
    emptied = 0

    async def forget_log(self, touched: Collection[str] = ()) -> None:
        """Fails while the disk is full."""
        if self.full:
            message = "no room (the words of somebody)"
            raise StoreUnavailable(message)
        await super().forget_log(touched)
        self.emptied += 1


async def test_an_erasure_stands_although_the_log_could_not_be_emptied(
    database_url: str, pseudonyms: Pseudonyms, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The receipt comes, a warning tells the kind of trouble, and the next retention empties the log in any case."""
    store = FullDisk(database_url)
    privacy = Privacy(store, pseudonyms, clock)
    await lives(store, pseudonyms, ALICE, clock)
    with caplog.at_level(logging.WARNING):
        erasure = await privacy.erase(ALICE, actor=ADMIN, reason="administrator")
    assert erasure.counts["emotion_readings"] == 3
    assert set((await privacy.holdings(ALICE)).values()) == {0}
    assert "StoreUnavailable" in caplog.text
    assert "the words of somebody" not in caplog.text
    store.full = False
    assert await privacy.retain(30) == 0
    assert store.emptied == 1
    await store.close()


def found(canary: bytes, folder: Path) -> bool:
    return any(canary in path.read_bytes() for path in folder.iterdir())


async def test_what_is_past_its_time_goes_and_the_rest_stays(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Readings, claims, slots and retractions older than the days given go; consents and schedules stay."""
    await lives(store, pseudonyms, ALICE, clock)
    schedules = Schedules(store, pseudonyms, clock)
    clock.advance(hours=12)
    assert len(await schedules.claim_due(TEAM)) == 2
    async with store.begin() as session:
        await readings.retract(session, message_id(clock()), pseudonyms.message(message_id(clock())), clock())
    clock.advance(days=31)
    await wrote(store, pseudonyms, ALICE, clock())
    assert await privacy.retain(30) == 3
    assert await privacy.retain(30) == 0
    left = await privacy.holdings(ALICE)
    assert (left["emotion_readings"], left["replies"], left["people"], left["schedules"]) == (1, 0, 1, 2)
    async with store.read() as session:
        for table in (ReplyRow, RetractionRow, SlotRow):
            assert (await session.scalars(select(table))).all() == []
        assert [row.action for row in await session.scalars(select(AuditRow).order_by(AuditRow.id))][1:] == ["retain"]


async def test_who_withdrew_long_ago_is_forgotten(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """With the last of their readings goes the row that says they once consented; the audit counts it."""
    consent = Consent(store, pseudonyms, clock)
    await consenting(store, pseudonyms, [ALICE, BORAM, ADMIN], clock())
    await wrote(store, pseudonyms, ALICE, clock())
    await consent.withdraw(ALICE, "test")
    clock.advance(days=20)
    await consent.withdraw(BORAM, "test")
    clock.advance(days=11)
    assert await privacy.retain(30) == 1
    assert [(await privacy.holdings(who))["people"] for who in (ALICE, BORAM, ADMIN)] == [0, 1, 1]
    async with store.read() as session:
        row = await session.scalar(select(AuditRow))
    assert row is not None
    assert (row.action, row.counts["people"], row.counts["emotion_readings"]) == ("retain", 1, 1)
    await consent.grant(ALICE, "test")
    assert (await consent.status(ALICE)).on


async def test_who_withdrew_stays_known_while_readings_are_left(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Withdrawn before the limit, but with a reading dated after it: the row stays until that reading goes."""
    await consenting(store, pseudonyms, [ALICE], clock())
    await wrote(store, pseudonyms, ALICE, clock() + timedelta(days=2))
    await Consent(store, pseudonyms, clock).withdraw(ALICE, "test")
    clock.advance(days=31)
    assert await privacy.retain(30) == 0
    assert (await privacy.holdings(ALICE))["people"] == 1
    clock.advance(days=2)
    assert await privacy.retain(30) == 1
    assert (await privacy.holdings(ALICE))["people"] == 0


async def test_the_same_key_is_known_again_and_another_is_refused(store: Store, privacy: Privacy, clock: Clock) -> None:
    """Under another key everybody would be a stranger, so the start stops and names the variable."""
    await privacy.check_key()
    await privacy.check_key()
    stranger = Privacy(store, Pseudonyms(b"another key of thirty-two bytes!"), clock)
    with pytest.raises(KeyMismatch, match="TEXT_HASH_KEY") as stopped:
        await stranger.check_key()
    assert "another key" not in str(stopped.value)
    await privacy.check_key()


async def test_a_refusal_is_written_down(store: Store, privacy: Privacy, pseudonyms: Pseudonyms) -> None:
    """What was asked, in our words, and a pseudonym that goes with the person."""
    await privacy.refuse(ALICE, "admin-delete")
    async with store.read() as session:
        row = await session.scalar(select(AuditRow))
        assert await session.scalar(select(AuditActorRow.user_id)) == pseudonyms.person(ALICE)
    assert row is not None
    assert (row.action, row.actor_role, row.counts) == ("refused:admin-delete", "member", {})
    assert CHANNEL not in str(row.__dict__)
