from typing import get_args

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

from bot.errors import ConfigurationError, MaeumError, NotAllowed, SlackTrouble, StoreUnavailable, TooFewPeople
from bot.messages import Locale
from handlers.slack.errors import UNREACHABLE, code_of, sentence_for, slack_trouble, with_apology
from tests.handlers.house import Driver
from tests.slack_api import SlackApi

WORDS = "what somebody wrote"


def refused(answer: object) -> SlackApiError:
    """What the SDK raises for an answer."""
    return SlackApiError(WORDS, answer)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refused({"ok": False, "error": "not_in_channel", "blocks": WORDS}), "not_in_channel"),
        (refused({"ok": False, "error": WORDS}), "unknown_error"),
        (refused({"ok": False}), "unknown_error"),
        (SlackRequestError(WORDS), UNREACHABLE),
        (SlackClientError(WORDS), UNREACHABLE),
        (aiohttp.ClientConnectionError(WORDS), UNREACHABLE),
        (TimeoutError(WORDS), UNREACHABLE),
        (ConnectionResetError(WORDS), UNREACHABLE),
    ],
)
def test_whatever_goes_wrong_with_slack_comes_out_as_ours(error: Exception, code: str) -> None:
    """A code, and nothing of what was sent or answered."""
    with pytest.raises(SlackTrouble) as caught, slack_trouble():
        raise error
    assert caught.value.code == code
    assert WORDS not in repr(caught.value)
    assert caught.value.__suppress_context__


def test_a_code_is_a_code() -> None:
    """An answer that is no JSON object has none."""
    assert code_of(refused("<html>")) == "unknown_error"


@pytest.mark.parametrize("locale", get_args(Locale))
@pytest.mark.parametrize(
    "error", [StoreUnavailable(), NotAllowed(), TooFewPeople(5), SlackTrouble("is_archived"), ValueError(WORDS)]
)
async def test_every_error_becomes_a_sentence(error: Exception, locale: Locale) -> None:
    """Our own say what they say, every other the general one; none quotes what it choked on."""
    answers: list[str] = []

    async def fails() -> None:
        raise error

    async def answer(text: str) -> None:
        answers.append(text)

    await with_apology(fails(), locale, answer)
    assert answers == [sentence_for(error, locale)]
    assert WORDS not in answers[0]
    general = MaeumError().sentence(locale)
    assert (answers[0] == general) is not isinstance(error, MaeumError)


async def test_a_refused_token_stops_the_start(driver: Driver, slack: SlackApi) -> None:
    """The error names the variable and Slack's code."""
    slack.refuse("auth.test", "invalid_auth")
    with pytest.raises(ConfigurationError, match=r"SLACK_BOT_TOKEN.*invalid_auth"):
        await driver.door.start()


async def test_slack_out_of_reach_does_not_stop_the_start(driver: Driver) -> None:
    """It may come back."""
    await driver.slack.__aexit__()
    await driver.door.start()
    await driver.done()
