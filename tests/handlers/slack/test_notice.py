import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import select, update

from bot.consent import Consent
from bot.messages import Person
from bot.rules import RuleChange
from bot.store.base import Store
from bot.store.tables import NoticeRow, ReadingRow
from bot.wiring import Services
from handlers.slack.notice import post_notice, post_outdated
from tests.conftest import opened
from tests.factories import agreed_earlier
from tests.fakes import Clock
from tests.handlers.house import ALICE, GENERAL, MINJI, Driver, actions
from tests.slack_api import BOT, BOT_TOKEN, TEAM, SlackApi

PERSON = Person(TEAM, ALICE)


# ---- In a channel


def joined(user: str = BOT) -> dict[str, Any]:
    return {"type": "member_joined_channel", "user": user, "channel": GENERAL, "channel_type": "C", "team": TEAM}


async def test_a_channel_is_told_once_in_both_languages(driver: Driver, slack: SlackApi) -> None:
    """The notice comes when the bot joins, with its buttons, and not again when the event does."""
    for _ in range(2):
        assert (await driver.event(joined())).status == 200
    (notice,) = slack.asked("chat.postMessage")
    assert notice["channel"] == GENERAL
    assert "Hello, I am Maeum" in str(notice["blocks"])
    assert "안녕하세요, 마음이에요" in str(notice["blocks"])
    assert actions(notice) == ["maeum_on", "maeum_off", "maeum_about"]


async def test_the_notice_says_what_a_person_must_know(driver: Driver, services: Services, slack: SlackApi) -> None:
    """What is read, by what, where it stays, for how long (the workspace's rule), who sees it, how to refuse."""
    await services.rules.change(TEAM, RuleChange(retention_days=14, minimum_people=6), None)
    await driver.event(joined())
    english, korean = (block["text"]["text"] for block in slack.asked("chat.postMessage")[0]["blocks"][:2])
    for words in ("*What:*", "a model on the team's own machine", "never the text", "for 14 days", "*Who sees it:*"):
        assert words in english
    assert "at least 6 people" in english
    assert "*How to refuse:* do nothing" in english
    for words in (
        "*무엇을:*",
        "팀의 기기에서 도는 모델",
        "14일 동안",
        "*누가 보나요:*",
        "6명 이상",
        "*원하지 않으시면:*",
    ):
        assert words in korean


async def test_nobody_elses_arrival_is_a_reason_for_a_notice(driver: Driver, slack: SlackApi) -> None:
    """Only the bot's own."""
    await driver.event(joined(ALICE))
    assert slack.asked("chat.postMessage") == []


async def test_a_notice_that_could_not_be_posted_is_tried_again(driver: Driver, slack: SlackApi) -> None:
    """The claim is given back when Slack refuses."""
    slack.refuse("chat.postMessage", "restricted_action")
    await driver.event(joined())
    await driver.event(joined())
    assert len(slack.shown(GENERAL)) == 1


class Broken(AsyncWebClient):
    """A client that fails in a way of its own."""

    async def chat_postMessage(self, **_: Any) -> AsyncSlackResponse:  # noqa: ANN401, N802 - the SDK's own signature
        """Post nothing."""
        message = "no error of Slack's"
        raise ValueError(message)


class Slow(AsyncWebClient):
    """A client whose post is refused, or done, when it is told to."""

    refused: bool = False

    def __init__(self, url: str) -> None:
        """Talk to the Slack at the address."""
        super().__init__(BOT_TOKEN, base_url=url)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def chat_postMessage(self, **args: Any) -> AsyncSlackResponse:  # noqa: ANN401, N802 - the SDK's own signature
        """Post when told to."""
        self.asked.set()
        await self.go.wait()
        if self.refused:
            raise SlackApiError("refused", {"ok": False, "error": "restricted_action"})  # type: ignore[no-untyped-call]  # noqa: EM101 - as the SDK does
        return await super().chat_postMessage(**args)


async def test_a_notice_that_fails_in_any_way_is_tried_again(driver: Driver, services: Services) -> None:
    """The claim is given back whatever it was, and the error is not hidden."""
    kit = replace(driver.door.kit, client=Broken())
    assert await services.consent.notice_due(TEAM, GENERAL)
    with pytest.raises(ValueError, match="no error of Slack's"):
        await post_notice(kit, GENERAL)
    assert await services.consent.notice_due(TEAM, GENERAL)


@pytest.mark.parametrize("refused", [True, False])
async def test_a_notice_that_is_cut_off_is_claimed_only_where_it_stands(
    driver: Driver, services: Services, slack: SlackApi, *, refused: bool
) -> None:
    """The end of the process waits for Slack's word; where that is no, another process may post the notice."""
    client = Slow(slack.url)
    client.refused = refused
    assert await services.consent.notice_due(TEAM, GENERAL)
    posting = asyncio.create_task(post_notice(replace(driver.door.kit, client=client), GENERAL))
    await client.asked.wait()
    posting.cancel()
    await asyncio.sleep(0)
    client.go.set()
    with pytest.raises(asyncio.CancelledError):
        await posting
    assert len(slack.shown(GENERAL)) == (0 if refused else 1)
    assert await services.consent.notice_due(TEAM, GENERAL) is refused


async def test_a_notice_that_may_have_been_posted_is_not_posted_again(driver: Driver, slack: SlackApi) -> None:
    """Taken by Slack, and its answer lost."""
    slack.lose("chat.postMessage")
    await driver.event(joined())
    await driver.event(joined())
    assert len(slack.shown(GENERAL)) == 1


async def test_the_notices_buttons_are_answered_to_the_person_alone(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Pressing a button in a channel shows the channel nothing and leaves the notice as it is."""
    for button in ("maeum_on", "maeum_about", "maeum_off"):
        await driver.press(button)
    assert not (await services.consent.status(PERSON)).on
    assert [(said["response_type"], said["replace_original"]) for said in slack.responses] == [("ephemeral", False)] * 3
    assert slack.asked("chat.postMessage") == []


# ---- A new notice, in channels


async def known(store: Store, *channels: str) -> None:
    """These channels were told the first notice."""
    consent = Consent(store, None, Clock())  # type: ignore[arg-type]  # channels are nobody's
    for channel in channels:
        assert await consent.notice_due(TEAM, channel)
    async with store.begin() as session:
        await session.execute(update(NoticeRow).values(version=1))


async def test_channels_that_know_an_earlier_notice_are_told_todays(
    driver: Driver, store: Store, slack: SlackApi
) -> None:
    """Once each, at the start, without anybody joining."""
    await known(store, GENERAL, "C02DESIGN")
    for _ in range(2):
        await post_outdated(driver.door.kit, asyncio.Event(), spacing=0)
    assert sorted(asked["channel"] for asked in slack.asked("chat.postMessage")) == [GENERAL, "C02DESIGN"]


async def test_of_two_processes_one_tells(driver: Driver, services: Services, store: Store, slack: SlackApi) -> None:
    """Both start at once, on one database."""
    await known(store, GENERAL, "C02DESIGN", "C03")
    async with opened(services.settings.database_url) as other:
        consent = Consent(other, services.pseudonyms, services.clock)
        elsewhere = replace(driver.door.kit, services=replace(services, consent=consent))
        await asyncio.gather(*(post_outdated(kit, asyncio.Event(), spacing=0) for kit in (driver.door.kit, elsewhere)))
    assert len(slack.asked("chat.postMessage")) == 3


async def test_a_channel_that_cannot_be_told_keeps_no_other_from_it(
    driver: Driver, store: Store, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """An archived one: the log says so, the next is told, and the next start tries again."""
    await known(store, GENERAL, "C02DESIGN")
    slack.refuse("chat.postMessage", "is_archived")
    await post_outdated(driver.door.kit, asyncio.Event(), spacing=0)
    assert len(slack.shown(GENERAL) + slack.shown("C02DESIGN")) == 1
    assert "is_archived" in caplog.text
    await post_outdated(driver.door.kit, asyncio.Event(), spacing=0)
    assert len(slack.shown(GENERAL)) == len(slack.shown("C02DESIGN")) == 1


async def test_they_are_told_one_after_the_other(driver: Driver, store: Store, slack: SlackApi) -> None:
    """Slack takes about one message a second; the end of the process waits for none of them."""
    await known(store, GENERAL, "C02DESIGN")
    stopping = asyncio.Event()
    telling = asyncio.create_task(post_outdated(driver.door.kit, stopping, spacing=60))
    while not slack.asked("chat.postMessage"):  # noqa: ASYNC110 - what happens on the server tells nobody
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert len(slack.asked("chat.postMessage")) == 1
    stopping.set()
    await telling
    assert len(slack.asked("chat.postMessage")) == 1


async def test_the_door_tells_them_when_it_starts(driver: Driver, store: Store, slack: SlackApi) -> None:
    """In the background."""
    await known(store, GENERAL)
    await driver.door.start()
    async with asyncio.timeout(10):
        while not slack.shown(GENERAL):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)


# ---- A new notice, to people


async def test_who_agreed_to_an_earlier_notice_is_asked_once_and_not_read(
    driver: Driver, services: Services, store: Store, slack: SlackApi, clock: Clock
) -> None:
    """On their next message, directly, with the whole notice and both buttons; however much they write."""
    await agreed_earlier(store, services.pseudonyms, PERSON, clock())
    clock.advance(hours=1)
    for _ in range(3):
        clock.advance(seconds=1)
        await driver.event(driver.message("hello"))
    (asked,) = slack.messages[f"D{ALICE}"]
    assert asked["text"].startswith("*The notice of what I read has changed.*")
    assert "for 30 days" in str(asked["blocks"])
    assert actions(asked) == ["maeum_on", "maeum_off", "maeum_about"]
    async with store.read() as session:
        assert (await session.scalars(select(ReadingRow))).all() == []
    await driver.press("maeum_on", channel=f"D{ALICE}")
    clock.advance(seconds=1)
    await driver.event(driver.message("hello again"))
    async with store.read() as session:
        assert len((await session.scalars(select(ReadingRow))).all()) == 1


async def test_the_question_is_in_ones_own_language_and_no_is_an_answer(
    driver: Driver, services: Services, store: Store, slack: SlackApi, clock: Clock
) -> None:
    """Turning off from it ends the matter."""
    person = Person(TEAM, MINJI)
    await agreed_earlier(store, services.pseudonyms, person, clock())
    await driver.event(driver.message("안녕", user=MINJI))
    (asked,) = slack.messages[f"D{MINJI}"]
    assert asked["text"].startswith("*무엇을 읽는지에 대한 안내가 바뀌었어요.*")
    await driver.press("maeum_off", user=MINJI, channel=f"D{MINJI}")
    status = await services.consent.status(person)
    assert (status.on, status.outdated) == (False, False)


async def test_nobody_else_is_written_to(driver: Driver, services: Services, slack: SlackApi, clock: Clock) -> None:
    """Not who never opted in, not who turned off, not who pauses, not who is read."""
    consent = services.consent
    for user in ("U4", "U5", "U6"):
        await consent.grant(Person(TEAM, user), "test")
    await consent.withdraw(Person(TEAM, "U4"), "test")
    await consent.pause(Person(TEAM, "U5"), timedelta(days=1), "test")
    clock.advance(seconds=1)
    for user in (ALICE, "U4", "U5", "U6"):
        await driver.event(driver.message("hello", user=user, ts=f"{clock().timestamp():.6f}"))
    assert slack.asked("chat.postMessage") == []


async def test_a_question_that_slack_refuses_is_logged_and_asked_nowhere_again(
    driver: Driver, services: Services, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Home and status still say it; the message itself goes its way."""
    await agreed_earlier(store, services.pseudonyms, PERSON, services.clock())
    driver.slack.refuse("chat.postMessage", "messages_tab_disabled")
    for _ in range(2):
        assert (await driver.event(driver.message("hello"))).status == 200
    assert len(driver.slack.asked("chat.postMessage")) == 1
    assert "messages_tab_disabled" in caplog.text
    assert ALICE not in caplog.text
    assert (await services.consent.status(PERSON)).outdated
