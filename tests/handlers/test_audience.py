"""A diary on its way to one person: remembered before it stands there, whatever happens between two steps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot.calendar_rules import ScheduleSpec
from bot.consent import Consent
from bot.errors import SlackTrouble
from bot.messages import Person, Viewer
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.schedule_words import FRIDAYS
from bot.scheduling import Schedules
from bot.store.base import Store
from bot.store.slots import LEASE
from bot.store.tables import DoomedFileRow, SentFileRow
from handlers.audience import NOT_DIRECT, NOTHING
from handlers.posting import Poster
from handlers.slack.files import message_as_file
from tests.fakes import Clock
from tests.handlers.house import DIRECT, GENERAL, MINJI
from tests.handlers.wall import Easel, Wall
from tests.slack_api import TEAM

OWNER = Person(TEAM, MINJI)
DIARY = FRIDAYS.spec("Asia/Seoul", "ko")
FRIDAY = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
"""17:00 in Seoul."""
NAME = "maeum-weekly-20261127T0800Z.png"
UNSEEN = message_as_file(DIRECT, "F1")
"""What the message goes by until its ts is known."""

MakePoster = Callable[[], Poster]


@dataclass(slots=True)
class Notebook:
    """Writes down what it is told (`handlers.audience.Memory`)."""

    told: list[tuple[UUID, str, Sequence[str], datetime, str | None]] = field(default_factory=list)

    async def sent_to(
        self, user_id: UUID, team: str, sent: Sequence[str], *, begun: datetime, instead_of: str | None = None
    ) -> None:
        """Word for word."""
        self.told.append((user_id, team, sent, begun, instead_of))


class Killed(BaseException):
    """The process dies."""


@pytest.fixture
def schedules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Schedules:
    return Schedules(store, pseudonyms, clock)


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


@pytest.fixture
def consent(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Consent:
    return Consent(store, pseudonyms, clock)


@pytest.fixture
async def due(schedules: Schedules, consent: Consent, clock: Clock) -> None:
    """Minji's diary is due."""
    await consent.grant(OWNER, "test")
    await schedules.set_diary(OWNER, DIRECT, DIARY)
    clock.now = FRIDAY


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def easel() -> Easel:
    return Easel()


@pytest.fixture
def poster(schedules: Schedules, easel: Easel, wall: Wall, privacy: Privacy) -> MakePoster:
    """Makes the poster of one more process."""
    return lambda: Poster(schedules, easel, wall, privacy, spacing_seconds=0.0)


async def sent(store: Store) -> set[str]:
    """What is remembered."""
    async with store.read() as session:
        return set(await session.scalars(select(SentFileRow.file_id)))


async def doomed(store: Store) -> set[str]:
    """What Slack is told to delete."""
    async with store.read() as session:
        return set(await session.scalars(select(DoomedFileRow.file_id)))


def message(wall: Wall) -> str:
    """What the one message that stands there goes by."""
    ((post, _),) = wall.posts[DIRECT]
    return message_as_file(DIRECT, post.ts)


async def die() -> None:
    """At this step."""
    raise Killed


def fails(code: str) -> Callable[[], Awaitable[None]]:
    """Slack refuses."""

    async def fail() -> None:
        raise SlackTrouble(code)

    return fail


@pytest.mark.usefixtures("due")
async def test_it_is_drawn_of_its_owner_and_comes_to_them(
    poster: MakePoster, wall: Wall, easel: Easel, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """By the pseudonym, in the schedule's language and zone, up to the slot, once."""
    await poster().post_due(TEAM)
    assert easel.diaries == [(pseudonyms.person(OWNER), Viewer("ko", "Asia/Seoul"), FRIDAY)]
    assert easel.asked == []
    assert wall.shown(DIRECT) == [NAME]
    assert wall.steps == ["upload", "share", "showing"]
    clock.advance(hours=1)
    await poster().settle(TEAM)
    await poster().post_due(TEAM)
    assert wall.steps.count("share") == 1


@pytest.mark.usefixtures("due")
async def test_it_is_remembered_before_it_is_shown(
    schedules: Schedules, poster: MakePoster, wall: Wall, store: Store, privacy: Privacy
) -> None:
    """The file, and the message by the file; by its ts as soon as it is known, before the slot is done."""
    seen: list[set[str]] = []

    async def look() -> None:
        seen.append(await sent(store))

    wall.before["share"].append(look)
    wall.before["showing"].append(look)
    await poster().post_due(TEAM)
    assert seen == [{"F1", UNSEEN}] * 2
    assert await sent(store) == {"F1", message(wall)}
    assert (await privacy.holdings(OWNER))["sent_files"] == 2
    assert await schedules.claim_due(TEAM) == []


@pytest.mark.usefixtures("due")
async def test_what_is_remembered_of_whom_and_as_of_when(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules, easel: Easel, wall: Wall, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Of the owner, as of when the first attempt began, not of when it was due; the file first, then its message."""
    notebook, owner = Notebook(), pseudonyms.person(OWNER)
    clock.advance(minutes=5)
    begun = clock()
    await Poster(schedules, easel, wall, notebook, spacing_seconds=0.0).post_due(TEAM)
    assert notebook.told == [
        (owner, TEAM, ["F1", UNSEEN], begun, None),
        (owner, TEAM, ["F1", message(wall)], begun, UNSEEN),
    ]
    assert await sent(store) == set()


@pytest.mark.usefixtures("due")
async def test_no_chart_stands_beside_it(schedules: Schedules, easel: Easel, wall: Wall, privacy: Privacy) -> None:
    """A message of its own would have to be remembered too; the page says it all."""
    easel.chart = {"type": "data_visualization"}
    await Poster(schedules, easel, wall, privacy, spacing_seconds=0.0, native_charts=True).post_due(TEAM)
    assert wall.shown(DIRECT) == [NAME]
    assert "chart" not in wall.steps


async def test_it_comes_to_no_channel_that_others_are_in(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules,
    consent: Consent,
    poster: MakePoster,
    wall: Wall,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever wrote such a row: nothing is looked for, drawn or shown there, the slot is over, and the log says why."""
    await consent.grant(OWNER, "test")
    await schedules.set_diary(OWNER, GENERAL, DIARY)
    clock.now = FRIDAY
    (slot,) = await schedules.claim_due(TEAM)
    await poster().post(slot)
    assert await schedules.reference_of(slot) == NOT_DIRECT
    clock.advance(hours=1)
    await poster().post_due(TEAM)
    assert wall.steps == []
    assert f"cannot be posted: {NOT_DIRECT}" in caplog.text


@pytest.mark.usefixtures("due")
async def test_of_a_channels_picture_nothing_is_remembered(
    schedules: Schedules, poster: MakePoster, wall: Wall, store: Store, clock: Clock
) -> None:
    """It is everybody's."""
    await schedules.end_diary(OWNER)
    await schedules.set(TEAM, GENERAL, OWNER, ScheduleSpec("weekly", 4, 18, 0, "Asia/Seoul"))
    clock.advance(hours=1)
    await poster().post_due(TEAM)
    assert len(wall.shown(GENERAL)) == 1
    assert await sent(store) == set()


@pytest.mark.usefixtures("due")
async def test_with_nothing_to_show_nothing_is_said(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules, poster: MakePoster, wall: Wall, easel: Easel, store: Store, clock: Clock
) -> None:
    """Nobody is written to about nothing; the slot is done, and the next one is tried as ever."""
    easel.nothing = True
    (slot,) = await schedules.claim_due(TEAM)
    await poster().post(slot)
    assert wall.steps == []
    assert await schedules.reference_of(slot) == NOTHING
    assert await sent(store) == set()
    easel.nothing = False
    clock.advance(days=7)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == ["maeum-weekly-20261204T0800Z.png"]


@pytest.mark.usefixtures("due")
async def test_a_late_nothing_does_not_count_more_than_what_is_shown(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules, poster: MakePoster, wall: Wall, privacy: Privacy, clock: Clock, store: Store
) -> None:
    """A process stands still, another shows the page, and the first has found nothing to show: the page stays."""
    (slot,) = await schedules.claim_due(TEAM)
    clock.now += LEASE + timedelta(seconds=1)

    async def the_late_one() -> None:
        await Poster(schedules, Easel(nothing=True), wall, privacy, spacing_seconds=0.0).post(slot)

    wall.after["share"].append(the_late_one)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == [NAME]
    assert await schedules.reference_of(slot) == "F1"
    assert await sent(store) == {"F1", message(wall)}


@pytest.mark.usefixtures("due")
async def test_one_that_comes_late_says_so(poster: MakePoster, wall: Wall, clock: Clock) -> None:
    """In words of its own."""
    clock.advance(days=2)
    await poster().post_due(TEAM)
    assert wall.openings == ["_11월 27일(금) 17:00에 보내 드릴 일기였는데, 그때 보내지 못했어요._"]


# ---- A process dies, or Slack gives no answer


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("moment", "step"), [("after", "share"), ("before", "showing"), ("after", "showing")])
async def test_a_crash_after_sharing_leaves_one_and_nothing_unremembered(  # noqa: PLR0913 - the whole story
    schedules: Schedules, poster: MakePoster, wall: Wall, store: Store, clock: Clock, *, moment: str, step: str
) -> None:
    """Whoever takes the slot on finds what stands there, and remembers its message before recording it."""
    {"before": wall.before, "after": wall.after}[moment][step].append(die)
    (slot,) = await schedules.claim_due(TEAM)
    with pytest.raises(Killed):
        await poster().post(slot)
    assert await sent(store) == {"F1", UNSEEN}
    clock.now += LEASE + timedelta(seconds=1)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == [NAME]
    assert wall.steps.count("share") == 1
    assert await sent(store) == {"F1", message(wall)}
    assert await schedules.reference_of(slot) == "F1"


@pytest.mark.usefixtures("due")
async def test_a_crash_before_sharing_shows_what_is_stored_later(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules, poster: MakePoster, wall: Wall, easel: Easel, store: Store, clock: Clock
) -> None:
    """The file that was left behind is put away and a new page is drawn: something may have been deleted since."""
    wall.before["share"].append(die)
    (slot,) = await schedules.claim_due(TEAM)
    with pytest.raises(Killed):
        await poster().post(slot)
    clock.now += LEASE + timedelta(seconds=1)
    await poster().post_due(TEAM)
    assert len(easel.diaries) == 2
    assert list(wall.files) == ["F2"]
    assert {"F2", message(wall)} <= await sent(store)


@pytest.mark.usefixtures("due")
async def test_a_person_who_goes_after_a_crash_takes_the_message_along(  # noqa: PLR0913, PLR0917 - the whole story
    schedules: Schedules, poster: MakePoster, wall: Wall, store: Store, privacy: Privacy, clock: Clock
) -> None:
    """Nobody had learnt its ts: it is to be deleted as the message that shows the file. Nothing is posted any more."""
    wall.after["share"].append(die)
    (slot,) = await schedules.claim_due(TEAM)
    with pytest.raises(Killed):
        await poster().post(slot)
    await privacy.erase(OWNER, actor=None, reason="self")
    assert await doomed(store) == {"F1", UNSEEN}
    clock.now += LEASE + timedelta(seconds=1)
    await poster().post_due(TEAM)
    assert wall.steps.count("share") == 1


@pytest.mark.usefixtures("due")
async def test_a_message_that_slack_does_not_show_yet_is_looked_for_again(
    schedules: Schedules, poster: MakePoster, wall: Wall, store: Store, clock: Clock
) -> None:
    """The slot is not done before its message is remembered; two minutes later it is, and it stands there once."""
    wall.before["showing"].append(fails("unreachable"))
    (slot,) = await schedules.claim_due(TEAM)
    await poster().post(slot)
    assert await schedules.reference_of(slot) is None
    clock.advance(minutes=3)
    await poster().post_due(TEAM)
    assert await schedules.reference_of(slot) == "F1"
    assert wall.steps.count("share") == 1
    assert await sent(store) == {"F1", message(wall)}


# ---- The person decides otherwise meanwhile


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("moment", "step"), [("before", "upload"), ("after", "upload")])
async def test_who_is_erased_before_it_is_shown_never_gets_it(  # noqa: PLR0913, PLR0917 - the whole story
    poster: MakePoster, wall: Wall, store: Store, privacy: Privacy, moment: str, step: str
) -> None:
    """It is doomed as soon as it is told of, and nothing is written about them again."""

    async def erase() -> None:
        await privacy.erase(OWNER, actor=None, reason="self")

    {"before": wall.before, "after": wall.after}[moment][step].append(erase)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == []
    assert wall.files == {}
    assert await sent(store) == set()
    assert await doomed(store) == {"F1", UNSEEN}


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("moment", "step"), [("before", "share"), ("after", "share"), ("after", "showing")])
async def test_who_is_erased_while_it_is_shown_does_not_keep_it(  # noqa: PLR0913, PLR0917 - the whole story
    poster: MakePoster, wall: Wall, store: Store, privacy: Privacy, moment: str, step: str
) -> None:
    """File and message are doomed by every name they have, and taken back at once."""

    async def erase() -> None:
        await privacy.erase(OWNER, actor=None, reason="self")

    {"before": wall.before, "after": wall.after}[moment][step].append(erase)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == []
    assert wall.files == {}
    assert await sent(store) == set()
    found = await doomed(store)
    assert {"F1", UNSEEN} < found
    assert all(name.startswith((DIRECT, "F1")) for name in found)


@pytest.mark.usefixtures("due")
async def test_what_slack_shows_only_after_the_erasure_goes_too(
    poster: MakePoster, wall: Wall, store: Store, privacy: Privacy
) -> None:
    """The file is deleted by then, and a tombstone stands in its place: the words are found, doomed and taken back."""
    wall.is_slow = True

    async def erase() -> None:
        await privacy.erase(OWNER, actor=None, reason="self")
        await wall.discard("F1")  # as is done at once with what is doomed

    wall.after["share"].append(erase)
    wall.after["showing"].append(wall.arrive)
    await poster().post_due(TEAM)
    assert wall.steps.count("showing") == 2
    assert wall.shown(DIRECT) == []
    assert await sent(store) == set()
    (ts,) = await doomed(store) - {"F1", UNSEEN}
    assert ts.startswith(message_as_file(DIRECT, "179"))


@pytest.mark.usefixtures("due")
async def test_who_is_erased_and_back_while_it_is_shown_does_not_get_it(  # noqa: PLR0913, PLR0917 - the whole story
    poster: MakePoster, wall: Wall, store: Store, privacy: Privacy, consent: Consent, clock: Clock
) -> None:
    """It shows what was erased, so it is not theirs to keep, though they are read again by the time it is found."""

    async def erase_and_come_back() -> None:
        clock.advance(seconds=1)
        await privacy.erase(OWNER, actor=None, reason="self")
        clock.advance(seconds=1)
        await consent.grant(OWNER, "test")

    wall.after["share"].append(erase_and_come_back)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == []
    assert wall.files == {}
    assert await sent(store) == set()
    assert len(await doomed(store)) == 3


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("moment", "step"), [("after", "upload"), ("before", "share"), ("after", "share")])
async def test_who_opts_out_meanwhile_does_not_get_it(
    poster: MakePoster, wall: Wall, consent: Consent, moment: str, step: str
) -> None:
    """Nothing is left standing there."""

    async def withdraw() -> None:
        await consent.withdraw(OWNER, "test")

    {"before": wall.before, "after": wall.after}[moment][step].append(withdraw)
    await poster().post_due(TEAM)
    assert wall.shown(DIRECT) == []
    assert wall.files == {}


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("code", ["channel_not_found", "user_disabled", "user_not_found", "messages_tab_disabled"])
async def test_a_direct_message_that_is_closed_pauses_it(
    schedules: Schedules, poster: MakePoster, wall: Wall, clock: Clock, code: str
) -> None:
    """As with a channel; its owner hears of it."""
    wall.before["share"].append(fails(code))
    await poster().post_due(TEAM)
    clock.advance(days=7)
    await poster().post_due(TEAM)
    assert wall.steps.count("share") == 1
    assert [(one.problem, one.is_paused) for one in await schedules.news(OWNER)] == [(code, True)]
