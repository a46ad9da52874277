"""Driving the local workspace from a test: people write, press and look, and faults happen.

What is checked through `/_extras/` (redelivery, faults, made-up events, streaming) is our own stand-in, see
handlers/local/extras.js; the rest is local-slack, which somebody else wrote.
"""

import asyncio
import inspect
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, overload

import aiohttp
import pytest

from handlers.local.binary import install
from handlers.local.errors import LocalSlackUnavailable
from handlers.local.people import CHANNELS, PEOPLE
from handlers.local.workspace import LocalWorkspace

GENERAL: Final = CHANNELS[0].id
DESIGN: Final = CHANNELS[1].id
MINJI, ALICE, JUNHO, PRIYA, SOYEON, DIEGO = (person.id for person in PEOPLE)
ADMINISTRATOR: Final = MINJI
CACHE: Final = Path(__file__).parents[1] / "var"
PATIENCE: Final = 10.0
"""Seconds until a test that waits for something gives up."""

Json = dict[str, Any]
T = TypeVar("T")


def binary() -> Path:
    """The binary, fetched once for each clone. Where it cannot be had the test is left out, saying why.

    With MAEUM_REQUIRE_SLACK=1 it fails instead.
    """
    try:
        return install(CACHE)
    except LocalSlackUnavailable as error:
        if os.environ.get("MAEUM_REQUIRE_SLACK") == "1":
            pytest.fail(f"MAEUM_REQUIRE_SLACK=1, but: {error}")
        pytest.skip(str(error))


@asynccontextmanager
async def local_slack(**options: Any) -> AsyncIterator["LocalSlack"]:  # noqa: ANN401 - LocalWorkspace's own options
    """A workspace on a free port with faults enabled and no announcements, and hands to drive it."""
    chosen = {"port": 0, "faults": True, "announce": False, **options}
    async with LocalWorkspace(binary(), **chosen) as workspace, aiohttp.ClientSession() as session:
        yield LocalSlack(workspace, session)


@dataclass(frozen=True, slots=True)
class LocalSlack:
    """A running workspace. Calls that act return once the bot acknowledged, or 5 s later."""

    workspace: LocalWorkspace
    session: aiohttp.ClientSession

    # ---- What people do

    async def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """Write a message and return its ts. A mention is written `<@BOT>`, as Slack sends it."""
        body = {"user": user, "channel": channel, "text": text, **({"thread_ts": thread} if thread else {})}
        return str((await self.control("message", body))["message"]["ts"])

    async def upload(self, user: str, channel: str, text: str, content: bytes, name: str) -> str:
        """Write a message with a file and return its ts."""
        form = aiohttp.FormData({"user": user, "channel": channel, "text": text})
        form.add_field("file", content, filename=name)
        async with self.session.post(f"{self.workspace.url}/_control/upload", data=form) as answer:
            said: Json = await answer.json()
        assert said["ok"], said
        return str(said["message"]["ts"])

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Edit one's own message."""
        await self.control("edit-message", {"user": user, "channel": channel, "ts": ts, "text": text})

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        await self.control("delete-message", {"user": user, "channel": channel, "ts": ts})

    async def command(self, user: str, channel: str, words: str) -> None:
        """Type a slash command, as in `/emotion on`."""
        command, _, text = words.partition(" ")
        await self.control("command", {"user": user, "channel": channel, "command": command, "text": text})

    async def press(self, user: str, channel: str, ts: str, action: str) -> None:
        """Press the button with the action id in a message."""
        message = next(message for message in await self.messages(channel) if message["ts"] == ts)
        body = {"user": user, "channel": channel, "messageTs": ts, "action": button(message["blocks"], action)}
        await self.control("interact", body)

    async def open_home(self, user: str) -> None:
        """Open the bot's App Home. The person's direct message with the bot exists from then on."""
        await self.control("open-home", {"user": user})

    async def press_home(self, user: str, action: str) -> None:
        """Press the button with the action id in the App Home. Does not wait for the acknowledgement."""
        pressed = button((await self.home(user))["blocks"], action)
        await self.page({"t": "block_action", "channel": "", "messageTs": "", "user": user, "action": pressed})

    async def submit(self, user: str, values: Mapping[str, Any] | None = None) -> None:
        """Submit the open modal: {block id: {action id: value}}. Does not wait for the acknowledgement."""
        await self.page({"t": "view_submit", "user": user, "values": values or {}})

    async def submit_and_see(self, user: str, values: Mapping[str, Any]) -> dict[str, str]:
        """Submit the open modal, and return what is wrong at its fields: {} where it was accepted."""
        async with self.session.ws_connect(f"{self.workspace.url}/ui", max_msg_size=0) as page:
            await page.receive()
            await page.send_json({"t": "view_submit", "user": user, "values": values})
            async with asyncio.timeout(PATIENCE):
                while True:
                    seen: Json = await page.receive_json()
                    if seen["t"] == "view_errors":
                        return dict(seen["errors"])
                    if seen["t"] == "view":
                        return {}

    async def press_in_modal(self, user: str, action: str) -> None:
        """Press the button with the action id in the open modal. Does not wait for the acknowledgement."""
        modal = await self.modal()
        assert modal is not None
        pressed = button(modal["blocks"], action)
        await self.page({"t": "block_action", "channel": "", "messageTs": "", "user": user, "action": pressed})

    async def close_modal(self, user: str) -> None:
        """Close the open modal."""
        await self.page({"t": "view_close", "user": user})

    # ---- What there is to see

    async def messages(self, channel: str) -> list[Json]:
        """Every message of a channel in order, replies and ephemeral ones (`ephemeral_to`) included."""
        answer: Json = await self.look(f"_control/messages/{channel}")
        return list(answer["messages"])

    async def said_by_bot(self, channel: str, *, thread: str | None = None, to: str | None = None) -> list[Json]:
        """What the bot wrote in the channel: in the thread, or to one person only (`to`), where these are given."""
        return [
            message
            for message in await self.messages(channel)
            if message["user"] == self.workspace.bot
            and (thread is None or message.get("thread_ts") == thread)
            and message.get("ephemeral_to") == to
        ]

    async def direct(self, user: str) -> str:
        """The channel id of the person's direct message with the bot, which is opened where there is none."""
        return str((await self.api("conversations.open", users=user))["channel"]["id"])

    async def home(self, user: str) -> Json:
        """The App Home as published to the person; {} before it was."""
        views: Json = (await self.snapshot())["homeViews"].get(user, {})
        return dict(views.get(self.workspace.app, {}))

    async def modal(self) -> Json | None:
        """The modal on top, whoever opened it: local-slack has one stack for all."""
        stack = (await self.snapshot())["modalStack"]
        return dict(stack[-1]) if stack else None

    async def connected(self) -> bool:
        """Whether the bot is connected by Socket Mode."""
        return bool((await self.snapshot())["apps"][0]["connected"])

    async def state(self) -> Json:
        """Workspace, users and channels as local-slack holds them."""
        return await self.look("_control/state")

    async def log(self) -> list[Json]:
        """local-slack's own record of the traffic; it holds the messages' text."""
        return list((await self.look("_control/log"))["log"])

    async def snapshot(self) -> Json:
        """Everything the page shows: also modals (`modalStack`) and App Homes (`homeViews`)."""
        async with self.session.ws_connect(f"{self.workspace.url}/ui", max_msg_size=0) as page:
            return dict((await page.receive_json())["state"])

    # ---- What Slack does (our stand-in)

    async def calls(self, method: str | None = None) -> list[Json]:
        """The Web API calls the bot made, in order: method, args, ok, error."""
        calls = (await self.look("_extras/calls"))["calls"]
        return [call for call in calls if method in (None, call["method"])]

    async def deliveries(self, event: str | None = None) -> list[Json]:
        """What was sent to the bot, in order: type, event, subtype, ts, retry, acknowledged, status."""
        sent = (await self.look("_extras/deliveries"))["deliveries"]
        return [delivery for delivery in sent if event in (None, delivery["event"])]

    async def event(self, event: Mapping[str, Any]) -> Json:
        """Deliver an event that local-slack never sends, such as user_change. Tells whether it was acknowledged."""
        return await self.stand_in("event", {"event": event})

    async def join(self, channel: str, inviter: str = ADMINISTRATOR) -> Json:
        """Tell the bot that it joined a channel."""
        return await self.event(
            {
                "type": "member_joined_channel",
                "user": self.workspace.bot,
                "channel": channel,
                "channel_type": "C",
                "team": self.workspace.team,
                "inviter": inviter,
                "event_ts": "1.000000",
            }
        )

    async def redeliver(self, *, event: str | None = None, ts: str | None = None, retry: int = 1) -> Json:
        """Send the last event (of that type, about that message) again, as a retry with the same event_id."""
        return await self.stand_in("redeliver", {"event": event, "ts": ts, "retry": retry})

    async def fault(self, method: str, **fault: Any) -> None:  # noqa: ANN401 - JSON
        """Break the next call of a Web API method (`*`: of any).

        `error` answers with that code (`ratelimited` with 429 and `retry_after`), `status` with that HTTP status;
        `delay_ms` waits first, and alone answers properly afterwards; `times` is how often (1).
        """
        await self.stand_in("fault", {"method": method, **fault})

    async def heal(self) -> None:
        """End all faults."""
        await self.stand_in("heal", {})

    async def person(self, user: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        """Change what users.info says of somebody, such as is_admin or is_stranger."""
        await self.stand_in("person", {"user": user, **fields})

    # ---- How

    async def api(self, method: str, **args: Any) -> Json:  # noqa: ANN401 - JSON
        """Call the Web API as the bot."""
        return await self._send(f"api/{method}", args, {"Authorization": f"Bearer {self.workspace.bot_token}"})

    async def control(self, verb: str, body: Mapping[str, Any]) -> Json:
        """Call local-slack's control API, and insist that it did what was asked."""
        answer = await self._send(f"_control/{verb}", body)
        assert answer["ok"], answer
        return answer

    async def stand_in(self, verb: str, body: Mapping[str, Any]) -> Json:
        """Call our stand-in (extras.js), and insist that it did what was asked."""
        answer = await self._send(f"_extras/{verb}", body)
        assert answer["ok"], answer
        return answer

    async def look(self, path: str) -> Json:
        """GET something."""
        async with self.session.get(f"{self.workspace.url}/{path}") as answer:
            return dict(await answer.json())

    async def page(self, act: Mapping[str, Any]) -> None:
        """Do something as the page does it, over its WebSocket."""
        async with self.session.ws_connect(f"{self.workspace.url}/ui", max_msg_size=0) as page:
            await page.receive()
            await page.send_json(act)

    async def _send(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Json:
        async with self.session.post(f"{self.workspace.url}/{path}", json=body, headers=headers) as answer:
            return dict(await answer.json())


def button(blocks: Sequence[Json], action: str) -> Json:
    """The button with the action id, as Slack sends it when it is pressed."""
    for block in blocks:
        for element in (*block.get("elements", ()), *filter(None, [block.get("accessory")])):
            if element.get("action_id") == action:
                known = {"type": element["type"], "action_id": action, "value": element.get("value")}
                return {**known, "text": element.get("text"), "block_id": block.get("block_id")}
    shown = json.dumps([block.get("type") for block in blocks])
    message = f"no button {action!r} in {shown}"
    raise AssertionError(message)


@overload
async def wait_for(probe: Callable[[], Awaitable[T]], what: str, *, patience: float = ...) -> T: ...
@overload
async def wait_for(probe: Callable[[], T], what: str, *, patience: float = ...) -> T: ...
async def wait_for(probe: Callable[[], Awaitable[T] | T], what: str, *, patience: float = PATIENCE) -> T:
    """Ask until the answer is true, and return it. Fails with `what` after `patience` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while True:
        found = probe()
        answer: T = await found if inspect.isawaitable(found) else found
        if answer:
            return answer
        if loop.time() > end:
            message = f"waited {patience:g} s for {what}"
            raise AssertionError(message)
        await asyncio.sleep(0.02)
