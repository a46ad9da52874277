from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.consent import Consent
from bot.errors import NothingToShow, TooFewPeople
from bot.messages import Place, Viewer
from bot.pseudonyms import Pseudonyms
from bot.reports import PERIODS, Reports
from bot.store.base import Store
from emotion.labels import Emotion
from tests.factories import CHANNEL, TEAM, consenting, every, person, wrote
from tests.fakes import Clock

MINIMUM = 5
CROWD = [person(number) for number in range(1, 7)]
ALICE, BORAM = CROWD[:2]
EN, KO = Viewer("en", "UTC"), Viewer("ko", "Asia/Seoul")
HOUR = timedelta(hours=1)


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
async def reports(store: Store, pseudonyms: Pseudonyms, clock: Clock, executor: Executor) -> Reports:
    """Six people opted in on the first of the month; it is the 20th."""
    await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
    return Reports(store, pseudonyms, clock, MINIMUM, executor)


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
