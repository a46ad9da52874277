from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import MessageId, Person
from bot.store import replies
from bot.store.tables import ReplyRow
from bot.wiring import Services
from handlers.slack.recovery import recover
from tests.factories import ts_of
from tests.fakes import Clock
from tests.handlers.house import ALICE, DIRECT, GENERAL, Driver
from tests.slack_api import BOT, BOT_ID, TEAM, SlackApi


async def owes(services: Services, clock: Clock, channel: str = GENERAL) -> str:
    """A process took on a reply three minutes ago and died; the ts of the message."""
    ts = ts_of(clock())
    async with services.store.begin() as session:
        message = MessageId(TEAM, channel, ts)
        user_id = services.pseudonyms.person(Person(TEAM, ALICE))
        assert await replies.claim(session, message, thread=ts, user_id=user_id, now=clock())
    clock.advance(minutes=3)
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
    clock.advance(minutes=3)
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(channel)) == 2
    assert await states(services) == ["sent"]


@pytest.mark.parametrize("marked", [True, False])
async def test_a_reply_that_stands_there_already_is_not_doubled(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, *, marked: bool
) -> None:
    """Found by its marker, or, where there is none, by standing after the message in its thread."""
    ts = await owes(services, clock)
    metadata = {"event_type": "maeum_reply", "event_payload": {"message_ts": ts}} if marked else None
    answer = {"user": BOT, "bot_id": BOT_ID, "ts": ts_of(clock()), "thread_ts": ts, "text": "hi", "metadata": metadata}
    slack.messages[GENERAL] += [said(ts), answer]
    assert await recover(driver.door.kit) == 0
    assert len(slack.shown(GENERAL)) == 2
    assert await states(services) == ["sent"]


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


async def test_the_door_recovers_when_it_opens(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Starting is enough."""
    ts = await owes(services, clock)
    slack.messages[GENERAL].append(said(ts))
    await driver.door.start()
    await driver.done()
    assert await states(services) == ["sent"]
