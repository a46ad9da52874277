from typing import get_args

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError

from bot.errors import ConfigurationError, MaeumError, NotAllowed, SlackTrouble, StoreUnavailable, TooFewPeople
from bot.messages import Locale
from bot.settings import Settings
from bot.wiring import Services
from handlers.slack import SlackDoor
from handlers.slack.errors import REFUSED_TOKEN, UNREACHABLE, code_of, sentence_for, slack_trouble, with_apology
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


@pytest.mark.parametrize("locale", get_args(Locale))
def test_only_what_lies_in_the_channel_is_laid_to_the_channel(locale: Locale) -> None:
    """The bot's membership is asked after where that can be the cause; everywhere else it would mislead."""
    question = {"en": "member of this channel", "ko": "채널에 들어와"}[locale]
    for code in ("not_in_channel", "channel_not_found", "is_archived"):
        assert question in SlackTrouble(code).sentence(locale)
    for code in ("expired_trigger_id", "internal_error", "missing_scope", UNREACHABLE):
        assert question not in SlackTrouble(code).sentence(locale)
        assert code in SlackTrouble(code).sentence(locale)


@pytest.mark.parametrize("code", sorted(REFUSED_TOKEN))
async def test_a_refused_token_stops_the_start(driver: Driver, slack: SlackApi, code: str) -> None:
    """The error names the variable and Slack's code."""
    slack.refuse("auth.test", code)
    with pytest.raises(ConfigurationError, match=rf"SLACK_BOT_TOKEN.*{code}"):
        await driver.door.start()


@pytest.mark.parametrize("code", ["ratelimited", "internal_error", "fatal_error", "team_added_to_org", "?!"])
async def test_trouble_of_slacks_own_does_not_stop_the_start(
    driver: Driver, slack: SlackApi, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """It says nothing of the token: the log is told, and the next delivery asks again."""
    slack.refuse("auth.test", code)
    await driver.door.start()
    assert "Slack cannot be asked yet" in caplog.text
    assert "SLACK_BOT_TOKEN" not in caplog.text
    assert (await driver.command("/emotion", "help")).status == 200
    assert len(slack.responses) == 1


async def test_slack_out_of_reach_does_not_stop_the_start(
    driver: Driver, services: Services, settings: Settings, slack: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    """The log is told; when Slack is back, the door that was opened without it works."""
    port = int(slack.url.split(":")[2].split("/")[0])
    await slack.__aexit__()
    door = SlackDoor(settings, services)
    await door.start()
    assert f"Slack cannot be asked yet: {UNREACHABLE}" in caplog.text
    await slack.listen(port)
    assert (await Driver(door, slack, driver.clock).command("/emotion", "help")).status == 200
    assert len(slack.responses) == 1
    await door.stop()
