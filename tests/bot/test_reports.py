import csv
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, update

from bot.consent import Consent
from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Person, Place, Viewer
from bot.noise import Noise
from bot.pictures import GROUNDS, KINDS, OF_CHANNELS, PERIODS, Kind, Look
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.reports import Reports
from bot.rules import RuleChange, Rules
from bot.store import readings
from bot.store.base import Store
from bot.store.tables import CellRow, PersonRow
from charts.series import Series
from emotion.labels import Emotion
from tests.factories import CHANNEL, TEAM, consenting, every, message_id, person, wrote
from tests.fakes import Clock

MINIMUM = 5
CROWD = [person(number) for number in range(1, 7)]
ALICE, BORAM = CROWD[:2]
EN, KO = Viewer("en", "UTC"), Viewer("ko", "Asia/Seoul")
HOUR = timedelta(hours=1)
YEAR = Look("year")


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def rules(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Rules:
    return Rules(store, pseudonyms, clock, retention_days=30, minimum_people=MINIMUM)


@pytest.fixture
async def reports(store: Store, pseudonyms: Pseudonyms, clock: Clock, rules: Rules, executor: Executor) -> Reports:
    """Six people opted in on the first of the month; it is the 20th, a Friday."""
    await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
    return Reports(store, pseudonyms, clock, rules, executor, minimum_people=MINIMUM)


async def say(
    store: Store, pseudonyms: Pseudonyms, authors: Sequence[Person], moment: datetime, label: Emotion = Emotion.JOY
) -> None:
    """Each of them writes something, a second apart."""
    for number, author in enumerate(authors):
        await wrote(store, pseudonyms, author, moment + timedelta(seconds=number), label=label)


def shown(series: Series) -> dict[date, int]:
    """How many messages each bucket shows."""
    return {bucket.start.date(): bucket.total for bucket in series.shown}


@pytest.mark.parametrize("days", PERIODS)
@pytest.mark.parametrize("viewer", [EN, KO])
async def test_a_person_gets_a_picture_of_their_own(  # noqa: PLR0913, PLR0917 - fixtures
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock, days: int, viewer: Viewer
) -> None:
    """A PNG with a title, alternative text and facts in the asker's language, for every period."""
    for moment in every(HOUR, clock() - 5 * HOUR, 5):
        await wrote(store, pseudonyms, ALICE, moment, label=Emotion.SADNESS)
    picture = await reports.personal(ALICE, days, viewer)
    with Image.open(BytesIO(picture.png)) as image:
        assert image.format == "PNG"
        assert image.width > 400
    assert str(days) in picture.title
    said = " ".join([picture.title, picture.alt_text, *picture.facts])
    assert ("슬픔" if viewer is KO else "adness") in said
    assert ("5개" if viewer is KO else "5 messages") in said
    assert len(picture.alt_text) <= 1000
    assert picture.filename.startswith("maeum-me-2026-")
    assert picture.filename.isascii()


async def test_nobody_sees_another_persons_readings(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Alice's picture counts Alice's messages only; who has none is told so."""
    await wrote(store, pseudonyms, ALICE, clock() - HOUR, label=Emotion.JOY)
    for moment in every(HOUR, clock() - 5 * HOUR, 4):
        await wrote(store, pseudonyms, BORAM, moment + timedelta(seconds=1), label=Emotion.ANGER)
    picture = await reports.personal(ALICE, 7, EN)
    assert "1 message" in picture.facts[0]
    assert "anger" not in picture.alt_text
    with pytest.raises(NothingToShow):
        await reports.personal(CROWD[5], 7, EN)


async def test_a_period_is_of_whole_dates_where_the_viewer_is(
    reports: Reports, store: Store, pseudonyms: Pseudonyms
) -> None:
    """Seven days in Seoul begin at a Seoul midnight: 15:00 UTC on the 13th, not a minute before."""
    start = datetime(2026, 11, 13, 15, 0, tzinfo=UTC)
    await wrote(store, pseudonyms, ALICE, start - timedelta(minutes=1))
    with pytest.raises(NothingToShow):
        await reports.personal(ALICE, 7, KO)
    await wrote(store, pseudonyms, ALICE, start)
    assert (await reports.personal(ALICE, 7, KO)).filename == "maeum-me-2026-11-14-2026-11-20.png"


async def test_a_channel_is_shown_from_five_people_on(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Four people are too few however much they wrote; the fifth makes the picture, and no sentence tells how many."""
    for number, author in enumerate(CROWD[:4]):
        for moment in every(HOUR, clock() - 9 * HOUR, 5):
            await wrote(store, pseudonyms, author, moment + timedelta(seconds=number))
    with pytest.raises(TooFewPeople) as refused:
        await reports.channel(TEAM, CHANNEL, 7, EN)
    assert str(MINIMUM) in refused.value.sentence("ko")
    await wrote(store, pseudonyms, CROWD[4], clock() - HOUR)
    picture = await reports.channel(TEAM, CHANNEL, 7, EN)
    assert "21 messages" in picture.facts[0]
    assert picture.filename.startswith("maeum-here-")


async def test_an_empty_channel_is_answered_like_one_with_too_few(reports: Reports) -> None:
    """Whether anybody of the few wrote is not told either."""
    with pytest.raises(TooFewPeople):
        await reports.channel(TEAM, CHANNEL, 30, KO)


async def test_who_withdrew_is_not_in_the_channels_picture(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Rows of somebody who opted out neither count nor show, though they are kept; their own picture has them."""
    for number, author in enumerate(CROWD):
        label = Emotion.DISGUST if author == ALICE else Emotion.JOY
        await wrote(store, pseudonyms, author, clock() - HOUR + timedelta(seconds=number), label=label)
    consent = Consent(store, pseudonyms, clock)
    await consent.withdraw(ALICE, "test")
    picture = await reports.channel(TEAM, CHANNEL, 7, EN)
    assert "5 messages" in picture.facts[0]
    assert "disgust" not in picture.alt_text
    assert "1 message" in (await reports.personal(ALICE, 7, EN)).facts[0]
    await consent.withdraw(BORAM, "test")
    with pytest.raises(TooFewPeople):
        await reports.channel(TEAM, CHANNEL, 7, EN)


async def test_direct_messages_count_for_oneself_and_in_no_channel(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """What somebody tells the bot in private is in their own picture only."""
    for number, author in enumerate(CROWD[:4]):
        await wrote(store, pseudonyms, author, clock() - HOUR + timedelta(seconds=number))
    moment = clock() - 2 * HOUR
    await wrote(store, pseudonyms, CROWD[4], moment, channel="D05", place=Place.DIRECT, label=Emotion.FEAR)
    assert "1 message" in (await reports.personal(CROWD[4], 7, EN)).facts[0]
    with pytest.raises(TooFewPeople):
        await reports.channel(TEAM, CHANNEL, 7, EN)


async def test_other_channels_and_workspaces_stay_out(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A picture of a channel is of that channel of that workspace."""
    for number, author in enumerate(CROWD):
        await wrote(store, pseudonyms, author, clock() - HOUR + timedelta(seconds=number))
    assert "6 messages" in (await reports.channel(TEAM, CHANNEL, 7, EN)).facts[0]
    for team, channel in ((TEAM, "C02OTHER"), ("T02OTHER", CHANNEL)):
        with pytest.raises(TooFewPeople):
            await reports.channel(team, channel, 7, EN)


async def test_a_day_once_shown_stays_as_it_is(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A message more, another deleted: the picture is the same, until so many have written that nobody stands out."""
    await say(store, pseudonyms, CROWD, clock() - 2 * HOUR)
    before = await reports.series(TEAM, CHANNEL, 7, EN)
    assert shown(before) == {date(2026, 11, 20): 6}
    await say(store, pseudonyms, CROWD[:4], clock() - HOUR, Emotion.ANGER)
    async with store.begin() as session:
        gone = message_id(clock() - 2 * HOUR)
        assert await readings.retract(session, gone, pseudonyms.message(gone), clock())
    assert await reports.series(TEAM, CHANNEL, 7, EN) == before
    await say(store, pseudonyms, CROWD[4:], clock() - HOUR / 2, Emotion.ANGER)
    after = await reports.series(TEAM, CHANNEL, 7, EN)
    assert (after.counts[Emotion.JOY], after.counts[Emotion.ANGER]) == (6, 6)


async def test_a_day_that_ended_long_ago_is_frozen_for_good(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Within a week, a group of late readings still joins it; after that not even a group does."""
    day = clock()
    await say(store, pseudonyms, CROWD, day - 3 * HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {day.date(): 6}
    clock.advance(days=7)
    await say(store, pseudonyms, CROWD, day - 2 * HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 30, EN)) == {day.date(): 12}
    clock.advance(days=2)
    await say(store, pseudonyms, CROWD, day - HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 30, EN)) == {day.date(): 12}


async def test_the_first_who_asks_fixes_the_time_zone_for_everybody(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nobody can shift the days by an hour and subtract. Who lives by other dates is told whose they are."""
    clock.now = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # the 21st in Seoul
    await say(store, pseudonyms, CROWD, clock() - HOUR / 2)
    in_seoul = await reports.series(TEAM, CHANNEL, 7, KO)
    assert shown(in_seoul) == {date(2026, 11, 21): 6}
    assert await reports.series(TEAM, CHANNEL, 7, Viewer("en", "America/New_York")) == in_seoul
    assert "dates of Seoul" in (await reports.channel(TEAM, CHANNEL, 7, EN)).facts
    assert not any("날짜 기준" in fact for fact in (await reports.channel(TEAM, CHANNEL, 7, KO)).facts)


async def test_who_opts_out_takes_their_days_along_and_who_returns_brings_them_back(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A day is never shown without one of its people: the difference would be theirs. It comes back as it was."""
    await say(store, pseudonyms, CROWD[1:], clock() - 26 * HOUR)
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    before = await reports.series(TEAM, CHANNEL, 7, EN)
    consent = Consent(store, pseudonyms, clock)
    await consent.withdraw(ALICE, "test")
    await say(store, pseudonyms, CROWD[1:4], clock() - HOUR / 2)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 19): 5}
    await consent.grant(ALICE, "test")
    assert await reports.series(TEAM, CHANNEL, 7, EN) == before


async def test_who_agreed_to_an_earlier_notice_only_is_in_no_picture(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Until they agree to today's: as with reading."""
    await say(store, pseudonyms, CROWD[:5], clock() - HOUR)
    assert (await reports.series(TEAM, CHANNEL, 7, EN)).total == 5
    async with store.begin() as session:
        await session.execute(
            update(PersonRow).where(PersonRow.user_id == pseudonyms.person(ALICE)).values(notice_version=1)
        )
    with pytest.raises(TooFewPeople):
        await reports.series(TEAM, CHANNEL, 7, EN)


async def test_the_days_of_an_erased_person_never_return(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Enough others wrote that day, and go on to: it was shown with the erased person, and is not shown without."""
    await say(store, pseudonyms, CROWD[1:], clock() - 26 * HOUR)
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    assert len(shown(await reports.series(TEAM, CHANNEL, 7, EN))) == 2
    await Privacy(store, pseudonyms, clock).erase(ALICE, actor=None, reason="self")
    await say(store, pseudonyms, CROWD[1:], clock() - HOUR / 2)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 19): 5}


async def test_days_with_too_few_are_a_week_where_the_week_has_enough(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Three on Tuesday, three on Wednesday: a picture of weeks. Later days of that week stay in it."""
    await say(store, pseudonyms, CROWD[:3], clock() - timedelta(days=3))
    await say(store, pseudonyms, CROWD[3:], clock() - timedelta(days=2))
    series = await reports.series(TEAM, CHANNEL, 7, EN)
    assert (series.unit, shown(series)) == ("week", {date(2026, 11, 16): 6})
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    series = await reports.series(TEAM, CHANNEL, 30, EN)
    assert (series.unit, shown(series)) == ("week", {date(2026, 11, 16): 12})
    picture = await reports.channel(TEAM, CHANNEL, 7, EN)
    assert picture.filename == "maeum-here-2026-11-09-2026-11-20.png"


async def test_a_day_that_one_person_fills_is_not_shown(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Six people wrote, but more than 40 % of it is Alice's: no picture, until the others have written more."""
    await say(store, pseudonyms, CROWD, clock() - 3 * HOUR)
    await say(store, pseudonyms, [ALICE] * 3, clock() - 2 * HOUR)
    with pytest.raises(TooFewPeople):
        await reports.series(TEAM, CHANNEL, 7, EN)
    await say(store, pseudonyms, [BORAM], clock() - HOUR)
    assert (await reports.series(TEAM, CHANNEL, 7, EN)).total == 10


async def test_what_is_past_its_retention_is_not_shown_though_it_still_stands(
    reports: Reports, rules: Rules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Neither a published day nor one to be published, from the moment on at which its beginning is too long ago."""
    clock.now = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    for days in (8, 7, 6):
        await say(store, pseudonyms, CROWD, clock() - timedelta(days=days) + HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 14): 6}
    await rules.change(TEAM, RuleChange(retention_days=7), None)
    assert shown(await reports.series(TEAM, CHANNEL, 30, EN)) == {date(2026, 11, 13): 6, date(2026, 11, 14): 6}
    clock.advance(seconds=1)
    assert shown(await reports.series(TEAM, CHANNEL, 30, EN)) == {date(2026, 11, 14): 6}


async def test_a_larger_group_is_asked_for_at_once_and_a_smaller_one_for_days_to_come(
    reports: Reports, rules: Rules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Whoever wrote while five were needed is not shown among three because administrators changed their minds."""
    await say(store, pseudonyms, CROWD[:3], clock() - 26 * HOUR)
    await say(store, pseudonyms, CROWD[:5], clock() - HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 20): 5}
    await rules.change(TEAM, RuleChange(minimum_people=6), None)
    with pytest.raises(TooFewPeople) as refused:
        await reports.series(TEAM, CHANNEL, 7, EN)
    assert "6" in refused.value.sentence("en")
    await rules.change(TEAM, RuleChange(minimum_people=3), None)
    await say(store, pseudonyms, CROWD[:3], clock() - HOUR / 2)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 20): 5}
    clock.advance(days=1)
    await say(store, pseudonyms, CROWD[:3], clock() - HOUR)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN)) == {date(2026, 11, 20): 5, date(2026, 11, 21): 3}


async def test_a_long_period_is_a_sum_of_the_days_that_short_ones_show(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Ninety days less seven are days that were shown as well, never a rest of one."""
    for days in (0, 1, 8, 9, 10):
        await say(store, pseudonyms, CROWD[days % 2 :], clock() - timedelta(days=days) - HOUR)
    await say(store, pseudonyms, CROWD[:4], clock() - timedelta(days=2))
    short, long = await reports.series(TEAM, CHANNEL, 30, EN), await reports.series(TEAM, CHANNEL, 90, EN)
    assert long.unit == "week"
    assert long.total == short.total == 6 + 5 + 6 + 5 + 6


# ---- Other pictures than the trend


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("viewer", [EN, KO], ids=lambda viewer: viewer.locale)
async def test_every_picture_of_ones_own_is_of_ones_own_readings(  # noqa: PLR0913, PLR0917 - fixtures
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock, kind: Kind, viewer: Viewer
) -> None:
    """Whichever it is and on whatever ground: what Boram felt is in none of Alice's, nor in the table."""
    for day in range(10):
        moment = clock() - timedelta(days=day, hours=1)
        await say(store, pseudonyms, [ALICE], moment, Emotion.SADNESS)
        await say(store, pseudonyms, [BORAM] * 3, moment + timedelta(minutes=1), Emotion.JOY)
    for ground in GROUNDS:
        picture = await reports.personal(ALICE, 7, viewer, Look(kind, ground))
        assert picture.png.startswith(b"\x89PNG")
        assert all("기쁨" not in said and "joy" not in said for said in (picture.alt_text, *picture.facts))
        assert "7" in picture.alt_text or "10" in picture.alt_text
    table = await reports.personal_table(ALICE, 7, viewer, Look(kind))
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows
    assert {row.get("joy") for row in rows} <= {None, "0"}
    assert all(float(row["valence"]) < 0 for row in rows if row.get("valence"))
    assert "joy" not in {row.get("emotion") for row in rows}
    with pytest.raises(NothingToShow):
        await reports.personal_table(CROWD[5], 7, viewer, Look(kind))


@pytest.mark.parametrize("kind", OF_CHANNELS)
async def test_every_picture_of_a_channel_is_of_what_is_published(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock, kind: Kind
) -> None:
    """A message more changes neither picture nor table; with too few people there is neither."""
    look = Look(kind)
    await say(store, pseudonyms, CROWD[:4], clock() - HOUR)
    for asking in (reports.channel, reports.channel_table):
        with pytest.raises(TooFewPeople):
            await asking(TEAM, CHANNEL, 7, EN, look)
    await say(store, pseudonyms, CROWD[4:], clock() - HOUR / 2)
    await say(store, pseudonyms, CROWD, clock() - timedelta(days=8), Emotion.FEAR)
    before = await reports.channel(TEAM, CHANNEL, 7, EN, look), await reports.channel_table(TEAM, CHANNEL, 7, EN, look)
    await say(store, pseudonyms, [ALICE], clock() - HOUR / 4, Emotion.DISGUST)
    assert before == (
        await reports.channel(TEAM, CHANNEL, 7, EN, look),
        await reports.channel_table(TEAM, CHANNEL, 7, EN, look),
    )
    assert ("12 messages" if kind == "year" else "6 messages") in before[0].alt_text
    assert ("fear" in before[0].alt_text) is (kind == "mix")


def told(series: Series) -> list[tuple[date, date, int]]:
    """The first and the last date of each bucket that is shown, and how many messages."""
    return [(bucket.start.date(), bucket.last_date, bucket.total) for bucket in series.shown]


async def test_a_channels_year_shows_days_and_weeks_as_they_were_published(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Each as other pictures made it and frozen since; where those sum up to weeks, the year does not."""
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    await say(store, pseudonyms, CROWD[1:], clock() - timedelta(days=1))
    await say(store, pseudonyms, CROWD[:3], clock() - timedelta(days=9))
    await say(store, pseudonyms, CROWD[3:], clock() - timedelta(days=8))
    assert (await reports.series(TEAM, CHANNEL, 30, EN)).unit == "week"
    expected = [
        (date(2026, 11, 9), date(2026, 11, 15), 6),
        (date(2026, 11, 19), date(2026, 11, 19), 5),
        (date(2026, 11, 20), date(2026, 11, 20), 6),
    ]
    assert told(await reports.series(TEAM, CHANNEL, 7, EN, YEAR)) == expected
    await say(store, pseudonyms, CROWD[:4], clock() - HOUR / 2)
    assert told(await reports.series(TEAM, CHANNEL, 7, EN, YEAR)) == expected
    table = await reports.channel_table(TEAM, CHANNEL, 7, KO, YEAR)
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [(row["start"], row["messages"]) for row in rows if row["shown"] == "yes"] == [
        (first.isoformat(), str(count)) for first, _, count in expected
    ]
    assert {value for row in rows if row["shown"] == "no" for value in list(row.values())[2:-1]} == {""}


async def test_a_channels_year_alone_publishes_what_any_picture_would(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Asked for first, it freezes the same days; who is erased takes theirs along, for good."""
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    await say(store, pseudonyms, CROWD[1:], clock() - timedelta(days=1))
    year = await reports.series(TEAM, CHANNEL, 7, EN, YEAR)
    assert shown(year) == shown(await reports.series(TEAM, CHANNEL, 7, EN)) != {}
    await Privacy(store, pseudonyms, clock).erase(ALICE, actor=None, reason="self")
    await say(store, pseudonyms, CROWD[1:], clock() - HOUR / 2)
    assert shown(await reports.series(TEAM, CHANNEL, 7, EN, YEAR)) == {date(2026, 11, 19): 5}


async def test_a_channels_year_reaches_as_far_as_readings_are_kept_and_no_further(
    reports: Reports, rules: Rules, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Nothing is published of what is past its retention; with a year's retention a year is there, cell by cell."""
    clock.advance(days=370)
    for days in (360, 200, 29, 0):
        await say(store, pseudonyms, CROWD, clock() - timedelta(days=days) - HOUR)
    thirty = await reports.series(TEAM, CHANNEL, 7, EN, YEAR)
    today = clock().date()
    assert thirty.start.date() == today - timedelta(days=29)
    assert [(today - day).days for day in shown(thirty)] == [29, 0]
    async with store.read() as session:
        begun = await session.scalars(select(CellRow.start))
    assert sorted((today - day).days for day in begun) == [0, 29]
    await rules.change(TEAM, RuleChange(retention_days=400), None)
    year = await reports.series(TEAM, CHANNEL, 7, EN, YEAR)
    assert [(today - day).days for day in shown(year)] == [360, 200, 29, 0]
    assert (len(year.buckets), year.start.weekday()) == (365 + (today - timedelta(days=364)).weekday(), 0)
    picture = await reports.channel(TEAM, CHANNEL, 7, EN, YEAR)
    assert f"24 messages on 4 of {len(year.buckets)} days" in picture.facts[0]


async def test_a_channels_table_has_published_cells_alone(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The day on which four wrote is empty; so is the one on which nobody did: which is which is not told."""
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    await say(store, pseudonyms, CROWD[:4], clock() - 25 * HOUR)
    table = await reports.channel_table(TEAM, CHANNEL, 7, EN)
    rows = {row["start"]: row for row in csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))}
    assert (rows["2026-11-20"]["messages"], rows["2026-11-20"]["joy"]) == ("6", "6")
    four, nobody = rows["2026-11-19"], rows["2026-11-18"]
    assert four["messages"] == nobody["messages"] == ""
    assert {name: four[name] for name in four if name not in {"start", "end"}} == {
        name: nobody[name] for name in nobody if name not in {"start", "end"}
    }


async def test_what_is_not_kept_that_long_is_said(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Beside a year of which thirty days are kept, and beside ninety days; not beside thirty."""
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    told = "Readings are kept for 30 days here"
    year = await reports.personal(ALICE, 7, EN, Look("year"))
    ninety, thirty = [await reports.channel(TEAM, CHANNEL, days, EN) for days in (90, 30)]
    assert [any(told in fact for fact in picture.facts) for picture in (year, ninety, thirty)] == [True, True, False]


async def test_noise_in_a_channels_counts_is_said_beside_them(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, rules: Rules, executor: Executor
) -> None:
    """With the picture and with the table, and what it costs."""
    await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
    noise = Noise(1.0, 30.0, list)
    noisy = Reports(store, pseudonyms, clock, rules, executor, minimum_people=MINIMUM, noise=noise)
    await say(store, pseudonyms, CROWD, clock() - 26 * HOUR)
    said = "Random noise is added to counts when they are published (ε = 1 each time, 1 of 30 spent"
    assert any(said in fact for fact in (await noisy.channel(TEAM, CHANNEL, 7, EN)).facts)
    assert any(said in note for note in (await noisy.channel_table(TEAM, CHANNEL, 7, EN)).notes)


@pytest.mark.parametrize("look", [Look(), Look("year")], ids=["trend", "year"])
async def test_a_week_that_went_on_after_a_late_picture_was_due_is_not_in_it(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock, look: Look
) -> None:
    """Published as one on Wednesday, it has more in it than Monday knew; in the picture of Wednesday it stands."""
    monday = datetime(2026, 11, 16, 15, tzinfo=UTC)
    for day in range(3):
        clock.now = monday + timedelta(days=day)
        await say(store, pseudonyms, CROWD[2 * day : 2 * day + 2], clock() - 2 * HOUR)
    assert len(CROWD[:6]) == 6
    now = await reports.series(TEAM, CHANNEL, 7, EN, look)
    assert sum(shown(now).values()) == 6
    with pytest.raises(TooFewPeople):
        await reports.series(TEAM, CHANNEL, 7, EN, look, until=monday)


async def test_a_picture_that_comes_late_is_of_when_it_was_due(
    reports: Reports, store: Store, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Drawn days later, it has the dates it was to have, and nothing of the days since; the future is never shown."""
    due = clock()
    await say(store, pseudonyms, CROWD, due - 2 * HOUR)
    clock.advance(days=4)
    await say(store, pseudonyms, CROWD, clock() - HOUR)
    late = await reports.series(TEAM, CHANNEL, 7, EN, until=due)
    assert shown(late) == {due.date(): len(CROWD)}
    assert late.buckets[-1].start.date() == due.date()
    now = await reports.series(TEAM, CHANNEL, 7, EN, until=clock() + timedelta(days=3))
    assert shown(now) == {due.date(): len(CROWD), clock().date(): len(CROWD)}
    assert now.buckets[-1].start.date() == clock().date()
