"""The client through which Slack is asked and told."""

import logging
from typing import Final

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings

_RETRIES: Final = 2
_REPEATABLE: Final = frozenset(
    {
        "apps.connections.open",
        "auth.test",
        "chat.delete",
        "chat.update",
        "conversations.history",
        "conversations.info",
        "conversations.open",
        "conversations.replies",
        "files.delete",
        "files.getUploadURLExternal",
        "users.info",
        "users.list",
        "views.publish",
    }
)
"""What may be asked twice with the effect of once. Posts are not among them: one that was taken and whose answer was
lost would stand twice."""


class _Repeatable(AsyncRetryHandler):
    """Lets a handler try again only where the request may have been taken the first time without harm."""

    def __init__(self, handler: AsyncRetryHandler) -> None:
        """`handler` decides about the rest."""
        super().__init__(handler.max_retry_count, handler.interval_calculator)
        self._handler = handler

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return request.url.rsplit("/", 1)[-1] in _REPEATABLE and await self._handler.can_retry_async(
            state=state, request=request, response=response, error=error
        )


def make_client(settings: Settings) -> AsyncWebClient:
    """A client that tries again after a rate limit, which took nothing.

    After a broken connection or an error of Slack's own it asks again only what may be asked twice. A post that met
    one is left to whoever looks first whether it stands there (`handlers.slack.recovery`, `handlers.clock`).
    """
    token = settings.slack_bot_token
    return AsyncWebClient(
        token=token.get_secret_value() if token is not None else None,
        base_url=settings.slack_api_url,
        logger=mute("slack_sdk"),
        retry_handlers=[
            AsyncRateLimitErrorRetryHandler(max_retry_count=_RETRIES),
            _Repeatable(AsyncConnectionErrorRetryHandler(max_retry_count=_RETRIES)),
            _Repeatable(AsyncServerErrorRetryHandler(max_retry_count=_RETRIES)),
        ],
    )


class _Mute(logging.Filter):
    """Takes the words out of a record: Bolt and the SDK put whole requests into theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave the place in the code."""
        record.msg, record.args = "%s:%s", (record.filename, record.lineno)
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def mute(name: str) -> logging.Logger:
    """A library's logger that cannot repeat what a person wrote, however logging is set up."""
    logger = logging.getLogger(name)
    if not any(isinstance(present, _Mute) for present in logger.filters):
        logger.addFilter(_Mute())
    logger.setLevel(logging.WARNING)
    return logger
