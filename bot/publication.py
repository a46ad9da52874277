"""Publishes the cells of a channel that may be published, and finds those that may be shown.

Where noise is added (`bot.noise`), it is drawn once for what a publication adds to a cell, and stored: asking again
and taking the mean shows the same numbers. So that a channel's budget lasts, a cell is published only once it is over,
the latest first, and not at all while there is no room for it: then it is hidden like one with too few people.
Switching noise on or off changes nothing that was published before; what is added to it is as the switch stands then.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot import disclosure
from bot.disclosure import Calendar, Cell, Minimum, Parts, added, total
from bot.noise import Account, Noise
from bot.store import cells
from bot.store.base import Store
from bot.store.cells import CellTime, Counted, Place, ShownCell


async def zone(store: Store, place: Place, asked_from: str) -> str:
    """The channel's time zone: that of whoever is the first to ask for a picture of it, from then on for everybody."""
    async with store.read() as session:
        known = await cells.zone_of(session, place)
    if known is not None:
        return known
    async with store.begin() as session:
        await cells.fix_zone(session, place, asked_from)
        return await cells.zone_of(session, place) or asked_from


async def shown(  # noqa: PLR0913, PLR0917 - where and when, under which rules
    store: Store, place: Place, calendar: Calendar, minimum: int, default: int, noise: Noise | None = None
) -> Sequence[ShownCell]:
    """The cells of the calendar's weeks that may be shown at this moment, after publishing what may be published.

    `minimum` is how many people the workspace asks for, `default` how many the operator does. Counts are exact where
    there is no `noise`. What may be published is
    looked for first without holding anybody up, and most of the time there is nothing. Where there is, it is looked
    for again in a transaction that lets nobody in it withdraw or be erased meanwhile: an erasure before leaves nothing
    of that person to publish, one afterwards finds the cells they are in.
    """
    async with store.read() as session:
        rule = Minimum(minimum, default, await cells.rules_changed(session, place.team))
        if not await _due(session, place, calendar, rule, noise):
            return await _shown(session, place, calendar, minimum)
    async with store.begin() as session:
        span = calendar.begins(calendar.weeks[0]), calendar.span(calendar.last)[1]
        held = await cells.hold(session, place, calendar.weeks[0], span)
        due = await _due(session, place, calendar, rule, noise, held=held, locked=True)
        before = await cells.counted(session, place, calendar.weeks[0], calendar.last)
        await cells.publish(session, place, [cell for cell, _ in due], calendar.now, _counted(due, before, noise))
    async with store.read() as session:
        return await _shown(session, place, calendar, minimum)


async def _shown(session: AsyncSession, place: Place, calendar: Calendar, minimum: int) -> Sequence[ShownCell]:
    found = await cells.shown(session, place, calendar.weeks[0], calendar.last, minimum)
    return [cell for cell in found if calendar.keeps(cell.start)]


async def account(store: Store, place: Place, calendar: Calendar, noise: Noise | None) -> Account | None:
    """What noise has cost in the channel while its messages are kept; None where none is or was added."""
    async with store.read() as session:
        spent = await _spent(session, place, calendar.oldest, calendar.zone)
    if noise is None:
        return Account(0.0, spent, 0.0) if spent else None
    return Account(noise.epsilon, spent, noise.budget)


async def spent_by_channel(store: Store, team: str, now: datetime, retention_days: int) -> Mapping[str, float]:
    """What noise has cost in each channel of the workspace while its messages are kept."""
    oldest = now - timedelta(days=retention_days)
    async with store.read() as session:
        return {
            channel: await _spent(session, Place(team, channel), oldest, ZoneInfo(zone))
            for channel, zone in await cells.noisy_channels(session, team)
        }


async def _due(  # noqa: PLR0913 - what, of where, under which rules, and who is held
    session: AsyncSession,
    place: Place,
    calendar: Calendar,
    minimum: Minimum,
    noise: Noise | None,
    *,
    held: Collection[UUID] | None = None,
    locked: bool = False,
) -> Sequence[tuple[Cell, Parts]]:
    """The cells to publish, and what each person adds to each of them."""
    standing = await cells.standing(session, place, calendar.weeks[0], calendar.last, hold=locked)
    spans = {day: calendar.span(day) for day in disclosure.changeable(calendar, standing)}
    written = await cells.written(session, place, spans, held)
    due = disclosure.due(calendar, standing, written, minimum)
    if noise is not None and due:
        over = [cell for cell in due if calendar.begins(cell.end) <= calendar.now]
        spent = await _spent(session, place, calendar.oldest, calendar.zone)
        due = over[::-1][: noise.publications(spent, len(over))]
    published = {(cell.start, cell.unit): cell.parts for cell in standing}
    return [(cell, added(cell.parts, published.get((cell.start, cell.unit), {}))) for cell in due]


def _counted(
    due: Sequence[tuple[Cell, Parts]], before: Mapping[CellTime, Counted], noise: Noise | None
) -> Mapping[CellTime, Counted]:
    """What each cell will show: what it showed, and what is added now."""
    after: dict[CellTime, Counted] = {}
    for cell, more in due:
        key = cell.start, cell.unit
        stated = before.get(key, Counted({}))
        counts = Counter(stated.counts)
        counts.update(noise.counts(more) if noise is not None else total(more))
        after[key] = Counted(counts, stated.epsilon + (noise.epsilon if noise is not None else 0.0))
    return after


async def _spent(session: AsyncSession, place: Place, oldest: datetime, zone: ZoneInfo) -> float:
    return await cells.spent(session, place, oldest.astimezone(zone).date())
