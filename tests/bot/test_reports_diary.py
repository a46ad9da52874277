"""A diary that is drawn on time: of its owner by pseudonym, up to the slot, of what is stored at that moment."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NothingToShow
from bot.messages import Viewer
from bot.pictures import Look
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import Rules
from bot.store.base import Store
from emotion.labels import Emotion
from tests.factories import TEAM, consenting, person, wrote
from tests.fakes import Clock

ALICE, BORAM = person(1), person(2)
EN, KO = Viewer("en", "UTC"), Viewer("ko", "Asia/Seoul")
HOUR = timedelta(hours=1)


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
async def reports(store: Store, pseudonyms: Pseudonyms, clock: Clock, executor: Executor) -> Reports:
    """Two people opted in on the first of the month; it is the 20th, a Friday."""
    await consenting(store, pseudonyms, [ALICE, BORAM], datetime(2026, 11, 1, tzinfo=UTC))
    rules = Rules(store, pseudonyms, clock, retention_days=30, minimum_people=5)
    return Reports(store, pseudonyms, clock, rules, executor, minimum_people=5)


@pytest.mark.parametrize("viewer", [EN, KO], ids=["en", "ko"])
async def test_it_is_the_page_that_its_owner_gets_by_asking(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock, viewer: Viewer
) -> None:
    """In the schedule's language and zone, to the last sign; what somebody else wrote is not in it."""
    for days in range(5):
        await wrote(store, pseudonyms, ALICE, clock() - timedelta(days=days, hours=1), label=Emotion.SADNESS)
        await wrote(store, pseudonyms, BORAM, clock() - timedelta(days=days, hours=2), label=Emotion.ANGER)
    due = await reports.diary(TEAM, pseudonyms.person(ALICE), viewer, until=clock())
    asked = await reports.personal(ALICE, 7, viewer, Look("diary"))
    assert (due.title, due.alt_text, due.facts, due.png) == (asked.title, asked.alt_text, asked.facts, asked.png)
    said = " ".join([due.alt_text, *due.facts])
    assert ("sadness" if viewer is EN else "슬픔") in said
    assert "anger" not in said


async def test_one_that_comes_late_ends_when_it_was_due(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Three days later it is the same page: what was written since is the next one's."""
    await wrote(store, pseudonyms, ALICE, clock() - HOUR)
    owner, due = pseudonyms.person(ALICE), clock()
    on_time = await reports.diary(TEAM, owner, EN, until=due)
    clock.advance(days=3)
    await wrote(store, pseudonyms, ALICE, clock() - HOUR, label=Emotion.FEAR)
    late = await reports.diary(TEAM, owner, EN, until=due)
    assert (late.png, late.facts, late.filename) == (on_time.png, on_time.facts, on_time.filename)
    assert "2 messages" in (await reports.diary(TEAM, owner, EN, until=clock())).alt_text


async def test_it_never_reaches_beyond_the_present(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A database whose clock is ahead of ours adds no empty days."""
    await wrote(store, pseudonyms, ALICE, clock() - HOUR)
    owner = pseudonyms.person(ALICE)
    ahead = await reports.diary(TEAM, owner, EN, until=clock() + timedelta(days=2))
    assert ahead.filename == (await reports.diary(TEAM, owner, EN, until=clock())).filename


async def test_what_is_deleted_meanwhile_is_not_in_it(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Also where it was due before the deletion; where nothing is left, there is nothing to show."""
    await wrote(store, pseudonyms, ALICE, clock() - HOUR)
    due = clock()
    clock.advance(hours=1)
    await Privacy(store, pseudonyms, clock).erase(ALICE, actor=None, reason="self")
    for whose in (ALICE, BORAM):
        with pytest.raises(NothingToShow):
            await reports.diary(TEAM, pseudonyms.person(whose), EN, until=due)
