import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.consent import LONGEST_PAUSE, Consent, ConsentStatus
from bot.messages import Person
from bot.notice import NOTICE_VERSION
from bot.pseudonyms import Pseudonyms
from bot.store import notices, people, readings
from bot.store.base import Store
from bot.store.people import ConsentReceipt
from bot.store.tables import NoticeRow
from tests.conftest import opened
from tests.factories import agreed_earlier, new_reading, person, wrote
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
    receipts = (await consent.status(ALICE)).receipts
    assert await consent.status(ALICE) == ConsentStatus(
        on=False, since=None, readings=0, first=None, last=None, receipts=receipts
    )
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


# ---- Receipts


async def test_every_act_leaves_a_receipt(consent: Consent, clock: Clock) -> None:
    """What, when, by what act, and under which notice, in order; none for what changed nothing."""
    begun = clock()
    await consent.withdraw(ALICE, "command")
    await consent.grant(ALICE, "command")
    await consent.grant(ALICE, "button")
    clock.advance(minutes=1)
    until = await consent.pause(ALICE, timedelta(days=1), "home")
    clock.advance(minutes=1)
    await consent.withdraw(ALICE, "button")
    await consent.withdraw(ALICE, "button")
    assert list((await consent.status(ALICE)).receipts) == [
        ConsentReceipt(begun, "on", "command", NOTICE_VERSION),
        ConsentReceipt(begun + timedelta(minutes=1), "pause", "home", NOTICE_VERSION, until),
        ConsentReceipt(begun + timedelta(minutes=2), "off", "button", NOTICE_VERSION),
    ]


async def test_receipts_are_ones_own(consent: Consent) -> None:
    """Nobody sees what another decided."""
    await consent.grant(ALICE, "command")
    assert (await consent.status(person(2))).receipts == []


async def test_who_turns_on_from_two_places_at_once_has_one_receipt(
    consent: Consent, database_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Two processes, one consent, one act."""
    async with opened(database_url) as other:
        elsewhere = Consent(other, pseudonyms, clock)
        await asyncio.gather(*((consent, elsewhere)[number % 2].grant(ALICE, "button") for number in range(6)))
    assert [receipt.act for receipt in (await consent.status(ALICE)).receipts] == ["on"]


# ---- The pause


async def covered(store: Store, pseudonyms: Pseudonyms, written: datetime) -> bool:
    """Whether a message that Alice wrote at that moment may be read now."""
    async with store.read() as session:
        standing = await people.standing(session, pseudonyms.person(ALICE))
    return standing is not None and standing.covers(written)


async def test_what_is_written_during_a_pause_is_never_read(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Not at once, not when it is delivered after the pause, and what is written afterwards is."""
    await consent.grant(ALICE, "command")
    clock.advance(hours=1)
    until = await consent.pause(ALICE, timedelta(days=1), "command")
    assert until == clock() + timedelta(days=1)
    during = clock() + timedelta(hours=3)
    assert not await covered(store, pseudonyms, during)
    status = await consent.status(ALICE)
    assert (status.on, status.paused_until, status.since) == (True, until, clock() - timedelta(hours=1))
    clock.advance(days=1, minutes=1)
    assert not await covered(store, pseudonyms, during)
    assert await covered(store, pseudonyms, clock())
    assert (await consent.status(ALICE)).paused_until is None


async def test_resuming_begins_at_that_moment(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """What was written during the pause stays unread; the consent goes on."""
    await consent.grant(ALICE, "command")
    await consent.pause(ALICE, timedelta(days=7), "command")
    during = clock() + timedelta(hours=1)
    clock.advance(hours=2)
    await consent.grant(ALICE, "button")
    status = await consent.status(ALICE)
    assert (status.on, status.paused_until, status.since) == (True, None, clock())
    assert not await covered(store, pseudonyms, during)
    assert await covered(store, pseudonyms, clock())


async def test_the_later_of_two_pauses_counts(consent: Consent, clock: Clock) -> None:
    """Also where it ends earlier: it is what the person said last."""
    await consent.grant(ALICE, "command")
    await consent.pause(ALICE, timedelta(days=7), "command")
    clock.advance(hours=1)
    until = await consent.pause(ALICE, timedelta(days=1), "command")
    assert until is not None
    assert (await consent.status(ALICE)).paused_until == until
    assert [receipt.act for receipt in (await consent.status(ALICE)).receipts] == ["on", "pause", "pause"]


async def test_a_pause_takes_what_is_being_read_this_moment(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A reading that was begun before it is not stored after it, nor after the person resumed."""
    await consent.grant(ALICE, "command")
    new = await new_reading(store, pseudonyms, ALICE, clock())
    await consent.pause(ALICE, timedelta(days=1), "command")
    async with store.begin() as session:
        assert not await readings.keep(session, new)
    await consent.grant(ALICE, "command")
    async with store.begin() as session:
        assert not await readings.keep(session, new)
    assert (await consent.status(ALICE)).readings == 0


async def test_who_is_off_has_nothing_to_pause(consent: Consent) -> None:
    """A pause is no way to opt in by waiting."""
    assert await consent.pause(ALICE, timedelta(days=1), "command") is None
    await consent.grant(ALICE, "command")
    await consent.withdraw(ALICE, "command")
    assert await consent.pause(ALICE, timedelta(days=1), "command") is None
    assert not (await consent.status(ALICE)).on


async def test_who_turns_off_during_a_pause_stays_off_after_it(consent: Consent, clock: Clock) -> None:
    """The end of the pause turns nobody on."""
    await consent.grant(ALICE, "command")
    await consent.pause(ALICE, timedelta(days=1), "command")
    await consent.withdraw(ALICE, "command")
    clock.advance(days=2)
    assert not (await consent.status(ALICE)).on


@pytest.mark.parametrize("span", [timedelta(0), timedelta(seconds=-1), LONGEST_PAUSE + timedelta(seconds=1)])
async def test_a_pause_has_an_end_in_sight(consent: Consent, span: timedelta) -> None:
    """Neither nothing nor longer than a month."""
    await consent.grant(ALICE, "command")
    with pytest.raises(ValueError, match="31 days"):
        await consent.pause(ALICE, span, "command")
    assert (await consent.status(ALICE)).paused_until is None


# ---- A new notice


async def test_who_agreed_to_an_earlier_notice_is_off_until_they_agree_again(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nothing of theirs is read, what was agreed to then stays known, and agreeing again begins now."""
    await agreed_earlier(store, pseudonyms, ALICE, clock() - timedelta(days=9))
    status = await consent.status(ALICE)
    assert (status.on, status.outdated, status.since) == (False, True, None)
    assert list(status.receipts) == [ConsentReceipt(clock() - timedelta(days=9), "kept", "test", 1)]
    assert not await covered(store, pseudonyms, clock())
    assert await consent.pause(ALICE, timedelta(days=1), "command") is None
    before = clock()
    clock.advance(minutes=1)
    await consent.grant(ALICE, "button")
    status = await consent.status(ALICE)
    assert (status.on, status.outdated, status.since) == (True, False, clock())
    assert [(receipt.act, receipt.notice_version) for receipt in status.receipts] == [
        ("kept", 1),
        ("on", NOTICE_VERSION),
    ]
    assert not await covered(store, pseudonyms, before)
    assert await covered(store, pseudonyms, clock())


async def test_who_agreed_to_an_earlier_notice_can_say_no(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """It is off then, not waiting, and the receipt names the notice that the consent was for."""
    await agreed_earlier(store, pseudonyms, ALICE, clock())
    await consent.withdraw(ALICE, "button")
    status = await consent.status(ALICE)
    assert (status.on, status.outdated) == (False, False)
    assert [(receipt.act, receipt.notice_version) for receipt in status.receipts] == [("kept", 1), ("off", 1)]
    assert not await consent.ask_again(ALICE)


async def test_they_are_asked_once(
    consent: Consent, database_url: str, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Of two processes and many messages one asks; nobody else is asked at all."""
    await agreed_earlier(store, pseudonyms, ALICE, clock())
    await consent.grant(person(2), "command")
    async with opened(database_url) as other:
        elsewhere = Consent(other, pseudonyms, clock)
        asked = await asyncio.gather(*((consent, elsewhere)[number % 2].ask_again(ALICE) for number in range(8)))
    assert sorted(asked) == [False] * 7 + [True]
    assert not await consent.ask_again(person(2))
    assert not await consent.ask_again(person(3))


async def test_a_reading_begun_under_an_earlier_notice_is_not_stored(
    consent: Consent, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Whoever upgrades while messages are read loses those readings rather than keeps them without consent."""
    await consent.grant(ALICE, "command")
    new = await new_reading(store, pseudonyms, ALICE, clock())
    await agreed_earlier(store, pseudonyms, ALICE, clock())
    async with store.begin() as session:
        assert not await readings.keep(session, new)


async def test_channels_that_know_an_earlier_notice_are_told_again(consent: Consent, store: Store) -> None:
    """Those alone, and those in which it could not be posted; each is claimed once."""
    for channel in ("C1", "C2", "C3"):
        assert await consent.notice_due("T1", channel)
    assert await consent.notice_due("T2", "C1")
    async with store.begin() as session:
        await session.execute(update(NoticeRow).where(NoticeRow.channel_id == "C1").values(version=1))
        await notices.release(session, "T1", "C3")
    assert list(await consent.notices_outdated("T1")) == ["C1", "C3"]
    assert await consent.notice_due("T1", "C1")
    assert not await consent.notice_due("T1", "C1")
    assert list(await consent.notices_outdated("T1")) == ["C3"]
    assert list(await consent.notices_outdated("T2")) == ["C1"]
