import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.consent import Consent
from bot.messages import Place
from bot.pseudonyms import Pseudonyms
from bot.store import readings
from bot.store.base import Store
from bot.store.readings import Judged, NewReading
from bot.store.tables import ReadingRow, RetractionRow
from emotion.labels import Emotion
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, message_id, new_reading, person, reading, ts_of, wrote
from tests.fakes import Clock

ALICE = person(1)
Verb = Callable[[Store, NewReading], Coroutine[Any, Any, bool]]


@pytest.fixture
def consent(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Consent:
    return Consent(store, pseudonyms, clock)


@pytest.fixture
async def new(store: Store, pseudonyms: Pseudonyms, clock: Clock, consent: Consent) -> NewReading:
    """A reading of Alice's, who opted in a minute before she wrote."""
    await consent.grant(ALICE, "test")
    clock.advance(minutes=1)
    return await new_reading(store, pseudonyms, ALICE, clock(), label=Emotion.SADNESS)


async def rows(store: Store) -> list[ReadingRow]:
    async with store.read() as session:
        return list(await session.scalars(select(ReadingRow)))


async def kept(store: Store, new: NewReading) -> bool:
    async with store.begin() as session:
        return await readings.keep(session, new)


async def replaced(store: Store, new: NewReading) -> bool:
    async with store.begin() as session:
        return await readings.replace(session, new)


async def blanked(store: Store, new: NewReading) -> bool:
    async with store.begin() as session:
        return await readings.blank(
            session, new.message, new.message_hash, edited=new.edited, now=new.message.time + timedelta(hours=1)
        )


async def retracted(store: Store, new: NewReading) -> bool:
    async with store.begin() as session:
        return await readings.retract(session, new.message, new.message_hash, new.message.time)


def at(new: NewReading, minutes: int, label: Emotion = Emotion.SADNESS) -> NewReading:
    """The reading of an edit, so many minutes after the message was written."""
    return replace(new, reading=reading(label), edited=ts_of(new.message.time + timedelta(minutes=minutes)))


async def test_a_reading_is_stored_whole(store: Store, new: NewReading, pseudonyms: Pseudonyms) -> None:
    """Every number of the reading comes back as it was, and the person only as a pseudonym."""
    assert await kept(store, new)
    (row,) = await rows(store)
    assert (row.team_id, row.channel_id, row.message_ts) == (TEAM, CHANNEL, new.message.ts)
    assert row.time == new.message.time
    assert row.user_id == pseudonyms.person(ALICE)
    assert row.text_hash == pseudonyms.text_hash("a sentence")
    assert row.probs == {label.value: p for label, p in new.reading.probs.items()}
    assert row.logits == {label.value: value for label, value in new.reading.logits.items()}
    assert (row.top_label, row.top_p, row.entropy) == ("sadness", new.reading.top_p, new.reading.entropy)
    assert (row.temperature, row.model_version) == (new.reading.temperature, new.reading.model_version)
    assert row.meta == {"language": "en", "place": "channel"}


async def test_an_uncertain_reading_is_known_as_such_later(store: Store, new: NewReading) -> None:
    """It says so beside the language, and is looked up with what its author may know of it; nobody knows others."""
    assert await kept(store, replace(new, reading=reading(Emotion.FEAR, 0.3, uncertain=True)))
    (row,) = await rows(store)
    assert row.meta == {"language": "en", "place": "channel", "uncertain": True}
    async with store.read() as session:
        judged = await readings.of_message(session, new.message)
        assert await readings.of_message(session, replace(new.message, channel="C0ELSE")) is None
    assert judged == Judged(
        new.message.time,
        new.user_id,
        Emotion.FEAR,
        0.3,
        uncertain=True,
        edited=False,
        language="en",
        model_version="test-1",
    )


async def test_a_second_delivery_changes_nothing(store: Store, new: NewReading) -> None:
    """The first reading of a message stays, whatever a redelivery brings."""
    assert await kept(store, new)
    again = replace(new, reading=reading(Emotion.ANGER))
    assert not await kept(store, again)
    assert [row.top_label for row in await rows(store)] == ["sadness"]


async def test_a_withdrawal_during_inference_wins(store: Store, new: NewReading, consent: Consent) -> None:
    """What was begun before somebody opted out is not stored afterwards."""
    await consent.withdraw(ALICE, "test")
    assert not await kept(store, new)
    assert await rows(store) == []


async def test_a_consent_granted_anew_does_not_bring_back_what_was_in_flight(
    store: Store, new: NewReading, consent: Consent
) -> None:
    """Off and on again while a message is being read: that message stays unread, the next one is read."""
    await consent.withdraw(ALICE, "test")
    await consent.grant(ALICE, "test")
    assert not await kept(store, new)


async def test_granting_twice_keeps_what_is_in_flight(store: Store, new: NewReading, consent: Consent) -> None:
    """Pressing the button a second time changes nothing."""
    await consent.grant(ALICE, "test")
    assert await kept(store, new)


async def test_what_was_written_before_the_consent_is_not_stored(
    store: Store, consent: Consent, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A late delivery of a message from before the consent leaves nothing; one from the same second does."""
    clock.advance(milliseconds=900)
    await consent.grant(ALICE, "test")
    before = await new_reading(store, pseudonyms, ALICE, clock() - timedelta(seconds=1))
    same_second = await new_reading(store, pseudonyms, ALICE, clock() - timedelta(milliseconds=800))
    assert not await kept(store, before)
    assert await kept(store, same_second)


async def test_an_edit_takes_the_place_of_the_reading(store: Store, new: NewReading) -> None:
    """After an edit there is one reading, the new one; without an earlier one it is stored all the same."""
    edited = replace(new, text_hash="0" * 64, reading=reading(Emotion.JOY))
    for first in (new, edited):
        async with store.begin() as session:
            assert await readings.replace(session, first)
    assert [(row.top_label, row.text_hash) for row in await rows(store)] == [("joy", "0" * 64)]


async def test_an_edit_after_a_withdrawal_stores_nothing(store: Store, new: NewReading, consent: Consent) -> None:
    """No reading without consent, by whichever way; the earlier one goes, because its words are gone."""
    assert await kept(store, new)
    await consent.withdraw(ALICE, "test")
    assert not await replaced(store, at(new, 5))
    assert await rows(store) == []


async def test_of_two_edits_the_later_one_stands(store: Store, new: NewReading) -> None:
    """An edit that comes late, after its successor, changes nothing, with consent or without; the same one may."""
    assert await kept(store, new)
    assert await replaced(store, at(new, 7, Emotion.JOY))
    assert not await replaced(store, at(new, 5, Emotion.ANGER))
    async with store.begin() as session:
        assert not await readings.remove(session, new.message, at(new, 6).edited)
    assert not await blanked(store, at(new, 6))
    assert not await kept(store, new)
    assert await replaced(store, at(new, 7, Emotion.FEAR))
    (row,) = await rows(store)
    assert (row.top_label, row.meta["edited"]) == ("fear", at(new, 7).edited)


async def test_edits_are_told_apart_to_the_microsecond_and_as_numbers(store: Store, new: NewReading) -> None:
    """The times of edits are compared exactly, not letter by letter."""
    assert await replaced(store, replace(new, edited="999999999.000001"))
    assert await replaced(store, replace(new, edited="1700000000.123457"))
    assert not await replaced(store, replace(new, edited="1700000000.123456"))


async def test_words_that_were_edited_away_are_not_read_when_they_come_late(store: Store, new: NewReading) -> None:
    """Neither the first delivery nor an earlier edit brings a reading back; the next edit does."""
    assert await kept(store, new)
    assert await blanked(store, at(new, 5))
    assert await rows(store) == []
    assert not await kept(store, new)
    assert not await replaced(store, at(new, 4))
    assert not await replaced(store, at(new, 5))
    assert not await blanked(store, at(new, 4))
    assert not await replaced(store, at(new, 5))
    assert await replaced(store, at(new, 6))
    assert not await kept(store, new)
    assert len(await rows(store)) == 1


async def test_an_edit_without_a_time_counts_as_the_latest(store: Store, new: NewReading) -> None:
    """It is applied as it comes, whatever is known; a deletion it does not undo."""
    assert await replaced(store, at(new, 5))
    assert await blanked(store, new)
    assert not await kept(store, new)
    assert await replaced(store, at(new, 1))
    assert await blanked(store, at(new, 9))
    assert await replaced(store, new)
    await retracted(store, new)
    assert not await replaced(store, new)
    assert not await blanked(store, new)


async def test_a_deleted_message_has_no_reading_and_gets_none_from_a_late_delivery(
    store: Store, new: NewReading
) -> None:
    """A deletion removes the reading for good, even where the message is delivered once more or for the first time."""
    assert await kept(store, new)
    assert await retracted(store, new)
    assert await rows(store) == []
    assert not await kept(store, new)
    assert not await replaced(store, at(new, 5))
    assert not await blanked(store, at(new, 6))
    assert not await replaced(store, at(new, 7))
    assert not await retracted(store, new)
    assert await rows(store) == []


async def test_a_removed_reading_may_come_back_with_the_next_edit(store: Store, new: NewReading) -> None:
    """Who opted out, edited and opted in again within the same second is read from the next edit on."""
    assert await kept(store, new)
    async with store.begin() as session:
        assert await readings.remove(session, new.message, at(new, 5).edited)
        assert not await readings.remove(session, new.message, at(new, 5).edited)
    assert await replaced(store, at(new, 6))
    assert len(await rows(store)) == 1


@pytest.mark.parametrize("first", [kept, replaced])
async def test_a_deletion_waits_for_a_reading_that_is_being_stored_and_takes_it_along(
    store: Store, database_url: str, new: NewReading, first: Verb
) -> None:
    """The reading's transaction is open while another process deletes the message: no reading survives."""
    storing = readings.keep if first is kept else readings.replace
    async with opened(database_url) as other:
        async with store.begin() as session:
            assert await storing(session, new)
            deleting = asyncio.create_task(retracted(other, new))
            await asyncio.sleep(0.2)  # long enough for the deletion to arrive at the lock
            assert not deleting.done()
        assert await deleting
    assert await rows(store) == []
    assert not await first(store, new)


@pytest.mark.parametrize("late", [kept, replaced])
async def test_a_reading_waits_for_a_deletion_that_is_under_way(
    store: Store, database_url: str, new: NewReading, late: Verb
) -> None:
    """The deletion's transaction is open, and the message's first delivery comes at another process: not stored."""
    async with opened(database_url) as other:
        async with store.begin() as session:
            assert not await readings.retract(session, new.message, new.message_hash, new.message.time)
            storing = asyncio.create_task(late(other, new))
            await asyncio.sleep(0.2)  # long enough for the delivery to arrive at the lock
            assert not storing.done()
        assert not await storing
    assert await rows(store) == []


@pytest.mark.postgres
async def test_one_message_does_not_wait_for_another(postgresql_url: str, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """While one message is being decided about on PostgreSQL, the next one of the same person is stored."""
    async with opened(postgresql_url) as store, opened(postgresql_url) as other:
        await consenting(store, pseudonyms, [ALICE], clock())
        one, two = [
            await new_reading(store, pseudonyms, ALICE, clock() + timedelta(seconds=number)) for number in range(2)
        ]
        async with store.begin() as session:
            assert await readings.keep(session, one)
            assert await kept(other, two)


async def test_what_is_retracted_names_neither_channel_nor_person(store: Store, new: NewReading, clock: Clock) -> None:
    """A direct message's channel belongs to one person, so the row holds a keyed hash in its place."""
    direct = replace(new, message=replace(new.message, channel="D0ALICE"))
    await retracted(store, direct)
    async with store.read() as session:
        (row,) = (await session.execute(select(RetractionRow.__table__))).all()
    assert row == (new.message_hash, None, clock())


async def test_looking_up_a_period_includes_its_start_and_not_its_end(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two periods side by side hold every reading once, oldest first, each person's own."""
    start = clock()
    await consenting(store, pseudonyms, [ALICE, person(2)], start - timedelta(days=1))
    for hours, author, place in ((0, ALICE, Place.CHANNEL), (1, person(2), Place.CHANNEL), (2, ALICE, Place.DIRECT)):
        channel = CHANNEL if place is Place.CHANNEL else "D01ALICE"
        await wrote(store, pseudonyms, author, start + timedelta(hours=hours), channel=channel, place=place)
    middle, end = start + timedelta(hours=2), start + timedelta(hours=3)
    alice = pseudonyms.person(ALICE)
    async with store.read() as session:
        first = await readings.of_person(session, alice, start, middle)
        second = await readings.of_person(session, alice, middle, end)
    assert [felt.time for felt in (*first, *second)] == [start, middle]
    assert message_id(start).time == start
