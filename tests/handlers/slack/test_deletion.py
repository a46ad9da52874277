"""A person deletes everything about themselves, behind a dialog."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.store.base import Store
from bot.store.tables import AuditRow
from bot.wiring import Services
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, MINJI, Driver
from tests.slack_api import BOT, TEAM, SlackApi

PERSON, OTHER = Person(TEAM, ALICE), Person(TEAM, MINJI)
CONFIRM = "maeum_forget_all"


async def dialog_of(driver: Driver) -> dict[str, Any]:
    """The dialog that was opened last."""
    view: dict[str, Any] = driver.slack.asked("views.open")[-1]["view"]
    assert view["callback_id"] == CONFIRM
    return view


async def receipts(store: Store) -> list[AuditRow]:
    async with store.read() as session:
        return list(await session.scalars(select(AuditRow).order_by(AuditRow.id)))


@pytest.mark.parametrize("word", ["delete", "삭제", "지우기"])
@pytest.mark.usefixtures("read_before")
async def test_the_command_asks_first(driver: Driver, services: Services, slack: SlackApi, word: str) -> None:
    """A dialog says what kinds of things go, and that it cannot be undone; until it is confirmed nothing does."""
    await driver.command("/emotion", word)
    view = await dialog_of(driver)
    assert "cannot be brought back" in str(view)
    assert "• readings of feelings" in str(view)
    assert len(view["title"]["text"]) <= 24
    assert (await services.consent.status(PERSON)).readings == 2
    assert slack.responses == []


@pytest.mark.usefixtures("read_before")
async def test_what_is_confirmed_is_deleted_and_the_receipt_comes_where_it_was_asked(
    driver: Driver, services: Services, store: Store, slack: SlackApi
) -> None:
    """Readings and consent go; the answer is for the person alone and names the receipt of the audit."""
    await driver.command("/emotion", "delete")
    view = await dialog_of(driver)
    await driver.submit(CONFIRM, view["private_metadata"], user=ALICE)
    assert not any((await services.privacy.holdings(PERSON)).values())
    (row,) = await receipts(store)
    (said,) = slack.responses
    assert row.action == "erase:self"
    assert str(row.receipt) in said["text"]
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)


@pytest.mark.usefixtures("read_before")
async def test_the_receipt_takes_the_place_of_the_question(driver: Driver, slack: SlackApi) -> None:
    """After `/emotion off` the question with its buttons gives way."""
    await driver.command("/emotion", "off")
    await driver.press("maeum_forget")
    view = await dialog_of(driver)
    assert len(slack.responses) == 1
    await driver.submit(CONFIRM, view["private_metadata"], user=ALICE)
    assert "Receipt" in slack.responses[1]["text"]
    assert slack.responses[1]["replace_original"] is True


@pytest.mark.usefixtures("read_before")
async def test_at_home_the_tab_is_drawn_anew_and_the_receipt_sent(driver: Driver, slack: SlackApi) -> None:
    """There is no message to answer to."""
    await driver.press("maeum_forget", channel=None)
    view = await dialog_of(driver)
    assert slack.asked("views.publish") == []
    await driver.submit(CONFIRM, view["private_metadata"], user=ALICE)
    (published,) = slack.asked("views.publish")
    assert "Nothing of yours is stored" in str(published["view"])
    assert "Receipt" in slack.shown(f"D{ALICE}")[0]


@pytest.mark.usefixtures("read_before")
async def test_the_tab_that_showed_their_week_is_drawn_anew_wherever_it_was_asked(
    driver: Driver, slack: SlackApi
) -> None:
    """Slack would go on showing it until they open it again."""
    await driver.event({"type": "app_home_opened", "user": ALICE, "tab": "home", "channel": f"D{ALICE}"})
    await driver.command("/emotion", "delete")
    await driver.submit(CONFIRM, (await dialog_of(driver))["private_metadata"], user=ALICE)
    before, after = (str(args["view"]) for args in slack.asked("views.publish"))
    assert ("My week" in before, "My week" in after) == (True, False)
    assert "Receipt" in slack.responses[0]["text"]


@pytest.mark.parametrize("user", [ALICE, MINJI])
@pytest.mark.usefixtures("read_before")
async def test_only_whoever_confirms_is_deleted_whatever_the_dialog_says(
    driver: Driver, services: Services, clock: Clock, user: str
) -> None:
    """A dialog of Alice's that Minji sends, with Alice's name put into it, deletes Minji's data alone."""
    await services.consent.grant(OTHER, "test")
    clock.advance(minutes=1)
    await wrote(services.store, services.pseudonyms, OTHER, clock())
    await driver.press("maeum_forget")
    private = json.loads((await dialog_of(driver))["private_metadata"])
    await driver.submit(CONFIRM, json.dumps({**private, "user": ALICE, "person": ALICE}), user=user)
    left = {one: (await services.consent.status(Person(TEAM, one))).readings for one in (ALICE, MINJI)}
    assert left == {ALICE: 0 if user == ALICE else 2, MINJI: 0 if user == MINJI else 1}


@pytest.mark.parametrize("private", ["", "{", "[]", "null", "7", '{"answer": 7, "instead": 1, "home": "x"}', "{}"])
@pytest.mark.usefixtures("read_before")
async def test_a_strange_dialog_still_deletes_ones_own_and_says_so(
    driver: Driver, services: Services, slack: SlackApi, private: str
) -> None:
    """Who confirmed is known by the signature; the receipt then comes directly."""
    await driver.submit(CONFIRM, private, user=ALICE)
    assert (await services.consent.status(PERSON)).readings == 0
    assert "Receipt" in slack.shown(f"D{ALICE}")[0]


@pytest.mark.parametrize("channel", ["C01GEN", None])
async def test_where_nothing_is_stored_nothing_is_asked(
    driver: Driver, store: Store, slack: SlackApi, channel: str | None
) -> None:
    """A sentence, and no row of zeros in the audit."""
    await driver.press("maeum_forget", channel=channel)
    said = slack.responses[0]["text"] if channel else slack.shown(f"D{ALICE}")[0]
    assert said == "Nothing of yours is stored."
    assert slack.asked("views.open") == []
    assert await receipts(store) == []


@pytest.mark.usefixtures("read_before")
async def test_confirming_twice_is_no_error(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The second time there is nothing left; what was written meanwhile is somebody else's decision."""
    await driver.command("/emotion", "delete")
    private = (await dialog_of(driver))["private_metadata"]
    for _ in range(2):
        await driver.submit(CONFIRM, private, user=ALICE)
    assert ["(0 rows)" in said["text"] for said in slack.responses] == [False, True]
    assert not any((await services.privacy.holdings(PERSON)).values())


@pytest.mark.usefixtures("read_before")
async def test_trouble_after_the_deletion_is_not_told_as_a_failure(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """The tab cannot be drawn and the first answer is refused: all is deleted, and the receipt still comes."""
    await driver.press("maeum_forget", channel=None)
    private = (await dialog_of(driver))["private_metadata"]
    slack.refuse("views.publish", "internal_error")
    slack.refuse("chat.postMessage", "internal_error")
    await driver.submit(CONFIRM, private, user=ALICE)
    assert (await services.consent.status(PERSON)).readings == 0
    assert ["Receipt" in said for said in slack.shown(f"D{ALICE}")] == [True]


@pytest.mark.usefixtures("read_before")
async def test_a_dialog_that_cannot_be_opened_is_said(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Slack took too long: nothing is deleted, and the person may try again."""
    slack.refuse("views.open", "expired_trigger_id")
    await driver.command("/emotion", "delete")
    assert "expired_trigger_id" in slack.responses[0]["text"]
    assert (await services.consent.status(PERSON)).readings == 2


async def test_people_of_other_organisations_can_delete_what_is_theirs(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Whatever came to be stored of them once, and of nobody else."""
    away = Person(TEAM, "U0AWAY")
    slack.user("U0AWAY", locale="en-US")
    await driver.event(driver.message(f"<@{BOT}> hello", user="U0AWAY"))
    clock.advance(seconds=1)
    await driver.event(driver.message(f"<@{BOT}> hello"))
    slack.user("U0AWAY", locale="en-US", is_stranger=True)
    await driver.command("/emotion", "delete", user="U0AWAY")
    await driver.submit(CONFIRM, (await dialog_of(driver))["private_metadata"], user="U0AWAY")
    assert not any((await services.privacy.holdings(away)).values())
    assert any((await services.privacy.holdings(PERSON)).values())
