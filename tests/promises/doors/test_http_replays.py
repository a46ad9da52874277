"""Whoever has caught a signed request and sends it again within its five minutes changes nothing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.settings import Settings
from bot.store.base import Base, Store
from bot.store.tables import DeliveryRow
from bot.wiring import Services
from handlers.http.app import asgi
from handlers.slack import SlackDoor
from handlers.slack.admin_delete import ERASE
from tests.handlers.house import ALICE, BOSS, DIRECT, GENERAL, Driver, envelope
from tests.handlers.http.web import FORM, JSON, Web, interaction, serving, signature
from tests.slack_api import BOT, TEAM, SlackApi

Rows = dict[str, list[tuple[Any, ...]]]
Captured = tuple[bytes, str, dict[str, str]]

PERSON = Person(TEAM, ALICE)


async def everything(store: Store) -> Rows:
    """Every row of every table, but for what is remembered of requests."""
    async with store.read() as session:
        return {
            table.name: sorted(map(tuple, await session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table is not DeliveryRow.__table__
        }


def command(slack: SlackApi, text: str) -> tuple[bytes, str]:
    """Alice types `/emotion …`."""
    typed = {"command": "/emotion", "text": text, "user_id": ALICE, "channel_id": GENERAL, "team_id": TEAM}
    return urlencode({**typed, "response_url": slack.response_url}).encode(), FORM


def button(slack: SlackApi, action: str) -> tuple[bytes, str]:
    """Alice presses a button in #general."""
    pressed = {
        "type": "block_actions",
        "user": {"id": ALICE, "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": GENERAL},
        "response_url": slack.response_url,
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": ""}],
    }
    return interaction(pressed), FORM


def dialog(slack: SlackApi) -> tuple[bytes, str]:
    """The boss confirms that everything about Alice is deleted."""
    private = json.dumps({"user": ALICE, "answer": slack.response_url})
    confirmed = {
        "type": "view_submission",
        "user": {"id": BOSS, "team_id": TEAM},
        "team": {"id": TEAM},
        "view": {"type": "modal", "callback_id": ERASE, "private_metadata": private, "id": "V1"},
    }
    return interaction(confirmed), FORM


def event(event: dict[str, Any]) -> tuple[bytes, str]:
    """An event of the workspace."""
    return json.dumps(envelope(event)).encode(), JSON


async def take(web: Web, driver: Driver, body: bytes, kind: str) -> Captured:
    """Send it as Slack does, and keep what an eavesdropper would."""
    headers = signature(body)
    assert await web.send(body, kind=kind, **headers) == 200
    await driver.done()
    return body, kind, headers


async def play_again(web: Web, driver: Driver, captured: Captured) -> None:
    """The same bytes under the same headers, answered with nothing."""
    body, kind, headers = captured
    assert await web.post(body, kind=kind, **headers) == (200, "")
    await driver.done()


@pytest.mark.parametrize("act", [lambda slack: command(slack, "on"), lambda slack: button(slack, "maeum_on")])
async def test_a_yes_played_again_takes_no_no_back(
    web: Web, driver: Driver, services: Services, slack: SlackApi, act: Callable[[SlackApi], tuple[bytes, str]]
) -> None:
    """Alice opted in, then out; the old yes, by command or by button, does not opt her in again, nor answers."""
    store = services.store
    yes = await take(web, driver, *act(slack))
    assert (await services.consent.status(PERSON)).on
    await take(web, driver, *command(slack, "off"))
    before, answers = await everything(store), len(slack.responses)
    await play_again(web, driver, yes)
    assert not (await services.consent.status(PERSON)).on
    assert await everything(store) == before
    assert len(slack.responses) == answers


async def test_an_administrators_confirmation_played_again_deletes_nothing_more(
    web: Web, driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """Alice was deleted and opted in anew; what she agreed to since stays, and the audit grows by nothing."""
    await services.consent.grant(PERSON, "test")
    confirmed = await take(web, driver, *dialog(slack))
    assert not (await services.consent.status(PERSON)).on
    await services.consent.grant(PERSON, "test")
    before = await everything(store)
    await play_again(web, driver, confirmed)
    assert (await services.consent.status(PERSON)).on
    assert await everything(store) == before


async def test_no_event_played_again_does_anything(
    web: Web, driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """A message, one to the bot, the Home tab, an arrival in a channel, an account that was closed: once each."""
    await services.consent.grant(PERSON, "test")
    events = [
        driver.message("a sentence"),
        driver.message("another", channel=DIRECT, channel_type="im", ts="1700000000.000100"),
        {"type": "app_home_opened", "tab": "home", "user": ALICE, "channel": DIRECT},
        {"type": "member_joined_channel", "user": BOT, "channel": GENERAL, "team": TEAM},
        {"type": "user_change", "user": {"id": ALICE, "deleted": True}},
    ]
    captured = [await take(web, driver, *event(one)) for one in events]
    await services.consent.grant(PERSON, "test")  # Alice is back
    before, calls = await everything(store), len(slack.calls)
    for one in captured:
        await play_again(web, driver, one)
    assert await everything(store) == before
    assert len(slack.calls) == calls


async def test_slacks_check_of_the_address_is_answered_once(web: Web, driver: Driver) -> None:
    """Whoever plays it again learns no challenge."""
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
    headers = signature(body)
    assert "abc" in (await web.post(body, **headers))[1]
    await play_again(web, driver, (body, JSON, headers))


async def test_another_process_is_not_fooled_either(
    web: Web, driver: Driver, services: Services, slack: SlackApi, settings: Settings
) -> None:
    """A request that one process took on is known to the other over the same database."""
    yes = await take(web, driver, *command(slack, "on"))
    await take(web, driver, *command(slack, "off"))
    async for other in serving(asgi(settings, services, SlackDoor(settings, services))):
        await play_again(other, driver, yes)
    assert not (await services.consent.status(PERSON)).on


async def test_a_hundred_at_once_are_one(web: Web, driver: Driver, slack: SlackApi) -> None:
    """The same button, sent a hundred times in the same moment, is pressed once."""
    body, kind = button(slack, "maeum_about")
    headers = signature(body)
    assert set(await asyncio.gather(*(web.send(body, kind=kind, **headers) for _ in range(100)))) == {200}
    await driver.done()
    assert len(slack.responses) == 1


async def test_an_event_that_failed_is_heard_under_the_same_signature(
    web: Web, driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Slack sends it again at once, and signs that perhaps in the same second."""
    await services.consent.grant(PERSON, "test")
    slack.refuse("auth.test", "internal_error", times=1)
    body, kind = event(driver.message("a sentence"))
    headers = signature(body)
    assert await web.send(body, kind=kind, **headers) == 500
    assert await web.send(body, kind=kind, **headers) == 200
    assert (await services.consent.status(PERSON)).readings == 1
