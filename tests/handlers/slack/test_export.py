import json
import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.store.base import Store
from bot.store.tables import SentFileRow
from bot.wiring import Services
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, MINJI, Driver
from tests.slack_api import TEAM, SlackApi

PERSON = Person(TEAM, ALICE)


def whole(slack: SlackApi) -> dict[str, Any]:
    """The JSON file, out of what was uploaded."""
    body = next(body for body in slack.uploads.values() if b'"about"' in body)
    found: dict[str, Any] = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return found


@pytest.mark.parametrize("word", ["export", "내보내기", unicodedata.normalize("NFD", "내보내기")])
@pytest.mark.usefixtures("read_before")
async def test_two_files_come_as_a_direct_message(driver: Driver, slack: SlackApi, word: str) -> None:
    """One message with both; where it was asked the person is told so, and nobody else sees anything."""
    await driver.command("/emotion", word)
    (posted,) = slack.messages[f"D{ALICE}"]
    assert [file["name"] for file in posted["files"]] == [
        "maeum-export-2026-11-20.json",
        "maeum-readings-2026-11-20.csv",
    ]
    assert "as of November 20, 2026, 11:00" in posted["text"]
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert set(slack.messages) == {f"D{ALICE}"}


@pytest.mark.usefixtures("read_before")
async def test_what_is_sent_is_what_is_stored(driver: Driver, slack: SlackApi, services: Services) -> None:
    """As many rows in each table as there are, and the readings as a table besides."""
    holdings = await services.privacy.holdings(PERSON)
    await driver.command("/emotion", "export")
    assert {table: len(rows) for table, rows in whole(slack)["data"].items()} == holdings
    assert sum(body.count(b",joy,0.82") for body in slack.uploads.values()) == 2


@pytest.mark.parametrize("user", [MINJI, BOSS])
@pytest.mark.usefixtures("read_before")
async def test_nobody_else_gets_it(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, user: str
) -> None:
    """Another person, an administrator too, gets their own or is told that there is nothing; no words name a person."""
    await driver.command("/emotion", f"export <@{ALICE}>", user=user)
    await driver.command("/emotion", "export", user=user)
    await driver.press("maeum_export", user=user, value=ALICE)
    assert slack.uploads == {}
    other = Person(TEAM, user)
    await services.consent.grant(other, "test")
    clock.advance(minutes=1)
    await wrote(services.store, services.pseudonyms, other, clock())
    await driver.press("maeum_export", user=user, value=ALICE)
    assert len(whole(slack)["data"]["emotion_readings"]) == 1
    assert set(slack.messages) == {f"D{user}"}


async def test_where_nothing_is_stored_there_is_a_sentence_and_no_file(driver: Driver, slack: SlackApi) -> None:
    """In one's own language."""
    await driver.command("/emotion", "export", user=MINJI)
    assert slack.responses[0]["text"] == "저장된 것이 없어요."
    assert slack.asked("files.getUploadURLExternal") == []


@pytest.mark.usefixtures("read_before")
async def test_at_home_the_files_are_the_answer(driver: Driver, slack: SlackApi) -> None:
    """They come directly, and nothing besides."""
    await driver.press("maeum_export", channel=None)
    assert len(slack.messages[f"D{ALICE}"]) == 1
    assert slack.responses == []


@pytest.mark.usefixtures("read_before")
async def test_the_files_are_remembered_until_the_person_is_deleted(
    driver: Driver, slack: SlackApi, store: Store, services: Services
) -> None:
    """Each of them, under the pseudonym."""
    await driver.command("/emotion", "export")
    async with store.read() as session:
        sent = {row.file_id: row.user_id for row in await session.scalars(select(SentFileRow))}
    assert set(sent) == set(slack.uploads)
    assert set(sent.values()) == {services.pseudonyms.person(PERSON)}


@pytest.mark.parametrize("words", ["me 7d", "here 7d"])
async def test_pictures_for_one_person_alone_are_remembered_too(
    driver: Driver, store: Store, services: Services, clock: Clock, words: str
) -> None:
    """Their own, and the preview of a channel's; what is shared is everybody's."""
    for number, user in enumerate((ALICE, MINJI, BOSS, "U4", "U5")):
        person = Person(TEAM, user)
        await services.consent.grant(person, "test")
        clock.advance(minutes=number + 1)
        await wrote(services.store, services.pseudonyms, person, clock())
    await driver.command("/emotion-graph", words)
    async with store.read() as session:
        sent = list(await session.scalars(select(SentFileRow.user_id)))
    assert sent == [services.pseudonyms.person(PERSON)] * 2  # the file, and the message that it came with
    await driver.press("maeum_share", value=json.dumps({"days": 7}))
    async with store.read() as session:
        assert len((await session.scalars(select(SentFileRow))).all()) == 2


@pytest.mark.usefixtures("read_before")
async def test_an_upload_that_is_refused_is_said(driver: Driver, slack: SlackApi, store: Store) -> None:
    """With Slack's reason, and nothing is remembered."""
    slack.refuse("files.getUploadURLExternal", "missing_scope")
    await driver.command("/emotion", "export")
    assert "missing_scope" in slack.responses[0]["text"]
    async with store.read() as session:
        assert (await session.scalars(select(SentFileRow))).all() == []
