from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import SlackTrouble
from bot.messages import Picture
from bot.settings import Settings
from handlers.boards import Standing
from handlers.slack import make_client
from handlers.slack.board import SlackBoard
from tests.handlers.house import GENERAL
from tests.slack_api import BOT, BOT_ID, SlackApi

NAME = "maeum-weekly-20261123T0000Z.png"
BEGUN = datetime(2026, 11, 23, tzinfo=UTC)
PICTURE = Picture(png=b"\x89PNG", title="Feelings <here>", alt_text="Joy, mostly", facts=("a & b",), filename=NAME)


@pytest.fixture
def board(settings: Settings, slack: SlackApi) -> SlackBoard:
    assert slack.url == settings.slack_api_url
    return SlackBoard(make_client(settings))


def stands(slack: SlackApi, moment: datetime, **more: object) -> str:
    """Put a message into #general, as the bot's unless told otherwise; its ts."""
    ts = f"{moment.timestamp():.6f}"
    slack.messages[GENERAL].append({"ts": ts, "user": BOT, "bot_id": BOT_ID, "text": "", **more})
    return ts


def marked(slot: str = NAME) -> dict[str, Any]:
    return {"event_type": "maeum_schedule", "event_payload": {"slot": slot}}


async def test_a_picture_is_uploaded_unseen_and_then_shown(board: SlackBoard, slack: SlackApi) -> None:
    """Between the two, the file is known and nobody sees it; shown, it says what it says, escaped."""
    file = await board.upload(PICTURE)
    assert slack.uploads[file] == PICTURE.png
    assert slack.asked("files.getUploadURLExternal")[0]["alt_txt"] == "Joy, mostly"
    assert slack.messages[GENERAL] == []
    await board.share(GENERAL, file, PICTURE, "_late_")
    (shown,) = slack.messages[GENERAL]
    assert shown["text"] == "_late_\n*Feelings &lt;here&gt;*\n• a &amp; b"
    (found,) = await board.standing(GENERAL, datetime(2026, 1, 1, tzinfo=UTC), NAME)
    assert (found.reference, found.files) == (file, frozenset({file}))


async def test_the_chart_of_a_picture_is_shown_where_slack_takes_it(board: SlackBoard, slack: SlackApi) -> None:
    """One of Slack's own, without the marker: it is not what a slot is known by. Refused, it is missing, no more."""
    chart = {"type": "data_visualization", "title": "Feelings"}
    picture = replace(PICTURE, chart=chart)
    await board.chart(GENERAL, picture)
    slack.refuse("chat.postMessage", "invalid_blocks")
    await board.chart(GENERAL, picture)
    (shown,) = slack.messages[GENERAL]
    assert shown["blocks"] == [chart]
    assert shown["text"] == "Feelings &lt;here&gt;"
    assert await board.standing(GENERAL, datetime(2026, 1, 1, tzinfo=UTC), NAME) == []


async def test_a_sentence_carries_the_marker(board: SlackBoard, slack: SlackApi) -> None:
    """And is found by it."""
    ts = await board.say(GENERAL, "too few people", NAME)
    assert slack.messages[GENERAL][0]["metadata"] == marked()
    assert await board.standing(GENERAL, datetime(2026, 1, 1, tzinfo=UTC), NAME) == [Standing(ts)]


async def test_only_our_own_posts_of_that_slot_are_found(board: SlackBoard, slack: SlackApi) -> None:
    """Not somebody's file of the same name, who could otherwise keep a picture away, nor ours of another slot."""
    here = BEGUN + timedelta(minutes=1)
    stands(slack, here, user="U1", bot_id=None, files=[{"id": "F1", "name": NAME}])
    stands(slack, here, user="U0OTHER", bot_id="B0OTHER", metadata=marked())
    stands(slack, here, metadata=marked("maeum-weekly-20261130T0000Z.png"))
    stands(slack, here, files=[{"id": "F2", "name": NAME, "mode": "tombstone"}])
    stands(slack, here, files=[{"id": "F3", "name": "maeum-here-2026.png"}])
    assert await board.standing(GENERAL, BEGUN, NAME) == []
    ours = stands(slack, here, files=[{"id": "F4", "name": NAME}])
    assert await board.standing(GENERAL, BEGUN, NAME) == [Standing(ours, frozenset({"F4"}))]


async def test_clocks_that_differ_by_ten_minutes_hide_nothing(board: SlackBoard, slack: SlackApi) -> None:
    """Slack's clock is behind the database's: what was posted after the claim carries an earlier time, and is found."""
    ts = stands(slack, BEGUN - timedelta(minutes=20), metadata=marked())
    assert await board.standing(GENERAL, BEGUN, NAME) == [Standing(ts)]


async def test_a_busy_channel_is_looked_through_page_by_page(board: SlackBoard, slack: SlackApi) -> None:
    """However much was written since: the oldest first."""
    first = stands(slack, BEGUN, metadata=marked())
    for number in range(2100):
        stands(slack, BEGUN + timedelta(seconds=number + 1), user="U1", bot_id=None)
    last = stands(slack, BEGUN + timedelta(hours=1), metadata=marked())
    assert [post.ts for post in await board.standing(GENERAL, BEGUN, NAME)] == [first, last]
    assert len(slack.asked("conversations.history")) == 3


async def test_a_channel_too_busy_to_look_through_is_trouble(board: SlackBoard, slack: SlackApi) -> None:
    """Better no picture than two: whoever cannot know does not post."""
    for number in range(20_100):
        stands(slack, BEGUN + timedelta(seconds=number), user="U1", bot_id=None)
    with pytest.raises(SlackTrouble, match="too_much_to_look_through"):
        await board.standing(GENERAL, BEGUN, NAME)


async def test_a_post_is_taken_away_with_its_file(board: SlackBoard, slack: SlackApi) -> None:
    """And once more does nothing."""
    file = await board.upload(PICTURE)
    await board.share(GENERAL, file, PICTURE, "")
    (post,) = await board.standing(GENERAL, datetime(2026, 1, 1, tzinfo=UTC), NAME)
    await board.remove(GENERAL, post)
    assert slack.messages[GENERAL] == []
    assert slack.uploads == {}
    slack.refuse("chat.delete", "message_not_found")
    await board.remove(GENERAL, post)


async def test_a_file_that_was_taken_away_cannot_be_shown(board: SlackBoard) -> None:
    """So whoever uploaded it and slept cannot post it late."""
    file = await board.upload(PICTURE)
    await board.discard(file)
    await board.discard(file)
    with pytest.raises(SlackTrouble, match="file_not_found"):
        await board.share(GENERAL, file, PICTURE, "")


async def test_an_upload_that_ends_badly_is_trouble(board: SlackBoard, slack: SlackApi) -> None:
    """No file without its content."""
    slack.upload_status = 503
    with pytest.raises(SlackTrouble):
        await board.upload(PICTURE)


async def test_taking_away_is_tried_again_only_where_that_helps(board: SlackBoard, slack: SlackApi) -> None:
    """Without an answer it is trouble; a refusal is the end of it."""
    post = Standing("1.000001")
    slack.refuse("chat.delete", "cant_delete_message")
    await board.remove(GENERAL, post)
    slack.refuse("chat.delete", "fatal_error")
    with pytest.raises(SlackTrouble):
        await board.remove(GENERAL, post)


async def test_a_rate_limit_is_obeyed(board: SlackBoard, slack: SlackApi) -> None:
    """Slack says when it may be tried again; then it is, and nothing was taken before."""
    slack.refuse("files.completeUploadExternal", "ratelimited", status=429)
    file = await board.upload(PICTURE)
    await board.share(GENERAL, file, PICTURE, "")
    assert len(slack.messages[GENERAL]) == 1
