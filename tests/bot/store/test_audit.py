"""The audit log: one chain whoever writes, and whatever is done to it behind the bot's back shows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.anchor import Anchor, Anchored
from bot.pseudonyms import Pseudonyms
from bot.store import audit
from bot.store.audit import Entry, Verdict
from bot.store.base import Store
from bot.store.tables import AuditRow
from tests.conftest import opened
from tests.fakes import Clock
from tests.tampering import behind


async def append(store: Store, clock: Clock, readings: int) -> None:
    async with store.begin() as session:
        await audit.append(session, Entry("erase:self", "self", {"emotion_readings": readings, "people": 1}), clock())


async def first_break(store: Store) -> int | None:
    async with store.read() as session:
        return await audit.first_break(session)


async def test_rows_written_at_once_by_two_processes_make_one_chain(
    store: Store, database_url: str, clock: Clock
) -> None:
    """Every row holds the hash of the row before it, whoever wrote at the same time."""
    async with opened(database_url) as other:
        await asyncio.gather(*(append((store, other)[number % 2], clock, number) for number in range(24)))
    async with store.read() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert sorted(row.counts["emotion_readings"] for row in rows) == list(range(24))
    assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(rows))
    assert await first_break(store) is None


async def test_the_log_refuses_changes_and_deletions(store: Store, clock: Clock) -> None:
    """The database itself holds it append-only."""
    await append(store, clock, 1)

    async def tamper(statement: object) -> None:
        async with store.begin() as session:
            await session.execute(statement)  # type: ignore[call-overload]  # either kind of statement

    for statement in (update(AuditRow).values(actor_role="nobody"), delete(AuditRow)):
        with pytest.raises(DBAPIError, match="append-only"):
            await tamper(statement)
    assert await first_break(store) is None


@pytest.mark.postgres
async def test_the_log_cannot_be_emptied_at_a_stroke(postgresql_url: str, clock: Clock) -> None:
    """TRUNCATE, which no trigger on rows sees, is refused too, also when it comes by way of another table."""

    async def empty(statement: str) -> None:
        async with store.begin() as session:
            await session.execute(text(statement))

    async with opened(postgresql_url) as store:
        await append(store, clock, 1)
        for statement in ("TRUNCATE audit_log CASCADE", "TRUNCATE people, audit_log, audit_actors"):
            with pytest.raises(DBAPIError, match="append-only"):
                await empty(statement)
        async with store.read() as session:
            assert len((await session.scalars(select(AuditRow))).all()) == 1


# ---- Behind the bot's back


@pytest.fixture
def anchor(database_url: str, tmp_path: Path, pseudonyms: Pseudonyms) -> Anchor:
    return Anchor.of(make_url(database_url), tmp_path, pseudonyms.seal)


async def verdict(store: Store, anchor: Anchor) -> Verdict:
    known = anchor.read()
    async with store.read() as session:
        return await audit.verify(session, known)


async def test_a_log_that_nobody_touched_is_whole(database_url: str, clock: Clock, anchor: Anchor) -> None:
    """Empty, and after every entry; a transaction that was undone leaves a gap between the ids, and no break."""
    async with opened(database_url, anchor) as store:
        assert (await verdict(store, anchor)).anchor == "none"
        assert (await verdict(store, anchor)).whole
        for number in range(5):
            await append(store, clock, number)
            with pytest.raises(ZeroDivisionError):
                await undone(store, clock)
            found = await verdict(store, anchor)
            assert (found.whole, found.anchor, found.entries) == (True, "holds", number + 1)
            assert isinstance(found.anchored, Anchored)
            assert found.anchored.id == found.newest
            assert found.anchored.since == found.first


async def undone(store: Store, clock: Clock) -> None:
    async with store.begin() as session:
        await audit.append(session, Entry("erase:self", "self", {}), clock())
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE audit_log SET counts = '{}' WHERE id = 2", 2),
        ("UPDATE audit_log SET action = 'erase:left' WHERE id = 2", 2),
        ("UPDATE audit_log SET actor_role = 'operator' WHERE id = 2", 2),
        ("UPDATE audit_log SET time = '2020-01-01 00:00:00' WHERE id = 2", 2),
        ("UPDATE audit_log SET previous_hash = hash WHERE id = 2", 2),
        ("UPDATE audit_log SET hash = previous_hash WHERE id = 2", 2),
        ("UPDATE audit_log SET counts = '[]' WHERE id = 2", 2),
        ("UPDATE audit_log SET counts = '3' WHERE id = 2", 2),
        ("DELETE FROM audit_log WHERE id = 1", 2),
        ("DELETE FROM audit_log WHERE id = 2", 3),
        ("DELETE FROM audit_log WHERE id IN (2, 3)", 4),
        ("UPDATE audit_log SET id = 99 WHERE id = 2", 3),
        ("UPDATE audit_log SET id = -id", -4),
    ],
)
async def test_an_entry_altered_missing_or_out_of_order_shows(
    database_url: str, clock: Clock, anchor: Anchor, tampering: str, broken: int
) -> None:
    """The chain breaks there, also where a column holds what was never written into one."""
    async with opened(database_url, anchor) as store:
        for number in range(4):
            await append(store, clock, number)
        behind(database_url, tampering)
        found = await verdict(store, anchor)
        assert found.broken == broken
        assert not found.whole


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_log SET counts = 'garbage' WHERE id = 3",
        "UPDATE audit_log SET time = 'garbage' WHERE id = 3",
        "UPDATE audit_log SET receipt = 'garbage' WHERE id = 3",
    ],
)
async def test_a_column_that_cannot_be_read_breaks_the_chain_and_not_the_verdict(
    sqlite_url: str, clock: Clock, tampering: str
) -> None:
    """SQLite takes any text anywhere."""
    async with opened(sqlite_url) as store:
        for number in range(4):
            await append(store, clock, number)
        behind(sqlite_url, tampering)
        assert await first_break(store) == 3


@pytest.mark.parametrize("left", [0, 1, 3])
async def test_entries_cut_off_at_the_end_show(database_url: str, clock: Clock, anchor: Anchor, left: int) -> None:
    """All of them too. The chain alone is whole: the anchor tells. New entries do not hide the gap, however many."""
    async with opened(database_url, anchor) as store:
        for number in range(4):
            await append(store, clock, number)
        behind(database_url, delete(AuditRow).where(AuditRow.id > left))
        found = await verdict(store, anchor)
        assert (found.broken, found.anchor, found.whole) == (None, "lost", False)
        assert (found.newest, found.anchored and found.anchored.id) == (left or None, 4)
        for number in range(6):
            await append(store, clock, number)
        assert (await verdict(store, anchor)).anchor == "other"


async def test_a_log_written_anew_from_the_beginning_shows(database_url: str, clock: Clock, anchor: Anchor) -> None:
    """Every hash fits in it, and it is as long as before; the anchored entry is another one."""
    async with opened(database_url, anchor) as store:
        for number in range(4):
            await append(store, clock, number)
    is_sqlite = make_url(database_url).get_backend_name() == "sqlite"  # whose ids begin anew by themselves
    behind(database_url, "DELETE FROM audit_log" if is_sqlite else "TRUNCATE audit_log RESTART IDENTITY CASCADE")
    async with opened(database_url) as store:  # without an anchor, as somebody else's program would write
        for number in range(4):
            await append(store, clock, number + 10)
        assert await first_break(store) is None
        found = await verdict(store, anchor)
        assert (found.anchor, found.entries, found.whole) == ("other", 4, False)


async def test_after_a_restore_the_log_goes_on_once_the_gap_is_accepted(
    database_url: str, clock: Clock, anchor: Anchor
) -> None:
    """The entry about the gap is anchored, with all that follow; before that, nothing is."""
    async with opened(database_url, anchor) as store:
        for number in range(6):
            await append(store, clock, number)
        behind(database_url, "DELETE FROM audit_log WHERE id > 3")  # as an older copy would be
        await append(store, clock, 7)
        assert not (await verdict(store, anchor)).whole
        async with store.begin() as session:
            await audit.accept(session, Entry("anchor:accepted", "operator", {}), clock())
        await append(store, clock, 8)
        found = await verdict(store, anchor)
        assert (found.whole, found.entries) == (True, 6)
        assert isinstance(found.anchored, Anchored)
        assert found.anchored.since > (found.first or 0)
        behind(database_url, delete(AuditRow).where(AuditRow.id == found.newest))
        assert not (await verdict(store, anchor)).whole


async def test_a_database_older_than_anchors_is_anchored_from_its_next_entry(
    database_url: str, clock: Clock, anchor: Anchor
) -> None:
    """Until then nothing vouches for its end; afterwards it is known since when something does."""
    async with opened(database_url) as before:
        for number in range(3):
            await append(before, clock, number)
    async with opened(database_url, anchor) as store:
        found = await verdict(store, anchor)
        assert (found.anchor, found.whole) == ("missing", False)
        await append(store, clock, 4)
        await append(store, clock, 5)
        found = await verdict(store, anchor)
        assert found.whole
        assert isinstance(found.anchored, Anchored)
        assert (found.anchored.since, found.anchored.id) == (4, 5)


async def test_an_anchor_that_is_damaged_is_told_and_kept(database_url: str, clock: Clock, anchor: Anchor) -> None:
    """What is done goes on; the damaged anchor stays as evidence."""
    async with opened(database_url, anchor) as store:
        await append(store, clock, 1)
        anchor.path.write_text("not an anchor")
        await append(store, clock, 2)
        found = await verdict(store, anchor)
        assert (found.anchor, found.whole, found.entries) == ("damaged", False, 2)
        assert anchor.path.read_text() == "not an anchor"


async def test_what_is_committed_stays_where_the_anchor_cannot_be_written(
    sqlite_url: str, clock: Clock, tmp_path: Path, pseudonyms: Pseudonyms, caplog: pytest.LogCaptureFixture
) -> None:
    """A full or closed disk is no reason to keep what was to be erased; the log of the process tells."""
    (tmp_path / "file").write_text("")
    anchor = Anchor(tmp_path / "elsewhere" / "audit.anchor", "maeum.db", pseudonyms.seal)
    async with opened(sqlite_url, anchor) as store:
        (tmp_path / "elsewhere").symlink_to(tmp_path / "file")
        with caplog.at_level(logging.WARNING):
            await append(store, clock, 1)
        async with store.read() as session:
            assert len(await audit.latest(session, None)) == 1
    assert "its anchor knows" in caplog.text


# ---- At once


async def test_many_appends_from_several_processes_keep_one_chain_and_one_anchor(
    database_url: str, clock: Clock, anchor: Anchor, tmp_path: Path, pseudonyms: Pseudonyms
) -> None:
    """The anchor ends at the newest entry, whoever was slow to tell it, and vouches from the first."""

    async def busy(store: Store, first: int) -> None:
        for number in range(first, first + 10):
            await append(store, clock, number)

    others = [Anchor.of(make_url(database_url), tmp_path, pseudonyms.seal) for _ in range(2)]
    async with (
        opened(database_url, anchor) as one,
        opened(database_url, others[0]) as two,
        opened(database_url, others[1]) as three,
    ):
        await asyncio.gather(*(busy(store, 100 * turn) for turn, store in enumerate((one, two, three, one))))
        found = await verdict(one, anchor)
        assert (found.whole, found.entries) == (True, 40)
        assert found.anchored is not None
        assert (found.anchored.id, found.anchored.since) == (found.newest, found.first)


async def test_several_entries_of_one_transaction_move_the_anchor_to_the_last(
    database_url: str, clock: Clock, anchor: Anchor
) -> None:
    """And the first of them is since when it vouches; a receipt that is given is kept."""
    receipt = uuid4()
    async with opened(database_url, anchor) as store:
        async with store.begin() as session:
            for _ in range(3):
                await audit.append(session, Entry("retain", "system", {}), clock())
            assert await audit.append(session, Entry("erase:replayed", "system", {}), clock(), receipt) == receipt
        found = await verdict(store, anchor)
        assert found.anchored is not None
        assert (found.anchored.id, found.anchored.since, found.whole) == (4, 1, True)
        async with store.read() as session:
            assert (await audit.latest(session, 1))[0].receipt == receipt


async def test_it_is_known_whether_somebody_was_erased_lately(store: Store, clock: Clock) -> None:
    """By the kind of the entry and by its time."""
    begun = clock()
    await written(store, lambda session: audit.append(session, Entry("retain", "system", {}), clock()))
    async with store.read() as session:
        assert not await audit.erased_since(session, begun)
    await append(store, clock, 1)
    async with store.read() as session:
        assert await audit.erased_since(session, begun)
    clock.advance(seconds=1)
    async with store.read() as session:
        assert not await audit.erased_since(session, clock())


async def written(store: Store, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
    async with store.begin() as session:
        await work(session)
