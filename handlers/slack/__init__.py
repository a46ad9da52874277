"""The Slack door: the same listeners over Socket Mode and over signed HTTP."""

import logging
import re
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ConfigurationError, SlackTrouble
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import actions, commands, events, messages, views
from handlers.slack.errors import UNREACHABLE
from handlers.slack.kit import Kit
from handlers.slack.recovery import recover

log = logging.getLogger(__name__)

_GRACE: Final = 10.0
"""Seconds that replies under way are given at the end."""
_RETRIES: Final = 2
_ANYTHING: Final = re.compile(".*", re.DOTALL)


class SlackDoor:
    """One app with its listeners, and the work they have under way."""

    def __init__(self, settings: Settings, services: Services) -> None:
        """Make the app. Nothing is asked of Slack before `start` or the first delivery."""
        self.kit: Final = Kit.around(services, make_client(settings))
        self.app: Final = make_app(settings, self.kit)

    async def start(self) -> None:
        """See who we are in Slack, and write in the background what was owed when the last process ended.

        Raises ConfigurationError where Slack refuses the token. Slack out of reach is no reason not to start.
        """
        try:
            await self.kit.identity.get()
        except SlackTrouble as error:
            if error.code != UNREACHABLE:
                variable = "SLACK_BOT_TOKEN"
                raise ConfigurationError(variable, f"Slack says {error.code}; `maeum doctor` tells more") from None
            log.warning("Slack cannot be reached yet")
        self.kit.tasks.start(recover(self.kit), "recovery")

    async def stop(self) -> None:
        """Let replies under way end, for ten seconds at most."""
        await self.kit.tasks.close(_GRACE)


def make_client(settings: Settings) -> AsyncWebClient:
    """A client that tries again after a broken connection, a rate limit or an error of Slack's own."""
    token = settings.slack_bot_token
    return AsyncWebClient(
        token=token.get_secret_value() if token is not None else None,
        base_url=settings.slack_api_url,
        logger=_mute("slack_sdk"),
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=_RETRIES),
            AsyncRateLimitErrorRetryHandler(max_retry_count=_RETRIES),
            AsyncServerErrorRetryHandler(max_retry_count=_RETRIES),
        ],
    )


def make_app(settings: Settings, kit: Kit) -> AsyncApp:
    """The app with every listener.

    `process_before_response` makes Bolt wait for a listener before it answers: an event is acknowledged when what it
    brought is committed, and one whose listener raises gets no acknowledgement on Socket Mode and a 500 over HTTP, so
    that Slack delivers it again.
    """

    async def authorize() -> AuthorizeResult:
        return await kit.identity.authorize()

    secret = settings.slack_signing_secret
    app = AsyncApp(
        name="maeum",
        logger=_mute("slack_bolt"),
        client=AsyncWebClient(base_url=settings.slack_api_url, logger=_mute("slack_sdk")),  # gets its token below
        authorize=authorize,
        signing_secret=secret.get_secret_value() if secret is not None else "",
        request_verification_enabled=secret is not None,  # Socket Mode is verified by its token
        process_before_response=True,
    )
    register(app, kit)
    return app


def register(app: AsyncApp, kit: Kit) -> None:
    """Put every listener on the app. What nobody listens to is acknowledged, so that Slack does not send it again."""
    for listeners in (messages, events, commands, actions, views):
        listeners.register(app, kit)

    async def nothing(ack: AsyncAck) -> None:
        await ack()

    async def failed(error: Exception) -> BoltResponse:
        log.error("a delivery is not acknowledged: %s", type(error).__qualname__)
        return BoltResponse(status=500, body="")

    app.event(_ANYTHING)(nothing)
    app.action(_ANYTHING)(nothing)
    app.error(failed)


class _Mute(logging.Filter):
    """Takes the words out of a record: Bolt and the SDK put whole requests into theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave the place in the code."""
        record.msg, record.args = "%s:%s", (record.filename, record.lineno)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _mute(name: str) -> logging.Logger:
    """A library's logger that cannot repeat what a person wrote, however logging is set up."""
    logger = logging.getLogger(name)
    if not any(isinstance(present, _Mute) for present in logger.filters):
        logger.addFilter(_Mute())
    logger.setLevel(logging.WARNING)
    return logger
