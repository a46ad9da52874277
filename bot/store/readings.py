"""Readings: kept under consent, replaced, removed, looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import MessageId, Place
from bot.store import corrections, retractions
from bot.store.people import Standing, standing
from bot.store.tables import ReadingRow, is_of
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
    message_hash: str
    """The message's name in `retractions`."""
    edited: str | None = None
    """Slack's ts of the latest edit."""


async def keep(session: AsyncSession, new: NewReading) -> bool:
    """Store a reading; True if it is stored now, False where one stands already or may not be stored.

    It may be stored only while the person's consent is the very one that was seen before inference (not withdrawn,
    not erased, not granted anew), the message was not written before it, and neither the message nor these words
    were retracted since. The check holds until the transaction ends. Call it before `replies.claim`, so that locks
    are taken in one order.
    """
    await retractions.hold(session, new.message)
    if not await _is_consented(session, new) or await retractions.find(session, new.message_hash) is not None:
        return False
    return await insert_or_ignore(session, ReadingRow, _values(new))


async def replace(session: AsyncSession, new: NewReading) -> bool:
    """Store the reading of an edited message in the place of the earlier one; True if it is stored now.

    An edit that a later one or a deletion has overtaken changes nothing. Where the consent is no longer the one that
    was seen, the earlier reading goes: it describes words that are gone.
    """
    await retractions.hold(session, new.message)
    consented = await _is_consented(session, new)
    retraction = await retractions.find(session, new.message_hash)
    if (retraction is not None and retraction.covers(new.edited)) or await _is_later(session, new.message, new.edited):
        return False
    if not consented:
        await _delete(session, new.message)
        return False
    values = _values(new)
    if not await _says_the_same(session, new.message, values):
        await corrections.remove(session, new.message)
    await insert_or_replace(session, ReadingRow, values)
    return True


async def remove(session: AsyncSession, message: MessageId, edited: str | None) -> bool:
    """Remove the reading of a message that was edited and may not be read any more; True where there was one.

    The reading of a later edit stays.
    """
    await retractions.hold(session, message)
    return not await _is_later(session, message, edited) and await _delete(session, message)


async def blank(
    session: AsyncSession, message: MessageId, message_hash: str, *, edited: str | None, now: datetime
) -> bool:
    """Remove the reading of a message that was edited until nothing was left to read; True where there was one.

    The words it had before are not read either when they are delivered late. What a later edit or a deletion has
    brought about stays.
    """
    await retractions.hold(session, message)
    known = await retractions.find(session, message_hash)
    if (known is not None and known.covers(edited)) or await _is_later(session, message, edited):
        return False
    gone = await _delete(session, message)
    # Without a time, its own is the earliest that an edit of it can have: every edit that has one counts as later.
    await retractions.put(session, message_hash, edited or message.ts, now)
    return gone


async def retract(session: AsyncSession, message: MessageId, message_hash: str, now: datetime) -> bool:
    """Remove a deleted message's reading, for good: no delivery that comes later is stored. True where there was one.

    Readings are locked before retractions, here as in the end of retention.
    """
    await retractions.hold(session, message)
    gone = await _delete(session, message)
    await retractions.put(session, message_hash, None, now)
    return gone


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of one message, as its author may know it."""

    time: datetime
    user_id: UUID
    label: Emotion
    top_p: float
    uncertain: bool
    """Whether no label was claimed; readings from before this was written down count as certain."""
    edited: bool
    language: str
    model_version: str


async def of_message(session: AsyncSession, message: MessageId, *, hold: bool = False) -> Judged | None:
    """The message's reading. With `hold`, whoever would change or delete it waits until this transaction ends."""
    query = select(ReadingRow).where(*is_of(ReadingRow, message)).execution_options(populate_existing=True)
    row = await session.scalar(query.with_for_update(read=True) if hold else query)
    if row is None:
        return None
    return Judged(
        time=row.time,
        user_id=row.user_id,
        label=Emotion(row.top_label),
        top_p=row.top_p,
        uncertain=row.meta.get("uncertain", False),
        edited="edited" in row.meta,
        language=row.meta["language"],
        model_version=row.model_version,
    )


@dataclass(frozen=True, slots=True)
class Felt:
    """A reading as a picture needs it."""

    time: datetime
    label: Emotion


async def of_person(session: AsyncSession, user_id: UUID, start: datetime, end: datetime) -> Sequence[Felt]:
    """The person's readings from `start` up to but without `end`, oldest first, wherever they were written."""
    query = select(ReadingRow.time, ReadingRow.top_label).where(
        ReadingRow.user_id == user_id, ReadingRow.time >= start, ReadingRow.time < end
    )
    return [Felt(time, Emotion(label)) for time, label in await session.execute(query.order_by(ReadingRow.time))]


async def _is_consented(session: AsyncSession, new: NewReading) -> bool:
    now = await standing(session, new.user_id, hold=True)
    return now is not None and now.epoch == new.seen.epoch and now.covers(new.message.time)


async def _is_later(session: AsyncSession, message: MessageId, edited: str | None) -> bool:
    """Whether the stored reading is of a later edit than this one. An edit whose time is not known is the latest."""
    if edited is None:
        return False
    meta: dict[str, Any] = await session.scalar(select(ReadingRow.meta).where(*is_of(ReadingRow, message))) or {}
    return "edited" in meta and Decimal(meta["edited"]) > Decimal(edited)


async def _says_the_same(session: AsyncSession, message: MessageId, values: Mapping[str, Any]) -> bool:
    """Whether the stored reading is of the same words, by the same model, with the same label: an edit came twice."""
    names = ("text_hash", "model_version", "top_label")
    row = (
        await session.execute(select(*(getattr(ReadingRow, name) for name in names)).where(*is_of(ReadingRow, message)))
    ).one_or_none()
    return row is not None and tuple(row) == tuple(values[name] for name in names)


async def _delete(session: AsyncSession, message: MessageId) -> bool:
    """Delete the reading, and what its author said against it first: an erasure takes them in that order too."""
    await corrections.remove(session, message)
    gone = await session.execute(delete(ReadingRow).where(*is_of(ReadingRow, message)).returning(ReadingRow.message_ts))
    return gone.one_or_none() is not None


def _values(new: NewReading) -> dict[str, Any]:
    reading = new.reading
    return {
        "team_id": new.message.team,
        "channel_id": new.message.channel,
        "message_ts": new.message.ts,
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
        "meta": {
            "language": reading.language,
            "place": new.place.value,
            **({"uncertain": True} if reading.uncertain else {}),
            **({"edited": new.edited} if new.edited is not None else {}),
        },
    }
