"""The ASGI app: Slack's signed requests, and health."""

import logging
import re
from typing import Final, get_args

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import ConfigurationError, StoreUnavailable
from bot.messages import Locale
from bot.settings import Settings
from bot.wiring import Services
from handlers.http.replays import Replays
from handlers.slack import SlackDoor
from handlers.slack.errors import sentence_for
from handlers.slack.shapes import is_whole

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 1_000_000
"""Bytes. Slack's own requests stay far below."""
_SECONDS: Final = re.compile(r"[0-9]{1,11}")
"""A time in seconds since 1970. More digits are no time, and some are more than a number may have."""
_EVENT: Final = "event_callback"


def asgi(settings: Settings, services: Services, door: SlackDoor) -> Starlette:
    """The app: `POST /slack/events` for events, commands and buttons, `GET /health`.

    Raises ConfigurationError without a signing secret. Starting and stopping the door is the caller's.
    """
    secret = settings.slack_signing_secret
    if secret is None or not secret.get_secret_value().strip():
        variable = "SLACK_SIGNING_SECRET"
        raise ConfigurationError(variable, "is not set; copy it from Basic Information of your Slack app")
    replays = Replays(services.store, services.clock)
    slack = _Slack(SignatureVerifier(secret.get_secret_value()), door, replays)

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
    """Lets through to Bolt, once, what Slack has signed. Bolt logs the body of what it refuses: it never sees that."""

    def __init__(self, verifier: SignatureVerifier, door: SlackDoor, replays: Replays) -> None:
        self._verifier = verifier
        self._door = door
        self._replays = replays

    async def receive(self, request: Request) -> Response:
        """Answer as Bolt does, where this is Slack's and new.

        413 to a body that is too large, 401 to one that is not Slack's, 400 to one that is no request of Slack's shape,
        200 and nothing more to one that was taken on before, 503 where the database cannot say; whoever typed a command
        is told then.
        """
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
        except Exception as error:  # noqa: BLE001 - Bolt looks into the body as it is, and stumbles in many ways
            log.warning("a signed request without the shape of Slack's was refused: %s", type(error).__name__)
            return Response(status_code=400)
        if not is_whole(delivery.body):
            log.warning("a signed request without the shape of Slack's was refused")
            return Response(status_code=400)
        return await self._once(request.headers["x-slack-signature"], delivery)

    async def _once(self, signature: str, delivery: AsyncBoltRequest) -> Response:
        async def work() -> BoltResponse:
            try:
                return await self._door.app.async_dispatch(delivery)
            except Exception as error:  # noqa: BLE001 - Bolt's own handling of errors can fail; its words may quote
                log.error("a delivery is not acknowledged: %s", type(error).__qualname__)  # noqa: TRY400 - as above
                return BoltResponse(status=500, body="")

        try:
            answer = await self._replays.once(signature, work, comes_again=delivery.body.get("type") == _EVENT)
        except StoreUnavailable as error:
            log.warning("a request is not acknowledged: %s", error)
            if "command" not in delivery.body:
                return Response(status_code=503)
            # Slack does not send it again, and would show whoever typed it no more than an error.
            sentences = "\n".join(sentence_for(error, locale) for locale in get_args(Locale))
            return JSONResponse({"response_type": "ephemeral", "text": sentences})
        if self._replays.forgetting_is_due():
            self._door.kit.tasks.start(self._replays.forget(), "forgetting old requests")
        if answer is None:
            log.info("a request that was taken on before changes nothing")
            return Response(status_code=200)
        return Response(
            content=answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie()
        )

    def _is_signed(self, body: bytes, request: Request) -> bool:
        """Whether Slack signed it within the last five minutes. Compared in constant time."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (_SECONDS.fullmatch(timestamp) and signature.isascii()):
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
