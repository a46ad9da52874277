"""The one place where the real parts meet."""

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
from emotion.classifier import Classifier

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
    classifier: Classifier
    writer: Writer
    clock: Callable[[], datetime]
    executors: tuple[ThreadPoolExecutor, ...]

    async def close(self) -> None:
        """Let go of threads, connections and the model service."""
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
    classifier = Classifier.from_pretrained(settings.emotion_model, threads=settings.emotion_threads)
    store = Store(settings.database_url)
    privacy = Privacy(store, pseudonyms, clock)
    try:
        await privacy.check_key()
    except BaseException:
        await store.close()
        raise
    writer: Writer = OpenAIWriter.from_settings(settings) if settings.has_writer else PhraseBook()
    # One thread reads feelings: ONNX Runtime spreads each batch over its own threads already.
    reading = ThreadPoolExecutor(1, thread_name_prefix="classifier")
    drawing = ThreadPoolExecutor(_DRAWING_THREADS, thread_name_prefix="charts")
    return Services(
        settings=settings,
        store=store,
        pseudonyms=pseudonyms,
        consent=Consent(store, pseudonyms, clock),
        privacy=privacy,
        conversation=Conversation(store, pseudonyms, classifier, writer, clock, reading),
        reports=Reports(store, pseudonyms, clock, settings.minimum_people, drawing),
        schedules=Schedules(store, pseudonyms, clock),
        classifier=classifier,
        writer=writer,
        clock=clock,
        executors=(reading, drawing),
    )
