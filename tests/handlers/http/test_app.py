import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bot import logs
from bot.conversation import Conversation
from bot.errors import ConfigurationError
from bot.messages import Person
from bot.settings import Settings
from bot.wiring import Services
from handlers.http.app import LARGEST_BODY, asgi
from handlers.slack import SlackDoor
from tests.conftest import opened
from tests.handlers.house import ALICE, GENERAL, Driver, House, envelope
from tests.handlers.http.web import FORM, Web, interaction, serving, signature
from tests.slack_api import TEAM, SlackApi

CANARY = "a canary that must show in no log"


def event(driver: Driver, text: str = CANARY) -> bytes:
    """A message event as it comes over the wire."""
    return json.dumps(envelope(driver.message(text))).encode()


async def test_what_slack_signed_is_taken(web: Web, driver: Driver, services: Services) -> None:
    """An event is read and acknowledged."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    assert await web.signed(event(driver)) == 200
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 1


async def test_commands_and_buttons_come_to_the_same_address(
    web: Web, driver: Driver, services: Services, slack: SlackApi
) -> None:
    """As forms, signed in the same way."""
    command = {"command": "/emotion", "text": "on", "user_id": ALICE, "channel_id": GENERAL, "team_id": TEAM}
    body = urlencode({**command, "response_url": slack.response_url}).encode()
    assert await web.signed(body, kind=FORM) == 200
    await driver.done()
    assert (await services.consent.status(Person(TEAM, ALICE))).on
    pressed = {
        "type": "block_actions",
        "user": {"id": ALICE},
        "team": {"id": TEAM},
        "channel": {"id": GENERAL},
        "response_url": slack.response_url,
        "actions": [{"type": "button", "action_id": "maeum_off", "block_id": "b"}],
    }
    assert await web.signed(interaction(pressed), kind=FORM) == 200
    await driver.done()
    assert not (await services.consent.status(Person(TEAM, ALICE))).on


async def test_slacks_check_of_the_address_is_answered(web: Web) -> None:
    """The challenge comes back."""
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
    headers = {"content-type": "application/json", **signature(body)}
    async with web.session.post(f"{web.url}/slack/events", data=body, headers=headers) as answer:
        assert "abc" in await answer.text()


Spoil = Callable[[bytes], dict[str, str]]
SPOILT: dict[str, Spoil] = {
    "no headers": lambda _: {},
    "no signature": lambda body: {"x-slack-request-timestamp": signature(body)["x-slack-request-timestamp"]},
    "another secret": lambda body: signature(body, secret="another"),
    "another body": lambda body: signature(body + b" "),
    "too old": lambda body: signature(body, age=60 * 5 + 5),
    "from the future": lambda body: signature(body, age=-60 * 5 - 5),
    "no time": lambda body: {**signature(body), "x-slack-request-timestamp": "now"},
    "strange digits": lambda body: {**signature(body), "x-slack-request-timestamp": "²"},
    "far in the future": lambda body: signature(body, stamp="9" * 11),
    "more digits than a time has": lambda body: signature(body, stamp="0" * 9 + str(int(time.time()))),
    "more digits than a number may have": lambda body: signature(body, stamp="1" * 5000),
    "before all time": lambda body: signature(body, stamp="-1"),
    "with a fraction": lambda body: signature(body, stamp=f"{time.time():.1f}"),
    "a time that is not the one signed": lambda body: {
        **signature(body, age=1),
        "x-slack-request-timestamp": signature(body)["x-slack-request-timestamp"],
    },
    "another version": lambda body: {
        **signature(body),
        "x-slack-signature": signature(body)["x-slack-signature"].replace("v0=", "v1="),
    },
    "no version": lambda body: {
        **signature(body),
        "x-slack-signature": signature(body)["x-slack-signature"].removeprefix("v0="),
    },
    "in capitals": lambda body: {**signature(body), "x-slack-signature": signature(body)["x-slack-signature"].upper()},
    "strange letters": lambda body: {**signature(body), "x-slack-signature": "v0=é"},
    "empty": lambda body: {**signature(body), "x-slack-signature": ""},
}


@pytest.mark.parametrize("spoilt", SPOILT)
async def test_what_slack_did_not_sign_is_refused_unread(
    web: Web, driver: Driver, services: Services, caplog: pytest.LogCaptureFixture, spoilt: str
) -> None:
    """401, nothing happens, and no log at any level holds a word of the body."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    caplog.set_level(logging.DEBUG)
    body = event(driver)
    assert await web.send(body, **SPOILT[spoilt](body)) == 401
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 0
    assert CANARY not in caplog.text


async def test_a_body_that_is_no_text_is_refused(web: Web) -> None:
    """Bytes that are no UTF-8 cannot be Slack's."""
    assert (
        await web.send(b"\xff\xfe", **{"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": "v0=a"})
        == 401
    )


async def test_a_body_that_is_too_large_is_not_read(web: Web) -> None:
    """413, whether the sender says its length or not; the largest that is allowed is taken."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b"x" * 1000

    assert await web.signed(b"x" * (LARGEST_BODY + 1)) == 413
    async with web.session.post(f"{web.url}/slack/events", data=endless()) as answer:
        assert answer.status == 413
    padded = json.dumps({"type": "url_verification", "challenge": "abc"}).encode().ljust(LARGEST_BODY)
    assert await web.signed(padded) == 200


async def test_only_post_reaches_slacks_address(web: Web) -> None:
    """Anything else is not allowed."""
    async with web.session.get(f"{web.url}/slack/events") as answer:
        assert answer.status == 405


async def test_health_names_the_model(web: Web) -> None:
    """Fine while the database answers."""
    async with web.session.get(f"{web.url}/health") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok", "database": "ok", "model": "test-1"})


async def test_without_a_database_slack_is_told_to_come_again(
    settings: Settings, services: Services, driver: Driver, house: House
) -> None:
    """503 to whatever is delivered and to whoever asks for health; whoever typed a command reads why."""
    async with opened("postgresql+psycopg://127.0.0.1:9/nowhere") as away:
        without = replace(services, store=away, conversation=Conversation(away, *house[1:]))
        async for web in serving(asgi(settings, without, SlackDoor(settings, without))):
            assert await web.signed(event(driver)) == 503
            pressed = {"type": "block_actions", "user": {"id": ALICE}, "actions": [{"action_id": "maeum_on"}]}
            assert await web.signed(interaction(pressed), kind=FORM) == 503
            typed = urlencode({"command": "/emotion", "text": "on", "user_id": ALICE, "channel_id": GENERAL}).encode()
            status, told = await web.post(typed, kind=FORM, **signature(typed))
            assert (status, json.loads(told)["response_type"]) == (200, "ephemeral")
            assert "데이터베이스" in json.loads(told)["text"]
            async with web.session.get(f"{web.url}/health") as answer:
                assert answer.status == 503


def test_without_a_signing_secret_there_is_no_server(settings: Settings, services: Services, driver: Driver) -> None:
    """The error names the variable."""
    bare = settings.model_copy(update={"slack_signing_secret": None})
    with pytest.raises(ConfigurationError, match="SLACK_SIGNING_SECRET"):
        asgi(bare, services, driver.door)


async def test_no_library_logs_a_word_of_what_was_delivered(
    web: Web, driver: Driver, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither Bolt nor the SDK repeat a message, a reply or an unknown body, with every logger at its loudest."""
    for name in (*logs.QUIET, *logs.OWN):
        caplog.set_level(logging.DEBUG, logger=name)
    slack.refuse("chat.startStream", CANARY)
    bodies: list[dict[str, Any]] = [
        envelope(driver.message(f"<@U0BOT> {CANARY}")),
        envelope(driver.message(CANARY, subtype="channel_topic")),
        {"type": "something_else", "text": CANARY},
    ]
    for body in bodies:
        await web.signed(json.dumps(body).encode())
    await driver.done()
    assert CANARY not in caplog.text
