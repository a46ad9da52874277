"""The one place where the real parts meet."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.consent import Consent
from bot.conversation import Conversation
from bot.errors import MaeumError
from bot.llm import Writer
from bot.llm.client import OpenAIWriter
from bot.llm.offline import PhraseBook
from bot.privacy import Privacy, Pseudonyms, load_key
from bot.reports import Reports
from bot.scheduling import Schedules
from bot.settings import Settings
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
    conversation: Conversation
    reports: Reports
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


async def build(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Services:
    """Make the services, or stop with an error that says which setting or file is wrong.

    The order is from cheap to dear, so that a wrong setting is found before the model is loaded. The database
    must be migrated (`maeum db upgrade`); its key check is compared before anything is read or written.
    """
    try:
        ensure_fonts()
    except FontMissing as error:
        raise MaeumError(str(error)) from None
    pseudonyms = Pseudonyms(load_key(settings))
    classifier = serve(settings.emotion_model, Shelf(settings.data_dir / MODELS), threads=settings.emotion_threads)
    reader = Batcher(
        classifier,
        batch_size=settings.emotion_batch_size,
        batch_wait_ms=settings.emotion_batch_wait_ms,
        queue_size=settings.emotion_queue_size,
        cache=ReadingCache(settings.emotion_cache_size, settings.emotion_cache_seconds),
    )
    store = Store(settings.database_url)
    privacy = Privacy(store, pseudonyms, clock, on_erase=reader.forget_all)
    try:
        await privacy.check_key()
    except BaseException:
        await asyncio.to_thread(classifier.close)
        await store.close()
        raise
    writer: Writer = OpenAIWriter.from_settings(settings) if settings.has_writer else PhraseBook()
    drawing = ThreadPoolExecutor(_DRAWING_THREADS, thread_name_prefix="charts")
    return Services(
        settings=settings,
        store=store,
        pseudonyms=pseudonyms,
        consent=Consent(store, pseudonyms, clock),
        privacy=privacy,
        conversation=Conversation(store, pseudonyms, reader, writer, clock),
        reports=Reports(store, pseudonyms, clock, settings.minimum_people, drawing),
        schedules=Schedules(store, pseudonyms, clock),
        classifier=classifier,
        reader=reader,
        writer=writer,
        clock=clock,
        executors=(drawing,),
    )
