"""The pictures: one's own in the direct message, the channel's from five people up, and on a schedule."""

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


async def test_sharing_is_refused_when_somebody_has_left_in_the_meantime(town: Town) -> None:
    """The rule is checked again at the moment of sharing."""
    await _history(town, FIVE)
    await town.slack.command(ALICE, GENERAL, "/emotion-graph here 7d")
    said = await town.whisper(ALICE)
    await town.services.privacy.erase(town.person(DIEGO), actor=None, reason="self")
    await town.slack.press(ALICE, GENERAL, said["ts"], "maeum_share")
    await town.whisper(ALICE, after=1)
    assert await town.slack.said_by_bot(GENERAL) == []


async def test_a_schedule_is_set_listed_posted_once_and_switched_off(town: Town) -> None:
    """The channel's creator sets it; when it is due it is posted once; afterwards it is gone."""
    await _history(town, FIVE)
    now = datetime.now(UTC)
    await town.slack.person(ADMINISTRATOR, tz="UTC")
    await town.slack.command(ADMINISTRATOR, GENERAL, f"/emotion-schedule daily {now + timedelta(minutes=1):%H:%M}")
    await town.whisper(ADMINISTRATOR)
    (schedule,) = await town.services.schedules.list(town.slack.workspace.team, GENERAL)
    assert schedule.spec.kind == "daily"
    await town.slack.command(ADMINISTRATOR, GENERAL, "/emotion-schedule list")
    assert f"{now + timedelta(minutes=1):%M}" in (await town.whisper(ADMINISTRATOR, after=1))["text"]
    later = now + timedelta(minutes=2)
    for slot in await town.services.schedules.claim_due(later):
        await town.clock._do(slot)  # noqa: SLF001 - the clock's own step, at a moment of ours
    assert await town.services.schedules.claim_due(later) == []
    assert (await _picture(town, GENERAL))["files"]
    await town.slack.command(ADMINISTRATOR, GENERAL, "/emotion-schedule off")
    await town.whisper(ADMINISTRATOR, after=2)
    assert await town.services.schedules.list(town.slack.workspace.team, GENERAL) == []


async def test_a_schedule_is_refused_to_who_did_not_make_the_channel(town: Town) -> None:
    """Neither creator nor administrator: a sentence, and nothing is set."""
    await town.slack.command(JUNHO, GENERAL, "/emotion-schedule weekly mon 09:00")
    await town.whisper(JUNHO)
    assert await town.services.schedules.list(town.slack.workspace.team, GENERAL) == []


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


async def _history(town: Town, users: tuple[str, ...]) -> None:
    """Each of them opted in a week ago and has written every day since, in general."""
    now = datetime.now(UTC)
    consent = Consent(town.services.store, town.services.pseudonyms, lambda: now - timedelta(days=7))
    for number, user in enumerate(users):
        person = town.person(user)
        await consent.grant(person, "test")
        for day in range(5):
            moment = now - timedelta(days=day, minutes=10 + number, microseconds=sum(map(ord, user)))
            await wrote(town.services.store, town.services.pseudonyms, person, moment, channel=GENERAL)


async def _picture(town: Town, channel: str) -> Json:
    async def probe() -> Json | None:
        written = await town.slack.messages(channel)
        return next((m for m in written if m.get("files") and m["user"] == town.bot), None)

    found = await wait_for(probe, "a picture")
    assert found is not None
    return found
