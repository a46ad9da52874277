"""Whoever set a schedule that had to be paused is told directly, once, and nobody else is."""

import asyncio
import gc
from collections.abc import Callable

import pytest

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person
from bot.scheduling import LOOKING, TELLING
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import make_client
from handlers.slack.identity import Identity
from handlers.slack.owners import Owners
from handlers.slack.people import Profile
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, Driver, until
from tests.slack_api import TEAM, SlackApi

QUARTER = 15 * 60
DAY = 24 * 3600


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

    def make() -> Owners:
        client = make_client(settings)
        return Owners(services.schedules, services.pseudonyms, client, Identity(client), seconds)

    return make


async def paused(services: Services, clock: Clock, *owners: str, code: str = "is_archived") -> None:
    """Each of these people set a schedule in a channel of their own, and Slack has refused to post there."""
    for user in owners:
        channel = f"C0{user}"
        await services.schedules.set(TEAM, channel, Person(TEAM, user), ScheduleSpec("daily", None, 9, 0))
    clock.advance(days=1)
    for slot in await services.schedules.claim_due(TEAM):
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
    assert [args.get("cursor", "") for args in slack.asked("users.list")] == ["", "2"]


async def test_while_one_process_goes_through_everybody_no_other_does(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services,
    slack: SlackApi,
    clock: Clock,
    process: Callable[[], Owners],
    seconds: Seconds,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor does another rest for it: it looks with its next turn, also where the one before it has died at it."""
    await paused(services, clock, BOSS)
    other = process()
    assert await services.schedules.begin_looking(TEAM)
    await other.tell()
    assert slack.asked("users.list") == []
    clock.advance(seconds=LOOKING.total_seconds() + 1)
    seconds.passed += 60
    await other.tell()
    assert len(slack.messages[f"D{BOSS}"]) == 1
    assert await services.schedules.begin_looking(TEAM)
    assert caplog.text == ""


async def test_who_is_told_while_another_prepares_to_look_is_not_looked_for(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Whoever's turn it is then asks once more whether there is anybody left."""
    await paused(services, clock, BOSS)
    held = slack.hold("auth.test")
    preparing = asyncio.create_task(process().tell())
    await until(lambda: slack.asked("auth.test"))
    for schedule in await services.schedules.news(Person(TEAM, BOSS)):
        await services.schedules.told(schedule)
    held.set()
    await preparing
    assert slack.asked("users.list") == []


async def test_what_another_workspace_has_paused_is_left_to_whoever_is_there(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Nobody is gone through for it, and it stays untold."""
    elsewhere = Person("T0OTHER", BOSS)
    await services.schedules.set(elsewhere.team, GENERAL, elsewhere, ScheduleSpec("daily", None, 9, 0))
    clock.advance(days=1)
    (slot,) = await services.schedules.claim_due(elsewhere.team)
    await services.schedules.refused(slot, "is_archived")
    for _ in range(3):
        await process().tell()
    assert {call.method for call in slack.calls} == {"auth.test"}
    assert await services.schedules.untold() == [(elsewhere.team, services.pseudonyms.person(elsewhere))]


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


async def test_whoever_left_is_told_nothing_and_looked_for_once(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Those who are still there are told all the same."""
    await paused(services, clock, ALICE, MINJI)
    slack.users[ALICE]["deleted"] = True
    telling = process()
    await telling.tell()
    asked = len(slack.calls)
    await telling.tell()
    assert len(slack.calls) == asked
    assert [channel for channel, messages in slack.messages.items() if messages] == [f"D{MINJI}"]
    assert await services.schedules.untold() == []


async def test_whom_slack_does_not_list_is_told_once_it_does(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners], seconds: Seconds
) -> None:
    """Not listed is not gone: it stays news. Who is listed is told meanwhile."""
    await paused(services, clock, ALICE, MINJI)
    unlisted = slack.users.pop(ALICE)
    telling = process()
    await telling.tell()
    asked = len(slack.calls)
    await telling.tell()
    assert len(slack.calls) == asked
    assert [channel for channel, messages in slack.messages.items() if messages] == [f"D{MINJI}"]
    slack.users[ALICE] = unlisted
    seconds.passed += QUARTER
    await telling.tell()
    assert len(slack.messages[f"D{ALICE}"]) == 1
    assert await services.schedules.untold() == []


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("users.list", "ratelimited"),
        ("users.list", "missing_scope"),
        ("auth.test", "fatal_error"),
        ("users.info", "internal_error"),
        ("conversations.open", "token_revoked"),
        ("conversations.history", "fatal_error"),
        ("chat.postMessage", "account_inactive"),
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


@pytest.mark.parametrize(
    ("method", "code", "moments"),
    [
        ("users.list", "ratelimited", [0, 15, 45, 105, 225, 465, 945, 1905, 3345, 4785]),
        ("users.info", "internal_error", [0, 15, 45, 105, 225, 465, 945, 1905, 3345, 4785]),
        ("chat.postMessage", "messages_tab_disabled", [0]),
        ("chat.postMessage", "restricted_action", [0]),
        ("conversations.open", "user_not_found", [0]),
    ],
)
async def test_what_goes_on_failing_is_tried_ever_more_rarely(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services,
    slack: SlackApi,
    clock: Clock,
    process: Callable[[], Owners],
    seconds: Seconds,
    method: str,
    code: str,
    moments: list[int],
) -> None:
    """After twice the time before, at most a day; once where the direct message is closed. In minutes of four days."""
    await paused(services, clock, BOSS)
    slack.refuse(method, code, times=100)
    telling, tried = process(), []
    for minute in range(0, 4 * 24 * 60, 15):
        asked = len(slack.asked(method))
        await telling.tell()
        if len(slack.asked(method)) > asked:
            tried.append(minute)
        seconds.passed += QUARTER
        clock.advance(minutes=15)
    assert tried == moments


async def test_who_was_told_at_last_rests_no_longer_for_what_comes_then(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver,
    services: Services,
    slack: SlackApi,
    clock: Clock,
    process: Callable[[], Owners],
    seconds: Seconds,
) -> None:
    """A direct message that was closed may be open by then."""
    await paused(services, clock, BOSS)
    slack.refuse("chat.postMessage", "messages_tab_disabled")
    telling = process()
    await telling.tell()
    clock.advance(seconds=TELLING.total_seconds() + 1)
    await driver.command("/emotion", "status", user=BOSS)
    await telling.tell()
    seconds.passed += 60
    await paused(services, clock, BOSS)
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
    """With one look at who is there, and one at each of them."""
    owner = Person(TEAM, BOSS)
    await services.schedules.set(TEAM, GENERAL, owner, ScheduleSpec("daily", None, 9, 0))
    await services.schedules.set(TEAM, "C02OTHER", owner, ScheduleSpec("daily", None, 9, 0))
    await paused(services, clock)
    await process().tell()
    said = slack.shown(f"D{BOSS}")
    assert [[channel in one for one in said] for channel in (GENERAL, "C02OTHER")] == [[True, False], [False, True]]
    assert [args.get("cursor", "") for args in slack.asked("users.list")] == ["", "2"]
    assert len(slack.asked("users.info")) == len(slack.asked("conversations.open")) == 1


def profiles() -> list[Profile]:
    """Every profile that this interpreter holds, other tests' included."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Profile)]


async def test_nobodys_profile_is_held_afterwards(
    services: Services, slack: SlackApi, clock: Clock, process: Callable[[], Owners]
) -> None:
    """Whoever erases their data is not to be known to a process that goes on running."""
    await paused(services, clock, BOSS, MINJI)
    telling, before = process(), profiles()
    await telling.tell()
    assert len(slack.asked("users.info")) == 2
    after = profiles()
    assert [one for one in after if not any(one is earlier for earlier in before)] == []


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
