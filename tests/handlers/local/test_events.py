"""What reaches the bot, over Socket Mode and over signed HTTP. Redelivery is our own stand-in's (extras.js)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from handlers.local.workspace import BOT
from tests.localslack import ADMINISTRATOR, ALICE, DESIGN, GENERAL, LocalSlack, local_slack, wait_for

pytestmark = pytest.mark.slack

BUTTON = {"type": "button", "action_id": "on", "value": "yes", "text": {"type": "plain_text", "text": "켜기"}}
BLOCKS = [{"type": "actions", "block_id": "choice", "elements": [BUTTON]}]


class Bot:
    """A bot that writes down what reaches it over Socket Mode, and acknowledges it if told to."""

    def __init__(self, *, acknowledges: bool = True) -> None:
        """Nothing has reached it yet."""
        self.acknowledges = acknowledges
        self.requests: list[SocketModeRequest] = []

    async def __call__(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Take one delivery."""
        self.requests.append(request)
        if self.acknowledges:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    @asynccontextmanager
    async def on(self, slack: LocalSlack) -> AsyncIterator["Bot"]:
        """Connected to the workspace."""
        token = slack.workspace.app_token
        web_client = AsyncWebClient(token=token, base_url=slack.workspace.api_url)
        client = SocketModeClient(token, web_client=web_client)
        client.socket_mode_request_listeners.append(self)
        await client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated
        try:
            yield self
        finally:
            await client.close()  # type: ignore[no-untyped-call]  # as above


async def test_the_bot_hears_that_it_joined_its_channels() -> None:
    """Once it is connected, the bot is told of each channel that it is in, and by whom it was invited."""
    async with local_slack(announce=True) as slack, Bot().on(slack) as bot:
        await wait_for(lambda: len(bot.requests) == 2, "both channels")

    events = [request.payload["event"] for request in bot.requests]
    assert {event["type"] for event in events} == {"member_joined_channel"}
    assert {(event["user"], event["channel"]) for event in events} == {(BOT, GENERAL), (BOT, DESIGN)}


async def test_a_redelivery_is_the_same_event_with_a_retry_number(slack: LocalSlack) -> None:
    """It has the event_id and the ts of the first delivery, and tells the attempt."""
    async with Bot().on(slack) as bot:
        ts = await slack.say(ALICE, GENERAL, "hello")
        again = await slack.redeliver(event="message", ts=ts, retry=2)

    first, second = bot.requests
    assert again["acknowledged"]
    assert second.payload == first.payload
    assert (first.retry_attempt, second.retry_attempt) == (None, 2)


async def test_what_was_not_acknowledged_shows(slack: LocalSlack) -> None:
    """The record of deliveries tells acknowledged ones from others, and holds no text."""
    async with Bot(acknowledges=False).on(slack) as bot:
        await slack.say(ALICE, GENERAL, "a secret")
        bot.acknowledges = True
        await slack.say(ALICE, GENERAL, "another secret")
        deliveries = await slack.deliveries("message")

    assert [delivery["acknowledged"] for delivery in deliveries] == [False, True]
    assert "secret" not in json.dumps(deliveries)


async def test_a_press_tells_where_it_was(slack: LocalSlack) -> None:
    """A button in App Home comes with its view and without a channel; one in an ephemeral message says so."""
    async with Bot().on(slack) as bot:
        await slack.api("views.publish", user_id=ALICE, view={"type": "home", "blocks": BLOCKS})
        await slack.press_home(ALICE, "on")
        await wait_for(lambda: bot.requests, "the press in App Home")
        psst = await slack.api("chat.postEphemeral", channel=GENERAL, user=ALICE, text="on?", blocks=BLOCKS)
        await slack.press(ALICE, GENERAL, psst["message_ts"], "on")

    at_home, in_channel = (request.payload for request in bot.requests)
    assert at_home["container"] == {"type": "view", "view_id": at_home["view"]["id"]}
    assert "channel" not in at_home
    assert in_channel["container"]["is_ephemeral"]
    assert in_channel["channel"]["id"] == GENERAL
    for payload in (at_home, in_channel):
        assert payload["user"]["id"] == ALICE
        assert payload["actions"][0]["value"] == "yes"


async def test_a_modal_is_opened_and_submitted(slack: LocalSlack) -> None:
    """A command's trigger opens a modal; submitting it reaches the bot with what the modal carried."""
    async with Bot().on(slack) as bot:
        await slack.command(ADMINISTRATOR, GENERAL, "/emotion-admin delete @alice")
        command = bot.requests[0].payload
        view = {"type": "modal", "callback_id": "erase", "private_metadata": "U1", "blocks": BLOCKS}
        await slack.api("views.open", trigger_id=command["trigger_id"], view=view)
        assert (await slack.modal() or {})["callback_id"] == "erase"
        await slack.submit(ADMINISTRATOR)
        await wait_for(lambda: len(bot.requests) == 2, "the submission")

    assert (command["command"], command["text"]) == ("/emotion-admin", "delete @alice")
    assert bot.requests[1].payload["view"]["private_metadata"] == "U1"


async def test_an_edit_and_a_deletion_name_the_message(slack: LocalSlack) -> None:
    """They come as message_changed with both texts and as message_deleted with the ts."""
    async with Bot().on(slack) as bot:
        ts = await slack.say(ALICE, GENERAL, "before")
        await slack.edit(ALICE, GENERAL, ts, "after")
        await slack.delete(ALICE, GENERAL, ts)

    _, changed, deleted = (request.payload["event"] for request in bot.requests)
    assert (changed["subtype"], changed["message"]["ts"], changed["message"]["text"]) == (
        "message_changed",
        ts,
        "after",
    )
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


@asynccontextmanager
async def http_bot() -> AsyncIterator[tuple[str, list[web.Request]]]:
    """A bot over HTTP: where it is, and every request with its body read."""
    seen: list[web.Request] = []

    async def receive(request: web.Request) -> web.Response:
        await request.read()
        seen.append(request)
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/slack/events", seen
    finally:
        await runner.cleanup()


async def _signed(request: web.Request, secret: str) -> bool:
    return SignatureVerifier(secret).is_valid_request(await request.text(), dict(request.headers))


async def test_over_http_everything_is_signed() -> None:
    """Events, redeliveries, commands and presses carry a signature that the SDK accepts."""
    async with http_bot() as (url, seen), local_slack(mode="events", request_url=url) as slack:
        ts = await slack.say(ALICE, GENERAL, "hello")
        again = await slack.redeliver(ts=ts)
        await slack.command(ALICE, GENERAL, "/emotion on")
        await slack.api("views.publish", user_id=ALICE, view={"type": "home", "blocks": BLOCKS})
        await slack.press_home(ALICE, "on")
        await wait_for(lambda: len(seen) == 4, "all four requests")
        secret = slack.workspace.signing_secret
        assert all(await asyncio.gather(*(_signed(request, secret) for request in seen)))

        pressed: dict[str, Any] = json.loads(parse_qs(await seen[3].text())["payload"][0])
        assert pressed["container"]["type"] == "view"
        assert again == {"ok": True, "acknowledged": True, "status": 200}
        assert [request.headers.get("X-Slack-Retry-Num") for request in seen] == [None, "1", None, None]
        assert await seen[1].json() == await seen[0].json()
