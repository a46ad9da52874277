"""The house in which the conversations of these tests take place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.consent import Consent
from bot.conversation import Conversation
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from tests.bot.conversing import House, Reader, Scripted
from tests.fakes import Clock


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def house(store: Store, pseudonyms: Pseudonyms, clock: Clock, executor: ThreadPoolExecutor) -> House:
    reader, writer = Reader(), Scripted()
    conversation = Conversation(store, pseudonyms, reader, writer, clock, executor)
    return House(conversation, store, Consent(store, pseudonyms, clock), pseudonyms, clock, reader, writer)
