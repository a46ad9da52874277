"""An erasure in the middle of a crowd that writes: nothing of the one is left, and nothing of the others is lost.

Messages are offered at a thousand a second, in a short burst for each of the two hundred rounds, by fifty people; one
of them, whom the seed chooses, is erased at a moment that the seed chooses too. Everything is real but the model, which
answers at once. Through a second store, as another process would have it, go every second message and half of the
erasures. Meanwhile replies are marked as sent, files are sent, readings are corrected, messages are edited and deleted,
and pictures of the channel are published.

A burst is twelve messages, each with whatever follows it. On two cores that were busy otherwise a round took 0.24 s on
SQLite and 0.29 s on PostgreSQL: fewer are stored a second than are offered, so most of a burst is under way when the
person is erased.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from bot.consent import Consent
from bot.conversation import Conversation
from bot.errors import MaeumError
from bot.feedback import Feedback
from bot.messages import Incoming, MessageId, Person, Place, Receipt, Viewer
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import Rules
from bot.store.base import Store
from bot.store.erasure import PERSON_COLUMN, personal_tables
from bot.store.tables import CellRow, DoomedFileRow, ReadingRow
from emotion.batching import Batcher
from tests.bot.conversing import Reader, Scripted
from tests.conftest import opened
from tests.factories import TEAM, person, ts_of
from tests.fakes import Clock

ROUNDS = 200
PEOPLE = [person(number) for number in range(1, 51)]
BURST = 12
A_SECOND = 1000


@dataclass
class Process:
    """What one process of the bot has."""

    store: Store
    conversation: Conversation
    privacy: Privacy
    feedback: Feedback
    reports: Reports


@dataclass
class Round:
    """One burst and what was acknowledged in it."""

    number: int
    victim: Person
    chance: random.Random
    erased: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: dict[str, Receipt] = field(default_factory=dict)
    """By the ts, of everybody but the victim; what was deleted again is not in it."""
    stored_first: int = 0
    """The victim's messages that were stored before the erasure."""

    @property
    def channel(self) -> str:
        """Each round has its own."""
        return f"C{self.number:06}"


@pytest.fixture
async def processes(
    store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> AsyncIterator[tuple[Process, ...]]:
    """Two of them on one database."""
    reader = Batcher(Reader())
    async with opened(database_url) as other:
        with ThreadPoolExecutor(1) as drawing:

            def process(through: Store) -> Process:
                rules = Rules(through, pseudonyms, clock, retention_days=30, minimum_people=3)
                return Process(
                    through,
                    Conversation(through, pseudonyms, reader, Scripted(), clock),
                    Privacy(through, pseudonyms, clock, on_erase=reader.forget_all),
                    Feedback(through, pseudonyms, clock),
                    Reports(through, pseudonyms, clock, rules, drawing, minimum_people=3),
                )

            yield process(store), process(other)
    await reader.close()


@pytest.mark.timeout(600)
async def test_whoever_is_erased_under_load_is_gone_and_nobody_else_loses_anything(
    processes: tuple[Process, ...], pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """In every one of two hundred seeded rounds."""
    consent = Consent(processes[0].store, pseudonyms, clock)
    for who in PEOPLE:
        await consent.grant(who, "test")
    erased_before_the_end = withdrawn = doomed = 0
    for number in range(ROUNDS):
        chance = random.Random(number)  # noqa: S311 - pauses and choices, not secrets
        this = Round(number, chance.choice(PEOPLE), chance)
        clock.advance(seconds=1)
        await asyncio.gather(
            *(offered(this, place, processes, clock) for place in range(BURST)),
            erasure(this, processes),
            *(pictures(this, process) for process in processes),
        )
        assert await left(processes[0].store, pseudonyms.person(this.victim)) == {}, f"round {number}"
        assert await lost(processes[0].store, this) == set(), f"round {number}"
        erased_before_the_end += bool(this.stored_first)
        await consent.grant(this.victim, "test")
    async with processes[0].store.read() as session:
        withdrawn = len((await session.scalars(select(CellRow).where(CellRow.withdrawn))).all())
        doomed = len((await session.scalars(select(DoomedFileRow))).all())
    # The rounds were worth their while: erasures met what was stored before, pictures and files.
    assert erased_before_the_end > ROUNDS / 4
    assert withdrawn > 0
    assert doomed > 0


async def offered(this: Round, place: int, processes: tuple[Process, ...], clock: Clock) -> None:
    """One message at its time, and what may follow it."""
    chance = random.Random(f"{this.number}/{place}")  # noqa: S311 - as above
    author = this.victim if chance.random() < 0.3 else chance.choice(PEOPLE)
    process = processes[place % len(processes)]
    await asyncio.sleep(place / A_SECOND)
    moment = clock() + timedelta(milliseconds=place)
    message = MessageId(TEAM, this.channel, ts_of(moment))
    incoming = Incoming(message, author, f"words {chance.random()}", Place.CHANNEL, mentioned=chance.random() < 0.3)
    receipt = await acknowledged(process, incoming)
    if author == this.victim:
        this.stored_first += receipt.reading is not None and not this.erased.is_set()
    else:
        assert receipt.reading is not None
        this.acknowledged[message.ts] = receipt
    if receipt.owes_reply:
        await process.conversation.replied(message)
    match chance.randrange(8):
        case 0 | 1:
            await process.privacy.sent(author, [f"F{this.number}-{place}"])
        case 2 | 3:
            with suppress(MaeumError):  # the reading may be gone
                await process.feedback.correct(author, message, "fear")
        case 4:
            again = Incoming(message, author, "other words", Place.CHANNEL, edited=ts_of(moment + timedelta(seconds=1)))
            await process.conversation.revise(again)
        case 5:
            await process.conversation.retract(message)
            this.acknowledged.pop(message.ts, None)


async def acknowledged(process: Process, incoming: Incoming) -> Receipt:
    """Deliver it as Slack does: again where it is not acknowledged."""
    for _ in range(5):
        with suppress(MaeumError):
            return await process.conversation.receive(incoming)
        await asyncio.sleep(0.1)
    return await process.conversation.receive(incoming)


async def erasure(this: Round, processes: tuple[Process, ...]) -> None:
    """The victim is erased at some moment of the burst."""
    await asyncio.sleep(this.chance.uniform(0, 2 * BURST / A_SECOND))
    await this.chance.choice(processes).privacy.erase(this.victim, actor=None, reason="left")
    this.erased.set()


async def pictures(this: Round, process: Process) -> None:
    """Somebody asks for a picture of the channel meanwhile."""
    await asyncio.sleep(this.chance.uniform(0, 3 * BURST / A_SECOND))
    with suppress(MaeumError):
        await process.reports.series(TEAM, this.channel, 7, Viewer("en", "UTC"))


async def left(store: Store, user_id: UUID) -> dict[str, int]:
    """The tables in which the person still stands, and how often."""
    found: dict[str, int] = {}
    async with store.read() as session:
        for table in personal_tables():
            whose = table.columns[PERSON_COLUMN] == user_id
            rows = await session.scalar(select(func.count()).select_from(table).where(whose))
            if rows:
                found[table.name] = rows
    return found


async def lost(store: Store, this: Round) -> set[str]:
    """Messages of others that were acknowledged and whose readings are not there."""
    async with store.read() as session:
        stored = set(await session.scalars(select(ReadingRow.message_ts).where(ReadingRow.channel_id == this.channel)))
    return set(this.acknowledged) - stored
