import asyncio
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import Incoming, MessageId, Person, Place, Turn
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import SlackDoor
from handlers.slack.context import Context
from handlers.slack.identity import Me
from tests.handlers.house import ALICE, DIRECT, GENERAL, MINJI, until
from tests.slack_api import BOT, BOT_ID, BOT_TOKEN, TEAM, SlackApi

ME = Me(TEAM, BOT, BOT_ID)
ROOT = "1790000000.000100"


def ts(number: int) -> str:
    return f"{1790000000 + number}.000100"


def incoming(number: int, *, thread: str | None = ROOT, place: Place = Place.CHANNEL) -> Incoming:
    channel = DIRECT if place is Place.DIRECT else GENERAL
    return Incoming(MessageId(TEAM, channel, ts(number)), Person(TEAM, ALICE), "now", place, thread=thread)


def said(number: int, text: str, user: str = ALICE, thread: str | None = ROOT, **more: object) -> dict[str, Any]:
    return {"user": user, "ts": ts(number), "thread_ts": thread, "text": text, **more}


@pytest.fixture
def context(slack: SlackApi) -> Context:
    return Context(AsyncWebClient(BOT_TOKEN, base_url=slack.url))


async def test_the_last_ten_turns_before_the_message(context: Context, slack: SlackApi) -> None:
    """Oldest first; the message itself, what came after it, other bots and notices are left out."""
    slack.messages[GENERAL] += [said(number, f"turn {number}") for number in range(15)]
    slack.messages[GENERAL] += [
        said(15, "a build failed", user="U9", bot_id="B9"),
        said(16, "joined", subtype="channel_join"),
        said(17, "", MINJI),
        said(18, f"<@{BOT}> hm &amp; so", MINJI),
        said(19, "I see", BOT, bot_id=BOT_ID),
        said(20, "now"),
        said(21, "after"),
    ]
    turns = await context.before(incoming(20), ME)
    assert [turn.text for turn in turns] == [f"turn {number}" for number in range(7, 15)] + ["hm & so", "I see"]
    assert [turn.role for turn in turns][-2:] == ["person", "bot"]


async def test_a_message_that_opens_a_thread_has_no_context(context: Context, slack: SlackApi) -> None:
    """What others said in the channel was not said to the bot: Slack is not even asked."""
    slack.messages[GENERAL].append(said(1, "private matters", thread=None))
    assert await context.before(incoming(2, thread=None), ME) == ()
    assert slack.calls == []


async def test_a_direct_message_has_its_own_history(context: Context, slack: SlackApi) -> None:
    """Outside its threads."""
    slack.messages[DIRECT] += [said(1, "hello", thread=None), said(2, "elsewhere"), said(3, "hi", BOT, None)]
    turns = await context.before(incoming(4, thread=None, place=Place.DIRECT), ME)
    assert [turn.text for turn in turns] == ["hello", "hi"]


async def test_what_is_known_is_kept_up_to_date_without_asking(context: Context, slack: SlackApi) -> None:
    """Slack is asked once in minutes; what is said meanwhile is added."""
    slack.messages[GENERAL].append(said(0, "first"))
    await context.before(incoming(1), ME)
    context.note(incoming(1), ts(1), Turn("person", "second"))
    context.note(incoming(1), ts(2), Turn("bot", "third"))
    assert [turn.text for turn in await context.before(incoming(3), ME)] == ["first", "second", "third"]
    assert len(slack.asked("conversations.replies")) == 1


@pytest.mark.parametrize("how", ["changed", "clear"])
async def test_what_was_deleted_is_not_remembered(context: Context, slack: SlackApi, how: str) -> None:
    """After an edit or a deletion, and after an erasure, Slack is asked anew."""
    slack.messages[GENERAL] += [said(0, "first"), said(1, "regretted")]
    await context.before(incoming(2), ME)
    del slack.messages[GENERAL][1]
    if how == "changed":
        context.changed(GENERAL, ROOT)
    else:
        context.clear()
    assert [turn.text for turn in await context.before(incoming(2), ME)] == ["first"]


@pytest.mark.parametrize("how", ["changed", "clear"])
async def test_what_is_deleted_while_slack_answers_does_not_come_back(
    context: Context, slack: SlackApi, how: str
) -> None:
    """An answer that was on its way holds it still: it is neither used nor kept, and Slack is asked again."""
    slack.messages[GENERAL] += [said(0, "first"), said(1, "regretted")]
    held = slack.hold("conversations.replies")
    asking = asyncio.create_task(context.before(incoming(2), ME))
    await until(lambda: slack.asked("conversations.replies"))
    del slack.messages[GENERAL][1]
    if how == "changed":
        context.changed(GENERAL, ROOT)
    else:
        context.clear()
    held.set()
    assert [turn.text for turn in await asking] == ["first"]
    assert [turn.text for turn in await context.before(incoming(2), ME)] == ["first"]
    assert len(slack.asked("conversations.replies")) == 2


async def test_a_change_elsewhere_is_no_reason_to_ask_again(context: Context, slack: SlackApi) -> None:
    """Neither of what is known nor of what is being asked."""
    slack.messages[GENERAL].append(said(0, "first"))
    held = slack.hold("conversations.replies")
    asking = asyncio.create_task(context.before(incoming(2), ME))
    await until(lambda: slack.asked("conversations.replies"))
    context.changed(GENERAL, ts(9))
    context.changed("C0OTHER", ROOT)
    held.set()
    assert [turn.text for turn in await asking] == ["first"]
    context.changed(GENERAL, ts(9))
    await context.before(incoming(2), ME)
    assert len(slack.asked("conversations.replies")) == 1


async def test_the_first_message_of_a_thread_stands_in_the_direct_message_too(
    context: Context, slack: SlackApi
) -> None:
    """Deleted, it is remembered in neither."""
    slack.messages[DIRECT] += [said(0, "regretted", thread=ts(0)), said(1, "hello", thread=None)]
    question = incoming(2, thread=None, place=Place.DIRECT)
    await context.before(question, ME)
    del slack.messages[DIRECT][0]
    context.changed(DIRECT, ts(0))
    assert [turn.text for turn in await context.before(question, ME)] == ["hello"]


@pytest.mark.parametrize(
    ("me", "more", "heard"),
    [
        (ME, {"team": TEAM, "user_team": TEAM, "source_team": TEAM}, True),
        (ME, {"team": "T0OTHER"}, False),
        (ME, {"team": TEAM, "user_team": "T0OTHER"}, False),
        (ME, {"source_team": "T0OTHER"}, False),
        (replace(ME, enterprise="E0OURS"), {"user_team": "E0OURS"}, True),
    ],
)
async def test_words_of_other_organisations_are_no_context(
    context: Context, slack: SlackApi, me: Me, more: dict[str, str], *, heard: bool
) -> None:
    """What a guest from elsewhere wrote in a shared channel's thread goes to no model service of ours."""
    slack.messages[GENERAL] += [said(0, "ours"), said(1, "theirs?", "U0AWAY", **more)]
    turns = await context.before(incoming(2), me)
    assert [turn.text for turn in turns] == (["ours", "theirs?"] if heard else ["ours"])


async def test_a_conversation_that_nobody_asks_for_is_forgotten(slack: SlackApi) -> None:
    """Five minutes after it was asked for, a sweep takes it, whoever is or is not speaking."""
    at = [0.0]
    context = Context(AsyncWebClient(BOT_TOKEN, base_url=slack.url), lambda: at[0])
    slack.messages[GENERAL].append(said(0, "first"))
    await context.before(incoming(2), ME)
    at[0] = 299.0
    context.sweep()
    assert len(context) == 1
    at[0] = 300.0
    context.sweep()
    assert len(context) == 0


async def test_an_open_door_forgets_by_itself(settings: Settings, services: Services, slack: SlackApi) -> None:
    """Nobody says a word more, and what was said is held no longer than its five minutes."""
    at = [0.0]
    door = SlackDoor(settings, services, recovery_seconds=0.001, now=lambda: at[0])
    slack.messages[GENERAL].append(said(0, "first"))
    await door.kit.context.before(incoming(2), ME)
    await door.start()
    assert len(door.kit.context) == 1
    at[0] = 300.0
    await until(lambda: len(door.kit.context) == 0)
    await door.stop()


async def test_only_a_known_conversation_is_followed(context: Context, slack: SlackApi) -> None:
    """What is said where the bot is not spoken to is not gathered: the first question still goes to Slack."""
    context.note(incoming(1), ts(1), Turn("person", "overheard"))
    slack.messages[GENERAL].append(said(0, "first"))
    assert [turn.text for turn in await context.before(incoming(2), ME)] == ["first"]


async def test_without_slacks_word_there_is_no_context(context: Context, slack: SlackApi) -> None:
    """A refusal is no error, and the next message asks again."""
    slack.messages[GENERAL].append(said(0, "first"))
    slack.refuse("conversations.replies", "missing_scope")
    assert await context.before(incoming(1), ME) == ()
    assert len(await context.before(incoming(1), ME)) == 1


async def test_only_a_conversation_that_is_known_is_said_to_be_followed(context: Context, slack: SlackApi) -> None:
    """Where the bot was never spoken to, a text need not even be read for the context."""
    assert not context.follows(incoming(1))
    assert not context.follows(incoming(1, thread=None))
    slack.messages[GENERAL].append(said(0, "first"))
    await context.before(incoming(1), ME)
    assert context.follows(incoming(2))
