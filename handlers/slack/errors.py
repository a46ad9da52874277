"""The one place where an error becomes a kind sentence, and Slack's refusals become ours."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, get_args

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import MaeumError, SlackTrouble
from bot.messages import Locale
from emotion.errors import EmotionError

log = logging.getLogger(__name__)

UNREACHABLE: Final = "unreachable"
"""The code of a SlackTrouble where Slack gave no answer, or one of HTTP 5xx."""
UNCERTAIN: Final = frozenset({UNREACHABLE, "fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Codes after which it is not known whether Slack did what it was told."""
REFUSED_TOKEN: Final = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "user_removed_from_team",
    }
)
"""What Slack says of a token that it does not take, and will not without somebody's doing."""
LASTING: Final = frozenset(
    {
        "account_inactive",
        "cannot_reply_to_message",
        "channel_not_found",
        "is_archived",
        "message_not_found",
        "missing_scope",
        "not_in_channel",
        "restricted_action",
        "thread_not_found",
        "user_not_found",
    }
)
"""Refusals that trying again does not change."""


def code_of(error: SlackApiError) -> str:
    """Slack's short error code. The rest of the answer is left alone: it can quote what was sent."""
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    if isinstance(status, int) and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UNREACHABLE
    code = error.response.get("error") if hasattr(error.response, "get") else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else "unknown_error"


def short(error: Exception) -> str:
    """What a log may say of an error: Slack's code, or its type. Its message may quote what it choked on."""
    return error.code if isinstance(error, SlackTrouble) else type(error).__qualname__


@contextmanager
def slack_trouble() -> Iterator[None]:
    """Whatever goes wrong between us and Slack comes out as SlackTrouble, without the original and its quotes."""
    try:
        yield
    except SlackApiError as error:
        raise SlackTrouble(code_of(error)) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
        raise SlackTrouble(UNREACHABLE) from None


def sentence_for(error: Exception, locale: Locale) -> str:
    """What the person is told. Errors that are not ours get the general sentence."""
    if isinstance(error, MaeumError | EmotionError):
        return error.sentence(locale)
    return MaeumError().sentence(locale)


async def apologise(error: Exception, locale: Locale | None, answer: Callable[[str], Awaitable[None]]) -> None:
    """Tell the person what went wrong, and the log the error's type.

    Without a locale, because it is not known yet, in every language.
    """
    if isinstance(error, SlackTrouble):
        log.warning("Slack refused: %s", error.code)
    elif isinstance(error, MaeumError | EmotionError):
        log.info("answered with the sentence of %s", type(error).__qualname__)
    else:
        log.error("a command failed", exc_info=error)
    locales: tuple[Locale, ...] = get_args(Locale) if locale is None else (locale,)
    with slack_trouble():
        await answer("\n".join(sentence_for(error, one) for one in locales))


async def with_apology(work: Awaitable[None], locale: Locale, answer: Callable[[str], Awaitable[None]]) -> None:
    """Do the work; when it fails, tell the person in their language, and the log the error's type."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the last place before the person
        await apologise(error, locale, answer)
