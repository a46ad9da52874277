import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.calendar_rules import ScheduleSpec
from bot.messages import Person, Picture, Viewer
from bot.pictures import Look
from bot.reports import Reports
from bot.settings import Settings
from bot.store.tables import ReadingRow, SlotRow
from bot.wiring import Services
from handlers.clock import Clock as Ticking
from handlers.slack import make_client
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, until
from tests.slack_api import TEAM, SlackApi

FIVE = [ALICE, MINJI, BOSS, "U4", "U5"]
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""09:00 in Seoul."""


async def read(services: Services, clock: Clock, users: list[str]) -> None:
    """Each of these people wrote something on each of three days."""
    for user in users:
        person = Person(TEAM, user)
        await services.consent.grant(person, "test")
        for days in range(3):
            moment = clock() + timedelta(days=days)
            await wrote(services.store, services.pseudonyms, person, moment + timedelta(seconds=users.index(user)))


@pytest.fixture
def ticking(services: Services, settings: Settings) -> Callable[[], Ticking]:
    """Makes the clock of one more process."""
    return lambda: Ticking(services, make_client(settings))


@pytest.fixture
async def schedule(services: Services) -> ScheduleSpec:
    """#general gets its picture on Mondays at nine in Seoul."""
    spec = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko")
    await services.schedules.set(TEAM, GENERAL, Person(TEAM, BOSS), spec)
    return spec


async def slots(services: Services) -> list[str | None]:
    async with services.store.read() as session:
        return list(await session.scalars(select(SlotRow.posted)))


@pytest.mark.usefixtures("schedule")
async def test_a_picture_is_posted_when_it_is_due_and_once(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """Not before; then once, though three processes tick; in the language and zone of the schedule."""
    await read(services, clock, FIVE)
    clock.now = MONDAY - timedelta(seconds=1)
    await ticking().tick()
    assert slack.uploads == {}
    clock.now = MONDAY + timedelta(seconds=5)
    await asyncio.gather(*(ticking().tick() for _ in range(3)))
    await ticking().tick()
    (posted,) = slack.messages[GENERAL]
    assert "최근 7일" in posted["text"]
    assert slack.asked("files.getUploadURLExternal")[0]["alt_txt"]
    assert len(await slots(services)) == 1


@pytest.mark.usefixtures("schedule")
async def test_too_few_people_get_one_sentence(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """Instead of the picture, once."""
    await read(services, clock, FIVE[:4])
    clock.now = MONDAY + timedelta(seconds=5)
    for _ in range(2):
        await ticking().tick()
    (said,) = slack.shown(GENERAL)
    assert "5명 이상" in said


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize(("error", "tries"), [("not_in_channel", 1), ("is_archived", 1), ("fatal_error", 2)])
async def test_what_slack_refuses_for_good_is_not_tried_again(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking], error: str, tries: int
) -> None:
    """A channel the bot may not post to ends the slot; a passing failure is tried again when the claim has run out."""
    await read(services, clock, FIVE)
    slack.refuse("files.completeUploadExternal", error)
    clock.now = MONDAY + timedelta(seconds=5)
    for _ in range(3):
        await ticking().tick()
        clock.advance(minutes=11)
    assert len(slack.asked("files.completeUploadExternal")) == tries
    assert None not in await slots(services)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize("people", [FIVE, FIVE[:4]])
async def test_a_process_that_died_after_posting_leaves_no_second_picture(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking], people: list[str]
) -> None:
    """Whoever takes the slot on again looks first; a picture and a sentence are both found."""
    await read(services, clock, people)
    clock.now = MONDAY + timedelta(seconds=5)
    await ticking().tick()
    slack.messages[GENERAL][0]["ts"] = f"{clock().timestamp():.6f}"
    async with services.store.begin() as session:
        await session.execute(update(SlotRow).values(posted=None))
    clock.advance(minutes=11)
    await ticking().tick()
    assert len(slack.messages[GENERAL]) == 1
    assert None not in await slots(services)


@pytest.mark.usefixtures("schedule")
@pytest.mark.parametrize(("people", "method"), [(FIVE, "files.completeUploadExternal"), (FIVE[:4], "chat.postMessage")])
async def test_what_slack_took_and_answered_with_an_error_is_not_posted_twice(  # noqa: PLR0913, PLR0917 - the whole story
    services: Services,
    slack: SlackApi,
    clock: Clock,
    ticking: Callable[[], Ticking],
    people: list[str],
    method: str,
) -> None:
    """It is not sent again at once; when the claim has run out it is looked for, and found."""
    await read(services, clock, people)
    slack.lose(method)
    clock.now = MONDAY + timedelta(seconds=5)
    await ticking().tick()
    slack.messages[GENERAL][0]["ts"] = f"{clock().timestamp():.6f}"
    assert await slots(services) == [None]
    clock.advance(minutes=11)
    await ticking().tick()
    assert len(slack.asked(method)) == len(slack.messages[GENERAL]) == 1
    assert None not in await slots(services)


@pytest.mark.usefixtures("schedule")
async def test_a_clock_that_does_not_post_still_deletes(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """Beside a process that posts, another keeps to retention."""
    await read(services, clock, FIVE)
    clock.now = MONDAY + timedelta(days=31, seconds=5)
    started = ticking()
    started.start(posting=False)
    async with services.store.read() as session:
        while (await session.scalars(select(ReadingRow))).all():
            await session.rollback()
            await asyncio.sleep(0.01)
    await started.stop()
    assert await slots(services) == []
    assert slack.messages == {}


async def test_retention_runs_when_the_clock_starts(
    services: Services, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """What is past its time goes at once, not only a day later; stopping waits for what is under way."""
    await read(services, clock, [ALICE])
    clock.advance(days=31)
    started = ticking()
    started.start()
    for _ in range(200):
        await asyncio.sleep(0.01)
        async with services.store.read() as session:
            left = len((await session.scalars(select(ReadingRow))).all())
        if left < 3:
            break
    await started.stop()
    assert left == 2
    await started.stop()


@pytest.mark.usefixtures("schedule")
async def test_a_tick_without_a_database_does_no_harm(
    services: Services,
    slack: SlackApi,
    clock: Clock,
    ticking: Callable[[], Ticking],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log is told, and the next one that finds it again posts what is due."""
    clock.now = MONDAY + timedelta(seconds=5)
    started = ticking()
    async with services.store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE schedules RENAME TO gone")
    await started.tick()
    assert "what is due could not be asked: StoreUnavailable" in caplog.text
    assert slack.messages == {}
    async with services.store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE gone RENAME TO schedules")
    await started.tick()
    assert len(slack.shown(GENERAL)) == 1


@pytest.mark.usefixtures("schedule")
async def test_what_another_workspace_has_due_is_left_to_whoever_is_there(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """One database, two bots: neither posts with its token, or draws, what is the other's, a diary least of all."""
    elsewhere = Person("T0OTHER", BOSS)
    await services.consent.grant(elsewhere, "test")
    await wrote(services.store, services.pseudonyms, elsewhere, clock())
    await services.schedules.set(elsewhere.team, GENERAL, elsewhere, ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul"))
    diary = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", picture="diary")
    await services.schedules.set_diary(elsewhere, "D0OTHER", diary)
    await read(services, clock, FIVE)
    clock.now = MONDAY + timedelta(seconds=5)
    await ticking().tick()
    assert [channel for channel, messages in slack.messages.items() if messages] == [GENERAL]
    assert len(slack.uploads) == len(slack.messages[GENERAL]) == 1
    assert len(await services.schedules.claim_due(elsewhere.team)) == 2


@pytest.mark.usefixtures("schedule")
async def test_who_does_not_know_whose_workspace_it_is_posts_nothing(
    services: Services,
    slack: SlackApi,
    clock: Clock,
    ticking: Callable[[], Ticking],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log is told Slack's code; the next tick asks again, and the ones after it no more."""
    await read(services, clock, FIVE)
    slack.refuse("auth.test", "invalid_auth")
    clock.now = MONDAY + timedelta(seconds=5)
    one = ticking()
    await one.tick()
    assert "what is due could not be asked: invalid_auth" in caplog.text
    assert slack.messages == {}
    assert slack.uploads == {}
    for _ in range(3):
        await one.tick()
    assert len(slack.messages[GENERAL]) == 1
    assert len(slack.asked("auth.test")) == 2


class Choking(Reports):
    """Reports that fail for one channel in a way nobody thought of."""

    async def channel(  # noqa: PLR0913 - as it is asked
        self,
        team: str,
        channel: str,
        days: int,
        viewer: Viewer,
        look: Look | None = None,
        *,
        until: datetime | None = None,
    ) -> Picture:
        """The picture, but for #general."""
        if channel == GENERAL:
            message = "what somebody wrote"
            raise ValueError(message)
        return await super().channel(team, channel, days, viewer, look or Look(), until=until)


@pytest.mark.usefixtures("schedule")
async def test_whoever_set_a_schedule_that_is_paused_hears_of_it_from_the_clock(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """A clock that is started tells by itself, and one of several; the posts of others do not wait for it."""
    await read(services, clock, FIVE)
    slack.refuse("files.completeUploadExternal", "is_archived")
    clock.now = MONDAY + timedelta(seconds=5)
    await ticking().tick()
    assert slack.messages[f"D{BOSS}"] == []
    started = [ticking() for _ in range(2)]
    for one in started:
        one.start()
    await until(lambda: slack.messages[f"D{BOSS}"])
    await asyncio.gather(*(one.stop() for one in started))
    await ticking().tell_owners()
    (told,) = slack.shown(f"D{BOSS}")
    assert "the channel is archived" in told


@pytest.mark.usefixtures("schedule")
async def test_a_slow_listing_of_people_holds_up_no_post(
    services: Services, slack: SlackApi, clock: Clock, ticking: Callable[[], Ticking]
) -> None:
    """While Slack does not answer who is there, what is due elsewhere is posted. Both know whose workspace it is."""
    await read(services, clock, FIVE)
    await services.schedules.set(TEAM, "C09LAST", Person(TEAM, BOSS), ScheduleSpec("weekly", 0, 9, 1, "Asia/Seoul"))
    slack.refuse("files.completeUploadExternal", "is_archived")
    clock.now = MONDAY + timedelta(seconds=5)
    one = ticking()
    await one.tick()
    held = slack.hold("users.list")
    telling = asyncio.create_task(one.tell_owners())
    await until(lambda: slack.asked("users.list"))
    clock.advance(minutes=1)
    await one.tick()
    assert len(slack.messages["C09LAST"]) == 1
    held.set()
    await telling
    assert len(slack.messages[f"D{BOSS}"]) == 1
    assert len(slack.asked("auth.test")) == 1


async def test_without_a_database_nobody_is_told_and_no_harm_done(
    services: Services, slack: SlackApi, ticking: Callable[[], Ticking], caplog: pytest.LogCaptureFixture
) -> None:
    """The log is told why."""
    async with services.store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE schedules RENAME TO gone")
    await ticking().tell_owners()
    assert "StoreUnavailable" in caplog.text
    assert slack.calls == []


async def test_a_slot_that_fails_takes_no_other_with_it(
    services: Services, settings: Settings, slack: SlackApi, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it was; the log is told its type and nothing of what it choked on."""
    channels = [slack.channel(name) for name in ("C00FIRST", GENERAL, "C09LAST")]
    for channel in channels:
        spec = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko")
        await services.schedules.set(TEAM, channel, Person(TEAM, BOSS), spec)
    clock.now = MONDAY + timedelta(seconds=5)
    with ThreadPoolExecutor(1) as pool:
        parts = (services.store, services.pseudonyms, clock, services.rules, pool)
        reports = Choking(*parts, minimum_people=settings.minimum_people)
        await Ticking(replace(services, reports=reports), make_client(settings)).tick()
    assert [len(slack.messages[channel]) for channel in channels] == [1, 0, 1]
    assert "a scheduled picture was not posted: ValueError" in caplog.text
    assert "what somebody wrote" not in caplog.text
    assert sorted(await slots(services), key=str).count(None) == 1
