"""What the errors of the model service's client mean to us, in one table.

The client's errors can carry what was sent and answered, so nothing of them is kept but their kind: they are
translated, not chained.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Final

import openai

from bot.errors import WriterBusy, WriterError, WriterGarbled, WriterRefused, WriterTimeout, WriterUnreachable

MEANINGS: Final[Mapping[type[Exception], type[WriterError]]] = MappingProxyType(
    {
        openai.OpenAIError: WriterRefused,  # raised bare for credentials that are missing or contradict each other
        openai.APIError: WriterGarbled,  # an error event in the middle of a stream: the answer is cut off
        openai.APIStatusError: WriterRefused,  # any other 4xx
        openai.APITimeoutError: WriterTimeout,
        openai.APIConnectionError: WriterUnreachable,
        openai.APIResponseValidationError: WriterGarbled,
        openai.BadRequestError: WriterRefused,
        openai.AuthenticationError: WriterRefused,
        openai.OAuthError: WriterRefused,
        openai.PermissionDeniedError: WriterRefused,
        openai.NotFoundError: WriterRefused,
        openai.ConflictError: WriterRefused,
        openai.UnprocessableEntityError: WriterRefused,
        openai.RateLimitError: WriterBusy,
        openai.InternalServerError: WriterUnreachable,
        openai.LengthFinishReasonError: WriterGarbled,
        openai.ContentFilterFinishReasonError: WriterGarbled,
        openai.InvalidWebhookSignatureError: WriterGarbled,  # not raised by chat completions, as the next two
        openai.WebSocketQueueFullError: WriterUnreachable,
        openai.WebSocketConnectionClosedError: WriterUnreachable,
        TimeoutError: WriterTimeout,  # our own deadlines
        ValueError: WriterGarbled,  # bytes that are no UTF-8, data that is no JSON
        RecursionError: WriterGarbled,  # JSON so deeply nested that it cannot be read
    }
)
"""Every exception that the client exports, and the kinds that pass through it."""

FOREIGN: Final = (openai.OpenAIError, TimeoutError, ValueError, RecursionError)
"""What has to be caught so that nothing of the client's gets past."""

FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt; doubled for each further one."""

_QUOTA: Final = "insufficient_quota"


def translated(error: Exception) -> WriterError:
    """Our error for one of the client's, with its kind and status and nothing that was written."""
    meaning = next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
    status = f", HTTP {error.status_code}" if isinstance(error, openai.APIStatusError) else ""
    return meaning(f"{type(error).__name__}{status}")


def pause_before_retry(
    error: Exception, attempt: int, jitter: Callable[[float, float], float], now: datetime | None = None
) -> float | None:
    """Seconds to wait after failed attempt number `attempt` (from 1), or None where another would not help.

    The service's own wish (`Retry-After`) comes first; otherwise the pause doubles each time, with jitter so that
    many waiting bots do not come back at once.
    """
    if isinstance(error, openai.RateLimitError):
        if error.code == _QUOTA:  # no money left: the same 429 will come back
            return None
        asked = _retry_after(error.response.headers, now or datetime.now(UTC))
    elif isinstance(error, openai.InternalServerError):
        asked = _retry_after(error.response.headers, now or datetime.now(UTC))
    elif isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError):
        asked = None
    else:
        return None
    longest = FIRST_PAUSE * 2 ** (attempt - 1)
    return asked if asked is not None else jitter(longest / 2, longest)


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds asked for: a number or a date (RFC 9110, 10.2.3); None where nothing legible is said."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (date.astimezone(UTC) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
