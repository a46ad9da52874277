"""Nobody is read before opting in; one act withdraws."""

import time
from datetime import UTC, datetime, timedelta

from tests.factories import agreed_earlier
from tests.journeys.conftest import OpenTown, Town
from tests.localslack import ALICE, GENERAL, JUNHO, MINJI, wait_for


async def test_who_did_not_opt_in_is_not_read_but_answered(town: Town) -> None:
    """Without consent there is a reply and no reading."""
    await town.say(ALICE, f"{town.mention} I am so happy about the launch!")
    await town.replies(1)
    assert await town.readings() == []


async def test_opting_in_by_command_is_confirmed_to_the_person_alone(town: Town) -> None:
    """`/emotion on` answers ephemerally, in the person's language, and reads from then on."""
    await town.slack.command(JUNHO, GENERAL, "/emotion on")
    said = await town.whisper(JUNHO)
    assert "글은 저장하지 않아요" in said["text"]
    await town.say(JUNHO, "오늘 발표가 잘 끝나서 너무 기뻐요!")
    (reading,) = await town.readings()
    assert reading["top_label"] == "joy"
    assert reading["meta"]["language"] == "ko"


async def test_opting_out_takes_effect_on_the_next_message_and_asks_what_becomes_of_the_rest(town: Town) -> None:
    """After `/emotion off` nothing is read; the person may keep or delete what is stored."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "What a wonderful surprise, thank you all!")
    await town.slack.command(ALICE, GENERAL, "/emotion off")
    question = await town.whisper(ALICE, after=1)
    await town.say(ALICE, "This must not be read any more.")
    assert len(await town.readings()) == 1
    await town.slack.press(ALICE, GENERAL, question["ts"], "maeum_forget")
    await wait_for(town.slack.modal, "the question whether to delete")
    assert len(await town.readings()) == 1
    await town.slack.submit(ALICE)
    await wait_for(lambda: _none(town), "the deletion")
    assert await town.everything_stored() != ""
    assert str(town.services.pseudonyms.person(town.person(ALICE))) not in await town.everything_stored()


async def test_the_notice_is_posted_once_and_its_buttons_do_the_same(town: Town) -> None:
    """Joining twice posts one notice, in both languages; its button opts the presser in, and nobody else."""
    await town.slack.join(GENERAL)
    (notice,) = await town.replies(1)
    await town.slack.join(GENERAL)
    await town.rest()
    assert len(await town.slack.said_by_bot(GENERAL)) == 1
    await town.slack.press(MINJI, GENERAL, notice["ts"], "maeum_on")
    await wait_for(lambda: town.consents(MINJI), "Minji's consent")
    assert not await town.consents(ALICE)
    await town.slack.press(MINJI, GENERAL, notice["ts"], "maeum_off")
    await wait_for(lambda: _off(town, MINJI), "Minji's withdrawal")


async def test_what_is_written_during_a_pause_is_never_read(town: Town) -> None:
    """By command, in Korean: neither at once nor after the pause has ended, not even when Slack delivers it again."""
    await town.opt_in(JUNHO)
    await town.slack.command(JUNHO, GENERAL, "/emotion 멈춤 일주일")
    assert "멈출게요" in (await town.whisper(JUNHO, after=1))["text"]
    during = await town.say(JUNHO, "쉬는 동안 쓴 글은 읽지 말아 주세요")
    await wait_for(lambda: _second_passed(during), "the next second")
    await town.slack.command(JUNHO, GENERAL, "/emotion 켜기")
    await town.whisper(JUNHO, after=2)
    await town.slack.redeliver(event="message", ts=during)
    assert await town.readings() == []
    await town.say(JUNHO, "다시 켰으니 이 글은 읽어도 좋아요!")
    assert len(await town.readings()) == 1


async def test_whoever_agreed_to_an_earlier_notice_is_asked_and_not_read_until_they_agree(town: Town) -> None:
    """One message with the new notice, however much they write; its button agrees."""
    now = datetime.now(UTC) - timedelta(days=1)
    await agreed_earlier(town.services.store, town.services.pseudonyms, town.person(JUNHO), now)
    for text in ("어제까지는 읽던 글이에요", "그리고 하나 더 써 봤어요"):
        await town.say(JUNHO, text)
    direct = await town.slack.direct(JUNHO)
    (question,) = await town.replies(1, direct)
    assert "안내가 바뀌었어요" in question["text"]
    assert await town.readings() == []
    await town.slack.press(JUNHO, direct, question["ts"], "maeum_on")
    await wait_for(lambda: town.consents(JUNHO), "the consent to the new notice")
    await wait_for(lambda: _second_passed(question["ts"]), "the next second")
    await town.say(JUNHO, "이제 동의했으니 읽어 주세요")
    assert len(await town.readings()) == 1
    assert len(await town.slack.said_by_bot(direct)) == 1


async def test_a_message_written_before_opting_in_is_not_read_when_it_is_edited_later(town: Town) -> None:
    """Consent looks forward: what was written before it stays unread."""
    before = await town.say(ALICE, "An old message from before.")
    await wait_for(lambda: _second_passed(before), "the next second")
    await town.opt_in(ALICE)
    await town.edit(ALICE, before, "An old message from before, edited and very sad.")
    assert await town.readings() == []


async def test_help_and_nonsense_are_answered_to_the_person_alone(open_town: OpenTown) -> None:
    """A word that is no subcommand gets the usage, never a stack trace and never a public message."""
    async with open_town() as town:
        await town.slack.command(ALICE, GENERAL, "/emotion help")
        assert "/emotion-graph" in (await town.whisper(ALICE))["text"]
        await town.slack.command(ALICE, GENERAL, "/emotion frobnicate")
        assert "/emotion" in (await town.whisper(ALICE, after=1))["text"]
        assert await town.slack.said_by_bot(GENERAL) == []


async def _none(town: Town) -> bool:
    return await town.readings() == []


async def _off(town: Town, user: str) -> bool:
    return not await town.consents(user)


def _second_passed(ts: str) -> bool:
    return int(time.time()) > int(float(ts))
