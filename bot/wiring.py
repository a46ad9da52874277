"""The one place where the real parts meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from bot import noise, publication
from bot.administration import AuditLog
from bot.anchor import Anchor
from bot.consent import Consent
from bot.conversation import Conversation
from bot.errors import ConfigurationError, MaeumError, StoreUnavailable
from bot.feedback import Feedback
from bot.ledger import LEDGER_FILE, Ledger
from bot.llm import Writer
from bot.llm.client import OpenAIWriter
from bot.llm.offline import PhraseBook
from bot.privacy import Privacy, Pseudonyms, load_key
from bot.pseudonyms import KEY_FILE
from bot.reports import Reports
from bot.rules import Rules
from bot.scheduling import Schedules
from bot.settings import Settings
from bot.store import erasure, migrate
from bot.store.base import Store
from charts.style import FontMissing, ensure_fonts
from emotion.batching import Batcher
from emotion.cache import ReadingCache
from emotion.serving import LiveClassifier, serve
from emotion.versions import Shelf

MODELS = "models"
"""Folder of the model's versions, in DATA_DIR."""
_DRAWING_THREADS = 2


def utc_now() -> datetime:
    """The clock on the wall, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The house, built. Doors are handed this and nothing else."""

    settings: Settings
    store: Store
    pseudonyms: Pseudonyms
    consent: Consent
    privacy: Privacy
    rules: Rules
    audit: AuditLog
    conversation: Conversation
    reports: Reports
    feedback: Feedback
    schedules: Schedules
    classifier: LiveClassifier
    reader: Batcher
    """The line in front of the classifier."""
    writer: Writer
    clock: Callable[[], datetime]
    executors: tuple[ThreadPoolExecutor, ...]

    async def close(self) -> None:
        """Let go of threads, connections and the model service."""
        await self.reader.close()
        await asyncio.to_thread(self.classifier.close)  # waits for a load under way, writes the shadow's counts
        for executor in self.executors:
            executor.shutdown(wait=False, cancel_futures=True)
        await self.writer.close()
        await self.store.close()


async def build(settings: Settings, clock: Callable[[], datetime] = utc_now, *, ledger: Path | None = None) -> Services:
    """Make the services, or stop with an error that says which setting or file is wrong.

    The order is from cheap to dear, so that a wrong setting is found before the model is loaded. The database
    must be migrated (`maeum db upgrade`); its key check is compared before anything is read or written. Then, before
    the first message can be read, deletions are repeated that a database put back from a backup does not know, and
    what is past its time goes.

    `ledger` is the file of the deletions, where it is not the one in DATA_DIR.
    """
    try:
        ensure_fonts()
    except FontMissing as error:
        raise MaeumError(str(error)) from None
    blur = noise.of(settings.picture_epsilon, settings.picture_epsilon_budget)
    pseudonyms = Pseudonyms(load_key(settings))
    classifier = serve(settings.emotion_model, Shelf(settings.data_dir / MODELS), threads=settings.emotion_threads)
    reader = Batcher(
        classifier,
        batch_size=settings.emotion_batch_size,
        batch_wait_ms=settings.emotion_batch_wait_ms,
        queue_size=settings.emotion_queue_size,
        cache=ReadingCache(settings.emotion_cache_size, settings.emotion_cache_seconds),
    )
    anchor = Anchor.of(make_url(settings.database_url), settings.data_dir, pseudonyms.seal)
    store = Store(settings.database_url, anchor)

    def forget() -> None:
        reader.forget_all()
        classifier.forget()

    deletions = Ledger(ledger or settings.data_dir / LEDGER_FILE)
    privacy = Privacy(store, pseudonyms, clock, on_erase=forget, ledger=deletions)
    privacy.tell(reader.forget)
    try:
        await privacy.check_key()
        await privacy.replay()
        await privacy.retain(settings.retention_days)
        await privacy.news()  # takes note of what was erased until now
    except BaseException:
        await asyncio.to_thread(classifier.close)
        await store.close()
        raise
    writer: Writer = OpenAIWriter.from_settings(settings) if settings.has_writer else PhraseBook()
    rules = _rules(settings, store, pseudonyms, clock)
    drawing = ThreadPoolExecutor(_DRAWING_THREADS, thread_name_prefix="charts")
    return Services(
        settings=settings,
        store=store,
        pseudonyms=pseudonyms,
        consent=Consent(store, pseudonyms, clock),
        privacy=privacy,
        rules=rules,
        audit=AuditLog(store, anchor, clock),
        conversation=Conversation(store, pseudonyms, reader, writer, clock),
        reports=Reports(store, pseudonyms, clock, rules, drawing, minimum_people=settings.minimum_people, noise=blur),
        feedback=Feedback(store, pseudonyms, clock),
        schedules=Schedules(store, pseudonyms, catch_up=settings.schedule_catch_up),
        classifier=classifier,
        reader=reader,
        writer=writer,
        clock=clock,
        executors=(drawing,),
    )


@dataclass(frozen=True, slots=True)
class Office:
    """What administration needs, without a model and without Slack."""

    settings: Settings
    store: Store
    privacy: Privacy
    rules: Rules
    audit: AuditLog
    clock: Callable[[], datetime]

    async def noise_spent(self, team: str) -> Mapping[str, float]:
        """What noise in pictures has cost in each channel of the workspace, over what is within its retention."""
        rules = await self.rules.of(team)
        return await publication.spent_by_channel(self.store, team, self.clock(), rules.retention_days)

    async def teams(self) -> Sequence[str]:
        """Every workspace that something is stored of."""
        async with self.store.read() as session:
            return await erasure.teams(session)


@asynccontextmanager
async def office(settings: Settings, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Office]:
    """Open the office over a database that stands, and close it at the end. Neither a key nor a database is made.

    ConfigurationError where the key is missing or another one, StoreUnavailable where there is no database.
    """
    if settings.text_hash_key is None and not (settings.data_dir / KEY_FILE).exists():
        variable = "TEXT_HASH_KEY"
        problem = f"is not set, and there is no {settings.data_dir / KEY_FILE}; put the key of this database back"
        raise ConfigurationError(variable, problem)
    pseudonyms = Pseudonyms(load_key(settings))
    if await asyncio.to_thread(migrate.current, settings.database_url) is None:
        message = "there is no database yet, or one without tables; start the bot once, or run: maeum db upgrade"
        raise StoreUnavailable(message)
    anchor = Anchor.of(make_url(settings.database_url), settings.data_dir, pseudonyms.seal)
    store = Store(settings.database_url, anchor)
    try:
        privacy = Privacy(store, pseudonyms, clock, ledger=Ledger(settings.data_dir / LEDGER_FILE))
        await privacy.check_key()
        rules = _rules(settings, store, pseudonyms, clock)
        yield Office(settings, store, privacy, rules, AuditLog(store, anchor, clock), clock)
    finally:
        await store.close()


def _rules(settings: Settings, store: Store, pseudonyms: Pseudonyms, clock: Callable[[], datetime]) -> Rules:
    return Rules(
        store,
        pseudonyms,
        clock,
        retention_days=settings.retention_days,
        minimum_people=settings.minimum_people,
    )
