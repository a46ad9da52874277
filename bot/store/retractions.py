"""Messages that are gone, or whose words are: what is delivered late must not be read. Nobody is in here.

A row names its message by a keyed hash, because a direct message's channel would name a person.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import MessageId
from bot.store import locks
from bot.store.tables import RetractionRow
from bot.store.upsert import insert_or_replace


@dataclass(frozen=True, slots=True)
class Retraction:
    """What became of a message's words."""

    edited: str | None
    """When they were edited away, as Slack's ts; None where the message was deleted."""

    @property
    def is_deletion(self) -> bool:
        """Whether the message is gone for good, and not only the words it had."""
        return self.edited is None

    def covers(self, edited: str | None) -> bool:
        """Whether an edit must not be read: the message is deleted, or that edit is not later than this one.

        An edit whose time is not known counts as the latest.
        """
        if self.edited is None:
            return True
        return edited is not None and Decimal(edited) <= Decimal(self.edited)


async def hold(session: AsyncSession, message: MessageId) -> None:
    """Let nobody else decide about this message until the transaction ends. The first thing such a transaction does.

    A row cannot be locked before it exists, so a deletion and the first delivery would pass each other by.
    """
    await locks.hold(session, f"{message.team}/{message.channel}/{message.ts}")


async def find(session: AsyncSession, message_hash: str) -> Retraction | None:
    """What became of the message's words; None where nothing is known against them."""
    query = select(RetractionRow.edited).where(RetractionRow.message_hash == message_hash)
    row = (await session.execute(query)).one_or_none()
    return Retraction(row.edited) if row is not None else None


async def put(session: AsyncSession, message_hash: str, edited: str | None, now: datetime) -> None:
    """Write down a deletion (None) or an edit that left nothing to read, in the place of what was known."""
    await insert_or_replace(session, RetractionRow, {"message_hash": message_hash, "edited": edited, "time": now})
