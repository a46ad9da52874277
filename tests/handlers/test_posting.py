import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.calendar_rules import ScheduleSpec
from bot.errors import SlackTrouble
from bot.messages import Person, Viewer
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.scheduling import Schedules
from bot.store.base import Store
from bot.store.slots import LEASE, SETTLE
from handlers.boards import TOO_MUCH
from handlers.posting import CLOSED, STEP_SECONDS, Poster
from tests.fakes import Clock
from tests.handlers.house import BOSS, GENERAL
from tests.handlers.wall import Easel, Wall
from tests.slack_api import TEAM

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""09:00 in Seoul."""
OWNER = Person(TEAM, BOSS)
WEEKLY = ScheduleSpec("weekly", 0, 9, 0, "Asia/Seoul", "ko", days=30)
NAME = "maeum-weekly-20261123T0000Z.png"

MakePoster = Callable[..., Poster]


@pytest.fixture
def schedules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Schedules:
    return Schedules(store, pseudonyms, clock)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


@pytest.fixture
async def due(schedules: Schedules, clock: Clock) -> None:
    """#general is due."""
    await schedules.set(TEAM, GENERAL, OWNER, WEEKLY)
    clock.now = MONDAY


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def easel() -> Easel:
    return Easel()


@pytest.fixture
def poster(schedules: Schedules, easel: Easel, wall: Wall, privacy: Privacy) -> MakePoster:
    """Makes the poster of one more process."""
    return lambda **measures: Poster(schedules, easel, wall, privacy, **{"spacing_seconds": 0.0, **measures})


def fails(code: str) -> Callable[[], Awaitable[None]]:
    """Slack refuses."""

    async def fail() -> None:
        raise SlackTrouble(code)

    return fail


@pytest.mark.usefixtures("due")
async def test_a_picture_is_posted_as_the_schedule_says(poster: MakePoster, wall: Wall, easel: Easel) -> None:
    """Of its period, in its language and zone, under a name by which it is found again; on time, without more words."""
    await poster().post_due(TEAM)
    assert easel.asked == [(GENERAL, 30, Viewer("ko", "Asia/Seoul"))]
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps == ["upload", "share"]
    assert wall.openings == [""]


@pytest.mark.usefixtures("due")
async def test_the_chats_own_chart_stands_beside_it_where_it_is_wanted(
    poster: MakePoster, wall: Wall, easel: Easel
) -> None:
    """After the picture is recorded, so that no process that comes later shows it again."""
    easel.chart = {"type": "data_visualization"}
    await poster(native_charts=True).post_due(TEAM)
    await poster(native_charts=True).post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME, "chart"]
    assert wall.steps == ["upload", "share", "chart"]


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("wanted", "drawn"), [(False, True), (True, False)])
async def test_there_is_none_unless_it_is_asked_for_and_drawn(
    poster: MakePoster, wall: Wall, easel: Easel, *, wanted: bool, drawn: bool
) -> None:
    """Nor does anybody wait for its turn."""
    easel.chart = {"type": "data_visualization"} if drawn else None
    await poster(native_charts=wanted).post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]


@pytest.mark.usefixtures("due")
async def test_a_chart_that_fails_is_missing_and_nothing_else_is(
    poster: MakePoster, wall: Wall, easel: Easel, clock: Clock
) -> None:
    """The picture stands, its slot is done, and nobody tries again."""
    easel.chart = {"type": "data_visualization"}
    wall.before["chart"].append(fails("request_timeout"))
    for _ in range(3):
        await poster(native_charts=True).post_due(TEAM)
        clock.advance(minutes=10)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps == ["upload", "share", "chart"]


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("too_few", [False, True])
async def test_what_is_made_up_says_when_it_was_due(
    poster: MakePoster, wall: Wall, easel: Easel, clock: Clock, *, too_few: bool
) -> None:
    """A picture and a sentence alike: two days later nobody takes it for Monday's."""
    easel.too_few = too_few
    clock.advance(days=2)
    await poster().post_due(TEAM)
    (said,) = wall.texts if too_few else wall.openings
    assert "11월 23일(월) 09:00" in said


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("too_few", [False, True], ids=["picture", "sentence"])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_minutes_pause_in_the_middle_of_a_step_does_no_harm(  # noqa: PLR0913 - the whole story
    poster: MakePoster, wall: Wall, easel: Easel, clock: Clock, *, too_few: bool, moment: str
) -> None:
    """The process stands still for 60 s, in any step: others find nothing to do meanwhile, and one post stands."""
    easel.too_few = too_few

    async def a_minute() -> None:
        clock.advance(seconds=60)
        await poster().post_due(TEAM)

    for step in ("say", "upload", "share"):
        {"before": wall.before, "after": wall.after}[moment][step].append(a_minute)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps == (["say"] if too_few else ["upload", "share"])


def test_a_claim_outlasts_a_step_and_a_minutes_pause() -> None:
    """Why the pause above does no harm."""
    assert timedelta(seconds=STEP_SECONDS + 60) < LEASE


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("too_few", [False, True], ids=["picture", "sentence"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["first", "last"])
async def test_a_pause_that_outlasts_the_claim_leaves_one_post(  # noqa: PLR0913 - the whole story
    poster: MakePoster, wall: Wall, easel: Easel, clock: Clock, *, too_few: bool, moment: str, step: str
) -> None:
    """Another process takes the slot on in the meantime, to its end; who comes late stops, or takes back their own."""
    easel.too_few = too_few

    async def too_long() -> None:
        clock.now += LEASE + timedelta(seconds=1)
        await poster().post_due(TEAM)

    name = "say" if too_few else {"first": "upload", "last": "share"}[step]
    {"before": wall.before, "after": wall.after}[moment][name].append(too_long)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    clock.now += SETTLE
    await poster().settle(TEAM)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]


@pytest.mark.usefixtures("due")
async def test_a_file_that_was_left_behind_cannot_be_shown_any_more(
    poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Whoever takes over draws anew, because somebody may have withdrawn, and puts the old file out of reach."""

    async def too_long() -> None:
        clock.now += LEASE + timedelta(seconds=1)
        await poster().post_due(TEAM)
        assert list(wall.files) == [wall.posts[GENERAL][0][0].reference]

    wall.before["share"].append(too_long)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps.count("discard") == 1


@pytest.mark.usefixtures("due")
async def test_a_file_that_was_put_away_and_is_shown_all_the_same_is_not_the_slots_post(
    poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Slack did not delete it, and it was shown late: it may vanish any moment, so a picture is posted, and it goes."""
    wall.before["discard"].append(fails("fatal_error"))

    async def too_long() -> None:
        clock.now += LEASE + timedelta(seconds=1)
        await poster().post_due(TEAM)  # forgets the file, and fails to delete it

    wall.before["share"].append(too_long)
    wall.after["share"].append(fails("unreachable"))
    await poster().post_due(TEAM)
    for _ in range(30):
        clock.advance(minutes=2)
        await poster().settle(TEAM)
        await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]


@pytest.mark.usefixtures("due")
async def test_what_is_shown_after_its_file_was_put_away_is_taken_back_words_and_all(
    poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Slack took it, and showed it only when another process had put the file away and posted anew."""
    wall.is_slow = True

    async def too_long() -> None:
        wall.is_slow = False
        clock.now += LEASE + timedelta(seconds=1)
        await poster().post_due(TEAM)  # its own arrives with the one from before
        assert wall.shown(GENERAL) == [NAME] * 2

    wall.after["share"].append(too_long)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.posts[GENERAL][0][0].files == wall.files.keys()


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel"])
async def test_a_late_refusal_does_not_count_more_than_what_is_shown(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock, code: str
) -> None:
    """Slack refuses somebody who stood still, while another's picture is on its way: that stays, and nothing pauses."""
    woken = asyncio.Event()

    async def stand_still() -> None:
        await woken.wait()
        raise SlackTrouble(code)

    wall.before["upload"].append(stand_still)
    (slot,) = await schedules.claim_due(TEAM)
    late = asyncio.create_task(poster().post(slot))
    while wall.before["upload"]:  # noqa: ASYNC110 - the wall tells nobody
        await asyncio.sleep(0.001)
    clock.now += LEASE + timedelta(seconds=1)

    async def wake() -> None:
        woken.set()
        await late

    wall.after["share"].append(wake)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    ((post, _),) = wall.posts[GENERAL]
    assert await schedules.reference_of(slot) == post.reference
    assert [one.is_paused for one in await schedules.list(TEAM, GENERAL)] == [False]


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("too_few", [False, True], ids=["picture", "sentence"])
async def test_a_lost_answer_is_looked_for_and_not_sent_again(
    poster: MakePoster, wall: Wall, easel: Easel, clock: Clock, *, too_few: bool
) -> None:
    """Slack took it and did not say so: the next attempt finds it standing there."""
    easel.too_few = too_few
    for step in ("say", "share"):
        wall.after[step].append(fails("unreachable"))
    await poster().post_due(TEAM)
    clock.advance(minutes=3)
    await poster().post_due(TEAM)
    clock.advance(hours=2)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps.count("say") + wall.steps.count("share") == 1


@pytest.mark.usefixtures("due")
async def test_a_post_that_nobody_recorded_is_cleaned_up_later(
    schedules: Schedules, poster: MakePoster, wall: Wall, easel: Easel, clock: Clock
) -> None:
    """A process posts after the other one has looked, and dies at once: ten minutes later one of the two is gone."""
    easel.too_few = True
    (dead,) = await schedules.claim_due(TEAM)
    clock.now += LEASE + timedelta(seconds=1)

    async def the_dead_ones_post() -> None:
        await wall.say(GENERAL, "the same", NAME)

    wall.after["standing"].append(the_dead_ones_post)
    await poster().post_due(TEAM)
    assert len(wall.shown(GENERAL)) == 2
    clock.now += SETTLE
    await poster().settle(TEAM)
    assert wall.shown(GENERAL) == [NAME]
    (kept, _), *_ = wall.posts[GENERAL]
    assert kept.is_known_as(await schedules.reference_of(dead) or "")
    steps = len(wall.steps)
    clock.advance(hours=1)
    await poster().settle(TEAM)
    assert len(wall.steps) == steps


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("code", sorted(CLOSED))
async def test_a_channel_that_is_closed_pauses_its_schedule(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock, code: str
) -> None:
    """Archived, or without the bot: nothing is tried again, next week neither, until somebody resumes it."""
    wall.before["share"].append(fails(code))
    await poster().post_due(TEAM)
    (schedule,) = await schedules.list(TEAM, GENERAL)
    assert (schedule.is_paused, schedule.problem) == (True, code)
    assert [one.problem for one in await schedules.news(OWNER)] == [code]
    clock.advance(days=7)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == []
    await schedules.resume(TEAM, GENERAL)
    clock.advance(days=7)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == ["maeum-weekly-20261207T0000Z.png"]


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "ratelimited", "fatal_error"])
async def test_trouble_that_is_not_the_channels_is_outlived(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock, code: str
) -> None:
    """A refused token or an hour of errors pauses nothing; once it is over, the picture comes, once."""
    for step in ("upload", "standing"):
        wall.before[step] += [fails(code)] * 3
    for _ in range(20):
        await poster().post_due(TEAM)
        clock.advance(minutes=5)
    assert wall.shown(GENERAL) == [NAME]
    assert [schedule.is_paused for schedule in await schedules.list(TEAM, GENERAL)] == [False]


@pytest.mark.usefixtures("due")
async def test_half_a_day_of_trouble_at_slack_loses_no_picture(poster: MakePoster, wall: Wall, clock: Clock) -> None:
    """However many attempts have failed, the next may succeed: it is posted then, once, and says when it was due."""
    wall.before["upload"] += [fails("fatal_error")] * 20
    for _ in range(13 * 12):
        await poster().post_due(TEAM)
        clock.advance(minutes=5)
    assert wall.shown(GENERAL) == [NAME]
    assert wall.steps.count("upload") == 21
    (opening,) = wall.openings
    assert "11월 23일(월) 09:00" in opening


@pytest.mark.usefixtures("due")
async def test_a_refusal_for_good_that_is_not_the_channels_ends_the_slot(
    poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Without the scope to post, this slot is over; the schedule goes on."""
    wall.before["share"].append(fails("missing_scope"))
    for _ in range(3):
        await poster().post_due(TEAM)
        clock.advance(hours=1)
    assert wall.steps.count("share") == 1
    clock.now = MONDAY + timedelta(days=7)
    await poster().post_due(TEAM)
    assert len(wall.shown(GENERAL)) == 1


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("posted", [False, True])
async def test_a_channel_in_which_too_much_was_written_since_is_not_looked_through_for_ever(
    poster: MakePoster, wall: Wall, clock: Clock, *, posted: bool
) -> None:
    """It only gets more, so nobody will know: the slot is over, and after it was looked at once more, that is all."""
    wall.before["upload" if not posted else "standing"].append(fails("fatal_error"))
    if posted:
        wall.after["share"].append(fails("request_timeout"))
    await poster().post_due(TEAM)
    clock.advance(minutes=5)
    if posted:
        wall.before["standing"].clear()
        await poster().post_due(TEAM)
    looked = wall.steps.count("standing")
    wall.before["standing"] += [fails(TOO_MUCH)] * 9
    for _ in range(12):
        await poster().settle(TEAM)
        await poster().post_due(TEAM)
        clock.advance(minutes=5)
    assert wall.steps.count("standing") - looked == (1 if posted else 2)
    assert wall.shown(GENERAL) == ([NAME] if posted else [])


@pytest.mark.usefixtures("due")
async def test_a_step_that_takes_too_long_is_given_up_and_tried_again(
    poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Told to wait for an hour, a poster waits its 45 s (here less), and lets the other slots have their turn."""

    async def an_hour() -> None:
        await asyncio.sleep(3600)

    wall.before["upload"].append(an_hour)
    await poster(step_seconds=0.05).post_due(TEAM)
    assert wall.shown(GENERAL) == []
    clock.advance(minutes=3)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == [NAME]


async def test_several_are_posted_at_the_same_time_and_no_more_than_that(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Thirty channels, three lanes, two processes: each channel once, never more than six on their way at once."""
    channels = [f"C{number:02}" for number in range(30)]
    for channel in channels:
        await schedules.set(TEAM, channel, OWNER, WEEKLY)
    clock.now = MONDAY
    await asyncio.gather(*(poster(lanes=3).post_due(TEAM) for _ in range(2)))
    assert [wall.shown(channel) for channel in channels] == [[NAME]] * 30
    assert 1 < wall.most_at_once <= 6


async def test_posts_in_one_channel_keep_their_distance(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """Four schedules of one channel are due at once: one after the other, not all in the same second."""
    kinds = (
        WEEKLY,
        ScheduleSpec("daily", None, 9, 0, "Asia/Seoul"),
        ScheduleSpec("weekdays", None, 9, 0, "Asia/Seoul"),
    )
    for spec in (*kinds, ScheduleSpec("monthly", None, 9, 0, "Asia/Seoul", month_day=23)):
        await schedules.set(TEAM, GENERAL, OWNER, spec)
    clock.now = MONDAY
    await poster(spacing_seconds=0.1).post_due(TEAM)
    assert len(wall.shown(GENERAL)) == 4
    assert all(later - earlier > 0.08 for earlier, later in pairwise(wall.times))


async def test_who_is_told_to_stop_begins_nothing_more(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock
) -> None:
    """What is under way is ended; the rest is for others."""
    for number in range(10):
        await schedules.set(TEAM, f"C{number}", OWNER, WEEKLY)
    clock.now = MONDAY
    stopping = asyncio.Event()

    async def stop() -> None:
        stopping.set()

    wall.before["upload"].append(stop)
    await poster(lanes=2).post_due(TEAM, stopping)
    begun = sum(len(posts) for posts in wall.posts.values())
    assert 1 <= begun <= 4
    await poster().post_due(TEAM)
    assert sum(len(posts) for posts in wall.posts.values()) == 10


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("how", ["pause", "off"])
async def test_a_decision_made_meanwhile_counts(schedules: Schedules, poster: MakePoster, wall: Wall, how: str) -> None:
    """Paused or removed while the picture is on its way to Slack: nobody gets to see it, and the file goes."""

    async def decide() -> None:
        await {"pause": schedules.pause, "off": schedules.off}[how](TEAM, GENERAL)

    wall.after["upload"].append(decide)
    await poster().post_due(TEAM)
    assert wall.shown(GENERAL) == []
    assert wall.files == {}


@pytest.mark.usefixtures("due")
async def test_the_log_names_kinds_and_nothing_else(
    poster: MakePoster, wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    """What an exception quotes stays out of it."""

    async def choke() -> None:
        message = "what somebody wrote"
        raise ValueError(message)

    wall.before["upload"].append(choke)
    with caplog.at_level(logging.DEBUG):
        await poster().post_due(TEAM)
    assert "a scheduled picture was not posted: ValueError" in caplog.text
    assert "what somebody wrote" not in caplog.text
