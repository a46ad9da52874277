"""A workspace that uninstalls the app goes when its grace has run out, and others hear of what was erased."""

import asyncio
import logging
from uuid import UUID

import pytest

from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import audit
from bot.store.base import Store
from tests.conftest import opened
from tests.factories import TEAM, consenting, person
from tests.fakes import Clock
from tests.traces import lives

ALICE, BORAM = person(1), person(2)
ELSEWHERE = Person("T02ELSE", "U00000003")


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


async def test_a_workspace_goes_when_its_grace_has_run_out(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Not a moment earlier, counted from the first that was heard; with a receipt, and the others stay."""
    await lives(store, pseudonyms, ALICE, clock)
    await consenting(store, pseudonyms, [ELSEWHERE], clock())
    await privacy.depart(TEAM)
    clock.advance(days=3)
    await privacy.depart(TEAM)
    clock.advance(days=4, seconds=-1)
    assert await privacy.departed() == [TEAM]
    assert await privacy.departed(7) == []
    assert await privacy.forget_team(TEAM, 7) is None
    assert (await privacy.holdings(ALICE))["emotion_readings"] == 3
    clock.advance(seconds=1)
    assert await privacy.departed(7) == [TEAM]
    erasure = await privacy.forget_team(TEAM, 7)
    assert erasure is not None
    assert erasure.counts["emotion_readings"] == 3
    assert set((await privacy.holdings(ALICE)).values()) == {0}
    assert (await privacy.holdings(ELSEWHERE))["people"] == 1
    assert await privacy.departed() == []
    assert await privacy.forget_team(TEAM, 7) is None
    async with store.read() as session:
        assert await audit.erasures(session) == {erasure.receipt}
        assert [entry.action for entry in await audit.latest(session, 1)] == ["erase:uninstalled"]


async def test_an_administrator_who_never_wrote_to_the_bot_goes_with_the_workspace(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """They stand in no table that names a workspace. Who is known in another one stays."""
    await lives(store, pseudonyms, ALICE, clock)
    await consenting(store, pseudonyms, [ELSEWHERE], clock())
    for who in (BORAM, ELSEWHERE):
        await privacy.note(who, "looked:erase")
    await privacy.depart(TEAM)
    erasure = await privacy.forget_team(TEAM, 0)
    assert erasure is not None
    assert erasure.counts["audit_actors"] == 2  # Alice, who was refused something, and Boram
    assert set((await privacy.holdings(BORAM)).values()) == {0}
    assert (await privacy.holdings(ELSEWHERE))["audit_actors"] == 1


async def test_who_comes_back_in_time_loses_nothing(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The app is installed again; its next departure counts from then on."""
    await lives(store, pseudonyms, ALICE, clock)
    assert await privacy.come_back(TEAM) is False
    await privacy.depart(TEAM)
    clock.advance(days=6)
    assert await privacy.come_back(TEAM) is True
    clock.advance(days=6)
    assert await privacy.forget_team(TEAM, 7) is None
    await privacy.depart(TEAM)
    assert await privacy.departed(7) == []
    assert (await privacy.holdings(ALICE))["people"] == 1


async def test_without_a_grace_it_goes_at_once(
    privacy: Privacy, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Zero days are none."""
    await lives(store, pseudonyms, ALICE, clock)
    await privacy.depart(TEAM)
    assert await privacy.forget_team(TEAM, 0) is not None


async def test_of_two_processes_one_erases_a_workspace(
    store: Store, database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """There is one receipt."""
    await lives(store, pseudonyms, ALICE, clock)
    await privacy.depart(TEAM)
    async with opened(database_url) as other:
        processes = (privacy, Privacy(other, pseudonyms, clock))
        both = await asyncio.gather(*(process.forget_team(TEAM, 0) for process in processes))
    assert sorted(erasure is None for erasure in both) == [False, True]
    async with store.read() as session:
        assert len(await audit.erasures(session)) == 1


async def test_an_erasure_is_heard_of_in_every_process(
    database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The one that erases hears at once of whom; the other when it looks, and not of whom. Each of it once."""
    here: list[UUID | None] = []
    there: list[UUID | None] = []
    async with opened(database_url) as elsewhere:
        other = Privacy(elsewhere, pseudonyms, clock, on_erase=lambda: there.append(UUID(int=0)))
        privacy.tell(here.append)
        other.tell(there.append)
        await privacy.erase(BORAM, actor=None, reason="left")  # before the other process looked for the first time
        assert await other.news() is False
        await privacy.note(BORAM, "looked:erase")  # no erasure
        assert await other.news() is False
        await privacy.erase(ALICE, actor=None, reason="left")
        assert here == [pseudonyms.person(BORAM), pseudonyms.person(ALICE)]
        assert await other.news() is True
        assert await other.news() is False
    assert there == [UUID(int=0), None]


async def test_an_erasure_stands_although_something_cannot_forget(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """The receipt comes, the rest is told to forget, and the log names the kind of trouble and no words."""
    heard: list[UUID | None] = []

    def choke(_: UUID | None) -> None:
        message = "the words of somebody"
        raise ValueError(message)

    privacy.tell(choke)
    privacy.tell(heard.append)
    with caplog.at_level(logging.ERROR):
        await privacy.erase(ALICE, actor=None, reason="left")
    assert len(heard) == 1
    assert "ValueError" in caplog.text
    assert "the words of somebody" not in caplog.text
