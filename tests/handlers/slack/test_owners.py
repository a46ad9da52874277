"""Whoever set a schedule that had to be paused is told directly, once, and nobody else is."""

import asyncio
from collections.abc import Callable

import pytest

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.scheduling import TELLING
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import make_client
from handlers.slack.owners import Owners
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, Driver, until
from tests.slack_api import TEAM, SlackApi

QUARTER = 15 * 60


class Seconds:
    """The seconds that a process counts."""

    def __init__(self) -> None:
        """None have passed."""
        self.passed = 0.0

    def __call__(self) -> float:
        """How many have."""
        return self.passed


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def process(services: Services, settings: Settings, seconds: Seconds) -> Callable[[], Owners]:
    """Makes what one more process does."""
    return lambda: Owners(services.schedules, services.pseudonyms, make_client(settings), seconds)


async def paused(services: Services, clock: Clock, *owners: str, code: str = "is_archived") -> None:
    """Each of these people set a schedule in a channel of their own, and Slack has refused to post there."""
    for user in owners:
        channel = f"C0{user}"
        await services.schedules.set(TEAM, channel, Person(TEAM, user), ScheduleSpec("daily", None, 9, 0))
    clock.advance(days=1)
    for slot in await services.schedules.claim_due():
        await services.schedules.refused(slot, code)
        await services.schedules.posted(slot, code)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (BOSS, "I have paused the schedule of <#C0U03BOSS> (every day at 09:00): the channel is archived."),
        (MINJI, "<#C0U02MINJI> 일정(매일 09:00)을 멈췄어요. 보관된 채널이에요."),
    ],
)
async def test_whoever_set_it_is_told_in_their_language_and_once(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners], user: str, words: str
) -> None:
    """In the direct message; nobody else is written to, and neither is the channel."""
    await paused(services, clock, user)
    telling = process()
    for _ in range(3):
        await telling.tell()
        clock.advance(minutes=5)
    (said,) = slack.shown(f"D{user}")
    assert words in said
    assert [channel for channel, messages in slack.messages.items() if messages] == [f"D{user}"]
    assert await services.schedules.news(Person(TEAM, user)) == []


async def test_while_everybody_knows_slack_is_asked_nothing(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Neither before the first problem, nor after it was told, nor for a pause by hand."""
    telling = process()
    await services.schedules.set(TEAM, GENERAL, Person(TEAM, ALICE), ScheduleSpec("daily", None, 9, 0))
    await services.schedules.pause(TEAM, GENERAL)
    await telling.tell()
    assert slack.calls == []
    await paused(services, clock, BOSS)
    await telling.tell()
    asked = len(slack.calls)
    await telling.tell()
    assert len(slack.calls) == asked


async def test_of_several_processes_one_tells(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """At the same moment, and again and again."""
    await paused(services, clock, BOSS, MINJI, ALICE)
    telling = [process() for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(one.tell() for one in telling))
    assert [len(slack.messages[f"D{user}"]) for user in (BOSS, MINJI, ALICE)] == [1, 1, 1]


async def test_a_process_that_died_before_it_wrote_leaves_it_to_the_next(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """As soon as what it was given counts no more."""
    await paused(services, clock, BOSS)
    await services.schedules.news(Person(TEAM, BOSS))
    await process().tell()
    assert slack.messages[f"D{BOSS}"] == []
    clock.advance(seconds=TELLING.total_seconds() + 1)
    await process().tell()
    assert len(slack.messages[f"D{BOSS}"]) == 1


@pytest.mark.parametrize("how", ["died after it wrote", "the answer was lost"])
async def test_what_stands_there_is_not_written_again(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners], how: str
) -> None:
    """The next process looks for it first, finds it, and notes that it was told."""
    await paused(services, clock, BOSS)
    if how == "the answer was lost":
        slack.lose("chat.postMessage")
        await process().tell()
    else:
        held = slack.hold("chat.postMessage")
        dying = asyncio.create_task(process().tell())
        await until(lambda: slack.messages[f"D{BOSS}"])
        dying.cancel()
        held.set()
        await asyncio.wait({dying})
    (said,) = slack.messages[f"D{BOSS}"]
    said["ts"] = f"{clock().timestamp():.6f}"
    assert len(await services.schedules.untold()) == 1
    clock.advance(seconds=TELLING.total_seconds() + 1)
    await process().tell()
    assert len(slack.messages[f"D{BOSS}"]) == 1
    assert await services.schedules.untold() == []


@pytest.mark.parametrize("how", ["deactivated", "not listed"])
async def test_whoever_left_is_told_nothing_and_looked_for_once(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners], how: str
) -> None:
    """Those who are still there are told all the same."""
    await paused(services, clock, ALICE, MINJI)
    if how == "deactivated":
        slack.users[ALICE]["deleted"] = True
    else:
        del slack.users[ALICE]
    telling = process()
    await telling.tell()
    asked = len(slack.calls)
    await telling.tell()
    assert len(slack.calls) == asked
    assert [channel for channel, messages in slack.messages.items() if messages] == [f"D{MINJI}"]
    assert await services.schedules.untold() == []


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("users.list", "ratelimited"),
        ("users.list", "missing_scope"),
        ("auth.test", "fatal_error"),
        ("users.info", "internal_error"),
        ("conversations.open", "user_not_found"),
        ("conversations.history", "missing_scope"),
        ("chat.postMessage", "restricted_action"),
    ],
)
async def test_what_slack_refuses_is_tried_again_in_a_quarter_of_an_hour(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services,
    slack: SlackApi,
    clock: Clock,
    process: Callable[[], Owners],
    seconds: Seconds,
    caplog: pytest.LogCaptureFixture,
    method: str,
    code: str,
) -> None:
    """The log is told the code and nobody's id; until then Slack is left alone, and the command tells as well."""
    await paused(services, clock, BOSS)
    slack.refuse(method, code)
    telling = process()
    await telling.tell()
    assert code in caplog.text
    assert BOSS not in caplog.text
    asked = len(slack.calls)
    clock.advance(seconds=QUARTER - 1)
    seconds.passed += QUARTER - 1
    await telling.tell()
    assert len(slack.calls) == asked
    assert len(await services.schedules.untold()) == 1
    seconds.passed += 2
    await telling.tell()
    assert len(slack.messages[f"D{BOSS}"]) == 1


async def test_who_cannot_be_written_to_keeps_nobody_else_from_being_told(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Whoever of them comes first."""
    await paused(services, clock, ALICE, BOSS, MINJI)
    slack.refuse("conversations.open", "user_disabled")
    await process().tell()
    assert sum(len(slack.messages[f"D{user}"]) for user in (ALICE, BOSS, MINJI)) == 2


async def test_several_schedules_are_told_each(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """With one look at who is there."""
    owner = Person(TEAM, BOSS)
    await services.schedules.set(TEAM, GENERAL, owner, ScheduleSpec("daily", None, 9, 0))
    await services.schedules.set(TEAM, "C02OTHER", owner, ScheduleSpec("daily", None, 9, 0))
    await paused(services, clock)
    await process().tell()
    said = slack.shown(f"D{BOSS}")
    assert [[channel in one for one in said] for channel in (GENERAL, "C02OTHER")] == [[True, False], [False, True]]
    assert [args.get("cursor", "") for args in slack.asked("users.list")] == ["", "2"]


async def test_whoever_came_by_first_is_not_written_to(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Their command has told them; and whom the clock has told hears nothing more at a command."""
    await paused(services, clock, BOSS, MINJI)
    await driver.command("/emotion", "status", user=BOSS)
    assert "the channel is archived" in slack.responses[-1]["text"]
    await process().tell()
    assert [channel for channel, messages in slack.messages.items() if messages] == [f"D{MINJI}"]
    answered = len(slack.responses)
    await driver.command("/emotion", "status", user=MINJI)
    assert [said for said in slack.responses[answered:] if "멈췄어요" in said["text"]] == []


async def test_no_id_of_slacks_is_kept(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Neither beside the schedule nor in what shows that it is being told."""
    await services.schedules.set(TEAM, GENERAL, Person(TEAM, BOSS), ScheduleSpec("daily", None, 9, 0))
    await paused(services, clock)
    held = slack.hold("chat.postMessage")
    telling = asyncio.create_task(process().tell())
    await until(lambda: slack.messages[f"D{BOSS}"])
    async with services.store.read() as session:
        connection = await session.connection()
        for table in ("schedules", "deliveries", "schedule_slots"):
            rows = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()  # noqa: S608 - of these three
            assert rows
            assert BOSS not in str(rows)
    held.set()
    await telling
