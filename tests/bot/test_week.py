from datetime import UTC, datetime, timedelta

import pytest

from bot.messages import Viewer
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from bot.week import my_week
from emotion.labels import Emotion
from tests.factories import consenting, person, wrote
from tests.fakes import Clock

ALICE = person(1)


async def test_ones_own_readings_are_counted_the_most_frequent_first(
    store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Of the last seven dates, of nobody else; of equals the order is fixed."""
    await consenting(store, pseudonyms, [ALICE, person(2)], clock() - timedelta(days=30))
    for number, label in enumerate([Emotion.SADNESS, Emotion.JOY, Emotion.JOY, Emotion.FEAR]):
        await wrote(store, pseudonyms, ALICE, clock() - timedelta(days=number, minutes=1), label=label)
    await wrote(store, pseudonyms, ALICE, clock() - timedelta(days=8), label=Emotion.ANGER)
    await wrote(store, pseudonyms, person(2), clock() - timedelta(hours=3), label=Emotion.DISGUST)
    week = await my_week(store, pseudonyms, ALICE, Viewer(), clock())
    assert list(week.items()) == [(Emotion.JOY, 2), (Emotion.FEAR, 1), (Emotion.SADNESS, 1)]


async def test_nothing_read_is_nothing(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """For somebody unknown as for somebody who wrote nothing."""
    assert await my_week(store, pseudonyms, ALICE, Viewer(), clock()) == {}


@pytest.mark.parametrize(("timezone", "counted"), [("Asia/Seoul", {Emotion.JOY: 1}), ("America/New_York", {})])
async def test_the_week_is_that_of_ones_own_time_zone(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, timezone: str, counted: dict[Emotion, int]
) -> None:
    """Seven local dates: in Seoul the 13th ended before this was written, in New York it had not."""
    clock.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    await consenting(store, pseudonyms, [ALICE], clock() - timedelta(days=30))
    await wrote(store, pseudonyms, ALICE, datetime(2026, 11, 13, 16, tzinfo=UTC))
    assert await my_week(store, pseudonyms, ALICE, Viewer(timezone=timezone), clock()) == counted
