import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.messages import MessageId, Person
from bot.settings import Settings
from bot.store import replies
from bot.store.tables import ReplyRow
from bot.wiring import Services
from handlers.slack import SlackDoor
from handlers.slack.recovery import recover
from tests.factories import ts_of
from tests.fakes import Clock
from tests.handlers.house import ALICE, DIRECT, GENERAL, Driver, until
from tests.slack_api import BOT, BOT_ID, TEAM, SlackApi


async def owes(services: Services, clock: Clock, channel: str = GENERAL) -> str:
    """A process took on a reply and died, long enough ago; the ts of the message."""
    ts = ts_of(clock())
    async with services.store.begin() as session:
        message = MessageId(TEAM, channel, ts)
        user_id = services.pseudonyms.person(Person(TEAM, ALICE))
        assert await replies.claim(session, message, thread=ts, user_id=user_id, now=clock())
    clock.advance(minutes=7)
    return ts


async def states(services: Services) -> list[str]:
    async with services.store.read() as session:
        return [row.state for row in await session.scalars(select(ReplyRow))]


def said(ts: str, text: str = f"<@{BOT}> hello", **more: object) -> dict[str, Any]:
    return {"type": "message", "user": ALICE, "ts": ts, "text": text, **more}


@pytest.mark.parametrize("channel", [GENERAL, DIRECT])
async def test_an_owed_reply_is_written_at_the_next_start(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, channel: str
) -> None:
    """The text comes from Slack; it is answered once, however often a process starts."""
    ts = await owes(services, clock, channel)
    slack.messages[channel].append(said(ts))
    assert await recover(driver.door.kit) == 1
    clock.advance(minutes=7)
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(channel)) == 2
    assert await states(services) == ["sent"]


def replied(ts: str, moment: datetime, text: str = "That is", **more: object) -> dict[str, Any]:
    """Something the bot said in the message's thread."""
    return {"user": BOT, "bot_id": BOT_ID, "ts": ts_of(moment), "thread_ts": ts, "text": text, **more}


def marked(ts: str) -> dict[str, Any]:
    return {"metadata": {"event_type": "maeum_reply", "event_payload": {"message_ts": ts}}}


async def test_a_reply_that_stands_there_already_is_not_doubled(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Found by its marker; nobody owes it any more."""
    ts = await owes(services, clock)
    slack.messages[GENERAL] += [said(ts), replied(ts, clock(), **marked(ts))]
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(GENERAL)) == 2
    assert await states(services) == ["sent"]


@pytest.mark.parametrize("streams", [True, False])
async def test_a_reply_with_its_button_is_known_as_the_answer(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, *, streams: bool
) -> None:
    """Written to its end by a process that died before it could say so: streamed or whole, it is not doubled."""
    slack.streams = streams
    ts = ts_of(clock())
    slack.messages[GENERAL].append(said(ts))
    await driver.event(driver.message(f"<@{BOT}> hello"))
    assert slack.messages[GENERAL][1]["blocks"][-1]["elements"][0]["action_id"] == "maeum_why"
    async with services.store.begin() as session:
        await session.execute(update(ReplyRow).values(state="owed"))
    clock.advance(minutes=7)
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(GENERAL)) == 2
    assert await states(services) == ["sent"]


async def test_half_a_reply_is_completed_where_it_stands(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """A reply without its marker was never finished: it is written again in its place, and once."""
    began = clock() + timedelta(seconds=5)
    ts = await owes(services, clock)
    slack.messages[GENERAL] += [said(ts), replied(ts, began)]
    assert await recover(driver.door.kit) == 1
    assert slack.shown(GENERAL)[1:] == ["That is good to hear. Tell me more."]
    assert slack.asked("chat.startStream") == slack.asked("chat.postMessage") == []
    assert slack.asked("chat.update")[0]["metadata"] == marked(ts)["metadata"]
    assert slack.messages[GENERAL][1]["blocks"][-1]["elements"][0]["value"] == ts
    clock.advance(minutes=7)
    assert await recover(driver.door.kit) == 0
    assert await states(services) == ["sent"]


async def test_half_a_reply_is_completed_for_a_day(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """When an answer would come too late, half of one is still worse."""
    began = clock() + timedelta(seconds=5)
    ts = await owes(services, clock)
    slack.messages[GENERAL] += [said(ts), replied(ts, began)]
    clock.advance(hours=5)
    assert await recover(driver.door.kit) == 1
    assert slack.shown(GENERAL)[1:] == ["That is good to hear. Tell me more."]


async def test_a_reply_that_may_still_be_written_is_let_be(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What is young enough to be another process's is neither overwritten nor the answer; later it is completed."""
    ts = await owes(services, clock)
    slack.messages[GENERAL] += [said(ts), replied(ts, clock() - timedelta(seconds=30))]
    assert await recover(driver.door.kit) == 0
    assert slack.shown(GENERAL)[1:] == ["That is"]
    assert await states(services) == ["owed"]
    clock.advance(minutes=2)
    assert await recover(driver.door.kit) == 1
    assert slack.shown(GENERAL)[1:] == ["That is good to hear. Tell me more."]


@pytest.mark.parametrize(
    "other",
    [
        {"metadata": {"event_type": "maeum_reply", "event_payload": {"message_ts": "1790000000.000100"}}},
        {"files": [{"name": "maeum.png"}]},
        {"metadata": {"event_type": "maeum_schedule", "event_payload": {"slot": "maeum-daily.png"}}},
        {"user": "U0OTHERBOT", "bot_id": "B0OTHER"},
    ],
    ids=["an answer to another", "a picture", "a scheduled post", "another bot's"],
)
async def test_what_is_no_reply_to_the_message_is_left_alone(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, other: dict[str, Any]
) -> None:
    """It is neither the answer nor the beginning of one."""
    ts = await owes(services, clock)
    slack.messages[GENERAL] += [said(ts), replied(ts, clock() - timedelta(minutes=5), **other)]
    assert await recover(driver.door.kit) == 1
    assert sorted(slack.shown(GENERAL)[1:]) == ["That is", "That is good to hear. Tell me more."]


@pytest.mark.parametrize("channel", [GENERAL, DIRECT])
async def test_a_picture_is_never_the_answer(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, channel: str
) -> None:
    """Not even where it carried a reply's marker: replies have no files."""
    ts = await owes(services, clock, channel)
    thread = {"thread_ts": ts if channel == GENERAL else None}
    picture = replied(ts, clock() - timedelta(minutes=5), files=[{"name": "maeum.png"}], **marked(ts))
    slack.messages[channel] += [said(ts), {**picture, **thread}]
    assert await recover(driver.door.kit) == 1
    assert "That is good to hear. Tell me more." in slack.shown(channel)


async def test_what_else_stands_in_a_direct_message_is_no_reply(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Receipts and the like carry no marker; nothing is streamed there, so nothing is half said."""
    ts = await owes(services, clock, DIRECT)
    receipt = replied(ts, clock() - timedelta(minutes=5), "Receipt")
    slack.messages[DIRECT] += [said(ts), {**receipt, "thread_ts": None}]
    assert await recover(driver.door.kit) == 1
    assert slack.shown(DIRECT)[1:] == ["Receipt", "That is good to hear. Tell me more."]


async def test_a_message_that_is_gone_is_not_answered(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Its author deleted it: nobody owes anything."""
    ts = await owes(services, clock)
    slack.messages[GENERAL].append(said(f"{float(ts) + 1:.6f}", thread_ts=ts))
    assert await recover(driver.door.kit) == 0
    assert await states(services) == ["sent"]


async def test_what_was_owed_long_ago_is_left(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """After an hour an answer comes too late."""
    ts = await owes(services, clock)
    slack.messages[GENERAL].append(said(ts))
    clock.advance(hours=1)
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(GENERAL)) == 1
    assert await states(services) == ["sent"]


@pytest.mark.parametrize("code", ["channel_not_found", "thread_not_found", "not_in_channel"])
async def test_a_message_that_can_never_be_looked_up_is_owed_no_more(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, code: str
) -> None:
    """Asking every minute would not bring it back."""
    await owes(services, clock)
    slack.refuse("conversations.replies", code)
    assert await recover(driver.door.kit) == 0
    assert await states(services) == ["sent"]


async def test_a_message_that_cannot_be_looked_up_stays_owed(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Slack's refusal today is not the end; the others are answered."""
    await owes(services, clock, "C0AWAY")
    ts = await owes(services, clock)
    slack.messages[GENERAL].append(said(ts))
    slack.refuse("conversations.replies", "fatal_error")
    assert await recover(driver.door.kit) == 1
    assert sorted(await states(services)) == ["owed", "sent"]


async def settled(services: Services) -> None:
    """Wait until nobody owes anything."""
    while "owed" in await states(services):  # noqa: ASYNC110 - what happens in the database tells nobody
        await asyncio.sleep(0.01)


async def test_the_door_recovers_from_its_opening_to_its_end(
    settings: Settings, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What is owed when it opens is written, and what comes to be owed later; an outage in between ends nothing."""
    door = SlackDoor(settings, services, recovery_seconds=0.01)
    slack.messages[GENERAL].append(said(await owes(services, clock)))
    await door.start()
    async with asyncio.timeout(30):
        await settled(services)
        slack.refuse("conversations.replies", "fatal_error", times=3)
        slack.messages[GENERAL].append(said(await owes(services, clock)))
        await settled(services)
    await door.stop()
    assert slack.shown(GENERAL).count("That is good to hear. Tell me more.") == 2
    slack.messages[GENERAL].append(said(await owes(services, clock)))
    assert await states(services) == ["sent", "sent", "owed"]


async def test_a_database_that_is_gone_for_a_while_does_not_end_recovery(
    settings: Settings, services: Services, slack: SlackApi, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The next round finds it again."""
    slack.messages[GENERAL].append(said(await owes(services, clock)))
    async with services.store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE replies RENAME TO gone")
    door = SlackDoor(settings, services, recovery_seconds=0.01)
    await door.start()
    async with asyncio.timeout(30):
        await until(lambda: "could not be looked for" in caplog.text)
        async with services.store.begin() as session:
            await (await session.connection()).exec_driver_sql("ALTER TABLE gone RENAME TO replies")
        await settled(services)
    await door.stop()
