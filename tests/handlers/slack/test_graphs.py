"""`/emotion-graph` and its buttons: every picture, as a table too, and to whom."""

import csv
import io
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.pictures import KINDS, OF_CHANNELS
from bot.settings import Settings
from bot.store.tables import SentFileRow
from bot.wiring import Services
from emotion.labels import Emotion
from handlers.slack import SlackDoor
from tests.factories import consenting, wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, MINJI, Driver, actions
from tests.slack_api import TEAM, SlackApi

PNG = b"\x89PNG\r\n\x1a\n"
FIVE = (ALICE, MINJI, BOSS, "U4", "U5")
MINE = {"of": "me", "kind": "trend", "days": 7, "ground": "light"}
OURS = {**MINE, "of": "here"}


@pytest.fixture
async def fortnight(services: Services, clock: Clock) -> None:
    """Five people wrote every day for two weeks, Alice sadly and all others gladly."""
    await live(services, clock, FIVE)


async def live(services: Services, clock: Clock, users: Sequence[str]) -> None:
    people = [Person(TEAM, user) for user in users]
    await consenting(services.store, services.pseudonyms, people, clock() - timedelta(days=20))
    for day in range(14):
        for number, person in enumerate(people):
            label = Emotion.SADNESS if person.user == ALICE else Emotion.JOY
            moment = clock() - timedelta(days=day, minutes=number + 1)
            await wrote(services.store, services.pseudonyms, person, moment, label=label)


def names(slack: SlackApi) -> list[str]:
    """Of the files that were handed over, in order."""
    return [args["filename"] for args in slack.asked("files.getUploadURLExternal")]


def rows(content: bytes) -> list[dict[str, str]]:
    """A table, read as a spreadsheet would."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def buttons(said: dict[str, Any]) -> dict[str, str]:
    """The values of the buttons of an answer, by action."""
    found = [block["elements"] for block in said["blocks"] if block["type"] == "actions"]
    return {element["action_id"]: element.get("value", "") for elements in found for element in elements}


# ---- What can be drawn


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("user", [ALICE, MINJI])
async def test_every_picture_of_oneself_is_sent_to_oneself(
    driver: Driver, slack: SlackApi, kind: str, user: str
) -> None:
    """To one's direct messages, in one's language; where it was asked a sentence and a button for the table.

    Beside it, under a diary, one that has it come every week.
    """
    await driver.command("/emotion-graph", f"{kind} dark", user=user)
    (picture,) = slack.uploads.values()
    assert PNG in picture
    (posted,) = slack.messages[f"D{user}"]
    assert any("가" <= sign <= "힣" for sign in posted["text"]) == (user == MINJI)
    assert posted["text"].count("•") >= 2
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert actions(said) == ["maeum_table", *(["maeum_diary_on"] if kind == "diary" else [])]
    assert slack.shown(GENERAL) == []


@pytest.mark.usefixtures("fortnight")
async def test_the_ground_is_the_one_asked_for(driver: Driver, slack: SlackApi) -> None:
    """Korean words, in any order, draw the same as English ones."""
    for words in ("valence 30d dark", "어둡게 30일 나 기분", "valence 30d"):
        await driver.command("/emotion-graph", words)
    dark, again, light = slack.uploads.values()
    assert dark == again != light


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_CHANNELS])
async def test_a_channel_has_no_page_of_one_person(driver: Driver, slack: SlackApi, kind: str) -> None:
    """A kind sentence says why and what there is."""
    await driver.command("/emotion-graph", f"here {kind}")
    assert slack.uploads == {}
    assert "Of a channel I draw `trend`, `valence`, `mix` and `year`" in slack.responses[0]["text"]


@pytest.mark.usefixtures("fortnight")
async def test_a_period_that_does_not_fit_is_said(driver: Driver, slack: SlackApi) -> None:
    """In the asker's language, and nothing is drawn."""
    await driver.command("/emotion-graph", "비교 30일", user=MINJI)
    assert slack.uploads == {}
    assert "기간은 빼고 써 주세요" in slack.responses[0]["text"]


# ---- Sharing


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("words", ["here valence 30d dark", "여기 비교", "here 90d", "here year dark"])
async def test_what_is_shared_is_what_was_shown(driver: Driver, slack: SlackApi, words: str) -> None:
    """The same kind, period and ground, drawn anew."""
    await driver.command("/emotion-graph", words)
    (said,) = slack.responses
    assert actions(said) == ["maeum_share", "maeum_table"]
    await driver.press("maeum_share", value=buttons(said)["maeum_share"])
    preview, shared = slack.uploads.values()
    assert preview == shared
    assert len(set(names(slack))) == 1
    assert slack.shown(GENERAL)[0].startswith("Shared by")
    assert slack.responses[-1]["replace_original"] is True
    assert actions(slack.responses[-1]) == ["maeum_table"]


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize(
    "value",
    [
        json.dumps(MINE),
        *(json.dumps({**OURS, "kind": kind}) for kind in ("week", "diary")),
        *(json.dumps({**OURS, "days": days}) for days in (8, True, 7.0, "7", None)),
        *(json.dumps({**OURS, "kind": kind}) for kind in ("pie", "mix ", "", None)),
        json.dumps({**OURS, "kind": ["mix"]}),
        json.dumps({**OURS, "kind": {}}),
        json.dumps({**OURS, "ground": "neon"}),
        json.dumps({**OURS, "of": ALICE}),
    ],
)
async def test_a_button_that_was_tampered_with_shares_nothing(driver: Driver, slack: SlackApi, value: str) -> None:
    """One's own picture least of all, nor a page that is drawn of no channel."""
    await driver.press("maeum_share", value=value)
    assert slack.uploads == {}
    assert slack.shown(GENERAL) == []
    assert len(slack.responses) == 1


# ---- As a table


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("kind", KINDS)
async def test_ones_own_table_comes_as_a_direct_message(
    driver: Driver, services: Services, slack: SlackApi, kind: str
) -> None:
    """A CSV file with the picture's name, remembered until its owner is deleted, and then deleted in Slack."""
    await driver.command("/emotion-graph", kind)
    await driver.press("maeum_table", value=buttons(slack.responses[0])["maeum_table"])
    picture, table = names(slack)
    assert table == picture.replace(".png", ".csv")
    assert rows(list(slack.uploads.values())[1])
    assert [bool(message["files"]) for message in slack.messages[f"D{ALICE}"]] == [True, True]
    assert "direct messages" in slack.responses[-1]["text"]
    assert slack.shown(GENERAL) == []
    assert {file for file in await _remembered(services) if "/" not in file} == set(slack.uploads)
    shown = slack.messages[f"D{ALICE}"][0]
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="self")
    await driver.done()
    assert slack.uploads == {}
    assert shown not in slack.messages[f"D{ALICE}"]  # its words say what it shows: they are gone too


@pytest.mark.usefixtures("fortnight")
async def test_whoever_presses_gets_their_own_table(driver: Driver, slack: SlackApi) -> None:
    """Alice's button, pressed by an administrator, is about the administrator; who has nothing is told so."""
    await driver.command("/emotion-graph", "me 7d")
    value = buttons(slack.responses[0])["maeum_table"]
    await driver.press("maeum_table", value=value, user=BOSS)
    assert slack.messages[f"D{BOSS}"][0]["files"][0]["name"].endswith(".csv")
    found = rows(list(slack.uploads.values())[-1])
    assert {row["sadness"] for row in found} == {"0"}
    assert {row["joy"] for row in found} == {"1"}
    before = len(slack.uploads)
    await driver.press("maeum_table", value=value, user=slack.user("U9", locale="en-US", tz="UTC"))
    assert len(slack.uploads) == before
    assert "There is nothing to draw yet" in slack.responses[-1]["text"]


@pytest.mark.usefixtures("fortnight")
async def test_a_channels_table_is_what_is_published(driver: Driver, services: Services, slack: SlackApi) -> None:
    """To the asker alone; a message more is not in it, and a fifth person who leaves takes it away."""
    await driver.command("/emotion-graph", "here 7d")
    value = buttons(slack.responses[0])["maeum_table"]
    await wrote(
        services.store,
        services.pseudonyms,
        Person(TEAM, ALICE),
        services.clock() - timedelta(seconds=5),
        label=Emotion.ANGER,
    )
    await driver.press("maeum_table", value=value)
    found = rows(list(slack.uploads.values())[-1])
    assert [row["messages"] for row in found] == ["5"] * 7
    assert {row["anger"] for row in found} == {"0"}
    assert slack.shown(GENERAL) == []
    await services.consent.withdraw(Person(TEAM, "U5"), "test")
    before = len(slack.uploads)
    await driver.press("maeum_table", value=value)
    assert len(slack.uploads) == before
    assert "at least 5 people" in slack.responses[-1]["text"]


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("channel", [DIRECT, None])
async def test_a_channels_table_is_of_the_channel_where_it_is_asked(
    driver: Driver, slack: SlackApi, channel: str | None
) -> None:
    """In a direct message and in the Home tab there is none, whatever the button says."""
    await driver.press("maeum_table", value=json.dumps({**OURS, "channel": GENERAL}), channel=channel)
    assert slack.uploads == {}


@pytest.mark.usefixtures("fortnight")
@pytest.mark.parametrize("button", ["maeum_table", "maeum_share"])
async def test_people_of_other_organisations_get_nothing(driver: Driver, slack: SlackApi, button: str) -> None:
    """Nor where the bot is not."""
    slack.user("U0AWAY", team_id="T0AWAY", locale="en-US")
    await driver.press(button, user="U0AWAY", team="T0AWAY", value=json.dumps(OURS))
    slack.channel(GENERAL, is_member=False)
    await driver.press(button, value=json.dumps(OURS))
    assert slack.uploads == {}
    assert [said["text"][:20] for said in slack.responses] == ["I am here for the pe", "Slack did not let me"]


# ---- Slack's own charts


@pytest.fixture
async def charting(settings: Settings, services: Services, slack: SlackApi, clock: Clock) -> AsyncIterator[Driver]:
    """With NATIVE_CHARTS."""
    wanted = settings.model_copy(update={"native_charts": True})
    door = SlackDoor(wanted, replace(services, settings=wanted))
    yield Driver(door, slack, clock)
    await door.stop()


def charts(slack: SlackApi, channel: str) -> list[dict[str, Any]]:
    """The charts that stand in a channel."""
    blocks = [block for message in slack.messages[channel] for block in _blocks(message)]
    return [block for block in blocks if block["type"] == "data_visualization"]


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = message.get("blocks") or []
    return list(json.loads(blocks) if isinstance(blocks, str) else blocks)


@pytest.mark.usefixtures("fortnight")
async def test_there_are_no_charts_of_slacks_unless_they_are_asked_for(driver: Driver, slack: SlackApi) -> None:
    """They are off by default."""
    for words in ("valence", "mix"):
        await driver.command("/emotion-graph", words)
    assert charts(slack, f"D{ALICE}") == []
    assert len(slack.messages[f"D{ALICE}"]) == 2


@pytest.mark.usefixtures("fortnight")
async def test_the_line_and_the_mix_have_a_chart_beside_them(charting: Driver, slack: SlackApi) -> None:
    """With a title in words; the other pictures have none."""
    for kind in KINDS:
        await charting.command("/emotion-graph", kind)
    assert [chart["chart"]["type"] for chart in charts(slack, f"D{ALICE}")] == ["line", "bar"]
    written = [message["text"] for message in slack.messages[f"D{ALICE}"] if _blocks(message)]
    assert written == ["My mood over the last 7 days", "My last 7 days and the 7 before"]


@pytest.mark.usefixtures("fortnight")
async def test_a_chart_for_one_person_goes_with_them(charting: Driver, services: Services, slack: SlackApi) -> None:
    """As the picture does; what was shared is everybody's and stays."""
    await charting.command("/emotion-graph", "mix")
    await charting.command("/emotion-graph", "here mix")
    await charting.press("maeum_share", value=buttons(slack.responses[-1])["maeum_share"])
    assert (len(charts(slack, f"D{ALICE}")), len(charts(slack, GENERAL))) == (2, 1)
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="self")
    await charting.done()
    assert (len(charts(slack, f"D{ALICE}")), len(charts(slack, GENERAL))) == (0, 1)
    assert len(slack.uploads) == 1
    assert await _remembered(services) == set()


@pytest.mark.usefixtures("fortnight")
async def test_a_chart_that_slack_refuses_leaves_the_picture(
    charting: Driver, services: Services, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """The person is answered as ever, and the log says it once, without a name."""
    slack.refuse("chat.postMessage", "invalid_blocks", times=2)
    with caplog.at_level(logging.INFO):
        for words in ("valence", "mix"):
            await charting.command("/emotion-graph", words)
    assert len(slack.uploads) == 2
    assert charts(slack, f"D{ALICE}") == []
    assert [said["text"] for said in slack.responses] == [
        "I sent your picture to our direct messages; only you can see it."
    ] * 2
    told = [record.getMessage() for record in caplog.records if "NATIVE_CHARTS" in record.getMessage()]
    assert told == ["Slack does not take its own charts here (NATIVE_CHARTS): invalid_blocks"]
    assert {file for file in await _remembered(services) if "/" not in file} == set(slack.uploads)


async def _remembered(services: Services) -> set[str]:
    async with services.store.read() as session:
        return set(await session.scalars(select(SentFileRow.file_id)))
