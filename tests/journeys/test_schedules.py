"""Pictures on time: set by words or in the dialog, paused, resumed, posted now, removed, and posted once when due."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.consent import Consent
from bot.scheduling import Schedule, Schedules
from handlers.clock import Clock
from handlers.posting import Poster
from handlers.slack import make_client
from handlers.slack.board import SlackBoard
from tests.factories import wrote
from tests.journeys.conftest import OpenTown, Town
from tests.localslack import ADMINISTRATOR, ALICE, DIEGO, GENERAL, JUNHO, PRIYA, SOYEON, Json, wait_for

COMMAND = "/emotion-schedule"
FIVE = (ALICE, JUNHO, PRIYA, SOYEON, DIEGO)


async def test_a_schedule_is_set_listed_paused_resumed_posted_now_and_removed(town: Town) -> None:
    """By words and by the buttons under the list; each step is confirmed to whoever does it, and to nobody else."""
    await _history(town)
    await town.slack.person(ADMINISTRATOR, tz="Asia/Seoul", locale="ko-KR")
    assert "다음 차례" in await _asks(town, "매월 31일 18:30 30일")
    assert [one.spec.kind for one in await _kept(town)] == ["monthly"]
    listed = await _asks(town, "목록")
    assert "18:30" in listed
    await _presses(town, "maeum_schedule_pause")
    assert [one.is_paused for one in await _kept(town)] == [True]
    assert "다시 시작했어요" in await _asks(town, "재개")
    assert [one.is_paused for one in await _kept(town)] == [False]
    assert await town.slack.said_by_bot(GENERAL) == []
    assert "올렸어요" in await _asks(town, "지금 올리기")
    assert len(await _pictures(town)) == 1
    await _asks(town, "목록")
    await _presses(town, "maeum_schedule_remove")
    assert await _kept(town) == []


async def test_a_schedule_is_set_in_the_dialog(town: Town) -> None:
    """What does not exist is refused beside its field; put right, it is set and confirmed."""
    await town.slack.person(ADMINISTRATOR, tz="UTC", locale="en-US")
    await town.slack.command(ADMINISTRATOR, GENERAL, COMMAND)
    await wait_for(town.slack.modal, "the dialog")
    await town.slack.submit(ADMINISTRATOR, _fields(zone="Mars/Olympus"))
    await asyncio.sleep(0.5)
    assert await town.slack.modal() is not None
    assert await _kept(town) == []
    await town.slack.submit(ADMINISTRATOR, _fields(zone="Europe/Paris"))
    (schedule,) = await wait_for(lambda: _kept(town), "the schedule")
    assert (schedule.spec.kind, schedule.spec.timezone, schedule.spec.days) == ("weekdays", "Europe/Paris", 90)
    assert "Monday to Friday at 08:15" in (await town.whisper(ADMINISTRATOR))["text"]


async def test_a_schedule_is_refused_to_who_did_not_make_the_channel(town: Town) -> None:
    """Neither creator nor administrator: a sentence, and nothing is set."""
    await town.slack.command(JUNHO, GENERAL, f"{COMMAND} weekly mon 09:00")
    await town.whisper(JUNHO)
    assert await _kept(town) == []


async def test_what_is_due_is_posted_once_with_two_clocks_running(town: Town) -> None:
    """Two processes wake at the same moment, and again and again: one picture stands in the channel."""
    await _history(town)
    await _due_in_a_minute(town)
    clocks = [_clock(town, datetime.now(UTC) + timedelta(minutes=2)) for _ in range(2)]
    await asyncio.gather(*(clock.tick() for clock in clocks for _ in range(3)))
    assert len(await _pictures(town)) == 1


async def test_a_picture_whose_answer_was_lost_is_found_again(town: Town) -> None:
    """Slack took it and answered with an error; two minutes later the next process finds it and posts no second one."""
    await _history(town)
    await _due_in_a_minute(town)
    later = datetime.now(UTC) + timedelta(minutes=2)
    schedules = Schedules(town.services.store, town.services.pseudonyms, lambda: later)
    (slot,) = await schedules.claim_due(town.slack.workspace.team)
    board = SlackBoard(make_client(town.settings))
    await Poster(schedules, town.services.reports, board, town.services.privacy).post(slot)
    assert len(await _pictures(town)) == 1
    async with town.services.store.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE schedule_slots SET posted = NULL")
    await _clock(town, later + timedelta(minutes=5)).tick()
    assert len(await _pictures(town)) == 1
    assert len(await town.slack.calls("files.completeUploadExternal")) == 1


async def test_a_channel_without_the_bot_pauses_its_schedule_and_its_owner_hears_of_it(open_town: OpenTown) -> None:
    """The post is refused once; at the owner's next command they are told, and the list says so too."""
    async with open_town() as town:
        await _history(town)
        await _due_in_a_minute(town)
        await town.slack.fault("files.completeUploadExternal", error="not_in_channel")
        await _clock(town, datetime.now(UTC) + timedelta(minutes=2)).tick()
        assert [one.problem for one in await _kept(town)] == ["not_in_channel"]
        before = len(await town.slack.said_by_bot(GENERAL, to=ADMINISTRATOR))
        await town.slack.command(ADMINISTRATOR, GENERAL, "/emotion status")

        async def told() -> list[Json]:
            said = await town.slack.said_by_bot(GENERAL, to=ADMINISTRATOR)
            return [one for one in said[before:] if "not in that channel any more" in one["text"]]

        await wait_for(told, "the news")


async def test_whoever_set_a_schedule_that_is_paused_is_written_to_once_and_resumes_it_at_home(town: Town) -> None:
    """Two clocks run, and wake again and again: one message stands in their direct message, in nobody else's.

    The Home tab says the same, and its button ends the pause.
    """
    await _history(town)
    await _due_in_a_minute(town)
    await town.slack.fault("files.completeUploadExternal", error="is_archived")
    clocks = [_clock(town, datetime.now(UTC) + timedelta(minutes=2)) for _ in range(2)]
    await asyncio.gather(*(clock.tick() for clock in clocks))
    for _ in range(3):
        await asyncio.gather(*(clock.tell_owners() for clock in clocks))
    told = {user: await town.slack.said_by_bot(await town.slack.direct(user)) for user in (ADMINISTRATOR, ALICE)}
    (said,) = told[ADMINISTRATOR]
    assert f"I have paused the schedule of <#{GENERAL}>" in said["text"]
    assert "the channel is archived" in said["text"]
    assert told[ALICE] == []
    await town.slack.open_home(ADMINISTRATOR)
    await wait_for(lambda: _stands_at_home(town, "the channel is archived"), "the paused schedule in the Home tab")
    await town.slack.press_home(ADMINISTRATOR, "maeum_schedule_resume_home")

    async def gone() -> bool:
        return not await _stands_at_home(town, "the channel is archived")

    await wait_for(gone, "the Home tab without it")
    assert [(one.is_paused, one.problem) for one in await _kept(town)] == [(False, None)]


async def _stands_at_home(town: Town, words: str) -> bool:
    return words in str(await town.slack.home(ADMINISTRATOR))


async def test_ones_own_diary_comes_when_it_is_due_and_goes_with_its_owner(town: Town) -> None:
    """Set in the direct message, it comes there once and nowhere else; deleting everything takes it away in Slack."""
    await town.slack.person(ALICE, tz="UTC", locale="en-US")
    await town.opt_in(ALICE)
    await town.say(ALICE, "today went so well, I am really happy")
    direct = await town.slack.direct(ALICE)
    await town.slack.command(ALICE, direct, f"{COMMAND} on")
    assert "every week on Friday at 17:00" in (await town.whisper(ALICE, channel=direct))["text"]
    due = datetime.now(UTC) + timedelta(minutes=1)
    await town.slack.command(ALICE, direct, f"{COMMAND} me weekly {due:%a %H:%M}")
    await town.whisper(ALICE, after=1, channel=direct)
    clocks = [_clock(town, due + timedelta(minutes=1)) for _ in range(2)]
    await asyncio.gather(*(clock.tick() for clock in clocks for _ in range(3)))
    await town.rest()
    (diary,) = await _with_files(town, direct)
    assert diary["files"][0]["title"] == "My mood diary"
    assert await _with_files(town, GENERAL) == []
    assert (await town.services.privacy.holdings(town.person(ALICE)))["sent_files"] == 2  # the file, and its message
    await town.slack.command(ALICE, direct, "/emotion delete")
    await wait_for(town.slack.modal, "the question")
    await town.slack.submit(ALICE)

    async def gone() -> bool:
        return await _with_files(town, direct) == []

    await wait_for(gone, "the diary to be gone")
    assert await town.services.schedules.diary(town.person(ALICE)) is None
    stored = await town.everything_stored()
    assert str(town.services.pseudonyms.person(town.person(ALICE))) not in stored


async def _asks(town: Town, words: str) -> str:
    """The administrator types it; what they are answered."""
    before = len(await town.slack.said_by_bot(GENERAL, to=ADMINISTRATOR))
    await town.slack.command(ADMINISTRATOR, GENERAL, f"{COMMAND} {words}")
    return str((await town.whisper(ADMINISTRATOR, after=before))["text"])


async def _presses(town: Town, action: str) -> None:
    """A button under the newest answer, until something has come of it."""
    said = (await town.slack.said_by_bot(GENERAL, to=ADMINISTRATOR))[-1]
    before = await _kept(town)
    await town.slack.press(ADMINISTRATOR, GENERAL, said["ts"], action)

    async def changed() -> bool:
        return await _kept(town) != before

    await wait_for(changed, "the button to do something")


async def _kept(town: Town) -> list[Schedule]:
    return list(await town.services.schedules.list(town.slack.workspace.team, GENERAL))


async def _pictures(town: Town) -> list[Json]:
    await town.rest()
    return await _with_files(town, GENERAL)


async def _with_files(town: Town, channel: str) -> list[Json]:
    return [message for message in await town.slack.said_by_bot(channel) if message.get("files")]


async def _due_in_a_minute(town: Town) -> None:
    await town.slack.person(ADMINISTRATOR, tz="UTC", locale="en-US")
    await _asks(town, f"daily {datetime.now(UTC) + timedelta(minutes=1):%H:%M}")


def _clock(town: Town, now: datetime) -> Clock:
    """That of one more process, for which it is that moment."""
    schedules = Schedules(town.services.store, town.services.pseudonyms, lambda: now)
    return Clock(replace(town.services, schedules=schedules), make_client(town.settings))


async def _history(town: Town) -> None:
    """Five people opted in a week ago and have written every day since, in general."""
    now = datetime.now(UTC)
    consent = Consent(town.services.store, town.services.pseudonyms, lambda: now - timedelta(days=7))
    for number, user in enumerate(FIVE):
        person = town.person(user)
        await consent.grant(person, "test")
        for day in range(5):
            moment = now - timedelta(days=day, minutes=10 + number, microseconds=sum(map(ord, user)))
            await wrote(town.services.store, town.services.pseudonyms, person, moment, channel=GENERAL)


def _fields(**changed: str) -> dict[str, Any]:
    chosen = {"kind": "weekdays", "weekday": "0", "month_day": "1", "days": "90"}
    fields: dict[str, Any] = {
        name: {"value": {"type": "static_select", "selected_option": {"value": value}}}
        for name, value in chosen.items()
    }
    fields["time"] = {"value": {"type": "timepicker", "selected_time": "08:15"}}
    fields["zone"] = {"value": {"type": "plain_text_input", "value": changed["zone"]}}
    return fields
