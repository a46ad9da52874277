"""Readings: kept under consent, replaced, removed, looked up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import MessageId, Place
from bot.store.people import Standing, standing
from bot.store.tables import PersonRow, ReadingRow, RetractionRow
from bot.store.upsert import insert_or_ignore, insert_or_replace
from emotion.labels import Emotion
from emotion.reading import Reading


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading on its way into the store, with the consent that was seen before the text was read."""

    message: MessageId
    user_id: UUID
    place: Place
    text_hash: str
    reading: Reading
    seen: Standing


async def keep(session: AsyncSession, new: NewReading) -> bool:
    """Store a reading; True if it is stored now, False where one stands already or may not be stored.

    It may be stored only while the person's consent is the very one that was seen before inference (not withdrawn,
    not erased, not granted anew), the message was not written before it, and the message was not deleted since.
    The check holds until the transaction ends. Call it before `replies.claim`, so that locks are taken in one order.
    """
    return await _may_keep(session, new) and await insert_or_ignore(session, ReadingRow, _values(new))


async def replace(session: AsyncSession, new: NewReading) -> bool:
    """Store the reading of an edited message in the place of the earlier one, under the conditions of `keep`."""
    if not await _may_keep(session, new):
        return False
    await insert_or_replace(session, ReadingRow, _values(new))
    return True


async def remove(session: AsyncSession, message: MessageId) -> bool:
    """Remove a message's reading; True where there was one."""
    gone = await session.execute(delete(ReadingRow).where(*_is(ReadingRow, message)).returning(ReadingRow.message_ts))
    return gone.one_or_none() is not None


async def retract(session: AsyncSession, message: MessageId, now: datetime) -> bool:
    """Remove a deleted message's reading, for good: a redelivery that comes later is not stored."""
    await insert_or_ignore(session, RetractionRow, {**_key(message), "time": now})
    return await remove(session, message)


@dataclass(frozen=True, slots=True)
class Felt:
    """A reading as a picture needs it."""

    time: datetime
    user_id: UUID
    label: Emotion


async def of_person(session: AsyncSession, user_id: UUID, start: datetime, end: datetime) -> Sequence[Felt]:
    """The person's readings from `start` up to but without `end`, oldest first, wherever they were written."""
    query = select(ReadingRow.time, ReadingRow.user_id, ReadingRow.top_label).where(
        ReadingRow.user_id == user_id, ReadingRow.time >= start, ReadingRow.time < end
    )
    return [Felt(*row[:2], Emotion(row[2])) for row in await session.execute(query.order_by(ReadingRow.time))]


async def of_channel(session: AsyncSession, team: str, channel: str, start: datetime, end: datetime) -> Sequence[Felt]:
    """A channel's readings in that period, oldest first, only of people who still consent."""
    query = (
        select(ReadingRow.time, ReadingRow.user_id, ReadingRow.top_label)
        .join(PersonRow, PersonRow.user_id == ReadingRow.user_id)
        .where(
            ReadingRow.team_id == team,
            ReadingRow.channel_id == channel,
            ReadingRow.time >= start,
            ReadingRow.time < end,
            PersonRow.consented_at.is_not(None),
        )
        .order_by(ReadingRow.time)
    )
    return [Felt(*row[:2], Emotion(row[2])) for row in await session.execute(query)]


async def _may_keep(session: AsyncSession, new: NewReading) -> bool:
    now = await standing(session, new.user_id, hold=True)
    if now is None or now.epoch != new.seen.epoch or not now.covers(new.message.time):
        return False
    retracted = await session.scalar(select(exists().where(*_is(RetractionRow, new.message))))
    return not retracted


def _key(message: MessageId) -> dict[str, str]:
    return {"team_id": message.team, "channel_id": message.channel, "message_ts": message.ts}


def _is(table: type[ReadingRow | RetractionRow], message: MessageId) -> tuple[Any, ...]:
    return tuple(getattr(table, name) == value for name, value in _key(message).items())


def _values(new: NewReading) -> dict[str, Any]:
    reading = new.reading
    return {
        **_key(new.message),
        "time": new.message.time,
        "user_id": new.user_id,
        "text_hash": new.text_hash,
        "model_version": reading.model_version,
        "temperature": reading.temperature,
        "logits": {label.value: value for label, value in reading.logits.items()},
        "probs": {label.value: value for label, value in reading.probs.items()},
        "top_label": reading.label.value,
        "top_p": reading.top_p,
        "entropy": reading.entropy,
        "meta": {"language": reading.language, "place": new.place.value},
    }
