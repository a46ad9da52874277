"""The house in which the conversations of these tests take place."""

from collections.abc import AsyncIterator

import pytest

from bot.consent import Consent
from bot.conversation import Conversation
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from emotion.batching import Batcher
from tests.bot.conversing import House, Reader, Scripted
from tests.fakes import Clock


@pytest.fixture
async def house(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> AsyncIterator[House]:
    reader, writer = Reader(), Scripted()
    batcher = Batcher(reader)
    conversation = Conversation(store, pseudonyms, batcher, writer, clock)
    yield House(conversation, store, Consent(store, pseudonyms, clock), pseudonyms, clock, reader, batcher, writer)
    await batcher.close()
