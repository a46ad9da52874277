"""Files of people who were erased are deleted in Slack: soon, all of them, and once."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.store import files
from bot.store.tables import DoomedFileRow
from bot.wiring import Services
from handlers.slack.files import delete_doomed, message_as_file
from tests.fakes import Clock
from tests.handlers.house import ALICE, Driver
from tests.slack_api import BOT, TEAM, SlackApi


async def doom(services: Services, slack: SlackApi, names: Sequence[str]) -> None:
    """These stand in Slack and are to go."""
    async with services.store.begin() as session:
        for name in names:
            slack.uploads[name] = b"a picture"
            await files.condemn(session, name, team=TEAM, now=services.clock())


async def waiting(services: Services) -> dict[str, int]:
    """What is written down, and how often it was tried."""
    async with services.store.read() as session:
        return {row.file_id: row.attempts for row in await session.scalars(select(DoomedFileRow))}


async def test_they_are_gone_soon_after_the_erasure(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Nobody has to wait for the next round: the erasure itself sets it off, and nothing is left to do."""
    slack.uploads |= {"F1": b"hers", "F2": b"his"}
    await services.consent.grant(Person(TEAM, ALICE), "test")
    await services.privacy.sent(Person(TEAM, ALICE), ["F1"])
    await services.privacy.erase(Person(TEAM, ALICE), actor=None, reason="left")
    await driver.done()
    assert set(slack.uploads) == {"F2"}
    assert await waiting(services) == {}


@pytest.mark.parametrize("error", ["file_not_found", "file_deleted"])
async def test_one_that_is_gone_already_is_gone(
    driver: Driver, services: Services, slack: SlackApi, error: str
) -> None:
    """The person, or another process, was first."""
    await doom(services, slack, ["F1"])
    slack.refuse("files.delete", error)
    assert await delete_doomed(driver.door.kit) == 1
    assert await waiting(services) == {}


@pytest.mark.parametrize("error", [None, "message_not_found"])
async def test_a_message_without_a_file_goes_as_files_do(
    driver: Driver, services: Services, slack: SlackApi, error: str | None
) -> None:
    """A chart of Slack's own, be it that it stands or that somebody was first."""
    posted = await driver.door.kit.client.chat_postMessage(channel="D1", text="a chart")
    async with services.store.begin() as session:
        name = message_as_file("D1", str(posted["ts"]))
        await files.condemn(session, name, team=TEAM, now=services.clock())
    if error:
        slack.refuse("chat.delete", error)
    assert await delete_doomed(driver.door.kit) == 1
    assert bool(slack.shown("D1")) is (error is not None)
    assert slack.asked("files.delete") == []
    assert await waiting(services) == {}


def says(slack: SlackApi, number: int, user: str = BOT, **file: str) -> None:
    """Let a message with this file stand in the direct message."""
    files = [{"id": f"F{number}", **file}]
    slack.messages["D1"].append({"ts": f"179.{number:06}", "user": user, "text": "small talk", "files": files})


async def test_a_message_that_is_known_by_its_file_alone_is_looked_for(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """However much was written since, and though the file is deleted before."""
    for number in range(450):
        says(slack, number)
    await doom(services, slack, ["F7", message_as_file("D1", "F7")])
    assert await delete_doomed(driver.door.kit) == 2
    left = {file["id"] for one in slack.messages["D1"] for file in one["files"]}
    assert left == {f"F{number}" for number in range(450) if number != 7}
    assert await waiting(services) == {}


async def test_a_message_that_slack_shows_late_is_waited_for(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Not found is not gone: it stays written down, is not counted as tried, and goes once it is to be seen."""
    name = message_as_file("D1", "F7")
    await doom(services, slack, [name])
    for _ in range(files.ATTEMPTS + 1):
        assert await delete_doomed(driver.door.kit) == 0
    assert await waiting(services) == {name: 0}
    clock.advance(minutes=9)
    says(slack, 7, mode="tombstone")
    assert await delete_doomed(driver.door.kit) == 1
    assert slack.messages["D1"] == []
    assert await waiting(services) == {}


async def test_a_message_that_is_never_shown_is_gone_in_the_end(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """After ten minutes. What somebody else shows of the file is not ours to delete, and holds nothing up."""
    says(slack, 7, user=ALICE)
    await doom(services, slack, [message_as_file("D1", "F7"), "F8"])
    clock.advance(minutes=10)
    assert await delete_doomed(driver.door.kit) == 1
    clock.advance(seconds=1)
    assert await delete_doomed(driver.door.kit) == 1
    assert slack.asked("chat.delete") == []
    assert await waiting(services) == {}


@pytest.mark.parametrize("error", ["fatal_error", "token_revoked", "service_unavailable"])
async def test_trouble_that_is_not_the_files_ends_the_round_and_loses_nothing(
    driver: Driver, services: Services, slack: SlackApi, error: str
) -> None:
    """The next round deletes them all, also after a restart: they stand in the database."""
    await doom(services, slack, ["F1", "F2"])
    slack.refuse("files.delete", error)
    assert await delete_doomed(driver.door.kit) == 0
    assert await waiting(services) == {"F1": 0, "F2": 0}
    assert await delete_doomed(driver.door.kit) == 2
    assert slack.uploads == {}


async def test_a_rate_limit_is_obeyed(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The client waits as long as Slack says and goes on; where that is not enough, the next round does."""
    await doom(services, slack, ["F1", "F2"])
    slack.refuse("files.delete", "ratelimited", times=2, status=429)
    assert await delete_doomed(driver.door.kit) == 2
    await doom(services, slack, ["F3", "F4"])
    slack.refuse("files.delete", "ratelimited", times=3, status=429)
    assert await delete_doomed(driver.door.kit) == 0
    assert await waiting(services) == {"F3": 0, "F4": 0}


async def test_a_deletion_whose_answer_is_lost_is_asked_again(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """It may be asked twice with the effect of once."""
    await doom(services, slack, ["F1"])
    slack.lose("files.delete")
    assert await delete_doomed(driver.door.kit) == 1
    assert len(slack.asked("files.delete")) == 2
    assert await waiting(services) == {}


async def test_a_file_that_slack_will_not_delete_holds_up_no_other_and_is_given_up(
    driver: Driver, services: Services, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """Ten times it is tried; then a warning says why, without a name, and it is left alone."""
    await doom(services, slack, ["F1"])
    slack.refuse("files.delete", "cant_delete_file", times=files.ATTEMPTS)
    for round_ in range(1, files.ATTEMPTS + 1):
        assert "given up" not in caplog.text
        assert await delete_doomed(driver.door.kit) == 0
        assert await waiting(services) == {"F1": round_}
    assert "given up: cant_delete_file" in caplog.text
    await doom(services, slack, ["F2"])
    assert await delete_doomed(driver.door.kit) == 1
    assert len(slack.asked("files.delete")) == files.ATTEMPTS + 1
