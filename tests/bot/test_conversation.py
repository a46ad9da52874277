"""A message → consent → reading, and who is answered, on real databases."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest

from bot.conversation import INFERENCE_SECONDS, Conversation
from bot.errors import ClassifierBusy, StoreUnavailable
from bot.messages import MessageId, Place, Receipt, Turn
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.settings import SQLITE
from bot.store import replies
from bot.store.base import Store
from emotion.batching import Batcher
from emotion.labels import Emotion
from tests.bot.conversing import TEXT, House, Shown
from tests.conftest import opened
from tests.factories import person, reading, ts_of
from tests.fakes import Clock

HOSTILE: Final = {
    "empty": "",
    "long": "a" * 40_000,
    "emoji": "🎉🎉",
    "NUL": "\x00 null",
    "surrogates": "\ud83d lone \ude00",
    "right to left": "\u202eabc\u202c",
    "Zalgo": "z\u0334\u031b\u0324\u0348\u0301a\u0337l\u0336g\u0338o\u0335",
    "laughter": "ㅋㅋㅋㅋㅋㅋ",
    "code": "```\nrm -rf /\n```",
    "broadcast": "<!channel> hello",
}


async def test_nobody_is_read_before_opting_in(house: House) -> None:
    """Without consent the classifier never sees the text, nothing is stored, and a direct message is still answered."""
    receipt = await house.conversation.receive(house.says(place=Place.DIRECT))
    assert receipt == Receipt(reading=None, owes_reply=True)
    assert house.reader.asked == []
    assert await house.rows() == []


async def test_who_opted_in_is_read_and_the_text_is_not_kept(house: House) -> None:
    """A consenting person's message becomes a row of numbers under a pseudonym, with a keyed hash for its text."""
    await house.consent.grant(person(), "test")
    incoming = house.says(place=Place.GROUP)
    receipt = await house.conversation.receive(incoming)
    assert receipt == Receipt(reading(Emotion.SADNESS), owes_reply=False)
    (row,) = await house.rows()
    assert (row.team_id, row.channel_id, row.message_ts) == (incoming.id.team, incoming.id.channel, incoming.id.ts)
    assert row.user_id == house.pseudonyms.person(person())
    assert row.text_hash == house.pseudonyms.text_hash(TEXT)
    assert (row.top_label, row.time, row.meta) == ("sadness", incoming.id.time, {"language": "en", "place": "group"})
    assert row.probs == {label.value: p for label, p in reading(Emotion.SADNESS).probs.items()}


async def test_opting_out_counts_from_the_next_message(house: House) -> None:
    """After a withdrawal nothing more is read, and what was written before a consent is not read under it."""
    await house.consent.grant(person(), "test")
    await house.conversation.receive(house.says())
    await house.consent.withdraw(person(), "test")
    unread = house.says()
    assert (await house.conversation.receive(unread)).reading is None
    house.clock.advance(seconds=5)
    await house.consent.grant(person(), "test")
    assert (await house.conversation.receive(unread)).reading is None
    assert len(await house.rows()) == 1
    assert len(house.reader.asked) == 1


@pytest.mark.parametrize("gone", ["withdrawn", "withdrawn and granted again"])
async def test_a_withdrawal_while_the_text_is_being_read_wins(house: House, gone: str) -> None:
    """A reading in flight is thrown away: neither stored nor handed on to the reply, which is still owed."""
    await house.consent.grant(person(), "test")
    loop = asyncio.get_running_loop()

    async def withdraw() -> None:
        await house.consent.withdraw(person(), "test")
        if gone != "withdrawn":
            await house.consent.grant(person(), "test")

    house.reader.before = lambda: asyncio.run_coroutine_threadsafe(withdraw(), loop).result()
    receipt = await house.conversation.receive(house.says(mentioned=True))
    assert receipt == Receipt(reading=None, owes_reply=True)
    assert len(house.reader.asked) == 1
    assert await house.rows() == []


@pytest.mark.parametrize(
    "how", [{"place": Place.DIRECT}, {"mentioned": True}, {"mentioned": True, "thread": "1.000000"}]
)
async def test_a_second_delivery_changes_nothing(house: House, how: dict[str, Any]) -> None:
    """Redeliveries, and a mention that arrives as two events, give one reading and one reply."""
    await house.consent.grant(person(), "test")
    incoming = house.says(**how)
    receipts = [await house.conversation.receive(incoming) for _ in range(3)]
    assert [receipt.owes_reply for receipt in receipts] == [True, False, False]
    assert [receipt.reading is not None for receipt in receipts] == [True, False, False]
    assert len(await house.rows()) == 1


async def test_deliveries_at_the_same_moment_owe_one_reply(house: House) -> None:
    """Ten deliveries at once: one of them answers."""
    await house.consent.grant(person(), "test")
    incoming = house.says(mentioned=True)
    receipts = await asyncio.gather(*(house.conversation.receive(incoming) for _ in range(10)))
    assert sum(receipt.owes_reply for receipt in receipts) == 1
    assert len(await house.rows()) == 1


async def test_whose_writer_died_is_answered_by_a_redelivery(house: House) -> None:
    """A reply owed for more than six minutes may be taken on again, with its reading; one that was sent never."""
    await house.consent.grant(person(), "test")
    incoming = house.says(place=Place.DIRECT)
    await house.conversation.receive(incoming)
    house.clock.advance(minutes=7)
    again = await house.conversation.receive(incoming)
    assert again == Receipt(reading(Emotion.SADNESS), owes_reply=True)
    await house.conversation.replied(incoming.id)
    house.clock.advance(minutes=7)
    assert (await house.conversation.receive(incoming)).owes_reply is False
    assert await house.owed() == [(incoming.id.ts, "sent")]


async def test_the_bot_speaks_only_when_spoken_to(house: House) -> None:
    """Channels and group messages are answered on a mention and in threads where the bot was addressed, else never."""
    receive = house.conversation.receive
    assert not (await receive(house.says())).owes_reply
    assert not (await receive(house.says(place=Place.GROUP))).owes_reply
    root = house.says("@maeum hello", mentioned=True)
    assert not (await receive(house.says(thread=root.id.ts))).owes_reply
    assert (await receive(root)).owes_reply
    assert (await receive(house.says(thread=root.id.ts, author=person(2)))).owes_reply
    elsewhere = house.says(thread=root.id.ts)
    elsewhere = replace(elsewhere, id=replace(elsewhere.id, channel="C02OTHER"))
    assert not (await receive(elsewhere)).owes_reply
    assert not (await receive(house.says())).owes_reply


async def test_an_edit_is_read_again_and_earns_no_reply(house: House) -> None:
    """The reading is replaced; even an edit that mentions the bot takes on no reply."""
    await house.consent.grant(person(), "test")
    incoming = house.says()
    await house.conversation.receive(incoming)
    house.reader.label = Emotion.JOY
    await house.conversation.revise(replace(incoming, text="@maeum all is well again", mentioned=True))
    (row,) = await house.rows()
    assert row.top_label == "joy"
    assert row.text_hash == house.pseudonyms.text_hash("@maeum all is well again")
    assert await house.owed() == []


@pytest.mark.parametrize("text", ["", " \n", "\u200b\x00"])
async def test_an_edit_to_nothing_removes_the_reading(house: House, text: str) -> None:
    """Where no readable text is left, no reading is left."""
    await house.consent.grant(person(), "test")
    incoming = house.says()
    await house.conversation.receive(incoming)
    await house.conversation.revise(replace(incoming, text=text))
    assert await house.rows() == []


async def test_an_edit_without_consent_is_not_read(house: House) -> None:
    """The old reading describes words that are gone, so it goes; the new words are not read."""
    await house.consent.grant(person(), "test")
    incoming = house.says()
    await house.conversation.receive(incoming)
    await house.consent.withdraw(person(), "test")
    await house.conversation.revise(replace(incoming, text="something else"))
    assert house.reader.asked == [TEXT]
    assert await house.rows() == []


async def test_a_deleted_message_takes_its_reading_along(house: House) -> None:
    """And a delivery that comes late does not bring it back."""
    await house.consent.grant(person(), "test")
    kept, gone = house.says(), house.says()
    await house.conversation.receive(kept)
    await house.conversation.receive(gone)
    await house.conversation.retract(gone.id)
    await house.conversation.receive(gone)
    assert [row.message_ts for row in await house.rows()] == [kept.id.ts]


async def test_a_deleted_message_gets_no_reply_any_more(house: House) -> None:
    """Neither from a late first delivery, nor from the one that would take it on after its writer died."""
    await house.consent.grant(person(), "test")
    late, died = house.says(mentioned=True), house.says(place=Place.DIRECT)
    assert (await house.conversation.receive(died)).owes_reply
    for incoming in (late, died):
        await house.conversation.retract(incoming.id)
    house.clock.advance(minutes=10)
    for incoming in (late, died):
        assert await house.conversation.receive(incoming) == Receipt(reading=None, owes_reply=False)
    assert [ts for ts, _ in await house.owed()] == [died.id.ts]


async def test_words_that_were_edited_away_are_answered_but_not_read(house: House) -> None:
    """The first delivery comes after the edit that left nothing: its words count neither for a row nor for a tone."""
    await house.consent.grant(person(), "test")
    incoming = house.says(mentioned=True)
    await house.conversation.revise(replace(incoming, text="\u200b", edited=ts_of(house.clock())))
    assert await house.conversation.receive(incoming) == Receipt(reading=None, owes_reply=True)
    assert await house.rows() == []


async def test_an_edit_that_cannot_be_read_takes_the_reading_along(house: House) -> None:
    """Where the classifier fails on the new words, the reading of the old ones goes and does not come back."""
    await house.consent.grant(person(), "test")
    incoming = house.says()
    await house.conversation.receive(incoming)

    def fail() -> None:
        raise RuntimeError

    house.reader.before = fail
    await house.conversation.revise(replace(incoming, text="x", edited=ts_of(house.clock())))
    house.reader.before = lambda: None
    await house.conversation.receive(incoming)
    assert await house.rows() == []


async def test_of_two_edits_the_later_one_counts_whichever_comes_last(house: House) -> None:
    """A first edit that is delivered again after the second changes nothing."""
    await house.consent.grant(person(), "test")
    incoming = house.says()
    await house.conversation.receive(incoming)
    times = [ts_of(house.clock() + timedelta(seconds=number)) for number in (5, 9)]
    for label, edited in ((Emotion.JOY, times[1]), (Emotion.ANGER, times[0])):
        house.reader.label = label
        await house.conversation.revise(replace(incoming, text=label.value, edited=edited))
    await house.conversation.revise(replace(incoming, text="", edited=times[0]))
    (row,) = await house.rows()
    assert (row.top_label, row.text_hash) == ("joy", house.pseudonyms.text_hash("joy"))


async def test_deliveries_edits_and_deletions_at_once_leave_no_reading(house: House, database_url: str) -> None:
    """A message is delivered, edited and deleted at two processes at the same time: afterwards it is gone."""
    await house.consent.grant(person(), "test")
    async with opened(database_url) as store:
        other = replace(house, store=store).with_writer(house.writer)
        for _ in range(12):
            incoming = house.says()
            edit = replace(incoming, text="edited", edited=ts_of(house.clock()))
            await asyncio.gather(
                house.conversation.receive(incoming),
                other.revise(edit),
                other.retract(incoming.id),
                house.conversation.revise(edit),
                other.receive(incoming),
            )
            assert await house.rows() == []


async def test_an_erasure_while_the_text_is_being_read_leaves_no_claim(house: House) -> None:
    """The claim on a reply would hold the pseudonym of somebody who was just erased, so the reply is not owed."""
    privacy = Privacy(house.store, house.pseudonyms, house.clock)
    await house.consent.grant(person(), "test")
    loop = asyncio.get_running_loop()
    erasing = privacy.erase(person(), actor=None, reason="left")
    house.reader.before = lambda: asyncio.run_coroutine_threadsafe(erasing, loop).result()
    assert await house.conversation.receive(house.says(mentioned=True)) == Receipt(reading=None, owes_reply=False)
    assert set((await privacy.holdings(person())).values()) == {0}


async def test_a_classifier_that_fails_costs_nobody_the_reply(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """The message is answered without a reading; the log has the kind of the error and nothing of the text."""

    def fail() -> None:
        raise RuntimeError(TEXT)

    house.reader.before = fail
    await house.consent.grant(person(), "test")
    with caplog.at_level(logging.DEBUG):
        assert await house.conversation.receive(house.says(mentioned=True)) == Receipt(None, owes_reply=True)
    assert "RuntimeError" in caplog.text
    assert TEXT not in caplog.text
    assert await house.rows() == []


async def test_a_burst_is_not_taken_for_read(house: House) -> None:
    """What the classifier had no time for is not acknowledged, leaves nothing behind, and is read when it comes again.

    That holds for edits too. What gave up waiting in line is not read in vain.
    """
    await house.consent.grant(person(), "test")
    edited = house.says()
    await house.conversation.receive(edited)
    released = Event()
    house.reader.before = lambda: released.wait(60)
    burst = [house.says(mentioned=True) for _ in range(20)]
    edit = replace(edited, text="all is well", edited=edited.id.ts)
    try:
        async with asyncio.timeout(INFERENCE_SECONDS + 20):
            answers = await asyncio.gather(
                *(house.conversation.receive(incoming) for incoming in burst),
                house.conversation.revise(edit),
                return_exceptions=True,
            )
    finally:
        released.set()
    assert {type(answer) for answer in answers} == {ClassifierBusy}
    assert [row.message_ts for row in await house.rows()] == [edited.id.ts]
    assert await house.owed() == []
    receipts = [await house.conversation.receive(incoming) for incoming in burst]
    assert all(receipt == Receipt(reading(Emotion.SADNESS), owes_reply=True) for receipt in receipts)
    await house.conversation.revise(edit)
    assert len(await house.rows()) == 1 + len(burst)
    assert len(house.reader.asked) == 1 + 1 + len(burst) + 1  # the first, the one that hung, and each once


async def test_a_process_that_is_being_stopped_reads_nothing_in_vain(house: House) -> None:
    """Once the line is closed, a message is not acknowledged: another process gets it."""
    await house.batcher.close()
    await house.consent.grant(person(), "test")
    with pytest.raises(ClassifierBusy):
        await house.conversation.receive(house.says(mentioned=True))
    assert await house.owed() == []


async def test_a_line_that_is_full_is_not_taken_for_read(house: House) -> None:
    """What finds no place in line is refused at once, not acknowledged, and leaves nothing behind."""
    await house.consent.grant(person(), "test")
    released = Event()
    house.reader.before = lambda: released.wait(60)
    batcher = Batcher(house.reader, batch_size=1, queue_size=1)
    conversation = replace(house, batcher=batcher).with_writer(house.writer)
    burst = [asyncio.create_task(conversation.receive(house.says())) for _ in range(5)]
    try:
        refused, _ = await asyncio.wait(burst, timeout=INFERENCE_SECONDS / 2)
    finally:
        released.set()
    await asyncio.wait(burst)
    assert [type(one.exception()) for one in refused] == [ClassifierBusy] * 3
    assert len(await house.rows()) == 2
    await batcher.close()


async def test_a_text_on_which_the_classifier_times_out_by_itself_is_answered(house: House) -> None:
    """A failure of the classifier's own that happens to be a TimeoutError is no reason to deliver again."""

    def fail() -> None:
        raise TimeoutError

    house.reader.before = fail
    await house.consent.grant(person(), "test")
    assert await house.conversation.receive(house.says(mentioned=True)) == Receipt(None, owes_reply=True)


async def test_without_a_database_nothing_is_promised(
    house: House,
    pseudonyms: Pseudonyms,
    clock: Clock,
    tmp_path: Path,
) -> None:
    """A database without tables raises StoreUnavailable, so that the delivery is not acknowledged and comes again."""
    empty = Store(f"{SQLITE}:///{tmp_path}/elsewhere.db")
    conversation = Conversation(empty, pseudonyms, house.batcher, house.writer, clock)
    with pytest.raises(StoreUnavailable):
        await conversation.receive(house.says(mentioned=True))
    await empty.close()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_is_received_stored_edited_and_answered(house: House, text: str) -> None:
    """Any text goes the whole way without an error, and gives at most one reading."""
    await house.consent.grant(person(), "test")
    incoming = house.says(text, place=Place.DIRECT)
    receipt = await house.conversation.receive(incoming)
    assert receipt.owes_reply
    assert (receipt.reading is None) == (text == "")
    shown = Shown()
    await house.conversation.reply(incoming, receipt.reading, [Turn("person", text)], shown)
    assert shown.text == "First. Second."
    await house.conversation.revise(incoming)
    assert len(await house.rows()) == (0 if text == "" else 1)


async def test_a_stale_claim_found_by_recovery_can_be_taken_once(house: House) -> None:
    """Recovery at start-up lists what is owed; receiving such a message again takes it on, for one process only."""
    incoming = house.says(mentioned=True)
    await house.conversation.receive(incoming)
    house.clock.advance(minutes=7)
    async with house.store.read() as session:
        (owed,) = await replies.owed(session, since=house.clock() - timedelta(hours=1), now=house.clock())
    assert owed.message == MessageId(incoming.id.team, incoming.id.channel, incoming.id.ts)
    assert [(await house.conversation.receive(incoming)).owes_reply for _ in range(2)] == [True, False]
