"""What is read and answered: each message once, in its thread, and nothing that is none of the bot's business."""

import asyncio

import pytest

from tests.journeys.conftest import Town
from tests.localslack import ALICE, DESIGN, GENERAL, JUNHO, PRIYA, wait_for


async def test_a_mention_is_read_once_and_answered_once_in_its_thread(town: Town) -> None:
    """The mention comes as two events; there is one reading and one reply, under the message."""
    await town.opt_in(ALICE)
    ts = await town.say(ALICE, f"{town.mention} I am so proud of this team, what a great day!")
    (reply,) = await town.replies(1)
    await town.rest()
    assert reply["thread_ts"] == ts
    assert len(await town.slack.said_by_bot(GENERAL)) == 1
    (reading,) = await town.readings()
    assert reading["message_ts"] == ts
    assert reading["top_label"] == "joy"
    assert abs(sum(reading["probs"].values()) - 1) < 1e-6
    assert set(reading["probs"]) == set(reading["logits"])


async def test_a_message_between_people_is_read_and_never_answered(town: Town) -> None:
    """Who opted in is read in the channel; the bot does not join in."""
    await town.opt_in(JUNHO)
    await town.say(JUNHO, "배포가 또 실패해서 정말 화가 나네요")
    await town.rest()
    (reading,) = await town.readings()
    assert reading["top_label"] == "anger"
    assert await town.slack.said_by_bot(GENERAL) == []


async def test_a_redelivery_changes_nothing(town: Town) -> None:
    """Slack sends it again and again; one reading, one reply."""
    await town.opt_in(ALICE)
    ts = await town.say(ALICE, f"{town.mention} the meeting is at three")
    await town.replies(1)
    for retry in (1, 2, 3):
        again = await town.slack.redeliver(ts=ts, retry=retry)
        assert again["acknowledged"]
    await town.rest()
    assert len(await town.readings()) == 1
    assert len(await town.slack.said_by_bot(GENERAL)) == 1


async def test_an_edit_replaces_the_reading_and_earns_no_second_reply(town: Town) -> None:
    """The reading follows the words; the conversation does not repeat itself."""
    await town.opt_in(ALICE)
    ts = await town.say(ALICE, f"{town.mention} I am so happy, everything works!")
    await town.replies(1)
    await town.edit(ALICE, ts, f"{town.mention} I am furious, they lied to us again!")
    await wait_for(lambda: _label(town, "anger"), "the new reading")
    await town.rest()
    assert len(await town.readings()) == 1
    assert len(await town.slack.said_by_bot(GENERAL)) == 1


async def test_a_mention_that_is_edited_in_is_not_answered(town: Town) -> None:
    """An edit never earns a reply."""
    ts = await town.say(ALICE, "is anybody here who can help?")
    await town.edit(ALICE, ts, f"{town.mention} is anybody here who can help?")
    await town.rest()
    assert await town.slack.said_by_bot(GENERAL) == []


async def test_a_deleted_message_takes_its_reading_along(town: Town) -> None:
    """What the person took back is not kept, also when Slack delivers it once more afterwards."""
    await town.opt_in(ALICE)
    ts = await town.say(ALICE, "I am so sad about the farewell today")
    assert len(await town.readings()) == 1
    await town.slack.delete(ALICE, GENERAL, ts)
    await wait_for(lambda: _empty(town), "the reading to go")


async def test_a_direct_message_is_answered_without_a_mention(town: Town) -> None:
    """In a direct message every message is for the bot."""
    await town.opt_in(PRIYA)
    direct = await town.slack.direct(PRIYA)
    await town.say(PRIYA, "I worry about tomorrow's review, I am scared I will fail", channel=direct)
    await town.replies(1, direct)
    (reading,) = await town.readings()
    assert reading["meta"]["place"] == "direct"


async def test_in_a_thread_where_it_was_addressed_the_bot_goes_on_answering(town: Town) -> None:
    """Mentioned once in a thread, it answers there without being named again, and nowhere else."""
    ts = await town.say(ALICE, f"{town.mention} can we talk about the plan?")
    await town.replies(1, thread=ts)
    await town.say(JUNHO, "저도 궁금해요", thread=ts)
    await town.replies(2, thread=ts)
    other = await town.say(ALICE, "another matter, for everybody")
    await town.say(JUNHO, "네 확인했어요", thread=other)
    await town.rest()
    assert len(await town.slack.said_by_bot(GENERAL)) == 2


async def test_each_channel_keeps_its_own_messages(town: Town) -> None:
    """The same person in two channels gives two readings with their channels."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "Good morning, the report is in the folder.")
    await town.say(ALICE, "The new drafts are lovely!", channel=DESIGN)
    assert {reading["channel_id"] for reading in await town.readings()} == {GENERAL, DESIGN}


async def test_text_that_comes_with_a_file_is_read(town: Town) -> None:
    """The words beside a file count; the file is not opened."""
    await town.opt_in(ALICE)
    town.said.append("I love how this turned out!")
    await town.slack.upload(ALICE, GENERAL, "I love how this turned out!", b"not a picture", "draft.png")
    await wait_for(town.readings, "the reading")
    assert (await town.readings())[0]["top_label"] == "joy"


async def test_bots_notices_and_strangers_are_left_alone(town: Town) -> None:
    """Another bot, a join notice and a person of another organisation give neither reading nor reply."""
    await town.opt_in(ALICE)
    base = {"type": "message", "channel": GENERAL, "channel_type": "channel", "team": town.slack.workspace.team}
    words = f"{town.mention} I am so happy today"
    strange = [
        {"subtype": "bot_message", "bot_id": "B01OTHER", "text": words, "username": "deploybot"},
        {"user": ALICE, "bot_id": "B01OTHER", "text": words},
        {"subtype": "channel_join", "user": ALICE, "text": "has joined the channel"},
        {"user": "U99STRANGER", "user_team": "T99OTHER", "source_team": "T99OTHER", "text": words},
        {"user": town.bot, "text": words},
    ]
    for number, event in enumerate(strange):
        answer = await town.slack.event({**base, **event, "ts": f"{2_000_000_000 + number}.000100"})
        assert answer["acknowledged"]
    await town.rest()
    assert await town.readings() == []
    assert await town.slack.said_by_bot(GENERAL) == []


HOSTILE = {
    "emoji only": "🎉🎉🎉",
    "forty thousand characters": "정말 좋은 하루였어요. " * 3_500,
    "a NUL": "before\x00after, a fine day",
    "a lone surrogate": "half \ud83d of an emoji",
    "right-to-left marks": "\u202eesrever\u202c and \u200f\u200e back",
    "Zalgo": "h" + "\u0301\u0302\u0303\u0336" * 200 + "i there",
    "laughter": "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ",
    "a code block": "```\nraise SadException('terrible, awful, hate')\n``` merged, thanks!",
    "a channel mention": "<!channel> <!here> <!everyone> please read",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_text_is_answered_like_any_other(town: Town, name: str) -> None:
    """Whatever people paste, there is one reply that pings nobody, and the bot lives on."""
    await town.opt_in(ALICE)
    text = f"{town.mention} {HOSTILE[name]}"
    event = {
        "type": "message",
        "channel": GENERAL,
        "channel_type": "channel",
        "team": town.slack.workspace.team,
        "user": ALICE,
        "text": text,
        "ts": "2000000000.000100",
    }
    answer = await town.slack.event(event)
    assert answer["acknowledged"]
    (reply,) = await town.replies(1)
    assert "<!" not in reply["text"]
    assert len(await town.readings()) == 1


async def test_an_empty_mention_is_answered(town: Town) -> None:
    """Somebody who only names the bot gets a reply, and there is nothing to read."""
    await town.opt_in(ALICE)
    await town.say(ALICE, town.mention)
    await town.replies(1)


async def test_many_people_at_once_are_each_read_once(town: Town) -> None:
    """Messages that arrive together do not get in each other's way."""
    await town.opt_in(ALICE, JUNHO, PRIYA)
    writers = [ALICE, JUNHO, PRIYA] * 10
    await asyncio.gather(*(town.say(user, f"message number {n}, all is well") for n, user in enumerate(writers)))
    assert len(await town.readings()) == len(writers)


async def _label(town: Town, label: str) -> bool:
    return [reading["top_label"] for reading in await town.readings()] == [label]


async def _empty(town: Town) -> bool:
    return await town.readings() == []
