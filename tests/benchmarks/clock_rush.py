"""Five hundred channels at once: how soon all are posted, and what that does to messages that come meanwhile.

Real drawing, real HTTP to a Slack in a process of its own, a real database. The model is left out: it has its own
threads and its own benchmark.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import func, insert, select

from bot.calendar_rules import ScheduleSpec
from bot.consent import Consent
from bot.conversation import Conversation
from bot.messages import Incoming, MessageId, Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import Rules
from bot.scheduling import Schedules
from bot.settings import load
from bot.store.base import Store
from bot.store.tables import ReadingRow, SlotRow
from emotion.batching import Batcher
from handlers.posting import Poster
from handlers.slack.board import SlackBoard
from handlers.slack.client import make_client
from tests.benchmarks.table import percentile
from tests.factories import KEY, reading, ts_of
from tests.handlers.house import AlwaysJoy, Scripted
from tests.slack_api import BOT_TOKEN, TEAM, SlackApi

MONDAY: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PEOPLE: Final = 5
DAYS: Final = 7
_DRAWING_THREADS: Final = 2
"""As many as `bot.wiring` gives it."""
_EVERY_SECONDS: Final = 0.1
_QUIET_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Rush:
    """What was measured. Times are in seconds."""

    channels: int
    posted: int
    pictures: int
    """How many of them are pictures and not a sentence why there is none."""
    last: float
    """From the tick to the last post."""
    quiet: Sequence[float]
    """How long messages took from their arrival to their commit while nothing was posted."""
    busy: Sequence[float]
    """The same during the rush."""

    def row(self, kind: str) -> list[str]:
        """For a table."""
        milliseconds = [f"{1000 * percentile(times, 0.99):.1f}" for times in (self.quiet, self.busy)]
        return [kind, str(self.channels), str(self.posted), str(self.pictures), f"{self.last:.1f}", *milliseconds]


async def rush(url: str, channels: int) -> Rush:
    """Have so many channels due at nine on a Monday, on a migrated, empty database."""
    pseudonyms, store = Pseudonyms(KEY), Store(url)
    with ThreadPoolExecutor(_DRAWING_THREADS) as pool:
        try:
            async with _slack() as api_url:
                schedules = Schedules(store, pseudonyms, lambda: MONDAY + timedelta(seconds=5))
                await _prepare(store, pseudonyms, channels)
                rules = Rules(store, pseudonyms, _now, retention_days=30, minimum_people=PEOPLE)
                reports = Reports(store, pseudonyms, _now, rules, pool, minimum_people=PEOPLE)
                settings = load(_env_file=None, slack_bot_token=SecretStr(BOT_TOKEN), slack_api_url=api_url)
                privacy = Privacy(store, pseudonyms, _now)
                poster = Poster(schedules, reports, SlackBoard(make_client(settings)), privacy)
                quiet = await _while_it_lasts(store, pseudonyms, asyncio.sleep(_QUIET_SECONDS))
                began = time.perf_counter()
                busy = await _while_it_lasts(store, pseudonyms, poster.post_due(TEAM))
                last = time.perf_counter() - began
                async with store.read() as session:
                    counts = select(func.count(SlotRow.posted), func.count(SlotRow.uploaded))
                    posted, pictures = (await session.execute(counts)).one()
                return Rush(channels, posted, pictures, last, quiet, busy)
        finally:
            await store.close()


def _now() -> datetime:
    return MONDAY + timedelta(seconds=5)


async def _prepare(store: Store, pseudonyms: Pseudonyms, channels: int) -> None:
    """Five people have written in each channel on each of seven days, and each channel has its schedule."""
    begin = MONDAY - timedelta(days=DAYS + 1)
    consent = Consent(store, pseudonyms, lambda: begin)
    people = [Person(TEAM, f"U{number}") for number in range(PEOPLE)]
    for person in people:
        await consent.grant(person, "test")
    early = Schedules(store, pseudonyms, lambda: begin)
    felt = reading()
    for number in range(channels):
        channel = f"C{number:04}"
        await early.set(TEAM, channel, people[0], ScheduleSpec("weekly", 0, 9, 0))
        moments = [
            (MONDAY - timedelta(days=day, minutes=7 + place), who)
            for day in range(DAYS)
            for place, who in enumerate(people)
        ]
        async with store.begin() as session:
            await session.execute(
                insert(ReadingRow),
                [
                    {
                        "time": moment,
                        "user_id": pseudonyms.person(who),
                        "team_id": TEAM,
                        "channel_id": channel,
                        "message_ts": ts_of(moment),
                        "text_hash": "0" * 64,
                        "model_version": felt.model_version,
                        "temperature": felt.temperature,
                        "logits": dict(felt.logits),
                        "probs": dict(felt.probs),
                        "top_label": felt.label.value,
                        "top_p": felt.top_p,
                        "entropy": felt.entropy,
                        "meta": {"language": "en", "place": "channel"},
                    }
                    for moment, who in moments
                ],
            )


async def _while_it_lasts(store: Store, pseudonyms: Pseudonyms, work: Coroutine[Any, Any, None]) -> list[float]:
    """Receive a message every 100 ms meanwhile; how long each took until it was committed and could be acknowledged."""
    reader = Batcher(AlwaysJoy())
    conversation = Conversation(store, pseudonyms, reader, Scripted(), _now)
    author = Person(TEAM, "U0")
    doing = asyncio.create_task(work)
    taken: list[float] = []
    waiting: set[asyncio.Task[None]] = set()

    async def receive(number: int) -> None:
        began = time.perf_counter()
        message = MessageId(TEAM, "C9999", f"{MONDAY.timestamp() - 60 + number / 1000:.6f}")
        await conversation.receive(Incoming(message, author, "a sentence"))
        taken.append(time.perf_counter() - began)

    number = 0
    while not doing.done():
        waiting.add(asyncio.create_task(receive(number)))
        number += 1
        await asyncio.sleep(_EVERY_SECONDS)
        waiting = {task for task in waiting if not task.done()}
    await asyncio.gather(*waiting)
    await doing
    await reader.close()
    return taken


@asynccontextmanager
async def _slack() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.clock_rush", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    async with SlackApi() as api:
        print(api.url, flush=True)  # noqa: T201 - for the process that started this one
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
