import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from handlers.slack.client import make_client
from tests.handlers.house import ALICE, GENERAL
from tests.slack_api import SlackApi


@pytest.fixture
def client(settings: Settings) -> AsyncWebClient:
    return make_client(settings)


async def test_what_is_only_asked_is_asked_again_after_an_outage(client: AsyncWebClient, slack: SlackApi) -> None:
    """A question does no harm twice."""
    slack.lose("users.info")
    assert (await client.users_info(user=ALICE))["user"]["id"] == ALICE
    assert len(slack.asked("users.info")) == 2


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.postEphemeral", "chat.startStream", "chat.appendStream"])
async def test_what_is_posted_is_posted_once(client: AsyncWebClient, slack: SlackApi, method: str) -> None:
    """Slack may have taken what it answers with an error of its own."""
    slack.refuse(method, "service_unavailable", status=503, times=3)
    with pytest.raises(SlackApiError):
        await client.api_call(method, json={"channel": GENERAL, "text": "hello"})
    assert len(slack.asked(method)) == 1


async def test_a_connection_that_breaks_after_a_post_does_not_post_again(
    client: AsyncWebClient, slack: SlackApi
) -> None:
    """Slack took it, and the line went dead before it could say so."""
    slack.cut("chat.postMessage")
    with pytest.raises(aiohttp.ServerConnectionError):
        await client.chat_postMessage(channel=GENERAL, text="hello")
    assert slack.shown(GENERAL) == ["hello"]


async def test_a_rate_limit_is_waited_for(client: AsyncWebClient, slack: SlackApi) -> None:
    """Slack took nothing, so the post is sent again."""
    slack.refuse("chat.postMessage", "ratelimited", status=429)
    await client.chat_postMessage(channel=GENERAL, text="hello")
    assert slack.shown(GENERAL) == ["hello"]
