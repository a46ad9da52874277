"""The parts that stand in for a model, a writer and Slack's deliveries, and the people of the workspace."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import WriterGarbled
from bot.llm import ReplyRequest
from bot.pseudonyms import Pseudonyms
from bot.store.base import Store
from emotion.batching import Batcher
from emotion.reading import Reading
from handlers.slack import SlackDoor
from tests.factories import reading
from tests.fakes import Clock
from tests.slack_api import TEAM, SlackApi

House = tuple[Store, Pseudonyms, Batcher, "Scripted", Clock]
"""What a Conversation is made of, in its order."""

SECRET = "test-signing-secret"
ALICE = "U01ALICE"
MINJI = "U02MINJI"
BOSS = "U03BOSS"
GENERAL = "C01GEN"
DIRECT = "D01ALICE"


@dataclass(slots=True)
class AlwaysJoy:
    """A classifier that says one thing, surely or not."""

    version: str = "test-1"
    uncertain: bool = False
    texts: list[str] = field(default_factory=list)

    def infer(self, texts: Sequence[str]) -> list[Reading]:
        """Joy, whatever it is."""
        self.texts += texts
        return [reading(uncertain=self.uncertain) for _ in texts]


@dataclass(slots=True)
class Scripted:
    """A writer that says what it was given, and fails after it when told to."""

    sentences: Sequence[str] = ("That is good to hear. ", "Tell me more.")
    source: Literal["model", "built-in"] = "model"
    fails: bool = False
    requests: list[ReplyRequest] = field(default_factory=list)

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """The sentences, one by one."""
        self.requests.append(request)
        for sentence in self.sentences:
            yield sentence
        if self.fails:
            raise WriterGarbled

    async def close(self) -> None:
        """Nothing to let go."""


@dataclass(slots=True)
class Driver:
    """Delivers what Slack would, and waits for what follows."""

    door: SlackDoor
    slack: SlackApi
    clock: Clock

    async def deliver(self, body: dict[str, Any]) -> BoltResponse:
        """Hand a payload to Bolt as Socket Mode does; the acknowledgement, while the work may go on."""
        return await self.door.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))

    async def done(self) -> None:
        """Wait for the work that goes on after acknowledgements."""
        await self.door.kit.tasks.idle()

    async def event(self, event: dict[str, Any]) -> BoltResponse:
        """Deliver one event and wait for everything it causes."""
        answer = await self.deliver(envelope(event))
        await self.done()
        return answer

    async def command(self, name: str, text: str, *, user: str = ALICE, channel: str = GENERAL) -> BoltResponse:
        """Type a slash command."""
        answer = await self.deliver(
            {
                "command": name,
                "text": text,
                "user_id": user,
                "channel_id": channel,
                "team_id": TEAM,
                "trigger_id": "1.2.abc",
                "response_url": self.slack.response_url,
            }
        )
        await self.done()
        return answer

    async def press(
        self,
        action: str,
        *,
        user: str = ALICE,
        team: str = TEAM,
        channel: str | None = GENERAL,
        value: str = "",
    ) -> BoltResponse:
        """Press a button, of a message or, without a channel, in the Home tab."""
        where: dict[str, Any] = {"view": {"type": "home", "id": "V1"}}
        if channel is not None:
            where = {"channel": {"id": channel}, "response_url": self.slack.response_url}
        answer = await self.deliver(
            {
                "type": "block_actions",
                "user": {"id": user, "team_id": team},
                "team": {"id": TEAM},
                "trigger_id": "1.2.abc",
                "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
                **where,
            }
        )
        await self.done()
        return answer

    async def submit(
        self,
        callback: str,
        private: str,
        *,
        user: str = BOSS,
        values: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> BoltResponse:
        """Confirm a dialog; `values` are what was typed or chosen, by block."""
        state = {"values": {block: {"value": element} for block, element in (values or {}).items()}}
        answer = await self.deliver(
            {
                "type": "view_submission",
                "user": {"id": user, "team_id": TEAM},
                "team": {"id": TEAM},
                "view": {
                    "type": "modal",
                    "callback_id": callback,
                    "private_metadata": private,
                    "id": "V1",
                    "state": state,
                },
            }
        )
        await self.done()
        return answer

    def message(self, text: str, **more: object) -> dict[str, Any]:
        """A message event, written now by Alice in #general, unless told otherwise."""
        event = {
            "type": "message",
            "user": ALICE,
            "channel": GENERAL,
            "channel_type": "channel",
            "ts": f"{self.clock().timestamp():.6f}",
            "text": text,
            "team": TEAM,
        }
        return {**event, **more}


def actions(shown: Mapping[str, Any]) -> list[str]:
    """The ids of the buttons of a message or a view, in order."""
    return [
        element["action_id"]
        for block in shown.get("blocks") or ()
        if block["type"] == "actions"
        for element in block["elements"]
    ]


async def until(holds: Callable[[], object]) -> None:
    """Wait until it holds; TimeoutError when it does not in half a minute."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what happens on the server tells nobody
            await asyncio.sleep(0.01)


def envelope(event: dict[str, Any], event_id: str = "Ev1") -> dict[str, Any]:
    """An event as Slack delivers it."""
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A01APP",
        "event_id": event_id,
        "event_time": int(time.time()),
        "event": event,
    }
