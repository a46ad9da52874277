"""The message of ours that shows a file is found, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.settings import Settings
from handlers.slack import make_client
from handlers.slack.identity import Me
from handlers.slack.showing import message_showing
from tests.handlers.house import ALICE, DIRECT
from tests.slack_api import BOT, BOT_ID, TEAM, SlackApi

ME = Me(TEAM, BOT, BOT_ID)
BEGUN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@pytest.fixture
def client(settings: Settings) -> AsyncWebClient:
    return make_client(settings)


def stands(slack: SlackApi, moment: datetime, file: str, **more: object) -> str:
    """Put a message with that file into the direct message, as the bot's unless told otherwise; its ts."""
    ts = f"{moment.timestamp():.6f}"
    slack.messages[DIRECT].append({"ts": ts, "user": BOT, "text": "", "files": [{"id": file}], **more})
    return ts


@pytest.mark.parametrize("by", [{"user": BOT}, {"user": None, "bot_id": BOT_ID}], ids=["user", "bot"])
async def test_it_is_ours_though_somebody_else_shows_the_file_too(
    client: AsyncWebClient, slack: SlackApi, by: dict[str, str | None]
) -> None:
    """Earlier or later; by the bot's id as a user or as a bot."""
    stands(slack, BEGUN, "F1", user=ALICE)
    ts = stands(slack, BEGUN + timedelta(seconds=1), "F1", **by)
    stands(slack, BEGUN + timedelta(seconds=2), "F1", user="U1", bot_id="B1")
    assert await message_showing(client, ME, DIRECT, "F1") == ts


async def test_it_is_found_although_the_file_is_deleted(client: AsyncWebClient, slack: SlackApi) -> None:
    """Its words stand there."""
    ts = stands(slack, BEGUN, "F1", files=[{"id": "F1", "mode": "tombstone"}])
    assert await message_showing(client, ME, DIRECT, "F1", since=BEGUN) == ts


async def test_it_is_looked_for_as_far_back_as_was_said(client: AsyncWebClient, slack: SlackApi) -> None:
    """Among so many, and not long before it could stand there; page by page, and without an end said, to the last."""
    ts = stands(slack, BEGUN, "F1")
    for number in range(450):
        stands(slack, BEGUN + timedelta(seconds=number + 1), "F2")
    assert await message_showing(client, ME, DIRECT, "F1", newest=450) is None
    assert await message_showing(client, ME, DIRECT, "F1", newest=451) == ts
    assert await message_showing(client, ME, DIRECT, "F1") == ts
    assert await message_showing(client, ME, DIRECT, "F1", since=BEGUN + timedelta(minutes=29)) == ts
    assert await message_showing(client, ME, DIRECT, "F1", since=BEGUN + timedelta(minutes=31)) is None
    assert await message_showing(client, ME, DIRECT, "F3") is None


async def test_a_refusal_is_trouble(client: AsyncWebClient, slack: SlackApi) -> None:
    """Not the same as not found."""
    slack.refuse("conversations.history", "channel_not_found")
    with pytest.raises(SlackTrouble, match="channel_not_found"):
        await message_showing(client, ME, DIRECT, "F1")
