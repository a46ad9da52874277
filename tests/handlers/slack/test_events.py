"""What happens in a workspace besides messages: people leave, and so do workspaces."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import ConfigurationError, SlackTrouble
from bot.messages import Person
from bot.settings import Settings
from bot.wiring import Services
from handlers.clock import Clock as Ticking
from handlers.slack import SlackDoor, make_client
from handlers.slack.forgetting import erase_who_left, keep_up
from tests.factories import wrote
from tests.fakes import Clock
from tests.handlers.house import ALICE, MINJI, Driver, envelope, until
from tests.slack_api import BOT, TEAM, SlackApi

UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}}


@pytest.fixture
async def living(services: Services, clock: Clock) -> Person:
    """Alice opted in and wrote something."""
    who = Person(TEAM, ALICE)
    await services.consent.grant(who, "test")
    await wrote(services.store, services.pseudonyms, who, clock())
    return who


@pytest.fixture
def ticking(services: Services, settings: Settings) -> Callable[[], Ticking]:
    """Makes the clock of one more process."""
    return lambda: Ticking(services, make_client(settings))


async def readings(services: Services, who: Person) -> int:
    return (await services.privacy.holdings(who))["emotion_readings"]


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED])
async def test_a_workspace_that_leaves_is_forgotten_after_its_grace(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver,
    services: Services,
    slack: SlackApi,
    clock: Clock,
    living: Person,
    ticking: Callable[[], Ticking],
    event: dict[str, Any],
) -> None:
    """Seven days later, by a clock whose token is refused: it needs none for that."""
    answer = await driver.event(event)
    assert answer.status == 200
    slack.refuse("auth.test", "account_inactive", times=99)
    clock.advance(days=7, seconds=-1)
    await ticking().forget_departed()
    assert await readings(services, living) == 1
    clock.advance(seconds=1)
    await ticking().forget_departed()
    assert set((await services.privacy.holdings(living)).values()) == {0}
    assert await services.privacy.departed() == []


async def test_without_a_grace_a_workspace_is_forgotten_at_once(
    settings: Settings, services: Services, slack: SlackApi, clock: Clock, living: Person
) -> None:
    """UNINSTALL_GRACE_DAYS=0."""
    services = replace(services, settings=settings.model_copy(update={"uninstall_grace_days": 0}))
    door = SlackDoor(services.settings, services)
    driver = Driver(door, slack, clock)
    assert (await driver.event(UNINSTALLED)).status == 200
    assert await readings(services, living) == 0
    await door.stop()


@pytest.mark.parametrize(
    "tokens", [{"oauth": [ALICE]}, {"oauth": [ALICE], "bot": []}, None, [], "bot", {"bot": None}], ids=str
)
async def test_the_tokens_of_people_are_none_of_ours(driver: Driver, services: Services, tokens: object) -> None:
    """Only where the bot's own is among them the app has left."""
    assert (await driver.event({"type": "tokens_revoked", "tokens": tokens})).status == 200
    assert await services.privacy.departed() == []


async def test_another_workspace_that_leaves_takes_nothing_of_this_one_along(
    driver: Driver, services: Services
) -> None:
    """The event names it."""
    await driver.door.kit.identity.get()
    body = {**envelope(UNINSTALLED), "team_id": "T02ELSE"}
    assert (await driver.deliver(body)).status == 200
    assert await services.privacy.departed() == []


async def test_an_app_that_is_installed_again_keeps_what_there_is(
    driver: Driver, services: Services, clock: Clock, living: Person
) -> None:
    """A process that was there all the time sees it within a minute: Slack takes the token."""
    await driver.event(UNINSTALLED)
    clock.advance(days=6)
    await keep_up(driver.door.kit)
    assert await services.privacy.departed() == []
    assert await readings(services, living) == 1


async def test_a_start_with_a_token_that_slack_takes_keeps_what_there_is(
    driver: Driver, settings: Settings, services: Services, living: Person
) -> None:
    """Whoever installed the app again put the new token in."""
    await driver.event(UNINSTALLED)
    door = SlackDoor(settings, services)
    await door.start()
    await door.stop()
    assert await services.privacy.departed() == []
    assert await readings(services, living) == 1


async def test_an_app_that_is_installed_all_the_same_is_not_forgotten(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver,
    services: Services,
    slack: SlackApi,
    clock: Clock,
    living: Person,
    ticking: Callable[[], Ticking],
) -> None:
    """The clock asks Slack before it erases; where Slack does not say, it waits for the next hour."""
    await driver.event(UNINSTALLED)
    clock.advance(days=8)
    slack.refuse("auth.test", "fatal_error")
    await ticking().forget_departed()
    assert await readings(services, living) == 1
    assert await services.privacy.departed() == [TEAM]
    await ticking().forget_departed()
    assert await readings(services, living) == 1
    assert await services.privacy.departed() == []


async def test_a_refused_token_stops_the_start_unless_the_app_was_uninstalled(
    driver: Driver, settings: Settings, services: Services, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """Or whatever starts the process again and again would never see the grace run out."""
    slack.refuse("auth.test", "token_revoked")
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN"):
        await SlackDoor(settings, services).start()
    await driver.event(UNINSTALLED)
    slack.refuse("auth.test", "token_revoked", times=99)
    door = SlackDoor(settings, services)
    await door.start()
    await door.stop()
    assert "token_revoked" in caplog.text
    assert await services.privacy.departed() == [TEAM]


async def test_who_leaves_the_workspace_is_erased_before_the_acknowledgement(
    driver: Driver, services: Services, slack: SlackApi, living: Person
) -> None:
    """With the files that were sent to them."""
    slack.uploads["F1"] = b"a picture"
    await services.privacy.sent(living, ["F1"])
    answer = await driver.deliver(envelope({"type": "user_change", "user": {"id": ALICE, "deleted": True}}))
    assert answer.status == 200
    assert set((await services.privacy.holdings(living)).values()) == {0}
    await driver.done()
    assert slack.uploads == {}


async def test_who_left_while_nobody_listened_is_erased_at_the_next_start(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver,
    settings: Settings,
    services: Services,
    slack: SlackApi,
    living: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Slack does not tell of it again. Who is still a member stays, and so does everybody where Slack says nothing."""
    other = Person(TEAM, MINJI)
    await services.consent.grant(other, "test")
    slack.users[ALICE]["deleted"] = True
    slack.refuse("users.list", "fatal_error")
    with pytest.raises(SlackTrouble):
        await erase_who_left(driver.door.kit)
    assert await readings(services, living) == 1
    door = SlackDoor(settings, services)
    await door.start()
    await until(lambda: "1 people had left" in caplog.text)
    await door.stop()
    assert set((await services.privacy.holdings(living)).values()) == {0}
    assert (await services.consent.status(other)).on
    assert [entry.action for entry in await services.audit.latest()] == ["erase:left"]
    assert await erase_who_left(driver.door.kit) == 0
