from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.consent import Consent
from bot.messages import Place
from bot.pseudonyms import Pseudonyms
from bot.store import readings
from bot.store.base import Store
from bot.store.readings import NewReading
from bot.store.tables import ReadingRow
from emotion.labels import Emotion
from tests.factories import CHANNEL, TEAM, consenting, message_id, new_reading, person, reading, wrote
from tests.fakes import Clock

ALICE = person(1)


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


async def test_a_second_delivery_changes_nothing(store: Store, new: NewReading) -> None:
    """The first reading of a message stays, whatever a redelivery brings."""
    assert await kept(store, new)
    again = NewReading(new.message, new.user_id, new.place, new.text_hash, reading(Emotion.ANGER), new.seen)
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
    edited = NewReading(new.message, new.user_id, new.place, "0" * 64, reading(Emotion.JOY), new.seen)
    for first in (new, edited):
        async with store.begin() as session:
            assert await readings.replace(session, first)
    assert [(row.top_label, row.text_hash) for row in await rows(store)] == [("joy", "0" * 64)]


async def test_an_edit_after_a_withdrawal_stores_nothing(store: Store, new: NewReading, consent: Consent) -> None:
    """No reading without consent, by whichever way."""
    await consent.withdraw(ALICE, "test")
    async with store.begin() as session:
        assert not await readings.replace(session, new)
    assert await rows(store) == []


async def test_a_deleted_message_has_no_reading_and_gets_none_from_a_late_delivery(
    store: Store, new: NewReading, clock: Clock
) -> None:
    """A deletion removes the reading for good, even where the message is delivered once more or for the first time."""
    assert await kept(store, new)
    async with store.begin() as session:
        assert await readings.retract(session, new.message, clock())
    assert await rows(store) == []
    assert not await kept(store, new)
    async with store.begin() as session:
        assert not await readings.replace(session, new)
        assert not await readings.retract(session, new.message, clock())


async def test_a_removed_reading_may_come_back_with_the_next_edit(store: Store, new: NewReading) -> None:
    """A message that was edited to nothing and then to something again is read again."""
    assert await kept(store, new)
    async with store.begin() as session:
        assert await readings.remove(session, new.message)
        assert not await readings.remove(session, new.message)
        assert await readings.replace(session, new)
    assert len(await rows(store)) == 1


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
        channel_rows = await readings.of_channel(session, TEAM, CHANNEL, start, end)
    assert [felt.time for felt in (*first, *second)] == [start, middle]
    assert [felt.user_id for felt in channel_rows] == [alice, pseudonyms.person(person(2))]
    assert message_id(start).time == start
