import json
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.messages import MessageId, Person
from bot.store.tables import CorrectionRow, ReadingRow
from bot.wiring import Services
from emotion.labels import EMOTIONS, NAMES
from handlers.slack.tone import FELT, WHY
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, AlwaysJoy, Driver, Scripted
from tests.slack_api import BOT, TEAM, SlackApi

NOT_YOURS = {"en": "I can tell that only to whoever wrote", "ko": "그건 제가 답한 글을 쓰신 분께만"}


@pytest.fixture
async def asked(driver: Driver, services: Services) -> str:
    """Alice opted in and wrote to the bot, which read joy and answered; the ts of her message."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    return await wrote(driver)


async def wrote(driver: Driver, user: str = ALICE, **more: object) -> str:
    """Somebody writes to the bot and is answered; the ts of the message."""
    driver.clock.advance(seconds=1)
    event = driver.message(f"<@{BOT}> the launch went so well!", user=user, **more)
    await driver.event(event)
    return str(event["ts"])


def answers(slack: SlackApi) -> list[dict[str, Any]]:
    """What people were answered alone, by either way."""
    return [*slack.responses, *slack.asked("chat.postEphemeral")]


def menu(answer: dict[str, Any]) -> dict[str, Any] | None:
    """The menu of an answer, where it has one."""
    return next((block["accessory"] for block in answer.get("blocks") or () if "accessory" in block), None)


def felt(ts: str, label: str) -> str:
    return json.dumps({"message": ts, "label": label})


def pressed(slack: SlackApi, **action: object) -> dict[str, Any]:
    """Alice used the menu of an ephemeral answer, as Slack tells it."""
    return {
        "type": "block_actions",
        "user": {"id": ALICE, "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": GENERAL},
        "container": {"type": "message", "message_ts": "1790000000.000001", "is_ephemeral": True},
        "response_url": slack.response_url,
        "actions": [{"type": "static_select", "action_id": FELT, "block_id": "b", **action}],
    }


async def corrected(services: Services) -> list[tuple[str, str]]:
    async with services.store.read() as session:
        return [(row.predicted, row.label) for row in await session.scalars(select(CorrectionRow))]


@pytest.mark.parametrize(("streams", "source"), [(True, "model"), (False, "model"), (True, "built-in")])
async def test_every_reply_has_the_button_and_it_tells_nothing(  # noqa: PLR0913 - fixtures
    driver: Driver, services: Services, slack: SlackApi, writer: Scripted, *, streams: bool, source: str
) -> None:
    """Streamed or posted whole, read or not: the same button but for the ts, and the text on top of it."""
    slack.streams, writer.source = streams, source  # type: ignore[assignment]
    unread = await wrote(driver)
    await services.consent.grant(Person(TEAM, ALICE), "test")
    read = await wrote(driver)
    for ts, message in zip((unread, read), slack.messages[GENERAL], strict=True):
        assert message["text"] == "That is good to hear. Tell me more."
        button = message["blocks"][-1]["elements"][0]
        assert (button["action_id"], button["value"], button["text"]["text"]) == (WHY, ts, "Why this tone?")


@pytest.mark.parametrize(("user", "team"), [(ALICE, TEAM), (MINJI, TEAM)])
async def test_the_author_alone_is_told_what_was_read(
    driver: Driver, services: Services, slack: SlackApi, user: str, team: str
) -> None:
    """In their language: label, confidence, that a program judged and may be wrong, and a menu of the seven."""
    await services.consent.grant(Person(TEAM, user), "test")
    ts = await wrote(driver, user)
    await driver.press(WHY, user=user, team=team, value=ts)
    (said,) = slack.responses
    locale = "ko" if user == MINJI else "en"
    assert said["response_type"] == "ephemeral"
    assert said["replace_original"] is False
    parts = {"en": ("*joy*", "82%", "A program", "Only you"), "ko": ("*기쁨*", "82%", "프로그램", "본인에게만")}
    assert all(part in said["text"] for part in parts[locale])
    offered = menu(said)
    assert offered is not None
    assert [option["text"]["text"] for option in offered["options"]] == [NAMES[locale][one] for one in EMOTIONS]
    assert "initial_option" not in offered


async def test_in_a_thread_the_answer_comes_there(driver: Driver, slack: SlackApi, asked: str) -> None:
    """Beside the button, not in the channel; where Slack refuses that, by the way back of the press."""
    in_thread = {
        **pressed(slack, type="button", action_id=WHY, value=asked),
        "message": {"ts": "1790000000.000001", "thread_ts": asked},
    }
    await driver.deliver(in_thread)
    await driver.done()
    (said,) = slack.asked("chat.postEphemeral")
    assert (said["channel"], said["user"], said["thread_ts"]) == (GENERAL, ALICE, asked)
    assert "*joy*" in said["text"]
    assert slack.responses == []
    slack.refuse("chat.postEphemeral", "user_not_in_channel")
    await driver.deliver(in_thread)
    await driver.done()
    assert "*joy*" in slack.responses[0]["text"]


async def test_an_uncertain_reading_and_none_are_told_as_such(
    driver: Driver, services: Services, slack: SlackApi, classifier: AlwaysJoy
) -> None:
    """No label is claimed; without consent nothing was read, and there is nothing to correct."""
    unread = await wrote(driver)
    await driver.press(WHY, value=unread)
    classifier.uncertain = True
    await services.consent.grant(Person(TEAM, ALICE), "test")
    vague = await wrote(driver)
    await driver.press(WHY, value=vague)
    none, unsure = slack.responses
    assert "reading was not on for you" in none["text"]
    assert "A program" not in none["text"]
    assert menu(none) is None
    assert "kept a neutral tone" in unsure["text"]
    assert "joy" not in unsure["text"]
    assert menu(unsure) is not None


@pytest.mark.parametrize(("user", "locale"), [(MINJI, "ko"), (BOSS, "en")])
async def test_nobody_else_is_told_anything(  # noqa: PLR0913, PLR0917 - fixtures
    driver: Driver, services: Services, slack: SlackApi, asked: str, user: str, locale: str
) -> None:
    """Neither another person nor an administrator, consenting themselves; their correction changes nothing."""
    await services.consent.grant(Person(TEAM, user), "test")
    await driver.press(WHY, user=user, value=asked)
    await driver.press(FELT, user=user, value=felt(asked, "anger"))
    assert [said["text"].startswith(NOT_YOURS[locale]) for said in answers(slack)] == [True, True]
    assert [said.get("blocks") for said in answers(slack)] == [None, None]
    assert await corrected(services) == []


async def test_people_of_other_organisations_are_told_nothing(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """By Slack's word for them or by the team that the press names; not even with the author's own id."""
    slack.user("U9STRANGER", locale="en-US", is_stranger=True)
    await driver.press(WHY, user="U9STRANGER", value=asked)
    await driver.press(WHY, user=ALICE, team="T9OTHER", value=asked)
    await driver.press(FELT, user=ALICE, team="T9OTHER", value=felt(asked, "anger"))
    assert all(said["text"].startswith(NOT_YOURS["en"]) for said in slack.responses)
    assert len(slack.responses) == 3
    assert await corrected(services) == []


async def test_a_guest_of_the_workspace_is_told_like_everybody(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Who was invited may opt in, and then asks for what is theirs."""
    slack.user("U8GUEST", locale="en-US", is_restricted=True)
    await services.consent.grant(Person(TEAM, "U8GUEST"), "test")
    ts = await wrote(driver, "U8GUEST")
    await driver.press(WHY, user="U8GUEST", value=ts)
    assert "*joy*" in slack.responses[0]["text"]


@pytest.mark.parametrize("value", ["", "joy", "1.5 OR 1=1", "1790000000.000100", "9" * 400, "٣.٣", "{}"])
async def test_a_forged_message_is_nobodys(driver: Driver, slack: SlackApi, asked: str, value: str) -> None:
    """A ts that is none, or of no message that is known, is answered like somebody else's."""
    assert value != asked
    await driver.press(WHY, value=value)
    await driver.press(WHY, value=asked, channel="C0ELSE")
    await driver.press(WHY, value=asked, channel=None)
    assert [said["text"].startswith(NOT_YOURS["en"]) for said in slack.responses] == [True, True]
    assert slack.shown(f"D{ALICE}")[0].startswith(NOT_YOURS["en"])


async def test_a_correction_is_thanked_for_kept_and_replaced(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """The answer takes the place of the question and shows the present choice; the reading stays as it was."""
    await driver.press(FELT, value=felt(asked, "sadness"))
    await driver.press(FELT, value=felt(asked, "anger"))
    assert await corrected(services) == [("joy", "anger")]
    said = slack.responses[-1]
    assert said["replace_original"] is True
    assert "Thank you, I have noted it" in said["text"]
    assert "You said it was *anger*" in said["text"]
    offered = menu(said)
    assert offered is not None
    assert offered["initial_option"]["text"]["text"] == "anger"
    await driver.press(WHY, value=asked)
    assert "You said it was *anger*" in slack.responses[-1]["text"]
    async with services.store.read() as session:
        assert (await session.scalars(select(ReadingRow.top_label))).all() == ["joy"]


async def test_what_is_for_one_person_never_replaces_what_all_see(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """A choice that seems to come from the reply itself is kept, and answered beside the reply."""
    chosen = pressed(slack, selected_option={"value": felt(asked, "anger")})
    chosen["container"]["is_ephemeral"] = False
    await driver.deliver({**chosen, "message": {"ts": "1790000000.000001", "user": BOT}})
    await driver.done()
    assert await corrected(services) == [("joy", "anger")]
    (said,) = slack.responses
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)


async def test_choosing_what_was_read_takes_the_correction_back(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """And says so."""
    await driver.press(FELT, value=felt(asked, "anger"))
    await driver.press(FELT, value=felt(asked, "joy"))
    assert "agrees with the reading" in slack.responses[-1]["text"]
    assert await corrected(services) == []


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[]",
        "null",
        '"joy"',
        "{}",
        "[" * 2_900,
        '{"message": 1, "label": "joy"}',
        '{"message": "TS", "label": ["joy"]}',
        '{"message": "TS", "label": "rage"}',
    ],
)
async def test_a_forged_choice_is_answered_and_loses_nothing(
    driver: Driver, services: Services, slack: SlackApi, asked: str, value: str
) -> None:
    """A sentence that says what can be picked; what was said before stays."""
    await driver.press(FELT, value=felt(asked, "anger"))
    await driver.press(FELT, value=value.replace("TS", asked))
    assert slack.responses[-1]["text"].startswith("I do not know that feeling")
    assert await corrected(services) == [("joy", "anger")]


@pytest.mark.parametrize("option", [None, {"value": ""}, {"value": "joy"}])
async def test_a_menu_without_a_choice_of_ours_is_answered(
    driver: Driver, services: Services, slack: SlackApi, option: object
) -> None:
    """Nothing is stored, and a sentence says what can be picked."""
    await driver.deliver(pressed(slack, selected_option=option))
    await driver.done()
    assert slack.responses[-1]["text"].startswith("I do not know that feeling")
    assert await corrected(services) == []


async def test_the_menus_own_choice_is_understood(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """What the menu offers comes back as Slack sends it, and is stored."""
    await driver.press(WHY, value=asked)
    offered = menu(slack.responses[-1])
    assert offered is not None
    for option in offered["options"]:
        assert len(option["value"]) <= 75  # Slack refuses a longer one
    assert (offered["type"], offered["action_id"]) == ("static_select", FELT)
    await driver.deliver(pressed(slack, selected_option=offered["options"][0]))
    await driver.done()
    assert await corrected(services) == [("joy", "anger")]


async def test_after_opting_out_it_is_explained_and_not_corrected(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """What is stored stays visible to its author; a press on an older menu stores nothing."""
    await services.consent.withdraw(Person(TEAM, ALICE), "test")
    await driver.press(WHY, value=asked)
    assert "*joy*" in slack.responses[-1]["text"]
    assert "only while reading is on" in slack.responses[-1]["text"]
    assert menu(slack.responses[-1]) is None
    await driver.press(FELT, value=felt(asked, "anger"))
    assert slack.responses[-1]["text"].startswith("I have noted nothing")
    assert await corrected(services) == []


async def test_when_the_reading_is_gone_it_says_so(
    driver: Driver, services: Services, slack: SlackApi, asked: str
) -> None:
    """Deleted with its message it cannot be read; after an erasure nothing is known of the message at all."""
    message = MessageId(TEAM, GENERAL, asked)
    await driver.press(FELT, value=felt(asked, "anger"))
    await services.conversation.retract(message)
    assert await corrected(services) == []
    await driver.press(WHY, value=asked)
    assert "There is no reading of that message" in slack.responses[-1]["text"]
    await driver.press(FELT, value=felt(asked, "anger"))
    assert slack.responses[-1]["text"].startswith("I have noted nothing")
    person = Person(TEAM, ALICE)
    await services.privacy.erase(person, actor=person, reason="self")
    await driver.press(WHY, value=asked)
    assert slack.responses[-1]["text"].startswith(NOT_YOURS["en"])
    async with services.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(CorrectionRow)) == 0


async def test_in_a_direct_message_it_works_too(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Where the reply stands beside the message, outside threads."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    ts = await wrote(driver, channel=DIRECT, channel_type="im")
    (reply,) = slack.messages[DIRECT]
    assert reply["blocks"][-1]["elements"][0]["value"] == ts
    await driver.press(WHY, channel=DIRECT, value=ts)
    assert "*joy*" in slack.responses[0]["text"]


async def test_the_log_names_neither_the_person_nor_the_message(
    driver: Driver, slack: SlackApi, asked: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it is answered or refused."""
    clock.advance(minutes=1)
    with caplog.at_level("DEBUG", logger="handlers"), caplog.at_level("DEBUG", logger="bot"):
        await driver.press(WHY, value=asked)
        await driver.press(FELT, value=felt(asked, "anger"))
        await driver.press(WHY, user=MINJI, value=asked)
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("bot", "handlers")))
    assert "NotYours" in written
    assert not any(word in written for word in (ALICE, MINJI, asked, "anger", "joy"))
    assert len(slack.responses) == 3
