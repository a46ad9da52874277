import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.consent import Consent
from bot.errors import NothingToCorrect, NotYours
from bot.feedback import Feedback
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import corrections, people, readings, retractions
from bot.store.base import Store
from bot.store.corrections import Correction
from bot.store.readings import NewReading
from bot.store.tables import CorrectionRow, ReadingRow
from emotion.labels import Emotion
from tests.conftest import opened
from tests.factories import consenting, new_reading, person, reading, ts_of
from tests.fakes import Clock

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

ALICE = person(1)


@pytest.fixture
def feedback(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Feedback:
    return Feedback(store, pseudonyms, clock)


@pytest.fixture
async def new(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> NewReading:
    """A reading of Alice's, stored, in which sadness was read."""
    await consenting(store, pseudonyms, [ALICE], clock())
    clock.advance(minutes=1)
    made = await new_reading(store, pseudonyms, ALICE, clock(), label=Emotion.SADNESS)
    async with store.begin() as session:
        assert await readings.keep(session, made)
    return made


async def rows(store: Store) -> list[CorrectionRow]:
    async with store.read() as session:
        return list(await session.scalars(select(CorrectionRow)))


def edited(new: NewReading, minutes: int, *, text_hash: str = "0" * 64, label: Emotion = Emotion.JOY) -> NewReading:
    """The reading of an edit, so many minutes after the message was written."""
    at = ts_of(new.message.time + timedelta(minutes=minutes))
    return replace(new, reading=reading(label), edited=at, text_hash=text_hash)


async def test_a_correction_is_a_label_beside_what_was_read(store: Store, new: NewReading, feedback: Feedback) -> None:
    """With the model and the language, for the model's sake; dated like its message; the reading is as it was."""
    await feedback.correct(ALICE, new.message, "anger")
    (row,) = await rows(store)
    assert (row.team_id, row.channel_id, row.message_ts) == (new.message.team, new.message.channel, new.message.ts)
    assert (row.user_id, row.time) == (new.user_id, new.message.time)
    assert (row.predicted, row.label, row.language, row.model_version) == ("sadness", "anger", "en", "test-1")
    async with store.read() as session:
        assert (await session.scalars(select(ReadingRow.top_label))).all() == ["sadness"]


async def test_an_edit_takes_the_correction_along(store: Store, new: NewReading, feedback: Feedback) -> None:
    """It was about words that are gone."""
    await feedback.correct(ALICE, new.message, "anger")
    async with store.begin() as session:
        assert await readings.replace(session, edited(new, 5))
    assert await rows(store) == []


async def test_an_edit_that_is_delivered_twice_leaves_a_correction_of_it(
    store: Store, new: NewReading, feedback: Feedback
) -> None:
    """What the person said of the edited words stays; by another label or another model it goes."""
    once = edited(new, 5)
    async with store.begin() as session:
        await readings.replace(session, once)
    await feedback.correct(ALICE, new.message, "anger")
    async with store.begin() as session:
        assert await readings.replace(session, once)
    assert [row.label for row in await rows(store)] == ["anger"]
    async with store.begin() as session:
        await readings.replace(session, edited(new, 5, label=Emotion.FEAR))
    assert await rows(store) == []


async def test_a_message_that_is_deleted_or_emptied_takes_the_correction_along(
    store: Store, new: NewReading, feedback: Feedback, clock: Clock
) -> None:
    """By each of the ways in which a reading goes."""
    ways: tuple[Callable[[AsyncSession], Awaitable[bool]], ...] = (
        lambda session: readings.remove(session, new.message, None),
        lambda session: readings.blank(session, new.message, "1" * 64, edited=None, now=clock()),
        lambda session: readings.retract(session, new.message, "2" * 64, clock()),
    )
    for way in ways:
        async with store.begin() as session:
            await readings.keep(session, new)
        await feedback.correct(ALICE, new.message, "anger")
        assert len(await rows(store)) == 1
        async with store.begin() as session:
            assert await way(session)
        assert await rows(store) == []


async def test_a_late_edit_leaves_the_correction(store: Store, new: NewReading, feedback: Feedback) -> None:
    """An edit that a later one has overtaken changes nothing."""
    async with store.begin() as session:
        await readings.replace(session, edited(new, 5))
    await feedback.correct(ALICE, new.message, "anger")
    async with store.begin() as session:
        assert not await readings.replace(session, edited(new, 2, text_hash="1" * 64))
        assert not await readings.remove(session, new.message, ts_of(new.message.time + timedelta(minutes=3)))
    assert [row.label for row in await rows(store)] == ["anger"]


async def test_what_is_past_its_time_goes_with_its_reading(
    store: Store, new: NewReading, feedback: Feedback, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """However late the correction was made."""
    clock.advance(days=29)
    await feedback.correct(ALICE, new.message, "anger")
    clock.advance(days=2)
    assert await Privacy(store, pseudonyms, clock).retain(30) == 1
    assert await rows(store) == []


async def test_a_withdrawal_that_is_under_way_wins(
    store: Store, database_url: str, new: NewReading, feedback: Feedback, clock: Clock
) -> None:
    """The correction waits for it, and is not stored."""
    async with opened(database_url) as other:
        async with other.begin() as session:
            await people.withdraw(session, new.user_id, source="test", now=clock())
            correcting = asyncio.create_task(feedback.correct(ALICE, new.message, "anger"))
            await asyncio.sleep(0.2)  # long enough to arrive at the lock
            assert not correcting.done()
        with pytest.raises(NothingToCorrect):
            await correcting
    assert await rows(store) == []


async def test_an_erasure_waits_for_a_correction_and_takes_it_along(
    store: Store, database_url: str, new: NewReading, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Its transaction is open while another process erases: nothing survives."""
    made = Correction(
        new.message, new.user_id, new.message.time, Emotion.SADNESS, Emotion.ANGER, language="en", model_version="1"
    )
    async with opened(database_url) as other:
        async with store.begin() as session:
            await retractions.hold(session, new.message)
            assert await people.standing(session, new.user_id, hold=True) is not None
            await corrections.put(session, made)
            erasing = asyncio.create_task(Privacy(other, pseudonyms, clock).erase(ALICE, actor=None, reason="left"))
            await asyncio.sleep(0.2)  # as above
            assert not erasing.done()
        assert (await erasing).counts["corrections"] == 1
    assert await rows(store) == []


@pytest.mark.parametrize("seed", range(3))
async def test_no_correction_is_left_without_its_reading(  # noqa: PLR0913, PLR0917 - fixtures
    store: Store, database_url: str, feedback: Feedback, pseudonyms: Pseudonyms, clock: Clock, seed: int
) -> None:
    """Edits, deletions, a withdrawal and an erasure at another process, in every round in another order."""
    chance = random.Random(seed)  # noqa: S311 - pauses, not secrets
    consent = Consent(store, pseudonyms, clock)
    left: list[bool] = []

    async def soon(work: Awaitable[object]) -> None:
        await asyncio.sleep(chance.random() / 50)
        try:
            await work
        except (NothingToCorrect, NotYours):
            left.append(False)
        else:
            left.append(True)

    async def change(other: Store, new: NewReading, way: int) -> None:
        if way == 3:
            await Privacy(other, pseudonyms, clock).erase(ALICE, actor=None, reason="left")
            return
        async with other.begin() as session:
            if way == 0:
                await readings.replace(session, edited(new, 5))
            elif way == 1:
                await readings.retract(session, new.message, new.message_hash, clock())
            else:
                await people.withdraw(session, new.user_id, source="test", now=clock())

    async with opened(database_url) as other:
        for number in range(12):
            await consent.grant(ALICE, "test")
            clock.advance(minutes=1)
            new = await new_reading(store, pseudonyms, ALICE, clock(), label=Emotion.SADNESS)
            async with store.begin() as session:
                assert await readings.keep(session, new)
            await asyncio.gather(
                soon(feedback.correct(ALICE, new.message, "anger")),
                soon(change(other, new, number % 4)),
                soon(feedback.correct(ALICE, new.message, "fear")),
            )
            async with store.read() as session:
                found = await readings.of_message(session, new.message)
                said = await corrections.said(session, new.message)
                predicted = await session.scalar(
                    select(CorrectionRow.predicted).where(CorrectionRow.message_ts == new.message.ts)
                )
            assert said is None or (found is not None and found.label == predicted)
    assert True in left
