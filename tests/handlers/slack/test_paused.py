"""The Home tab shows whoever set a schedule that it had to be paused, and resumes it where they may."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.store.tables import AuditRow, PersonRow
from bot.wiring import Services
from handlers.slack.paused import RESUME
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver, until
from tests.slack_api import TEAM, SlackApi

DAILY = ScheduleSpec("daily", None, 9, 0)


async def paused(services: Services, clock: Clock, user: str = BOSS, channels: int = 1) -> None:
    """The person set a schedule in #general, and in more channels where told; Slack refused to post it."""
    for number in range(channels):
        channel = GENERAL if number == 0 else f"C1{number:03}"
        await services.schedules.set(TEAM, channel, Person(TEAM, user), DAILY)
    clock.advance(days=1)
    for slot in await services.schedules.claim_due(TEAM, channels):
        await services.schedules.refused(slot, "not_in_channel")
        await services.schedules.posted(slot, "not_in_channel")


async def shown(driver: Driver, user: str = BOSS) -> list[dict[str, Any]]:
    """Open the Home tab; its blocks with a button beside them."""
    await driver.event({"type": "app_home_opened", "tab": "home", "user": user, "channel": "D1"})
    return drawn(driver.slack)


def drawn(slack: SlackApi) -> list[dict[str, Any]]:
    view: dict[str, Any] = slack.asked("views.publish")[-1]["view"]
    return [block for block in view["blocks"] if block.get("accessory", {}).get("action_id") == RESUME]


@pytest.mark.parametrize(
    ("user", "words", "label"),
    [
        (BOSS, f"paused the schedule of <#{GENERAL}> (every day at 09:00): I am not in that channel", "Resume"),
        (MINJI, f"<#{GENERAL}> 일정(매일 09:00)을 멈췄어요. 제가 이제 그 채널에 없어요.", "다시 시작"),
    ],
)
async def test_it_stands_there_told_or_not(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, clock: Clock, user: str, words: str, label: str
) -> None:
    """In the language of whoever set it, with a button; nobody else's tab shows it."""
    assert await shown(driver, user) == []
    await paused(services, clock, user)
    for _ in range(2):
        (block,) = await shown(driver, user)
        assert words in block["text"]["text"]
        assert block["accessory"]["text"]["text"] == label
        await driver.command("/emotion", "status", user=user)  # it is told now
    assert await shown(driver, ALICE) == []


async def test_the_button_resumes_it_and_the_tab_shows_so(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Pressed again in a tab that is out of date, it changes nothing."""
    await paused(services, clock)
    (block,) = await shown(driver)
    await services.schedules.set(TEAM, GENERAL, Person(TEAM, BOSS), ScheduleSpec("weekly", 0, 9, 0))
    await services.schedules.pause(TEAM, GENERAL, "weekly")
    for _ in range(2):
        await driver.press(RESUME, user=BOSS, channel=None, value=block["accessory"]["value"])
        assert drawn(slack) == []
    kept = await services.schedules.list(TEAM, GENERAL)
    assert [(one.spec.kind, one.is_paused, one.problem) for one in kept] == [
        ("daily", False, None),
        ("weekly", True, None),
    ]


@pytest.mark.parametrize(
    ("channel", "code"), [({"is_member": False}, "not_in_channel"), ({"is_archived": True}, "is_archived")]
)
async def test_while_the_channel_is_closed_it_stays_paused(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, channel: dict[str, bool], code: str
) -> None:
    """Whoever pressed is told why; or it would be paused again at its next time."""
    await paused(services, clock)
    (block,) = await shown(driver)
    slack.channel(GENERAL, **channel)
    await driver.press(RESUME, user=BOSS, channel=None, value=block["accessory"]["value"])
    assert f"Slack did not let me do that ({code})" in slack.shown(f"D{BOSS}")[-1]
    assert [one.is_paused for one in await services.schedules.list(TEAM, GENERAL)] == [True]


async def test_who_may_not_schedule_any_more_resumes_nothing(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """They are refused when they press, and it is written down."""
    await paused(services, clock)
    (block,) = await shown(driver)
    slack.user(BOSS, is_admin=False, tz="UTC", locale="en-US")
    await driver.press(RESUME, user=BOSS, channel=None, value=block["accessory"]["value"])
    assert "Only whoever created this channel" in slack.shown(f"D{BOSS}")[-1]
    assert [one.is_paused for one in await services.schedules.list(TEAM, GENERAL)] == [True]
    async with services.store.read() as session:
        assert (await session.scalars(select(AuditRow.action))).all() == ["refused:schedule"]


@pytest.mark.parametrize("user", [ALICE, "U0AWAY"])
async def test_nobody_resumes_somebody_elses(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, user: str
) -> None:
    """Whoever made the channel neither, from there; nor people of other organisations, whatever they send."""
    slack.user("U0AWAY", locale="en-US", is_stranger=True)
    slack.channel(GENERAL, creator=user)
    await paused(services, clock)
    (block,) = await shown(driver)
    await driver.press(RESUME, user=user, channel=None, value=block["accessory"]["value"])
    assert [one.is_paused for one in await services.schedules.list(TEAM, GENERAL)] == [True]


async def test_everybody_resumes_their_own_diary(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """It belongs to no channel, so nobody's leave is needed. It comes where Slack opens the direct message now."""
    owner = Person(TEAM, ALICE)
    await services.consent.grant(owner, "test")
    await services.schedules.set_diary(owner, DIRECT, ScheduleSpec("weekly", 4, 16, 0, picture="diary"))
    clock.advance(days=7, hours=8)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, "messages_tab_disabled")
    (block,) = await shown(driver, ALICE)
    await driver.press(RESUME, channel=None, value=block["accessory"]["value"])
    assert drawn(slack) == []
    diary = await services.schedules.diary(owner)
    assert diary is not None
    assert (diary.channel, diary.is_paused) == (f"D{ALICE}", False)
    assert (diary.spec.hour, diary.spec.picture) == (16, "diary")


async def test_a_diary_whose_owner_does_not_agree_today_stays_paused(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """They are told to opt in first: the notice has changed since."""
    owner = Person(TEAM, ALICE)
    await services.consent.grant(owner, "test")
    await services.schedules.set_diary(owner, DIRECT, ScheduleSpec("weekly", 4, 16, 0, picture="diary"))
    clock.advance(days=7, hours=8)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, "messages_tab_disabled")
    (block,) = await shown(driver, ALICE)
    async with services.store.begin() as session:
        await session.execute(update(PersonRow).values(notice_version=1))
    await driver.press(RESUME, channel=None, value=block["accessory"]["value"])
    assert "`/emotion on` first" in slack.shown(f"D{ALICE}")[-1]
    diary = await services.schedules.diary(owner)
    assert diary is not None
    assert (diary.channel, diary.is_paused) == (DIRECT, True)


async def test_a_button_of_an_earlier_pause_resumes_nothing(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """The tab is drawn anew, with what there is now."""
    await paused(services, clock)
    (old,) = await shown(driver)
    await driver.command("/emotion-schedule", "resume", user=BOSS)
    clock.advance(days=1)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, "restricted_action")
    await driver.press(RESUME, user=BOSS, channel=None, value=old["accessory"]["value"])
    (block,) = drawn(slack)
    assert block["accessory"]["value"] != old["accessory"]["value"]
    assert [one.problem for one in await services.schedules.list(TEAM, GENERAL)] == ["restricted_action"]


@pytest.mark.parametrize("by", ["hand", "Slack"])
async def test_what_is_paused_anew_while_slack_is_asked_stays_paused(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, by: str
) -> None:
    """Between the press and its end somebody else resumed it, and then it was paused for another reason."""
    await paused(services, clock)
    (block,) = await shown(driver)
    held = slack.hold("conversations.info")
    pressing = asyncio.create_task(driver.press(RESUME, user=BOSS, channel=None, value=block["accessory"]["value"]))
    await until(lambda: slack.asked("conversations.info"))
    await services.schedules.resume(TEAM, GENERAL)
    if by == "hand":
        await services.schedules.pause(TEAM, GENERAL)
    else:
        clock.advance(days=1)
        (slot,) = await services.schedules.claim_due(TEAM)
        await services.schedules.refused(slot, "restricted_action")
    held.set()
    await pressing
    (kept,) = await services.schedules.list(TEAM, GENERAL)
    assert (kept.is_paused, kept.problem) == (True, None if by == "hand" else "restricted_action")


async def test_it_goes_when_the_schedule_is_resumed_set_anew_or_removed_elsewhere(
    driver: Driver, services: Services, clock: Clock
) -> None:
    """By whomever."""
    for words in ("resume", "daily 09:00", "off"):
        await paused(services, clock)
        assert len(await shown(driver)) == 1
        await driver.command("/emotion-schedule", words, user=BOSS)
        assert await shown(driver) == []


async def test_many_fit_into_what_slack_takes(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """A hundred blocks, three thousand signs a section; each is named, and the first twenty have their button."""
    await paused(services, clock, channels=90)
    assert len(await shown(driver)) == 20
    blocks = slack.asked("views.publish")[-1]["view"]["blocks"]
    assert len(blocks) < 100
    assert max(len(block["text"]["text"]) for block in blocks if "text" in block) < 3000
    assert all(f"<#C1{number:03}>" in str(blocks) for number in range(1, 90))
