"""The house on real parts, but for the model and the writer, behind a Slack that records."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from bot.administration import AuditLog
from bot.anchor import Anchor
from bot.consent import Consent
from bot.conversation import Conversation
from bot.feedback import Feedback
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import Rules
from bot.scheduling import Schedules
from bot.settings import Settings, load
from bot.store.base import Store
from bot.wiring import Services
from emotion.batching import Batcher
from handlers.slack import SlackDoor
from tests.conftest import opened
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, SECRET, AlwaysJoy, Driver, House, Scripted
from tests.slack_api import BOT, BOT_TOKEN, SlackApi

if TYPE_CHECKING:
    from emotion.serving import LiveClassifier


@pytest.fixture
def classifier() -> AlwaysJoy:
    return AlwaysJoy()


@pytest.fixture
def writer() -> Scripted:
    return Scripted()


@pytest.fixture
async def slack() -> AsyncIterator[SlackApi]:
    """A workspace: Alice reads English, Minji Korean, the boss administers."""
    async with SlackApi() as api:
        api.user(ALICE, name="alice", locale="en-US", tz="Europe/London")
        api.user(MINJI, name="minji", locale="ko-KR", tz="Asia/Seoul")
        api.user(BOSS, name="boss", locale="en-US", tz="UTC", is_admin=True)
        api.user(BOT, name="maeum", is_bot=True)
        api.channel(GENERAL)
        yield api


@pytest.fixture
def settings(slack: SlackApi, sqlite_url: str) -> Settings:
    return load(
        _env_file=None,
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=slack.url,
        database_url=sqlite_url,
        openai_api_key=None,
        openai_base_url=None,
        minimum_people=5,
        retention_days=30,
    )


@pytest.fixture
def anchor(sqlite_url: str, pseudonyms: Pseudonyms) -> Anchor:
    """Beside the database."""
    return Anchor.of(make_url(sqlite_url), Path(), pseudonyms.seal)


@pytest.fixture
async def store(sqlite_url: str, anchor: Anchor) -> AsyncIterator[Store]:
    """SQLite: what the doors do does not depend on the kind; the store's own tests run on both."""
    async with opened(sqlite_url, anchor) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, classifier: AlwaysJoy, writer: Scripted
) -> AsyncIterator[House]:
    """What a Conversation is made of."""
    reader = Batcher(classifier)
    yield store, pseudonyms, reader, writer, clock
    await reader.close()


@pytest.fixture
def drawing() -> Iterator[ThreadPoolExecutor]:
    """Where pictures are drawn."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def services(
    settings: Settings, house: House, classifier: AlwaysJoy, drawing: ThreadPoolExecutor, anchor: Anchor
) -> Services:
    store, pseudonyms, reader, writer, clock = house
    people = settings.minimum_people
    rules = Rules(store, pseudonyms, clock, retention_days=settings.retention_days, minimum_people=people)
    return Services(
        settings=settings,
        store=store,
        pseudonyms=pseudonyms,
        consent=Consent(store, pseudonyms, clock),
        privacy=Privacy(store, pseudonyms, clock),
        rules=rules,
        audit=AuditLog(store, anchor, clock),
        conversation=Conversation(*house),
        reports=Reports(store, pseudonyms, clock, rules, drawing, minimum_people=people),
        feedback=Feedback(store, pseudonyms, clock),
        schedules=Schedules(store, pseudonyms, clock),
        classifier=cast("LiveClassifier", classifier),
        reader=reader,
        writer=writer,
        clock=clock,
        executors=(),
    )


@pytest.fixture
async def driver(settings: Settings, services: Services, slack: SlackApi, clock: Clock) -> AsyncIterator[Driver]:
    door = SlackDoor(settings, services)
    yield Driver(door, slack, clock)
    await door.stop()
