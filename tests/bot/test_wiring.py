"""The house as it is built from settings, with the shipped classifier."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.settings import load
from bot.wiring import Services, build
from emotion.errors import Overloaded, Stopped
from emotion.reading import Reading
from tests.factories import person

Built = Callable[..., AbstractAsyncContextManager[Services]]
TEXT = "오늘 발표 끝나서 너무 기뻐요!"


@pytest.fixture
def built(sqlite_url: str, tmp_path: Path) -> Built:
    @asynccontextmanager
    async def opened(**overrides: object) -> AsyncIterator[Services]:
        services = await build(load(_env_file=None, database_url=sqlite_url, data_dir=tmp_path, **overrides))
        try:
            yield services
        finally:
            await services.close()

    return opened


async def test_a_reading_is_kept_until_somebody_is_erased(built: Built) -> None:
    """The same text gives the very same reading; after an erasure of anybody it is read anew."""
    async with built() as services:
        first = await services.reader.read(TEXT, 60)
        assert await services.reader.read(TEXT, 60) is first
        await services.privacy.erase(person(), actor=None, reason="left")
        again = await services.reader.read(TEXT, 60)
        assert again is not first
        assert again == first


async def test_the_cache_can_be_switched_off(built: Built) -> None:
    """EMOTION_CACHE_SIZE=0 keeps no reading."""
    async with built(emotion_cache_size=0) as services:
        assert await services.reader.read(TEXT, 60) is not await services.reader.read(TEXT, 60)


async def test_the_line_is_as_long_as_set(built: Built) -> None:
    """EMOTION_QUEUE_SIZE=1 lets one text stand in line; those that come in the same moment are refused."""
    async with built(emotion_queue_size=1, emotion_batch_size=4, emotion_batch_wait_ms=1) as services:
        answers = await asyncio.gather(*(services.reader.read(TEXT, 60) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Reading, Overloaded, Overloaded]


async def test_a_closed_house_reads_nothing(built: Built) -> None:
    """Closing the services closes the line."""
    async with built() as services:
        pass
    with pytest.raises(Stopped):
        await services.reader.read(TEXT, 60)
