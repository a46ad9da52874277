"""The append-only, hash-chained log of what was done with people's data. It holds no content and names nobody.

A change or a gap in the middle breaks the chain and shows in `first_break`. Rows cut off at the end cannot be seen
from within: keep the newest hash elsewhere where that matters.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import AuditActorRow, AuditRow

_FIRST: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `actor` is the pseudonym of who did it, where that may be kept."""

    action: str
    actor_role: str
    counts: Mapping[str, int]
    actor: UUID | None = None


async def append(session: AsyncSession, entry: Entry, now: datetime) -> UUID:
    """Write a row after the newest and return its receipt. The last thing a transaction does: writers wait in line."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"LOCK TABLE {AuditRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    newest = await session.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1))
    row = AuditRow(
        time=now,
        action=entry.action,
        actor_role=entry.actor_role,
        receipt=uuid4(),
        counts=dict(entry.counts),
        previous_hash=newest or _FIRST,
    )
    row.hash = _digest(row)
    session.add(row)
    await session.flush()
    if entry.actor is not None:
        session.add(AuditActorRow(audit_id=row.id, user_id=entry.actor))
    return row.receipt


async def first_break(session: AsyncSession) -> int | None:
    """The id of the first row that is not what was written, or None where the whole chain holds."""
    previous = _FIRST
    for row in await session.scalars(select(AuditRow).order_by(AuditRow.id)):
        if row.previous_hash != previous or row.hash != _digest(row):
            return row.id
        previous = row.hash
    return None


def _digest(row: AuditRow) -> str:
    content = [
        row.previous_hash,
        row.time.isoformat(timespec="microseconds"),
        row.action,
        row.actor_role,
        row.receipt.hex,
        sorted(row.counts.items()),
    ]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
