"""The pictures: one's own in the direct message, and the channel's from five people up."""

import re
from datetime import UTC, datetime, timedelta

from bot.consent import Consent
from tests.factories import wrote
from tests.journeys.conftest import OpenTown, Town
from tests.localslack import ADMINISTRATOR, ALICE, DIEGO, GENERAL, JUNHO, MINJI, PRIYA, SOYEON, Json, wait_for

FIVE = (ALICE, JUNHO, PRIYA, SOYEON, DIEGO)


async def test_ones_own_picture_comes_by_direct_message_in_ones_language(town: Town) -> None:
    """`/emotion-graph me 7d` uploads a PNG to the direct message; the channel sees nothing."""
    await town.opt_in(JUNHO)
    await town.say(JUNHO, "오늘 점심 정말 맛있었어요, 행복해요")
    await town.slack.command(JUNHO, GENERAL, "/emotion-graph 나 7일")
    picture = await _picture(town, await town.slack.direct(JUNHO))
    assert picture["files"][0]["name"].endswith(".png")
    assert re.search("[가-힣]", picture["files"][0]["title"])
    assert await town.slack.said_by_bot(GENERAL) == []


async def test_without_readings_there_is_a_sentence_and_no_picture(town: Town) -> None:
    """Nothing to show is said, with what to do."""
    await town.slack.command(ALICE, GENERAL, "/emotion-graph")
    assert "/emotion on" in (await town.whisper(ALICE))["text"]


async def test_a_channel_with_four_people_gets_no_picture(town: Town) -> None:
    """Fewer than five consenting people: the rule is told, not how many there were."""
    await _history(town, FIVE[:4])
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    said = await town.whisper(ALICE, after=0)
    assert "5" in said["text"]
    assert not said.get("files")
    assert await town.slack.said_by_bot(await town.slack.direct(ALICE)) == []


async def test_a_channel_of_five_gets_a_picture_that_is_shared_by_a_button(town: Town) -> None:
    """The asker alone sees the facts and a Share button; pressing it posts the picture for everybody."""
    await _history(town, FIVE)
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    said = await town.whisper(ALICE)
    assert await town.slack.said_by_bot(GENERAL) == []
    await town.slack.press(ALICE, GENERAL, said["ts"], "maeum_share")
    shared = await _picture(town, GENERAL)
    assert shared["files"][0]["name"].endswith(".png")
    uploads = [call for call in await town.slack.calls("files.getUploadURLExternal") if call["args"].get("alt_txt")]
    assert uploads, "every picture has alternative text"


async def test_a_picture_is_asked_for_shared_and_taken_along_as_a_table(open_town: OpenTown) -> None:
    """Two weeks side by side on dark ground, with a chart of Slack's own: to the asker, then for all, then CSV."""
    async with open_town(native_charts=True) as town:
        await _history(town, FIVE, days=9)
        direct = await town.slack.direct(PRIYA)
        await town.slack.command(PRIYA, GENERAL, "/emotion-graph here mix dark")
        said = await town.whisper(PRIYA)
        name = (await _picture(town, direct))["files"][0]["name"]
        assert name.startswith("maeum-here-mix-")
        await wait_for(lambda: _charts(town, direct), "the chart")
        await town.slack.press(PRIYA, GENERAL, said["ts"], "maeum_share")
        assert (await _picture(town, GENERAL))["files"][0]["name"] == name
        await wait_for(lambda: _charts(town, GENERAL), "the chart for all")
        await town.slack.press(PRIYA, GENERAL, said["ts"], "maeum_table")
        await wait_for(lambda: _files(town, direct, ".csv"), "the table")
        assert await _files(town, direct, ".csv") == [name.replace(".png", ".csv")]
        assert await _files(town, GENERAL, ".csv") == []


async def test_whoever_presses_anothers_button_gets_their_own_table(town: Town) -> None:
    """An administrator too: what comes is the administrator's, and nothing of the person whose button it was."""
    await _history(town, (ALICE, ADMINISTRATOR))
    await town.slack.command(ALICE, GENERAL, "/emotion-graph diary")
    said = await town.whisper(ALICE)
    direct, other = await town.slack.direct(ALICE), await town.slack.direct(ADMINISTRATOR)
    await town.slack.press(ADMINISTRATOR, GENERAL, said["ts"], "maeum_table")
    await wait_for(lambda: _files(town, other, ".csv"), "the administrator's table")
    assert await _files(town, direct, ".csv") == []
    await town.whisper(ADMINISTRATOR)  # where it went is said after it has gone there
    await town.slack.command(ADMINISTRATOR, GENERAL, "/emotion-graph here week")
    refused = await town.whisper(ADMINISTRATOR, after=1)
    assert "본인 글로만" in refused["text"]


async def test_sharing_is_refused_when_somebody_has_left_in_the_meantime(town: Town) -> None:
    """The rule is checked again at the moment of sharing."""
    await _history(town, FIVE)
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    said = await town.whisper(ALICE)
    await town.services.privacy.erase(town.person(DIEGO), actor=None, reason="self")
    await town.slack.press(ALICE, GENERAL, said["ts"], "maeum_share")
    await town.whisper(ALICE, after=1)
    assert await town.slack.said_by_bot(GENERAL) == []


async def test_one_message_more_shows_in_no_picture(town: Town) -> None:
    """Who asks before and after somebody writes gets the same picture twice: there is nothing to subtract."""
    await _history(town, FIVE)
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    before = (await town.whisper(ALICE))["text"]
    await town.say(JUNHO, "I am so angry about this, it is unbearable")
    await wait_for(lambda: _readings(town, JUNHO, 6), "the reading")
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    assert (await town.whisper(ALICE, after=1))["text"] == before


async def test_the_dates_of_a_channel_are_the_same_for_everybody(town: Town) -> None:
    """Whoever asks first decides; who lives by other dates gets the same numbers, and is told whose dates they are."""
    await _history(town, FIVE)
    await town.slack.person(ALICE, tz="Asia/Seoul")
    await town.slack.person(PRIYA, tz="America/New_York")
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 30d")
    first = (await town.whisper(ALICE))["text"]
    await town.slack.command(PRIYA, GENERAL, "/emotion-graph here 30d")
    second = (await town.whisper(PRIYA))["text"]
    assert "dates of Seoul" in second
    assert "dates of Seoul" not in first
    assert second.startswith(first)


async def test_a_group_size_of_ones_own_is_kept(open_town: OpenTown) -> None:
    """MINIMUM_PEOPLE=3 draws for three, and says three."""
    async with open_town(minimum_people=3) as town:
        await _history(town, (ALICE, JUNHO))
        await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
        assert "3" in (await town.whisper(ALICE))["text"]
        await _history(town, (MINJI,))
        await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
        said = await town.whisper(ALICE, after=1)
        assert any(block["type"] == "actions" for block in said["blocks"])


async def _history(town: Town, users: tuple[str, ...], *, days: int = 5) -> None:
    """Each of them opted in some time ago and has written every day since, in general."""
    now = datetime.now(UTC)
    consent = Consent(town.services.store, town.services.pseudonyms, lambda: now - timedelta(days=days + 2))
    for number, user in enumerate(users):
        person = town.person(user)
        await consent.grant(person, "test")
        for day in range(days):
            moment = now - timedelta(days=day, minutes=10 + number, microseconds=sum(map(ord, user)))
            await wrote(town.services.store, town.services.pseudonyms, person, moment, channel=GENERAL)


async def _readings(town: Town, user: str, count: int) -> bool:
    return (await town.services.consent.status(town.person(user))).readings == count


async def _files(town: Town, channel: str, ending: str) -> list[str]:
    """The names of the bot's files with that ending in a channel."""
    files = [file for message in await town.slack.said_by_bot(channel) for file in message.get("files") or ()]
    return [file["name"] for file in files if file["name"].endswith(ending)]


async def _charts(town: Town, channel: str) -> list[Json]:
    """The charts of Slack's own that the bot posted in a channel."""
    blocks = [block for message in await town.slack.said_by_bot(channel) for block in message.get("blocks") or ()]
    return [block for block in blocks if block["type"] == "data_visualization"]


async def _picture(town: Town, channel: str) -> Json:
    async def probe() -> Json | None:
        written = await town.slack.messages(channel)
        return next((m for m in written if m.get("files") and m["user"] == town.bot), None)

    found = await wait_for(probe, "a picture")
    assert found is not None
    return found
