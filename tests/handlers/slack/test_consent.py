import asyncio
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import select

from bot.messages import Person
from bot.store.base import Store
from bot.store.tables import AuditRow, PersonRow, ReadingRow
from bot.wiring import Services
from handlers.slack.consent import post_notice
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, GENERAL, MINJI, Driver
from tests.slack_api import BOT, BOT_TOKEN, TEAM, SlackApi

PERSON = Person(TEAM, ALICE)


def actions(answer: dict[str, Any]) -> list[str]:
    """The ids of an answer's buttons."""
    return [
        element["action_id"]
        for block in answer.get("blocks") or ()
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@pytest.fixture
async def read_before(services: Services, clock: Clock) -> None:
    """Alice opted in, and two of her messages were read."""
    await services.consent.grant(PERSON, "test")
    for _ in range(2):
        clock.advance(hours=1)
        await wrote(services.store, services.pseudonyms, PERSON, clock())


@pytest.mark.parametrize("word", ["on", "ON", "ｏｎ", "켜기", unicodedata.normalize("NFD", "켜기")])
async def test_on_takes_effect_and_is_answered_to_the_person_alone(
    driver: Driver, services: Services, slack: SlackApi, word: str
) -> None:
    """Acknowledged without words, then answered so that nobody else sees it."""
    answer = await driver.command("/emotion", word)
    assert (answer.status, answer.body) == (200, "")
    assert (await services.consent.status(PERSON)).on
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert said["text"].startswith("From now on I read")
    assert slack.asked("chat.postMessage") == []


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize("word", ["off", "끄기"])
async def test_off_takes_effect_and_asks_what_becomes_of_the_readings(
    driver: Driver, services: Services, slack: SlackApi, word: str
) -> None:
    """Nothing is deleted unasked; the answer says how much is there and offers both."""
    await driver.command("/emotion", word)
    status = await services.consent.status(PERSON)
    assert (status.on, status.readings) == (False, 2)
    (said,) = slack.responses
    assert "2 readings, November 20, 2026" in said["text"]
    assert actions(said) == ["maeum_forget", "maeum_keep"]


async def test_off_with_nothing_stored_asks_nothing(driver: Driver, slack: SlackApi) -> None:
    """There is nothing to decide."""
    await driver.command("/emotion", "off")
    assert actions(slack.responses[0]) == []


@pytest.mark.usefixtures("read_before")
async def test_after_off_the_next_message_is_not_read(driver: Driver, store: Store, clock: Clock) -> None:
    """Off takes effect on the next message."""
    await driver.command("/emotion", "off")
    clock.advance(seconds=1)
    await driver.event(driver.message("hello"))
    async with store.read() as session:
        assert len((await session.scalars(select(ReadingRow))).all()) == 2


@pytest.mark.usefixtures("read_before")
async def test_deleting_ones_own_data_leaves_a_receipt(driver: Driver, store: Store, slack: SlackApi) -> None:
    """Readings and consent go; the answer takes the question's place and names the receipt of the audit."""
    await driver.press("maeum_forget")
    async with store.read() as session:
        assert (await session.scalars(select(ReadingRow))).all() == []
        assert (await session.scalars(select(PersonRow))).all() == []
        audit = (await session.scalars(select(AuditRow))).one()
    (said,) = slack.responses
    assert str(audit.receipt) in said["text"]
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", True)


@pytest.mark.usefixtures("read_before")
async def test_keeping_changes_nothing(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The question is answered and says for how long the readings stay."""
    await driver.press("maeum_keep")
    assert (await services.consent.status(PERSON)).readings == 2
    assert "30 days" in slack.responses[0]["text"]


@pytest.mark.parametrize(("user", "words"), [(ALICE, "those of other people"), (MINJI, "다른 분이 쓰신 글도")])
async def test_people_are_told_that_others_words_go_to_the_model_service_too(
    driver: Driver, slack: SlackApi, user: str, words: str
) -> None:
    """With a question go the last messages of its thread, whoever wrote them."""
    await driver.press("maeum_about", user=user)
    assert words in slack.responses[0]["text"]


@pytest.mark.parametrize(("user", "words"), [(ALICE, "*Off*"), (MINJI, "*꺼져* 있어요")])
async def test_the_status_is_told_in_ones_language(driver: Driver, slack: SlackApi, user: str, words: str) -> None:
    """Whoever uses Slack in Korean is answered in Korean."""
    await driver.command("/emotion", "status", user=user)
    assert words in slack.responses[0]["text"]


@pytest.mark.parametrize("word", ["", "help", "도움말", "what?"])
async def test_anything_else_shows_what_there_is(driver: Driver, slack: SlackApi, word: str) -> None:
    """Every command is named."""
    await driver.command("/emotion", word)
    for name in ("/emotion", "/emotion-graph", "/emotion-schedule"):
        assert name in slack.responses[0]["text"]


async def mention(driver: Driver, clock: Clock, user: str = ALICE) -> None:
    """Address the bot once."""
    await driver.event(driver.message(f"<@{BOT}> hello", user=user))
    clock.advance(seconds=1)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (ALICE, "Stored: no readings; 1 short-lived record of a message you addressed to me."),
        (MINJI, "저장된 것: 읽은 감정 없음; 저에게 말을 거신 메시지의 단기 기록 1건."),
    ],
)
async def test_the_status_tells_of_all_that_is_stored(
    driver: Driver, slack: SlackApi, clock: Clock, user: str, words: str
) -> None:
    """Somebody who never opted in and once addressed the bot is told of the record of it, and can delete it."""
    await mention(driver, clock, user)
    await driver.command("/emotion", "status", user=user)
    assert words in slack.responses[0]["text"]
    assert "maeum_forget" in actions(slack.responses[0])
    await driver.press("maeum_forget", user=user)
    await driver.command("/emotion", "status", user=user)
    assert "maeum_forget" not in actions(slack.responses[-1])
    assert "Nothing of yours" in slack.responses[-1]["text"] or "저장된 것이 없어요" in slack.responses[-1]["text"]


async def test_off_asks_about_records_of_messages_too(driver: Driver, slack: SlackApi, clock: Clock) -> None:
    """Without readings there may still be something to delete."""
    for _ in range(2):
        await mention(driver, clock)
    await driver.command("/emotion", "off")
    assert "2 short-lived records" in slack.responses[0]["text"]
    assert actions(slack.responses[0]) == ["maeum_forget", "maeum_keep"]


async def test_the_home_tab_tells_of_all_that_is_stored(driver: Driver, slack: SlackApi, clock: Clock) -> None:
    """As the command does."""
    await mention(driver, clock)
    await driver.event({"type": "app_home_opened", "tab": "home", "user": ALICE, "channel": "D1"})
    (published,) = slack.asked("views.publish")
    assert "1 short-lived record" in str(published["view"])
    assert actions(published["view"]) == ["maeum_on", "maeum_forget"]


# ---- Other organisations


OUTSIDERS: list[dict[str, Any]] = [
    {"is_stranger": True},
    {"team_id": "T0OTHER"},
    {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER", "teams": ["T0OTHER"]}},
]


@pytest.mark.parametrize("traits", OUTSIDERS)
@pytest.mark.parametrize("how", ["command", "button"])
async def test_people_of_other_organisations_cannot_opt_in(
    driver: Driver, services: Services, slack: SlackApi, traits: dict[str, Any], how: str
) -> None:
    """They are told so in their language, and nothing is stored; the other commands are not for them either."""
    slack.user("U0AWAY", locale="ko-KR", **traits)
    if how == "command":
        await driver.command("/emotion", "on", user="U0AWAY")
        await driver.command("/emotion-graph", "here", user="U0AWAY")
    else:
        await driver.press("maeum_on", user="U0AWAY")
        await driver.press("maeum_share", user="U0AWAY", value='{"days": 7}')
    assert [said["text"].split(".")[0] for said in slack.responses] == [
        "저는 이 워크스페이스를 쓰는 조직의 분들만 도와드리고 있어요"
    ] * 2
    assert not any((await services.privacy.holdings(Person(TEAM, "U0AWAY"))).values())
    assert slack.uploads == {}


async def test_a_profile_that_cannot_be_had_makes_nobody_one_of_us(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Where the button itself names another team, that decides."""
    slack.refuse("users.info", "internal_error", times=9)
    await driver.press("maeum_on", user="U0AWAY", team="T0OTHER")
    assert not (await services.consent.status(Person(TEAM, "U0AWAY"))).on
    await driver.press("maeum_on", user=ALICE)
    assert (await services.consent.status(PERSON)).on


@pytest.mark.parametrize("role", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_may_opt_in(driver: Driver, services: Services, slack: SlackApi, role: str) -> None:
    """Guests belong to the workspace and decide for themselves."""
    slack.user("U0GUEST", **{role: True})
    await driver.command("/emotion", "on", user="U0GUEST")
    assert (await services.consent.status(Person(TEAM, "U0GUEST"))).on


# ---- The notice


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


# ---- The Home tab


@pytest.mark.usefixtures("read_before")
async def test_the_home_tab_shows_the_state_and_what_is_stored(driver: Driver, slack: SlackApi) -> None:
    """State, counts, dates, buttons, what is read and the commands."""
    await driver.event({"type": "app_home_opened", "tab": "home", "user": ALICE, "channel": "D1"})
    (published,) = slack.asked("views.publish")
    assert published["user_id"] == ALICE
    shown = str(published["view"])
    for words in ("*On* since November 20, 2026", "2 readings", "What is read", "/emotion-graph"):
        assert words in shown
    assert actions(published["view"]) == ["maeum_off", "maeum_forget"]


async def test_a_button_in_the_home_tab_draws_it_anew(driver: Driver, slack: SlackApi, services: Services) -> None:
    """Without a message to answer to, the tab itself shows what has changed."""
    await driver.press("maeum_on", channel=None)
    assert (await services.consent.status(PERSON)).on
    assert [actions(call["view"]) for call in slack.asked("views.publish")] == [["maeum_off", "maeum_forget"]]
    assert slack.responses == []


@pytest.mark.usefixtures("read_before")
async def test_a_deletion_in_the_home_tab_sends_its_receipt(driver: Driver, slack: SlackApi) -> None:
    """The tab is drawn anew and the receipt comes as a direct message."""
    await driver.press("maeum_forget", channel=None)
    assert len(slack.asked("views.publish")) == 1
    assert "Receipt" in slack.shown(f"D{ALICE}")[0]


async def test_prompts_are_suggested_without_a_thread(driver: Driver, slack: SlackApi) -> None:
    """In the agent's empty conversation; at most four, in the person's language, and without thread_ts."""
    await driver.event({"type": "app_home_opened", "tab": "messages", "user": MINJI, "channel": "D1"})
    (asked,) = slack.asked("assistant.threads.setSuggestedPrompts")
    assert asked["channel_id"] == "D1"
    assert "thread_ts" not in asked
    assert 0 < len(asked["prompts"]) <= 4
    assert asked["prompts"][0]["title"] == "오늘 하루 이야기하기"


# ---- Leaving


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize(("deleted", "left"), [(True, 0), (False, 2)])
async def test_who_leaves_the_workspace_is_erased(
    driver: Driver, services: Services, *, deleted: bool, left: int
) -> None:
    """A deactivated account takes everything with it; any other change of it takes nothing."""
    await driver.event({"type": "user_change", "user": {"id": ALICE, "deleted": deleted}})
    assert (await services.consent.status(PERSON)).readings == left


@pytest.mark.usefixtures("read_before")
async def test_a_later_change_of_an_account_that_left_is_not_audited_again(driver: Driver, store: Store) -> None:
    """There is nothing to erase any more, and a row of zeros would say nothing."""
    for _ in range(3):
        await driver.event({"type": "user_change", "user": {"id": ALICE, "deleted": True}})
    async with store.read() as session:
        assert list(await session.scalars(select(AuditRow.action))) == ["erase:left"]


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_being_uninstalled_is_acknowledged(driver: Driver, kind: str) -> None:
    """Slack need not say it twice."""
    assert (await driver.event({"type": kind})).status == 200


# ---- When something is wrong


async def test_an_error_is_told_kindly_in_ones_language(driver: Driver, slack: SlackApi, store: Store) -> None:
    """Without its tables a command is acknowledged and answered with the sentence of the error."""
    async with store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE people RENAME TO gone")
    answer = await driver.command("/emotion", "on", user=MINJI)
    assert answer.status == 200
    assert slack.responses[0]["text"].startswith("지금 데이터베이스에 연결할 수 없어요")
