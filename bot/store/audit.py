"""The append-only, hash-chained log of what was done with people's data. It holds no content and names nobody.

Each entry holds the hash of the one before, so that a change or a gap in the middle shows. What is cut off at the end,
or written anew from the beginning, shows by the anchor: the newest entry, kept outside the database (`bot.anchor`).
Gaps between the ids alone mean nothing, a transaction that was undone leaves one.
"""

import hashlib
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.anchor import ANCHOR, MOVE, Anchor, Anchored, Move
from bot.store.tables import AuditActorRow, AuditRow

log = logging.getLogger(__name__)

AnchorState = Literal["holds", "none", "missing", "damaged", "lost", "other"]
"""`holds`: the anchored entry stands. `none`: there is neither an anchor nor an entry. `missing`: there are entries and
no anchor. `damaged`: the anchor is not what was written. `lost`: the log ends before the anchored entry. `other`:
another entry stands in its place, or none though later ones do."""

_FIRST: Final = "0" * 64
_PAGE: Final = 500
_UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError)
"""What reading a row raises whose columns hold what was never written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. `actor` is the pseudonym of who did it, where that may be kept."""

    action: str
    actor_role: str
    counts: Mapping[str, int]
    actor: UUID | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as it stands in the log."""

    id: int
    time: datetime
    action: str
    role: str
    receipt: UUID
    counts: Mapping[str, int]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the log."""

    entries: int
    newest: int | None
    """The id of the last entry."""
    broken: int | None
    """The id of the first entry that is not what was written, or does not follow on the one before it."""
    anchor: AnchorState
    anchored: Anchored | None
    first: int | None = None
    """The id of the first entry."""

    @property
    def whole(self) -> bool:
        """Whether the chain and its anchor hold."""
        return self.broken is None and self.anchor in {"holds", "none"}


async def append(session: AsyncSession, entry: Entry, now: datetime, receipt: UUID | None = None) -> UUID:
    """Write a row after the newest and return its receipt. The last thing a transaction does: writers wait in line.

    The receipt is a new one, or that of an entry which a database put back from a backup has lost. The anchor follows
    when the transaction is committed (`Store.begin`), as long as the log is the one it knows.
    """
    row = await _append(session, entry, now, receipt)
    anchor: Anchor | None = session.info.get(ANCHOR)
    if anchor is not None:
        known = anchor.read()
        if known is None:
            noted: Move | None = session.info.get(MOVE)
            session.info[MOVE] = Move(Anchored(row.id, row.hash, noted.to.since if noted else row.id))
        elif known != "damaged" and await _hash_of(session, known.id) == known.hash:
            session.info[MOVE] = Move(Anchored(row.id, row.hash, known.since))
        else:
            log.warning("the audit log is not the one that its anchor knows; run: maeum admin audit verify")
    return row.receipt


async def accept(session: AsyncSession, entry: Entry, now: datetime) -> UUID:
    """Write an entry and anchor the log there, whatever was anchored before."""
    row = await _append(session, entry, now, None)
    session.info[MOVE] = Move(Anchored(row.id, row.hash, row.id), anew=True)
    return row.receipt


async def latest(session: AsyncSession, count: int | None) -> Sequence[Logged]:
    """The newest so many entries, or all of them, newest first."""
    rows = await session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(count))
    return [
        Logged(row.id, row.time, row.action, row.actor_role, row.receipt, row.counts, row.previous_hash, row.hash)
        for row in rows
    ]


async def has(session: AsyncSession, receipt: UUID) -> bool:
    """Whether that receipt stands in the log."""
    return await session.scalar(select(AuditRow.id).where(AuditRow.receipt == receipt)) is not None


async def erasures(session: AsyncSession) -> set[UUID]:
    """The receipts of every erasure in the log."""
    return set(await session.scalars(select(AuditRow.receipt).where(AuditRow.action.startswith("erase:"))))


async def newest_erasure(session: AsyncSession, after: int = 0) -> int:
    """The id of the newest erasure after that id; that id itself where there is none. Later ids are higher."""
    newest = select(func.max(AuditRow.id)).where(AuditRow.id > after, AuditRow.action.startswith("erase:"))
    return await session.scalar(newest) or after


async def erased_since(session: AsyncSession, moment: datetime) -> bool:
    """Whether anybody was erased at that moment or later."""
    query = select(AuditRow.id).where(AuditRow.action.startswith("erase:"), AuditRow.time >= moment)
    return await session.scalar(query.limit(1)) is not None


async def verify(session: AsyncSession, anchored: Anchored | Literal["damaged"] | None) -> Verdict:
    """Go through the whole log. `anchored` was read before this transaction began."""
    first, newest, entries = (
        await session.execute(select(func.min(AuditRow.id), func.max(AuditRow.id), func.count()))
    ).one()
    state: AnchorState
    if anchored is None:
        state = "missing" if entries else "none"
    elif anchored == "damaged":
        state = "damaged"
    elif await _hash_of(session, anchored.id) == anchored.hash:
        state = "holds"
    else:
        state = "lost" if newest is None or newest < anchored.id else "other"
    known = None if anchored == "damaged" else anchored
    return Verdict(entries, newest, await first_break(session), state, known, first)


async def first_break(session: AsyncSession) -> int | None:
    """The id of the first row that is not what was written, or None where the whole chain holds."""
    previous = _FIRST
    async for row, identity in _rows(session):
        if row is None or row.previous_hash != previous or not _is_as_written(row):
            return identity
        previous = row.hash
    return None


async def _append(session: AsyncSession, entry: Entry, now: datetime, receipt: UUID | None) -> AuditRow:
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"LOCK TABLE {AuditRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    newest = await session.scalar(select(AuditRow.hash).order_by(AuditRow.id.desc()).limit(1))
    row = AuditRow(
        time=now,
        action=entry.action,
        actor_role=entry.actor_role,
        receipt=receipt or uuid4(),
        counts=dict(entry.counts),
        previous_hash=newest or _FIRST,
    )
    row.hash = _digest(row)
    session.add(row)
    await session.flush()
    if entry.actor is not None:
        session.add(AuditActorRow(audit_id=row.id, user_id=entry.actor))
    return row


async def _rows(session: AsyncSession) -> AsyncIterator[tuple[AuditRow | None, int]]:
    """Every row and its id, in order; None for a row that cannot even be read."""
    ids = (await session.scalars(select(AuditRow.id).order_by(AuditRow.id))).all()
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        query = select(AuditRow).where(AuditRow.id.between(page[0], page[-1])).order_by(AuditRow.id)
        try:
            found: Mapping[int, AuditRow] = {row.id: row for row in await session.scalars(query)}
        except _UNREADABLE:
            found = await _one_by_one(session, page)
        for identity in page:
            yield found.get(identity), identity
        session.expunge_all()


async def _one_by_one(session: AsyncSession, ids: Sequence[int]) -> Mapping[int, AuditRow]:
    found: dict[int, AuditRow] = {}
    for identity in ids:
        try:
            row = await session.scalar(select(AuditRow).where(AuditRow.id == identity))
        except _UNREADABLE:
            break  # the first such row is what is asked for
        if row is not None:
            found[identity] = row
    return found


async def _hash_of(session: AsyncSession, identity: int) -> str | None:
    return await session.scalar(select(AuditRow.hash).where(AuditRow.id == identity))


def _is_as_written(row: AuditRow) -> bool:
    try:
        return row.hash == _digest(row)
    except _UNREADABLE:
        return False


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
