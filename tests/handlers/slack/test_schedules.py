"""`/emotion-schedule` beyond setting one: the dialog, the list with its buttons, and what went wrong meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.store import cells
from bot.store.base import Store
from bot.store.tables import AuditRow
from bot.wiring import Services
from handlers.slack import schedule_modal
from handlers.slack.schedules import PAUSE, POST, REMOVE, RESUME
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver
from tests.slack_api import TEAM, SlackApi

COMMAND = "/emotion-schedule"
FIVE = [ALICE, MINJI, BOSS, "U4", "U5"]
CHOSEN = {
    "kind": "weekly",
    "weekday": "2",
    "month_day": "1",
    "time": "18:30",
    "zone": "Europe/Paris",
    "days": "30",
    "picture": "trend",
}


async def specs(services: Services) -> list[ScheduleSpec]:
    return [schedule.spec for schedule in await services.schedules.list(TEAM, GENERAL)]


async def refusals(store: Store) -> int:
    async with store.read() as session:
        return len((await session.scalars(select(AuditRow).where(AuditRow.action == "refused:schedule"))).all())


async def read(services: Services, clock: Clock) -> None:
    """Five people wrote in #general on each of three days."""
    for number, user in enumerate(FIVE):
        person = Person(TEAM, user)
        await services.consent.grant(person, "test")
        for days in range(3):
            moment = clock() + timedelta(days=days, minutes=number)
            await wrote(services.store, services.pseudonyms, person, moment)
    clock.advance(days=3)


def opened(slack: SlackApi) -> dict[str, Any]:
    """The dialog that was opened last."""
    view = slack.asked("views.open")[-1]["view"]
    made: dict[str, Any] = json.loads(view) if isinstance(view, str) else view
    return made


def values(**changed: str | None) -> dict[str, dict[str, Any]]:
    """What Slack sends of a dialog's fields."""
    chosen = {**CHOSEN, **changed}
    fields: dict[str, dict[str, Any]] = {
        name: {"selected_option": {"value": value} if value is not None else None} for name, value in chosen.items()
    }
    return {**fields, "time": {"selected_time": chosen["time"]}, "zone": {"value": chosen["zone"]}}


async def submitted(
    driver: Driver, fields: dict[str, dict[str, Any]], *, user: str = BOSS, private: str | None = None
) -> Any:  # noqa: ANN401 - JSON
    """Confirm the dialog; what it is answered with."""
    private = private or opened(driver.slack)["private_metadata"]
    answer = await driver.submit(schedule_modal.SET, private, user=user, values=fields)
    return json.loads(answer.body) if answer.body else None


# ---- The dialog


@pytest.mark.parametrize(("user", "zone", "save"), [(BOSS, "UTC", "Set"), (MINJI, "Asia/Seoul", "정하기")])
async def test_without_words_a_dialog_opens(driver: Driver, slack: SlackApi, user: str, zone: str, save: str) -> None:
    """In the asker's language, with their time zone filled in, and every field with a choice made."""
    slack.channel(GENERAL, creator=MINJI)
    await driver.command(COMMAND, "  ", user=user)
    view = opened(slack)
    assert view["submit"]["text"] == save
    fields = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert set(fields) == set(CHOSEN)
    assert fields["zone"]["initial_value"] == zone
    assert len(fields["month_day"]["options"]) == 31
    assert all({"initial_option", "initial_time", "initial_value"} & set(field) for field in fields.values())
    assert slack.responses == []


async def test_the_dialog_knows_the_zone_of_the_channels_pictures(
    driver: Driver, slack: SlackApi, store: Store, services: Services
) -> None:
    """Where it is fixed already, it comes before the asker's own, in the dialog and by words."""
    async with store.begin() as session:
        await cells.fix_zone(session, cells.Place(TEAM, GENERAL), "America/New_York")
    await driver.command(COMMAND, "", user=BOSS)
    zone = next(block for block in opened(slack)["blocks"] if block.get("block_id") == "zone")
    assert zone["element"]["initial_value"] == "America/New_York"
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    assert [spec.timezone for spec in await specs(services)] == ["America/New_York"]


async def test_who_may_not_gets_no_dialog(driver: Driver, slack: SlackApi, store: Store) -> None:
    """They are told why, and it is written down."""
    await driver.command(COMMAND, "")
    assert slack.asked("views.open") == []
    assert "Only whoever created this channel" in slack.responses[-1]["text"]
    assert await refusals(store) == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ScheduleSpec("weekly", 2, 18, 30, "Europe/Paris", days=30)),
        ({"kind": "daily"}, ScheduleSpec("daily", None, 18, 30, "Europe/Paris", days=30)),
        ({"kind": "weekdays", "zone": "asia/seoul"}, ScheduleSpec("weekdays", None, 18, 30, "Asia/Seoul", days=30)),
        (
            {"kind": "monthly", "month_day": "31", "days": "90"},
            ScheduleSpec("monthly", None, 18, 30, "Europe/Paris", month_day=31, days=90),
        ),
        (
            {"kind": "daily", "picture": "valence"},
            ScheduleSpec("daily", None, 18, 30, "Europe/Paris", days=30, picture="valence"),
        ),
        (
            {"kind": "daily", "weekday": None, "month_day": None},
            ScheduleSpec("daily", None, 18, 30, "Europe/Paris", days=30),
        ),
    ],
)
async def test_what_was_chosen_is_set_and_confirmed(
    driver: Driver, services: Services, slack: SlackApi, changed: dict[str, str | None], expected: ScheduleSpec
) -> None:
    """The dialog closes, and the answer says when the next three will be; fields of other rhythms do not matter."""
    await driver.command(COMMAND, "", user=BOSS)
    assert await submitted(driver, values(**changed)) is None
    assert await specs(services) == [expected]
    said = slack.responses[-1]["text"]
    assert said.startswith("I will post this channel's picture")
    assert said.count(" · ") == 2
    assert f"{expected.days} days" in said


@pytest.mark.parametrize(
    ("changed", "field", "english", "korean"),
    [
        ({"kind": None}, "kind", "choose one", "하나를 골라"),
        ({"kind": "hourly"}, "kind", "choose one", "하나를 골라"),
        ({"weekday": None}, "weekday", "every week", "요일"),
        ({"weekday": "7"}, "weekday", "every week", "요일"),
        ({"kind": "monthly", "month_day": None}, "month_day", "every month", "날짜"),
        ({"kind": "monthly", "month_day": "32"}, "month_day", "every month", "날짜"),
        ({"time": None}, "time", "00:00 to 23:59", "23:59"),
        ({"time": "24:00"}, "time", "00:00 to 23:59", "23:59"),
        ({"time": "soon"}, "time", "00:00 to 23:59", "23:59"),
        ({"zone": None}, "zone", "time zone", "시간대"),
        ({"zone": "Mars/Olympus"}, "zone", "time zone", "시간대"),
        ({"days": "8"}, "days", "choose one", "하나를 골라"),
        ({"picture": "diary"}, "picture", "choose one", "하나를 골라"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver,
    services: Services,
    slack: SlackApi,
    changed: dict[str, str | None],
    field: str,
    english: str,
    korean: str,
) -> None:
    """Checked on the server, whatever Slack lets through; the dialog stays open, and nothing is set."""
    slack.channel(GENERAL, creator=MINJI)
    for user, words in ((BOSS, english), (MINJI, korean)):
        await driver.command(COMMAND, "", user=user)
        answer = await submitted(driver, values(**changed), user=user)
        assert answer["response_action"] == "errors"
        assert set(answer["errors"]) == {field}
        assert words in answer["errors"][field]
    assert await specs(services) == []


async def test_several_things_that_are_wrong_are_told_together(driver: Driver) -> None:
    """One round is enough, and what is missing altogether is wrong too."""
    await driver.command(COMMAND, "", user=BOSS)
    answer = await submitted(driver, values(time="99:99", zone="Nowhere", days=None))
    assert set(answer["errors"]) == {"time", "zone", "days"}
    answer = await submitted(driver, {})
    assert set(answer["errors"]) == {"kind", "time", "zone", "days"}


async def test_who_may_is_asked_again_when_the_dialog_is_confirmed(
    driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """An administrator who is none any more sets nothing; neither does a dialog that names no channel."""
    await driver.command(COMMAND, "", user=BOSS)
    slack.user(BOSS, is_admin=False, tz="UTC")
    await submitted(driver, values())
    assert await specs(services) == []
    assert await refusals(store) == 1
    slack.user(BOSS, is_admin=True, tz="UTC")
    await submitted(driver, values(), private="{}")
    assert await specs(services) == []


# ---- Words


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "monthly 31 09:00 Europe/Paris 90d",
            ["day 31, or the last day", "Europe/Paris", "Mon 30 Nov, 09:00", "Thu 31 Dec"],
        ),
        ("weekdays 08:00", ["Monday to Friday at 08:00", "Mon 23 Nov, 08:00", "Tue 24 Nov", "Wed 25 Nov"]),
        ("평일 08:00", ["Monday to Friday at 08:00"]),
        ("daily 18:00 valence 30d", ["the mood of the last 30 days"]),
        ("monthly 1 09:00 year", ["every month on day 1 at 09:00", "showing the year until that day"]),
        ("매월 1일 09:00 한해", ["showing the year until that day"]),
    ],
)
async def test_what_is_set_by_words_is_said_in_words(
    driver: Driver, slack: SlackApi, words: str, expected: list[str]
) -> None:
    """With its rhythm, its zone and the next three dates."""
    await driver.command(COMMAND, words, user=BOSS)
    said = slack.responses[-1]["text"]
    assert [part for part in expected if part not in said] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("daily 25:00", "00:00 to 23:59"),
        ("daily 09:00 Mars/Sea", "do not know that time zone"),
        ("monthly 0 9:00", "1 to 31"),
    ],
)
async def test_what_does_not_exist_is_refused_by_its_name(
    driver: Driver, services: Services, slack: SlackApi, words: str, said: str
) -> None:
    """And nothing is set."""
    await driver.command(COMMAND, words, user=BOSS)
    assert said in slack.responses[-1]["text"]
    assert await specs(services) == []


@pytest.mark.parametrize("words", ["", "daily 09:00", "pause", "post now"])
async def test_a_channel_the_bot_is_not_in_has_no_schedule(
    driver: Driver, services: Services, slack: SlackApi, words: str
) -> None:
    """The answer says so, instead of a promise that cannot be kept."""
    await services.schedules.set(TEAM, GENERAL, Person(TEAM, BOSS), ScheduleSpec("weekly", 0, 9, 0))
    slack.channel(GENERAL, is_member=False)
    await driver.command(COMMAND, words, user=BOSS)
    assert "Is the bot a member of this channel" in slack.responses[-1]["text"]
    assert slack.asked("views.open") == []
    assert len(await specs(services)) == 1


async def test_schedules_are_paused_resumed_and_removed_by_words(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """All of the channel's, or one by its kind, in both languages; what was not there is said."""
    for words in ("daily 09:00", "weekly mon 09:00"):
        await driver.command(COMMAND, words, user=BOSS)

    async def paused() -> list[bool]:
        return [schedule.is_paused for schedule in await services.schedules.list(TEAM, GENERAL)]

    for words, state, said in (
        ("pause daily", [True, False], "Paused"),
        ("pause daily", [True, False], "nothing to pause"),
        ("멈춤", [True, True], "Paused"),
        ("resume weekly", [True, False], "Resumed"),
        ("재개", [False, False], "Resumed"),
        ("resume", [False, False], "Nothing is paused"),
        ("pause monthly", [False, False], "no such schedule"),
        ("remove daily", [False], "the others stay"),
        ("off", [], "no schedule any more"),
        ("pause", [], "has no schedule"),
    ):
        await driver.command(COMMAND, words, user=BOSS)
        assert await paused() == state, words
        assert said in slack.responses[-1]["text"], words


async def test_a_picture_is_posted_now_beside_those_on_time(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """As the schedule says, and its next slot stays; of several, one has to be named."""
    await read(services, clock)
    await driver.command(COMMAND, "daily 09:00 30d", user=BOSS)
    await driver.command(COMMAND, "post now", user=BOSS)
    (posted,) = slack.messages[GENERAL]
    assert "30 days" in posted["text"]
    assert slack.responses[-1]["text"] == "Posted."
    await driver.command(COMMAND, "weekly mon 09:00", user=BOSS)
    await driver.command(COMMAND, "지금 올리기", user=BOSS)
    assert "`/emotion-schedule post now weekly`" in slack.responses[-1]["text"]
    assert len(slack.messages[GENERAL]) == 1
    await driver.command(COMMAND, "post now weekly", user=BOSS)
    assert len(slack.messages[GENERAL]) == 2


async def test_a_schedule_of_the_year_posts_the_channels_year(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """With its days in words; it is the picture that `here year` draws."""
    await read(services, clock)
    await driver.command(COMMAND, "monthly 1 09:00 year", user=BOSS)
    await driver.command(COMMAND, "post now", user=BOSS)
    (posted,) = slack.messages[GENERAL]
    assert "15 messages on 3 of 30 days" in posted["text"]
    assert slack.asked("files.getUploadURLExternal")[-1]["filename"].startswith("maeum-here-year-2025-")


async def test_with_too_few_people_nothing_is_posted_now(driver: Driver, slack: SlackApi) -> None:
    """The asker is told alone; the channel is not."""
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    await driver.command(COMMAND, "post now", user=BOSS)
    assert "at least 5 people" in slack.responses[-1]["text"]
    assert slack.messages[GENERAL] == []


# ---- The list and its buttons


async def test_the_list_has_buttons_for_each_schedule(driver: Driver, slack: SlackApi) -> None:
    """Post, pause and remove; a paused one can be resumed, and says that it is paused."""
    for words in ("daily 09:00", "weekly mon 09:00", "pause weekly"):
        await driver.command(COMMAND, words, user=BOSS)
    await driver.command(COMMAND, "list")
    said = slack.responses[-1]
    assert said["response_type"] == "ephemeral"
    rows = [block["elements"] for block in said["blocks"] if block["type"] == "actions"]
    assert [[(one["action_id"], one["value"]) for one in row] for row in rows] == [
        [(POST, "daily"), (PAUSE, "daily"), (REMOVE, "daily")],
        [(POST, "weekly"), (RESUME, "weekly"), (REMOVE, "weekly")],
    ]
    assert "every day at 09:00" in said["text"]
    assert "*paused*" in said["text"]


async def test_buttons_do_it_and_show_the_list_as_it_is_then(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """In the place of the list from before; posting leaves it where it is."""
    await read(services, clock)
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    await driver.press(PAUSE, user=BOSS, value="daily")
    assert slack.responses[-1]["replace_original"] is True
    assert "*paused*" in slack.responses[-1]["text"]
    await driver.press(RESUME, user=BOSS, value="daily")
    assert "Next:" in slack.responses[-1]["text"]
    await driver.press(POST, user=BOSS, value="daily")
    assert len(slack.messages[GENERAL]) == 1
    assert slack.responses[-1]["text"] == "Posted."
    await driver.press(REMOVE, user=BOSS, value="daily")
    assert slack.responses[-1]["text"] == "This channel has no schedule."
    assert await specs(services) == []


@pytest.mark.parametrize("action", [POST, PAUSE, RESUME, REMOVE])
async def test_a_button_is_for_those_who_may(
    driver: Driver, services: Services, slack: SlackApi, store: Store, action: str
) -> None:
    """Everybody sees the list; whoever may not change it is refused when they press, and it is written down."""
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    await driver.press(action, value="daily")
    assert "Only whoever created this channel" in slack.responses[-1]["text"]
    assert [schedule.is_paused for schedule in await services.schedules.list(TEAM, GENERAL)] == [False]
    assert slack.messages[GENERAL] == []
    assert await refusals(store) == 1


@pytest.mark.parametrize("value", ["", "yearly", "{}", "daily; off"])
async def test_a_button_with_a_strange_value_does_nothing(
    driver: Driver, services: Services, slack: SlackApi, value: str
) -> None:
    """Only the kinds that there are."""
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    await driver.press(REMOVE, user=BOSS, value=value)
    assert len(await specs(services)) == 1
    assert "weekly mon 09:00" in slack.responses[-1]["text"]


async def test_a_button_of_another_channel_touches_only_that_channel(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """What a button means is decided by where it is pressed; in a direct message it means nothing."""
    slack.channel("C02OTHER")
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    await driver.press(REMOVE, user=BOSS, value="daily", channel="C02OTHER")
    await driver.press(REMOVE, user=BOSS, value="daily", channel=DIRECT)
    await driver.press(REMOVE, user=BOSS, value="daily", channel=None)
    assert len(await specs(services)) == 1


# ---- What went wrong meanwhile


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("is_archived", "the channel is archived"),
        ("not_in_channel", "I am not in that channel any more"),
        ("restricted_action", "I am not allowed to post"),
    ],
)
async def test_whoever_set_it_is_told_at_their_next_command_and_only_they(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, code: str, why: str
) -> None:
    """Where they come by, for whatever, before the clock has written to them; in the list it stands for everybody."""
    await driver.command(COMMAND, "daily 09:00", user=BOSS)
    clock.now = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
    (slot,) = await services.schedules.claim_due(TEAM)
    await services.schedules.refused(slot, code)
    told = len(slack.responses)
    await driver.command("/emotion", "status")
    assert not any("paused" in said["text"] for said in slack.responses[told:])
    await driver.command("/emotion", "status", user=BOSS)
    news = slack.responses[-1]["text"]
    assert f"<#{GENERAL}>" in news
    assert why in news
    await driver.command("/emotion", "status", user=BOSS)
    assert why not in slack.responses[-1]["text"]
    await driver.command(COMMAND, "list")
    assert why in slack.responses[-1]["text"]
