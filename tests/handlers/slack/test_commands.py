import json
import unicodedata
from typing import Any, get_args

import pytest

from bot.errors import MaeumError
from bot.messages import Locale, Person, Place
from bot.store.base import Store
from bot.wiring import Services
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver
from tests.handlers.slack.lived import audits, read
from tests.slack_api import TEAM, SlackApi

PNG = b"\x89PNG\r\n\x1a\n"


# ---- /emotion-graph


@pytest.mark.parametrize(
    "words", ["", "me", "나", "me 7d", "7일 나", "30d", "90일", unicodedata.normalize("NFD", "나 7일"), "ＭＥ　７ｄ"]
)
async def test_ones_own_picture_comes_as_a_direct_message(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, words: str
) -> None:
    """A PNG with alternative text and facts, to the asker alone; where they asked they are told so."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-graph", words)
    (picture,) = slack.uploads.values()
    assert PNG in picture
    (asked,) = slack.asked("files.getUploadURLExternal")
    assert asked["alt_txt"]
    (posted,) = slack.messages[f"D{ALICE}"]
    assert posted["files"][0]["name"].endswith(".png")
    assert "•" in posted["text"]
    assert [said["response_type"] for said in slack.responses] == ["ephemeral"]
    assert slack.shown(GENERAL) == []


@pytest.mark.parametrize("words", ["me here", "7d 30d", "나 여기 7일", "7d 7일", "me me", "7", "me 8d"])
async def test_contradictions_are_answered_with_the_usage(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, words: str
) -> None:
    """Two targets or two periods: nothing is drawn by guess."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-graph", words)
    assert slack.uploads == {}
    assert "`/emotion-graph me 7d`" in slack.responses[0]["text"]


async def test_nobody_sees_anothers_picture(driver: Driver, services: Services, slack: SlackApi, clock: Clock) -> None:
    """An administrator who asks gets their own, of which there is none, and no command names a person."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-graph", "me", user=BOSS)
    await driver.command("/emotion-graph", f"<@{ALICE}>", user=BOSS)
    assert slack.uploads == {}
    assert [said["text"].split("!")[0].split(":")[0] for said in slack.responses] == [
        "There is nothing to draw yet",
        "I did not understand that. Try",
    ]


async def test_a_channels_picture_is_shown_to_the_asker_and_shared_on_request(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """First facts and a button for the asker alone and the preview in their direct messages; then, shared, for all."""
    await read(services, clock, [ALICE, MINJI, BOSS, "U4", "U5"])
    await driver.command("/emotion-graph", "here 30d")
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert len(slack.messages[f"D{ALICE}"]) == 1
    assert slack.shown(GENERAL) == []
    button = next(block for block in said["blocks"] if block["type"] == "actions")["elements"][0]
    await driver.press(button["action_id"], value=button["value"])
    (shared,) = slack.messages[GENERAL]
    assert shared["text"].startswith(f"Shared by <@{ALICE}>")
    assert shared["files"][0]["name"].endswith(".png")
    assert slack.responses[-1]["replace_original"] is True


async def test_sharing_checks_the_rule_again(driver: Driver, services: Services, slack: SlackApi, clock: Clock) -> None:
    """Whoever withdrew since the picture was drawn is not in what is shared; with too few, nothing is."""
    await read(services, clock, [ALICE, MINJI, BOSS, "U4", "U5"])
    await driver.command("/emotion-graph", "here")
    await services.consent.withdraw(Person(TEAM, "U5"), "test")
    await driver.press("maeum_share", value=json.dumps({"days": 7}))
    assert slack.shown(GENERAL) == []
    assert "at least 5 people" in slack.responses[-1]["text"]


@pytest.mark.parametrize("value", ["", "{}", "[]", '{"days": 1}', '{"days": "7"}', "7"])
async def test_a_button_with_a_strange_value_shares_nothing(driver: Driver, slack: SlackApi, value: str) -> None:
    """Only the periods there are can be shared."""
    await driver.press("maeum_share", value=value)
    assert slack.asked("files.getUploadURLExternal") == []
    assert len(slack.responses) == 1


async def test_too_few_people_make_no_picture(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Four are not five; how many there are is not told."""
    await read(services, clock, [ALICE, MINJI, BOSS, "U4"])
    await driver.command("/emotion-graph", "여기 7일", user=MINJI)
    assert slack.uploads == {}
    (said,) = slack.responses
    assert "5명 이상" in said["text"]
    assert "4" not in said["text"].replace("40%", "")


async def test_here_is_explained_in_a_direct_message(driver: Driver, slack: SlackApi) -> None:
    """A direct message is no channel."""
    await driver.command("/emotion-graph", "here", channel=DIRECT)
    assert "direct message" in slack.responses[0]["text"]


@pytest.mark.parametrize("traits", [{"is_member": False}, None])
async def test_the_bot_must_be_in_the_channel(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, traits: dict[str, Any] | None
) -> None:
    """Where it is not, or may not even know of the channel, nothing is drawn."""
    await read(services, clock, [ALICE, MINJI, BOSS, "U4", "U5"], channel="C0AWAY")
    if traits is not None:
        slack.channel("C0AWAY", **traits)
    await driver.command("/emotion-graph", "here", channel="C0AWAY")
    assert slack.uploads == {}
    assert "Is the bot a member" in slack.responses[0]["text"]


async def test_nothing_is_shared_where_the_bot_is_no_longer(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Removed from the channel after the picture was drawn, it draws and uploads nothing."""
    await read(services, clock, [ALICE, MINJI, BOSS, "U4", "U5"])
    slack.channel(GENERAL, is_member=False)
    await driver.press("maeum_share", value=json.dumps({"days": 7}))
    assert slack.asked("files.getUploadURLExternal") == []
    assert "not_in_channel" in slack.responses[0]["text"]


# ---- /emotion-schedule


@pytest.mark.parametrize(("user", "maker"), [(BOSS, "U0MAKER"), (MINJI, MINJI)])
async def test_creators_and_administrators_set_a_schedule(
    driver: Driver, services: Services, slack: SlackApi, user: str, maker: str
) -> None:
    """It is in their time zone and language, and the answer says so with the next three dates."""
    slack.channel(GENERAL, creator=maker)
    await driver.command("/emotion-schedule", "weekly mon 09:00", user=user)
    (schedule,) = await services.schedules.list(TEAM, GENERAL)
    assert (schedule.spec.weekday, schedule.spec.hour) == (0, 9)
    said = slack.responses[0]["text"]
    if user == MINJI:
        assert schedule.spec.timezone == "Asia/Seoul"
        for words in ("매주 월요일", "Asia/Seoul", "11월 23일(월) 09:00", "11월 30일(월) 09:00", "12월 7일(월) 09:00"):
            assert words in said
    else:
        assert schedule.spec.timezone == "UTC"
        for words in ("every week on Monday", "UTC", "Mon 23 Nov, 09:00", "Mon 30 Nov", "Mon 7 Dec"):
            assert words in said


async def test_a_schedule_waits_for_the_time_zone(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Where Slack does not tell it, nothing is set, instead of a schedule in UTC, and the asker is told."""
    slack.channel(GENERAL, creator=MINJI)
    await driver.command("/emotion", "status", user=MINJI)  # the profile is known from here on
    slack.refuse("users.info", "ratelimited_for_long", times=1)
    await driver.command("/emotion-schedule", "매일 18:00", user=MINJI)
    assert "시간대를 알려 주지 않아" in slack.responses[-1]["text"]
    assert await services.schedules.list(TEAM, GENERAL) == []
    await driver.command("/emotion-schedule", "매일 18:00", user=MINJI)
    (schedule,) = await services.schedules.list(TEAM, GENERAL)
    assert (schedule.spec.timezone, schedule.spec.locale) == ("Asia/Seoul", "ko")


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT"])
@pytest.mark.parametrize(("locale", "unknown"), [("en-US", "Unknown"), ("ko-KR", "알려지지")])
async def test_a_zone_of_no_country_goes_by_its_name(
    driver: Driver, slack: SlackApi, zone: str, locale: str, unknown: str
) -> None:
    """And not by that of an unknown region."""
    slack.user("U0MAKER", tz=zone, locale=locale)
    await driver.command("/emotion-schedule", "daily 18:00", user="U0MAKER")
    assert f"({zone})" in slack.responses[0]["text"]
    assert unknown not in slack.responses[0]["text"]


async def test_others_may_see_a_schedule_and_not_change_it(
    driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """Setting and ending are refused and written down; listing is not."""
    await driver.command("/emotion-schedule", "매일 18:00", user=BOSS)
    for words in ("daily 03:00", "off"):
        await driver.command("/emotion-schedule", words)
        assert "Only whoever created this channel" in slack.responses[-1]["text"]
    await driver.command("/emotion-schedule", "list")
    assert "every day at" in slack.responses[-1]["text"]
    (schedule,) = await services.schedules.list(TEAM, GENERAL)
    assert schedule.spec.hour == 18
    assert await audits(store) == ["refused:schedule"] * 2


async def test_a_schedule_is_ended(driver: Driver, services: Services, slack: SlackApi) -> None:
    """And there is none to end afterwards."""
    await driver.command("/emotion-schedule", "daily 18:00", user=BOSS)
    for words in ("끄기", "off", "목록"):
        await driver.command("/emotion-schedule", words, user=BOSS)
    assert await services.schedules.list(TEAM, GENERAL) == []
    assert [said["text"] for said in slack.responses[1:]] == [
        "This channel has no schedule any more.",
        "This channel has no schedule.",
        "This channel has no schedule.",
    ]


async def test_words_that_are_no_schedule_are_answered_with_the_usage(driver: Driver, slack: SlackApi) -> None:
    """What was typed is not repeated."""
    await driver.command("/emotion-schedule", "whenever <!channel>", user=BOSS)
    assert "weekly mon 09:00" in slack.responses[0]["text"]
    assert "whenever" not in slack.responses[0]["text"]


async def test_a_direct_message_has_no_schedule_of_a_channel(driver: Driver, slack: SlackApi) -> None:
    """It is said where that belongs."""
    await driver.command("/emotion-schedule", "daily 18:00", channel=DIRECT, user=BOSS)
    assert "scheduled in the channel, without `me`" in slack.responses[0]["text"]


# ---- When it is not even known who asked


@pytest.mark.parametrize("how", ["command", "button", "Home tab", "dialog"])
async def test_who_was_acknowledged_is_answered(driver: Driver, slack: SlackApi, how: str) -> None:
    """A profile that cannot be understood leaves the language unknown: the apology comes in both."""
    slack.users[BOSS] = {"id": BOSS, "enterprise_user": "not what Slack says"}
    if how == "command":
        await driver.command("/emotion", "status", user=BOSS)
    elif how == "dialog":
        await driver.submit("maeum_erase", json.dumps({"user": ALICE, "answer": slack.response_url}))
    else:
        await driver.press("maeum_about", user=BOSS, channel=None if how == "Home tab" else GENERAL)
    texts = slack.shown(f"D{BOSS}") if how == "Home tab" else [said["text"] for said in slack.responses]
    (text,) = texts
    assert text == "\n".join(MaeumError().sentence(locale) for locale in get_args(Locale))
    assert all(said["response_type"] == "ephemeral" for said in slack.responses)


async def test_direct_messages_count_in_ones_own_picture_only(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What was said to the bot alone is in no channel's picture."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    await wrote(services.store, services.pseudonyms, Person(TEAM, ALICE), clock(), channel=DIRECT, place=Place.DIRECT)
    await driver.command("/emotion-graph", "me")
    assert len(slack.uploads) == 1
