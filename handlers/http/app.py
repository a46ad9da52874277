"""The ASGI app: Slack's signed requests, and health."""

import logging
from typing import Final

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import ConfigurationError, StoreUnavailable
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import SlackDoor

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 1_000_000
"""Bytes. Slack's own requests stay far below."""


def asgi(settings: Settings, services: Services, door: SlackDoor) -> Starlette:
    """The app: `POST /slack/events` for events, commands and buttons, `GET /health`.

    Raises ConfigurationError without a signing secret. Starting and stopping the door is the caller's.
    """
    if settings.slack_signing_secret is None:
        variable = "SLACK_SIGNING_SECRET"
        raise ConfigurationError(variable, "is not set; copy it from Basic Information of your Slack app")
    slack = _Slack(SignatureVerifier(settings.slack_signing_secret.get_secret_value()), door)

    async def health(_: Request) -> Response:
        body = {"model": services.classifier.version}
        try:
            await services.store.ping()
        except StoreUnavailable:
            return JSONResponse({**body, "status": "unavailable", "database": "unreachable"}, status_code=503)
        return JSONResponse({**body, "status": "ok", "database": "ok"})

    return Starlette(
        routes=[
            Route("/slack/events", slack.receive, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
        ]
    )


class _Slack:
    """Lets through to Bolt what Slack has signed. Bolt logs the body of what it refuses, so it never sees that."""

    def __init__(self, verifier: SignatureVerifier, door: SlackDoor) -> None:
        self._verifier = verifier
        self._door = door

    async def receive(self, request: Request) -> Response:
        """Answer 413 to a body that is too large, 401 to one that is not Slack's, and otherwise as Bolt does."""
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        if not self._is_signed(body, request):
            log.warning("a request without Slack's signature was refused")
            return Response(status_code=401)
        try:
            delivery = AsyncBoltRequest(body=body.decode("utf-8"), query=request.url.query, headers={**request.headers})
        except (ValueError, TypeError):
            return Response(status_code=400)
        answer = await self._door.app.async_dispatch(delivery)
        return Response(
            content=answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie()
        )

    def _is_signed(self, body: bytes, request: Request) -> bool:
        """Whether Slack signed it within the last five minutes. Compared in constant time."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and signature.isascii()):
            return False
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:  # no JSON and no form either
            return False


async def _read(request: Request) -> bytes | None:
    """The body; None when it is too large, which shows before it is read where the sender says its length."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
