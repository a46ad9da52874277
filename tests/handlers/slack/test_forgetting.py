"""What is held in the memory of a process goes with an erasure: this process's own, and another's."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.llm import ReplyRequest
from bot.messages import MessageId, Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import replies
from bot.wiring import Services
from handlers.slack.forgetting import keep_up
from handlers.slack.recovery import recover
from tests.conftest import opened
from tests.factories import ts_of
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver, Scripted, until
from tests.slack_api import BOT, TEAM, SlackApi


@dataclass(slots=True)
class Slow(Scripted):
    """A writer that says its first sentence and then waits."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    source: str = "model"  # type: ignore[assignment]  # as it is streamed
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """One sentence, and the rest when it may."""
        self.requests.append(request)
        yield "I hear you, and I am going to say a little more about it in a moment, so please wait. "
        self.begun.set()
        await self.go_on.wait()
        yield "That is all."


@pytest.fixture
def writer() -> Slow:
    return Slow()


def direct(driver: Driver, text: str, user: str = ALICE) -> dict[str, Any]:
    """A message in a thread of somebody's direct message."""
    return driver.message(text, user=user, channel=DIRECT, channel_type="im", thread_ts="1700000000.000100")


async def test_a_reply_that_is_being_written_is_broken_off_and_taken_back(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Nothing of it stands in Slack afterwards, nothing is owed, and the text is held nowhere."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    slack.messages[DIRECT].append({"user": ALICE, "ts": "1700000000.000100", "text": "hello"})
    await driver.deliver({**_envelope(direct(driver, "I am so glad"))})
    await until(lambda: len(slack.messages[DIRECT]) > 1)
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="left")
    await driver.done()
    assert [message["text"] for message in slack.messages[DIRECT]] == ["hello"]
    assert set((await services.privacy.holdings(Person(TEAM, ALICE))).values()) == {0}
    assert len(driver.door.kit.context) == 0


async def test_a_reply_that_is_made_up_for_is_broken_off_and_taken_back_too(
    driver: Driver, services: Services, slack: SlackApi, writer: Slow, clock: Clock
) -> None:
    """Owed by a process that died, it is written here when its reader is erased. The rest is still made up for."""
    for user in (ALICE, MINJI):
        ts = ts_of(clock())
        slack.messages[GENERAL].append({"type": "message", "user": user, "ts": ts, "text": f"<@{BOT}> hello"})
        async with services.store.begin() as session:
            user_id = services.pseudonyms.person(Person(TEAM, user))
            assert await replies.claim(session, MessageId(TEAM, GENERAL, ts), thread=ts, user_id=user_id, now=clock())
        clock.advance(seconds=1)
    clock.advance(minutes=7)
    recovering = asyncio.create_task(recover(driver.door.kit))
    await until(lambda: len(slack.messages[GENERAL]) > 2)
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="left")
    writer.go_on.set()
    assert await recovering == 1
    await driver.done()
    (reply,) = [one for one in slack.messages[GENERAL] if one.get("user") not in {ALICE, MINJI}]
    assert reply["thread_ts"] == ts
    assert "That is all." in reply["text"]
    assert set((await services.privacy.holdings(Person(TEAM, ALICE))).values()) == {0}


async def test_the_replies_to_others_are_written_to_their_end(
    driver: Driver, services: Services, slack: SlackApi, writer: Slow
) -> None:
    """Somebody else's erasure is nothing to them."""
    await driver.deliver(_envelope(driver.message(f"<@{BOT}> hello there", user=MINJI)))
    await writer.begun.wait()
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="left")
    writer.go_on.set()
    await driver.done()
    assert "That is all." in slack.shown(GENERAL)[-1]


async def test_the_profile_of_the_one_is_forgotten_and_asked_for_anew(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Those of others stay known."""
    kit = driver.door.kit
    await kit.identity.get()
    for user in (ALICE, MINJI):
        await kit.people.profile(user)
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="left")
    for user in (ALICE, MINJI):
        await kit.people.profile(user)
    assert [args["user"] for args in slack.asked("users.info")] == [ALICE, MINJI, ALICE]


async def test_an_erasure_by_another_process_is_heard_of(
    driver: Driver, slack: SlackApi, sqlite_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Within the next round: of whom it was is not known here, so everybody is forgotten, and their files go."""
    kit = driver.door.kit
    await keep_up(kit)
    for user in (ALICE, BOSS):
        await kit.people.profile(user)
    slack.uploads["F1"] = b"a picture"
    async with opened(sqlite_url) as elsewhere:
        other = Privacy(elsewhere, pseudonyms, clock)
        await other.sent(Person(TEAM, ALICE), ["F1"])
        await other.erase(Person(TEAM, ALICE), actor=None, reason="left")
    asked = len(slack.asked("users.info"))
    await keep_up(kit)
    await driver.done()
    for user in (ALICE, BOSS):
        await kit.people.profile(user)
    assert len(slack.asked("users.info")) == asked + 2
    assert slack.uploads == {}


def _envelope(event: dict[str, Any]) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": TEAM, "api_app_id": "A01APP", "event_id": "Ev1", "event": event}
