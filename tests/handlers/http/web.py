"""The HTTP door on a free port of loopback, and what Slack would send it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import uvicorn
from aiohttp import ClientSession
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette

from tests.handlers.house import SECRET

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Web:
    """A running server and what Slack would send it."""

    url: str
    session: ClientSession

    async def post(self, body: bytes, *, kind: str = JSON, **headers: str) -> tuple[int, str]:
        """Post to Slack's address; the status and the body of the answer."""
        whole = {"content-type": kind, **headers}
        async with self.session.post(f"{self.url}/slack/events", data=body, headers=whole) as answer:
            return answer.status, await answer.text()

    async def send(self, body: bytes, *, kind: str = JSON, **headers: str) -> int:
        """The same; the status alone."""
        return (await self.post(body, kind=kind, **headers))[0]

    async def signed(self, body: bytes, *, kind: str = JSON, age: int = 0, secret: str = SECRET) -> int:
        """The same with Slack's signature."""
        return await self.send(body, kind=kind, **signature(body, age=age, secret=secret))


def signature(body: bytes, *, age: int = 0, secret: str = SECRET, stamp: str | None = None) -> dict[str, str]:
    """Slack's headers for a body that was signed so many seconds ago, or with that time stamp."""
    stamp = stamp or str(int(time.time()) - age)
    signed = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signed is not None
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": signed}


async def serving(app: Starlette) -> AsyncIterator[Web]:
    """The app on a free port of loopback, by the server that serves it in earnest."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait on
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with ClientSession() as session:
        yield Web(f"http://127.0.0.1:{port}", session)
    server.should_exit = True
    await task


def interaction(payload: dict[str, Any]) -> bytes:
    """A button or a dialog, as it comes over the wire (FORM)."""
    return urlencode({"payload": json.dumps(payload)}).encode()
