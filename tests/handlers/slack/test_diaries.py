"""`/emotion-schedule me`: when one's own diary comes, by words, in the direct message, by buttons and at Home."""

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.schedule_words import FRIDAYS
from bot.store.base import Base
from bot.store.tables import PersonRow, ScheduleRow
from bot.wiring import Services
from handlers.slack.paused import as_shown
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver, actions
from tests.slack_api import TEAM, SlackApi

COMMAND = "/emotion-schedule"
PERSON, KOREAN = Person(TEAM, ALICE), Person(TEAM, MINJI)
OPENED = f"D{ALICE}"
"""What Slack says of the direct message with Alice."""


@pytest.fixture
async def on(services: Services) -> None:
    """Alice and Minji are read."""
    for who in (PERSON, KOREAN):
        await services.consent.grant(who, "test")


async def spec_of(services: Services, who: Person = PERSON) -> ScheduleSpec | None:
    diary = await services.schedules.diary(who)
    return diary.spec if diary is not None else None


async def home_of(driver: Driver, user: str = ALICE) -> dict[str, Any]:
    """What the Home tab shows."""
    await driver.event({"type": "app_home_opened", "tab": "home", "user": user, "channel": "D1"})
    view: dict[str, Any] = driver.slack.asked("views.publish")[-1]["view"]
    return view


# ---- By words


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    ("words", "channel", "expected"),
    [
        ("me on", GENERAL, FRIDAYS.spec("Europe/London", "en")),
        ("me weekly fri 17:00", GENERAL, FRIDAYS.spec("Europe/London", "en")),
        ("나 켜기", GENERAL, FRIDAYS.spec("Europe/London", "en")),
        ("me weekly sun 20:15 Asia/Seoul", GENERAL, ScheduleSpec("weekly", 6, 20, 15, "Asia/Seoul", picture="diary")),
        ("나 매주 일 20:15", GENERAL, ScheduleSpec("weekly", 6, 20, 15, "Europe/London", picture="diary")),
        ("on", DIRECT, FRIDAYS.spec("Europe/London", "en")),
        ("me on", DIRECT, FRIDAYS.spec("Europe/London", "en")),
        ("weekly sun 20:15", DIRECT, ScheduleSpec("weekly", 6, 20, 15, "Europe/London", picture="diary")),
    ],
)
async def test_it_is_set_from_anywhere_and_comes_to_the_direct_message(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, slack: SlackApi, words: str, channel: str, expected: ScheduleSpec
) -> None:
    """In the person's own zone and language; the answer says the next three dates, to them alone."""
    await driver.command(COMMAND, words, channel=channel)
    diary = await services.schedules.diary(PERSON)
    assert diary is not None
    assert (diary.channel, diary.spec) == (OPENED, expected)
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert f"every week on {'Sunday' if expected.weekday == 6 else 'Friday'} at {expected.hour}" in said["text"]
    assert said["text"].count("·") == 2
    assert await services.schedules.list(TEAM, GENERAL) == []
    assert slack.messages == {}


@pytest.mark.usefixtures("on")
async def test_it_speaks_korean(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Set, standing, ended."""
    for words, said in (
        ("나", "정해진 때에 보내 드리지 않아요"),
        ("나 켜기", "일기를 보내 드릴게요. 매주 금요일 17:00"),
        ("나", "일기를 보내 드리고 있어요. 매주 금요일 17:00"),
        ("나 끄기", "이제 일기를"),
    ):
        await driver.command(COMMAND, words, user=MINJI)
        assert said in slack.responses[-1]["text"]
    assert await spec_of(services, KOREAN) is None


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(("words", "channel"), [("me", GENERAL), ("", DIRECT), ("me", DIRECT)])
async def test_alone_it_says_how_it_stands(driver: Driver, slack: SlackApi, words: str, channel: str) -> None:
    """How to set it, and once it is set, when it comes and how to end it."""
    await driver.command(COMMAND, words, channel=channel)
    assert "`/emotion-schedule me on`" in slack.responses[-1]["text"]
    await driver.command(COMMAND, "me on", channel=channel)
    await driver.command(COMMAND, words, channel=channel)
    said = slack.responses[-1]["text"]
    assert "every week on Friday at 17:00" in said
    assert "`/emotion-schedule me off`" in said
    assert slack.asked("views.open") == []


@pytest.mark.usefixtures("on")
async def test_it_is_ended_and_only_ones_own(driver: Driver, services: Services, slack: SlackApi) -> None:
    """A second time there is nothing to end, and the words for setting it are told."""
    for user in (ALICE, MINJI):
        await driver.command(COMMAND, "me on", user=user)
    await driver.command(COMMAND, "me off")
    assert "does not come by itself any more" in slack.responses[-1]["text"]
    assert await spec_of(services) is None
    assert await spec_of(services, KOREAN) is not None
    await driver.command(COMMAND, "me off")
    assert "`/emotion-schedule me on`" in slack.responses[-1]["text"]


@pytest.mark.usefixtures("on")
async def test_turning_it_on_again_keeps_the_time_that_was_chosen(
    driver: Driver, services: Services, clock: Clock
) -> None:
    """Also where it had to be paused: it runs again."""
    await driver.command(COMMAND, "me weekly sat 09:30 Asia/Seoul")
    chosen = await spec_of(services)
    clock.advance(days=1)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, "channel_not_found")
    await driver.command(COMMAND, "me on")
    diary = await services.schedules.diary(PERSON)
    assert diary is not None
    assert (diary.spec, diary.is_paused) == (chosen, False)


@pytest.mark.parametrize("words", ["me daily 09:00", "me list", "me post now", "me weekly fri 17:00 30d", "me please"])
async def test_what_is_not_understood_gets_a_usage_of_its_own(
    driver: Driver, services: Services, slack: SlackApi, words: str
) -> None:
    """Not that of channels, and nothing of what was typed."""
    await driver.command(COMMAND, words)
    await driver.command(COMMAND, words.removeprefix("me "), channel=DIRECT)
    for said in slack.responses:
        assert "`me weekly fri 17:00`" in said["text"]
        assert "monthly" not in said["text"]
        assert "please" not in said["text"]
    assert await spec_of(services) is None


@pytest.mark.usefixtures("on")
async def test_opting_out_says_that_the_diary_ends(driver: Driver, slack: SlackApi) -> None:
    """Where one was to come; whoever has none hears nothing of it."""
    await driver.command(COMMAND, "me on")
    for said in (True, False):
        await driver.command("/emotion", "off")
        assert ("Your diary comes no more." in slack.responses[-1]["text"]) is said


async def test_who_is_not_read_is_told_to_opt_in_first(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Nothing is set."""
    await driver.command(COMMAND, "me on")
    await driver.press("maeum_diary_on")
    assert ["`/emotion on` first" in said["text"] for said in slack.responses] == [True, True]
    assert await spec_of(services) is None


@pytest.mark.usefixtures("on")
async def test_without_a_time_zone_nothing_is_set(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Slack does not say it at this moment."""
    await driver.command("/emotion", "status")
    slack.refuse("users.info", "fatal_error", times=9)
    await driver.command(COMMAND, "me on")
    assert "does not tell me your time zone" in slack.responses[-1]["text"]
    assert await spec_of(services) is None


async def test_people_of_other_organisations_have_none(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Neither by words nor with somebody else's button."""
    slack.user("U0AWAY", locale="en-US", is_stranger=True)
    await driver.command(COMMAND, "me on", user="U0AWAY")
    await driver.press("maeum_diary_on", user="U0AWAY")
    assert all("own organisation" in said["text"] for said in slack.responses)
    assert len(slack.responses) == 2
    assert await spec_of(services, Person(TEAM, "U0AWAY")) is None


@pytest.mark.usefixtures("on")
async def test_no_slack_id_of_a_person_is_stored(driver: Driver, services: Services) -> None:
    """The direct message's channel stands there, and the pseudonym."""
    await driver.command(COMMAND, "me on")
    async with services.store.read() as session:
        row = await session.scalar(select(ScheduleRow))
    assert row is not None
    assert row.user_id == services.pseudonyms.person(PERSON)
    columns = Base.metadata.tables["schedules"].columns
    assert ALICE not in {str(getattr(row, column.name)) for column in columns}


# ---- What others see


@pytest.mark.usefixtures("on")
async def test_a_channels_list_never_shows_it(driver: Driver, slack: SlackApi) -> None:
    """Nor does an administrator's: not from the channel, and not from somebody's direct message."""
    await driver.command(COMMAND, "me on")
    for channel in (GENERAL, OPENED):
        await driver.command(COMMAND, "list", user=BOSS, channel=channel)
        assert "Friday" not in slack.responses[-1]["text"]
    await driver.command(COMMAND, "me", user=BOSS, channel=OPENED)
    assert "does not come by itself" in slack.responses[-1]["text"]


# ---- Buttons


@pytest.mark.usefixtures("on")
async def test_a_diary_that_was_asked_for_is_offered_every_friday(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Beside the table, once: no more when it comes already, and not with other pictures."""
    await wrote(services.store, services.pseudonyms, PERSON, clock())
    clock.advance(minutes=1)
    await driver.command("/emotion-graph", "me 7d")
    assert actions(slack.responses[-1]) == ["maeum_table"]
    await driver.command("/emotion-graph", "me diary")
    assert actions(slack.responses[-1]) == ["maeum_table", "maeum_diary_on"]
    await driver.press("maeum_diary_on")
    assert "every week on Friday at 17:00" in slack.responses[-1]["text"]
    assert await spec_of(services) == FRIDAYS.spec("Europe/London", "en")
    await driver.command("/emotion-graph", "me diary")
    assert actions(slack.responses[-1]) == ["maeum_table"]


@pytest.mark.usefixtures("on")
async def test_who_is_not_read_is_not_offered_it(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """They can still look at what is stored."""
    await wrote(services.store, services.pseudonyms, PERSON, clock())
    await services.consent.withdraw(PERSON, "test")
    await driver.command("/emotion-graph", "me diary")
    assert actions(slack.responses[-1]) == ["maeum_table"]


@pytest.mark.usefixtures("on")
async def test_home_offers_it_says_when_it_comes_and_ends_it(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Each press draws the tab anew; nothing else is said."""
    view = await home_of(driver)
    assert "maeum_diary_on" in actions(view)
    assert "Send me my diary every Friday" in str(view)
    await driver.press("maeum_diary_on", channel=None)
    view = slack.asked("views.publish")[-1]["view"]
    assert "Your diary comes every week on Friday at 17:00 (next: Fri 20 Nov, 17:00)." in str(view)
    assert "maeum_diary_off" in actions(view)
    assert "maeum_diary_on" not in actions(view)
    assert await spec_of(services) is not None
    await driver.press("maeum_diary_off", channel=None)
    view = slack.asked("views.publish")[-1]["view"]
    assert "maeum_diary_on" in actions(view)
    assert await spec_of(services) is None
    assert slack.responses == []
    assert slack.messages == {}


@pytest.mark.usefixtures("on")
async def test_home_says_it_in_korean(driver: Driver) -> None:
    """Offer and state."""
    assert "금요일마다 일기 받기" in str(await home_of(driver, MINJI))
    await driver.press("maeum_diary_on", user=MINJI, channel=None)
    view = str(driver.slack.asked("views.publish")[-1]["view"])
    assert "매주 금요일 17:00에 일기를 보내 드려요(다음 차례: 11월 27일(금) 17:00)." in view


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    ("user", "said"),
    [
        (ALICE, "Your diary (every week on Friday at 17:00) waits until you agree again."),
        (MINJI, "다시 동의해 주실 때까지 일기(매주 금요일 17:00)를 보내지 않고 있어요."),
    ],
)
async def test_home_lets_who_is_to_agree_anew_end_it(driver: Driver, services: Services, user: str, said: str) -> None:
    """It says that it waits, and not when it comes, as the command does; ended, it is not offered again."""
    await driver.command(COMMAND, "me on", user=user)
    async with services.store.begin() as session:
        await session.execute(update(PersonRow).values(notice_version=1))
    await driver.command(COMMAND, "me", user=user)
    assert driver.slack.responses[-1]["text"] == said
    view = await home_of(driver, user)
    assert said in str(view)
    assert "maeum_diary_off" in actions(view)
    assert "20 Nov" not in str(view)
    await driver.press("maeum_diary_off", user=user, channel=None)
    assert "maeum_diary" not in str(driver.slack.asked("views.publish")[-1]["view"])
    assert await spec_of(services, Person(TEAM, user)) is None


@pytest.mark.usefixtures("on")
async def test_home_lets_who_has_become_an_outsider_end_it(driver: Driver, services: Services, slack: SlackApi) -> None:
    """It still comes to them, and is not offered anew."""
    slack.user("U0AWAY", locale="en-US", is_stranger=True)
    away = Person(TEAM, "U0AWAY")
    await services.consent.grant(away, "test")
    assert "maeum_diary" not in str(await home_of(driver, "U0AWAY"))
    await services.schedules.set_diary(away, "DU0AWAY", FRIDAYS.spec("UTC", "en"))
    view = await home_of(driver, "U0AWAY")
    assert "Your diary comes every week on Friday" in str(view)
    assert "maeum_diary_off" in actions(view)


async def test_home_offers_nothing_to_who_is_not_read(driver: Driver, services: Services) -> None:
    """Nor once they have opted out, which ended it."""
    assert "maeum_diary" not in str(await home_of(driver))
    await services.consent.grant(PERSON, "test")
    await driver.press("maeum_diary_on", channel=None)
    await driver.press("maeum_off", channel=None)
    assert "maeum_diary" not in str(driver.slack.asked("views.publish")[-1]["view"])
    assert await spec_of(services) is None


# ---- Trouble


@pytest.mark.usefixtures("on")
async def test_asking_how_it_stands_says_once_why_it_is_paused(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """With the answer it is told, and no news at the next command; other news is told beside it."""
    await driver.command(COMMAND, "me on")
    await services.schedules.set(TEAM, GENERAL, PERSON, ScheduleSpec("daily", None, 9, 0))
    clock.advance(days=7)
    for slot in await services.schedules.claim_due(TEAM):
        await services.schedules.refused(slot, "channel_not_found")
    answered = len(slack.responses)
    await driver.command(COMMAND, "me")
    await driver.command("/emotion", "status")
    said = [one["text"] for one in slack.responses[answered:]]
    assert ["stopped sending your diary" in one for one in said] == [True, False, False]
    assert [GENERAL in one for one in said] == [False, True, False]
    assert await services.schedules.untold() == []


@pytest.mark.usefixtures("on")
async def test_who_could_not_be_written_to_is_told_in_fitting_words(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """At their next command, once, and when they ask; no channel is named. The Home tab lets it run again."""
    await driver.command(COMMAND, "me on")
    clock.advance(days=1)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, "channel_not_found")
    await driver.command("/emotion", "status", user=BOSS)
    assert "diary" not in slack.responses[-1]["text"]
    await driver.command("/emotion", "status")
    news = slack.responses[-1]["text"]
    assert "stopped sending your diary (every week on Friday at 17:00)" in news
    assert "<#" not in news
    await driver.command(COMMAND, "me")
    assert slack.responses[-1]["text"] == news
    view = await home_of(driver)
    assert news in str(view)
    assert "maeum_diary_on" not in actions(view)
    diary = await services.schedules.diary(PERSON)
    assert diary is not None
    await driver.press("maeum_schedule_resume_home", channel=None, value=as_shown(diary))
    diary = await services.schedules.diary(PERSON)
    assert diary is not None
    assert not diary.is_paused
