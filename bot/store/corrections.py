"""What people said against readings of their own messages: a label each, no words.

Whoever locks both locks corrections before readings, as an erasure does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import MessageId
from bot.store.people import CONSENTS
from bot.store.tables import CorrectionRow, PersonRow, ReadingRow, ReplyRow, is_of
from bot.store.upsert import insert_or_replace
from emotion.labels import Emotion


@dataclass(frozen=True, slots=True)
class Correction:
    """One message, what was read in it, and what its author says it was."""

    message: MessageId
    user_id: UUID
    written: datetime
    predicted: Emotion
    label: Emotion
    language: str
    model_version: str


async def put(session: AsyncSession, correction: Correction) -> None:
    """Write it down, in the place of what was said of the message before.

    The caller has made sure, in this transaction, that the reading stands and that its author consents.
    """
    values = {
        "team_id": correction.message.team,
        "channel_id": correction.message.channel,
        "message_ts": correction.message.ts,
        "user_id": correction.user_id,
        "time": correction.written,
        "predicted": correction.predicted.value,
        "label": correction.label.value,
        "language": correction.language,
        "model_version": correction.model_version,
    }
    await insert_or_replace(session, CorrectionRow, values)


async def remove(session: AsyncSession, message: MessageId) -> bool:
    """Take back what was said of the message; True where something was."""
    gone = await session.execute(
        delete(CorrectionRow).where(*is_of(CorrectionRow, message)).returning(CorrectionRow.message_ts)
    )
    return gone.one_or_none() is not None


async def said(session: AsyncSession, message: MessageId, *, hold: bool = False) -> Emotion | None:
    """What the message's author said that it was. With `hold`, nobody else changes it until this transaction ends."""
    query = select(CorrectionRow.label).where(*is_of(CorrectionRow, message))
    label = await session.scalar(query.with_for_update() if hold else query)
    return Emotion(label) if label is not None else None


async def author(session: AsyncSession, message: MessageId) -> UUID | None:
    """Who wrote a message that was answered or read, by what is stored of it; None where nothing is."""
    for row in (ReadingRow, ReplyRow):
        found: UUID | None = await session.scalar(select(row.user_id).where(*is_of(row, message)))
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one person said the same against the same of one model."""

    user_id: UUID
    model_version: str
    predicted: str
    label: str
    count: int


async def tallies(session: AsyncSession) -> Sequence[Tally]:
    """Every correction of people who consent to today's notice, counted."""
    groups = (CorrectionRow.user_id, CorrectionRow.model_version, CorrectionRow.predicted, CorrectionRow.label)
    query = select(*groups, func.count()).join(PersonRow, _consents(CorrectionRow.user_id)).group_by(*groups)
    return [Tally(*row) for row in await session.execute(query)]


async def readings_of_consenting(session: AsyncSession) -> int:
    """How many readings are stored of people who consent to today's notice."""
    query = select(func.count()).select_from(ReadingRow).join(PersonRow, _consents(ReadingRow.user_id))
    return await session.scalar(query) or 0


async def teams(session: AsyncSession) -> Sequence[str]:
    """The workspaces in which something was corrected."""
    return (await session.scalars(select(CorrectionRow.team_id).distinct().order_by(CorrectionRow.team_id))).all()


def _consents(user_id: Any) -> Any:  # noqa: ANN401 - columns
    return and_(PersonRow.user_id == user_id, CONSENTS)
