import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.consent import Consent, ConsentStatus
from bot.messages import Person
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from tests.conftest import opened
from tests.factories import person, wrote
from tests.fakes import Clock

ALICE = person(1)


@pytest.fixture
def consent(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Consent:
    return Consent(store, pseudonyms, clock)


async def test_nobody_is_read_who_did_not_opt_in(consent: Consent) -> None:
    """Off by default, for each person; one person's consent is not another's, nor that of a namesake elsewhere."""
    await consent.grant(ALICE, "command")
    assert (await consent.status(ALICE)).on
    assert not (await consent.status(person(2))).on
    assert not (await consent.status(Person("T02OTHER", ALICE.user))).on


async def test_off_is_off_and_on_again_counts_from_then(consent: Consent, clock: Clock) -> None:
    """A withdrawal ends the consent; a new one begins at its own moment."""
    await consent.grant(ALICE, "command")
    clock.advance(hours=1)
    await consent.grant(ALICE, "button")
    assert (await consent.status(ALICE)).since == clock() - timedelta(hours=1)
    await consent.withdraw(ALICE, "button")
    assert await consent.status(ALICE) == ConsentStatus(on=False, since=None, readings=0, first=None, last=None)
    clock.advance(hours=1)
    await consent.grant(ALICE, "command")
    assert (await consent.status(ALICE)).since == clock()


async def test_withdrawing_without_consent_is_no_error(consent: Consent) -> None:
    """Whoever says no is never told that it did not work."""
    await consent.withdraw(ALICE, "command")
    assert not (await consent.status(ALICE)).on


async def test_the_status_tells_what_is_stored(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """How many readings, from which date to which, also after a withdrawal."""
    clock.now = datetime(2026, 11, 1, tzinfo=UTC)
    await consent.grant(ALICE, "command")
    for day in (3, 5, 9):
        await wrote(store, pseudonyms, ALICE, datetime(2026, 11, day, 12, tzinfo=UTC))
    await consent.withdraw(ALICE, "command")
    status = await consent.status(ALICE)
    assert (status.on, status.readings) == (False, 3)
    assert (status.first, status.last) == (date(2026, 11, 3), date(2026, 11, 9))


async def test_a_channel_gets_one_notice(
    consent: Consent, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two processes that see the bot join post one notice; if that failed, the next may try."""
    async with opened(database_url) as other:
        elsewhere = Consent(other, pseudonyms, clock)
        due = await asyncio.gather(*((consent, elsewhere)[number % 2].notice_due("T1", "C1") for number in range(10)))
    assert sorted(due) == [False] * 9 + [True]
    assert await consent.notice_due("T1", "C2")
    await consent.release_notice("T1", "C1")
    assert await consent.notice_due("T1", "C1")
    assert not await consent.notice_due("T1", "C1")
