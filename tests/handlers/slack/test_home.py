from datetime import timedelta
from typing import Any

import pytest

from bot.messages import Person
from bot.rules import RuleChange
from bot.store.base import Store
from bot.wiring import Services
from emotion.labels import Emotion
from handlers.slack.home import bars
from tests.factories import agreed_earlier, wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, MINJI, Driver, actions
from tests.slack_api import BOT, TEAM, SlackApi

PERSON = Person(TEAM, ALICE)


async def home_of(driver: Driver, user: str = ALICE) -> dict[str, Any]:
    """Open the Home tab and see what is published to that person."""
    await driver.event({"type": "app_home_opened", "tab": "home", "user": user, "channel": "D1"})
    published = driver.slack.asked("views.publish")[-1]
    assert published["user_id"] == user
    view: dict[str, Any] = published["view"]
    return view


@pytest.mark.usefixtures("read_before")
async def test_it_shows_the_state_and_what_is_stored(driver: Driver) -> None:
    """State, counts, dates, what was decided, buttons, what is read and the commands."""
    view = await home_of(driver)
    shown = str(view)
    for words in (
        "*On* since November 20, 2026",
        "2 readings, November 20, 2026",
        "turned on elsewhere, under notice 2",
        "What is read",
        "/emotion-graph",
    ):
        assert words in shown
    mine = ["maeum_diary_on", "maeum_export", "maeum_forget"]
    assert actions(view) == ["maeum_off", "maeum_pause_day", "maeum_pause_week", *mine]


async def test_it_fits_into_what_slack_takes(driver: Driver, services: Services, clock: Clock) -> None:
    """A hundred blocks, three thousand signs a section, with all that can stand in it, in both languages."""
    for user in (ALICE, MINJI):
        person = Person(TEAM, user)
        for _ in range(9):
            await services.consent.grant(person, "test")
            clock.advance(minutes=1)
            await services.consent.pause(person, timedelta(days=7), "test")
        await services.consent.grant(person, "test")
        for label in Emotion:
            clock.advance(minutes=1)
            await wrote(services.store, services.pseudonyms, person, clock(), label=label)
        view = await home_of(driver, user)
        assert len(view["blocks"]) < 100
        assert max(len(block["text"]["text"]) for block in view["blocks"] if "text" in block) < 3000


async def test_nothing_stored_offers_nothing_to_take_or_delete(driver: Driver) -> None:
    """The one switch, and no bars."""
    view = await home_of(driver)
    assert actions(view) == ["maeum_on"]
    assert "Nothing of yours is stored" in str(view)
    assert "My week" not in str(view)


@pytest.mark.parametrize(("user", "words"), [(ALICE, "*Off*: I do not read"), (MINJI, "*꺼져* 있어요")])
async def test_it_speaks_ones_language(driver: Driver, user: str, words: str) -> None:
    """That of one's own Slack."""
    assert words in str(await home_of(driver, user))


async def test_it_tells_of_all_that_is_stored(driver: Driver, clock: Clock) -> None:
    """Of the record of a message to the bot too, of somebody who never opted in."""
    await driver.event(driver.message(f"<@{BOT}> hello"))
    clock.advance(seconds=1)
    view = await home_of(driver)
    assert "1 short-lived record" in str(view)
    assert actions(view) == ["maeum_on", "maeum_export", "maeum_forget"]


# ---- The switch


async def test_a_button_draws_it_anew(driver: Driver, slack: SlackApi, services: Services) -> None:
    """Without a message to answer to, the tab itself shows what has changed."""
    await driver.press("maeum_on", channel=None)
    assert (await services.consent.status(PERSON)).on
    (call,) = slack.asked("views.publish")
    assert actions(call["view"])[:1] == ["maeum_off"]
    assert slack.responses == []
    (receipt,) = (await services.consent.status(PERSON)).receipts
    assert (receipt.act, receipt.source) == ("on", "home")


@pytest.mark.parametrize(("button", "days"), [("maeum_pause_day", 1), ("maeum_pause_week", 7)])
@pytest.mark.usefixtures("read_before")
async def test_a_pause_shows_until_when_and_how_to_end_it(
    driver: Driver, services: Services, clock: Clock, button: str, days: int
) -> None:
    """The switch then resumes, and beside it one can still turn off."""
    await driver.press(button, channel=None)
    assert (await services.consent.status(PERSON)).paused_until == clock() + timedelta(days=days)
    view = driver.slack.asked("views.publish")[-1]["view"]
    assert "*Paused* until November 2" in str(view)
    assert "Resume now" in str(view)
    assert actions(view)[:2] == ["maeum_on", "maeum_off"]
    await driver.press("maeum_on", channel=None)
    assert (await services.consent.status(PERSON)).paused_until is None


async def test_a_pause_from_a_tab_that_is_out_of_date_turns_nobody_on(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Who turned off elsewhere meanwhile is shown so."""
    await driver.press("maeum_pause_week", channel=None)
    assert not (await services.consent.status(PERSON)).on
    assert actions(slack.asked("views.publish")[-1]["view"]) == ["maeum_on"]


async def test_a_changed_notice_is_said_and_can_be_agreed_to(
    driver: Driver, services: Services, store: Store, clock: Clock
) -> None:
    """Off until then; and the new notice comes once as a message, however often the tab is opened."""
    await agreed_earlier(store, services.pseudonyms, PERSON, clock())
    view = await home_of(driver)
    assert "*Off* until you agree again" in str(view)
    assert actions(view)[:2] == ["maeum_on", "maeum_off"]
    await home_of(driver)
    assert len(driver.slack.messages[f"D{ALICE}"]) == 1
    await driver.press("maeum_on", channel=None)
    assert (await services.consent.status(PERSON)).on


# ---- One's own week


async def test_ones_own_week_is_a_line_an_emotion(driver: Driver, services: Services, clock: Clock) -> None:
    """Name and share in words, then a bar; of the last seven days, of nobody else."""
    person = Person(TEAM, MINJI)
    await services.consent.grant(person, "test")
    await services.consent.grant(PERSON, "test")
    for label in (Emotion.JOY, Emotion.JOY, Emotion.JOY, Emotion.SADNESS):
        clock.advance(minutes=1)
        await wrote(services.store, services.pseudonyms, person, clock(), label=label)
    clock.advance(minutes=1)
    await wrote(services.store, services.pseudonyms, PERSON, clock(), label=Emotion.ANGER)
    view = await home_of(driver, MINJI)
    (week,) = (
        block["text"]["text"]
        for block in view["blocks"]
        if block["type"] == "section" and "나의 일주일" in block["text"]["text"]
    )
    assert week.splitlines() == [
        "*나의 일주일* · 최근 7일 동안 읽은 글 4건",
        "기쁨 75%  " + "▇" * 15,
        "슬픔 25%  " + "▇" * 5,
    ]


def test_the_smallest_share_still_has_a_bar() -> None:
    """And one message is called one."""
    assert bars({Emotion.FEAR: 1}, "en").splitlines() == [
        "*My week* · 1 message read in the last 7 days",
        "fear 100%  " + "▇" * 20,
    ]
    assert bars({Emotion.JOY: 999, Emotion.FEAR: 1}, "en").splitlines()[-1] == "fear <1%  ▇"


async def test_what_is_older_than_a_week_is_not_in_it(driver: Driver, services: Services, clock: Clock) -> None:
    """It is counted among what is stored, and says nothing."""
    await services.consent.grant(PERSON, "test")
    await wrote(services.store, services.pseudonyms, PERSON, clock())
    clock.advance(days=8)
    view = await home_of(driver)
    assert "My week" not in str(view)
    assert "1 reading, November 20, 2026" in str(view)


# ---- Nobody else


@pytest.mark.usefixtures("read_before")
async def test_an_administrator_sees_their_own_tab_alone(driver: Driver) -> None:
    """Nothing of Alice's stands in it."""
    shown = str(await home_of(driver, BOSS))
    assert "Nothing of yours is stored" in shown
    assert "joy" not in shown.replace("anger, disgust, fear, joy, neutral", "")


async def test_people_of_other_organisations_are_offered_nothing(driver: Driver, slack: SlackApi) -> None:
    """They are told why, in the place of a switch."""
    slack.user("U0AWAY", locale="en-US", is_stranger=True)
    view = await home_of(driver, "U0AWAY")
    assert "I am here for the people of this workspace's own organisation" in str(view)
    assert actions(view) == []


@pytest.mark.usefixtures("read_before")
async def test_it_names_the_workspaces_own_rules(driver: Driver, services: Services) -> None:
    """Days and people as administrators have set them."""
    await services.rules.change(TEAM, RuleChange(retention_days=7, minimum_people=9), None)
    shown = str(await home_of(driver))
    assert "kept for 7 days under a pseudonym" in shown
    assert shown.count("9 people") == 2


async def test_prompts_are_suggested_without_a_thread(driver: Driver, slack: SlackApi) -> None:
    """In the agent's empty conversation; at most four, in the person's language, and without thread_ts."""
    await driver.event({"type": "app_home_opened", "tab": "messages", "user": MINJI, "channel": "D1"})
    (asked,) = slack.asked("assistant.threads.setSuggestedPrompts")
    assert asked["channel_id"] == "D1"
    assert "thread_ts" not in asked
    assert 0 < len(asked["prompts"]) <= 4
    assert asked["prompts"][0]["title"] == "오늘 하루 이야기하기"
