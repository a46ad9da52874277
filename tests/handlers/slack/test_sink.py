from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Incoming, MessageId, Person, Place, Reply
from handlers.slack.sink import SlackSink
from tests.handlers.house import ALICE, DIRECT, GENERAL
from tests.slack_api import BOT_TOKEN, TEAM, SlackApi

FIRST, SECOND = "First sentence, long enough to be sent at once, as it stands here. ", "Then <!channel> & @here."
WHOLE = Reply(FIRST + SECOND, "en", None, "model")
SHOWN = FIRST + "Then &lt;!channel&gt; &amp; @\N{ZERO WIDTH SPACE}here."
SORRY = Reply("I could not finish that.", "en", None, "apology")
MARKER = {"event_type": "maeum_reply", "event_payload": {"message_ts": "1790000000.000100"}}


def incoming(place: Place = Place.CHANNEL, thread: str | None = None) -> Incoming:
    channel = DIRECT if place is Place.DIRECT else GENERAL
    return Incoming(MessageId(TEAM, channel, "1790000000.000100"), Person(TEAM, ALICE), "hi", place, thread=thread)


def sink(slack: SlackApi, message: Incoming, *, streams: bool = True) -> SlackSink:
    return SlackSink(AsyncWebClient(BOT_TOKEN, base_url=slack.url), message, streams)


async def finished(slack: SlackApi, message: Incoming, *, streams: bool = True) -> SlackSink:
    """A reply in two sentences, to its end."""
    return await finished_by(sink(slack, message, streams=streams))


async def finished_by(made: SlackSink) -> SlackSink:
    """The same, into a sink that is there."""
    await made.append(FIRST)
    await made.append(SECOND)
    await made.finish(WHOLE)
    return made


def only_button(block: dict[str, Any]) -> tuple[str, str, str]:
    """The action, the words and the value of a row that is one button."""
    (button,) = block["elements"]
    return button["action_id"], button["text"]["text"], button["value"]


async def test_a_reply_is_streamed_and_escaped(slack: SlackApi) -> None:
    """The first sentence shows before the second is there; in the end the whole stands once, marked, in the thread."""
    made = sink(slack, incoming())
    await made.append(FIRST)
    assert slack.shown(GENERAL) == [FIRST]
    await made.append(SECOND)
    await made.finish(WHOLE)
    (message,) = slack.messages[GENERAL]
    assert (message["text"], message["metadata"], message["thread_ts"]) == (SHOWN, MARKER, "1790000000.000100")
    assert made.shown_as == message["ts"]


async def test_the_button_stands_under_the_whole_reply_and_not_under_half_of_one(slack: SlackApi) -> None:
    """A stream gets it when it ends, below its text; it names the message, in the language of the reply."""
    made = sink(slack, incoming())
    await made.append(FIRST)
    assert not slack.messages[GENERAL][0].get("blocks")
    await made.finish(Reply(FIRST + SECOND, "ko", None, "model"))
    (stopped,) = slack.asked("chat.stopStream")
    assert [only_button(block) for block in stopped["blocks"]] == [
        ("maeum_why", "왜 이렇게 답했나요?", "1790000000.000100")
    ]


@pytest.mark.parametrize("begun", [True, False])
async def test_a_whole_message_shows_its_text_and_then_the_button(slack: SlackApi, *, begun: bool) -> None:
    """Posted at once or in the place of a beginning, an apology included; the text stands on top as well."""
    made = sink(slack, incoming(), streams=begun)
    await made.append(FIRST)
    await made.replace(SORRY)
    (message,) = slack.messages[GENERAL]
    text, button = message["blocks"]
    assert message["text"] == text["text"]["text"] == SORRY.text
    assert only_button(button) == ("maeum_why", "Why this tone?", "1790000000.000100")


@pytest.mark.parametrize("why", ["no streams here", "built in", "refused at the start"])
async def test_without_a_stream_there_is_one_plain_message(slack: SlackApi, why: str) -> None:
    """Where Slack does not stream, the reply comes whole, once, with its text on top and nothing unfolded."""
    slack.streams = why != "no streams here"
    if why == "refused at the start":
        slack.refuse("chat.startStream", "channel_type_not_supported")
    await finished(slack, incoming(), streams=why != "built in")
    (posted,) = slack.asked("chat.postMessage")
    assert (posted["text"], posted["metadata"], posted["thread_ts"]) == (SHOWN, MARKER, "1790000000.000100")
    assert posted["unfurl_links"] is posted["unfurl_media"] is False
    assert slack.shown(GENERAL) == [SHOWN]


@pytest.mark.parametrize("method", ["chat.appendStream", "chat.stopStream"])
async def test_a_stream_that_dies_is_completed_by_an_update(slack: SlackApi, method: str) -> None:
    """Slack ends a stream after some minutes: the message that began is completed, and none comes beside it."""
    slack.refuse(method, "message_not_in_streaming_state")
    made = sink(slack, incoming())
    for part in (FIRST, FIRST, SECOND):
        await made.append(part)
    await made.finish(Reply(FIRST + FIRST + SECOND, "en", None, "model"))
    assert slack.shown(GENERAL) == [FIRST + SHOWN]
    (updated,) = slack.asked("chat.update")
    assert updated["blocks"][0]["text"]["text"] == FIRST + SHOWN
    assert updated["metadata"] == MARKER


LINKED = "Then see https://a.example/x for more. "


async def test_a_reply_with_a_link_is_not_streamed(slack: SlackApi) -> None:
    """Slack unfolds links of a stream: such a reply is one message that unfolds nothing."""
    made = sink(slack, incoming())
    await made.append(LINKED + FIRST)
    await made.finish(Reply(LINKED + FIRST, "en", None, "model"))
    assert slack.asked("chat.startStream") == []
    (posted,) = slack.asked("chat.postMessage")
    assert posted["unfurl_links"] is posted["unfurl_media"] is False
    assert slack.shown(GENERAL) == [LINKED + FIRST]


@pytest.mark.parametrize("appended", [True, False])
async def test_a_link_further_on_ends_the_stream(slack: SlackApi, *, appended: bool) -> None:
    """What was shown until then gives way to one message that unfolds nothing; the link itself is never streamed."""
    made = sink(slack, incoming())
    await made.append(FIRST)
    if appended:
        await made.append(LINKED)
    await made.finish(Reply(FIRST + LINKED, "en", None, "model"))
    assert slack.shown(GENERAL) == [FIRST + LINKED]
    (posted,) = slack.asked("chat.postMessage")
    assert posted["unfurl_links"] is posted["unfurl_media"] is False
    streamed = [*slack.asked("chat.startStream"), *slack.asked("chat.appendStream"), *slack.asked("chat.stopStream")]
    assert "a.example" not in str(streamed)
    assert made.closed


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[reset your password](https://evil.example/x). ", "reset your password (https://evil.example/x). "),
        ("![a picture](https://evil.example/x.png). ", "a picture (https://evil.example/x.png). "),
        ("[call](tel:0212345678). ", "[call](tel:0212345678). "),
    ],
)
@pytest.mark.parametrize("begun", [True, False])
async def test_no_link_hides_behind_its_words(slack: SlackApi, markdown: str, shown: str, *, begun: bool) -> None:
    """A stream would be drawn as Markdown, the address out of sight: such a reply is one message that shows it."""
    made = sink(slack, incoming())
    beginning = FIRST if begun else ""
    if begun:
        await made.append(FIRST)
    for part in (markdown, SECOND):
        await made.append(part)
    await made.finish(Reply(beginning + markdown + SECOND, "en", None, "model"))
    assert slack.shown(GENERAL) == [beginning + shown + SHOWN.removeprefix(FIRST)]
    streamed = [*slack.asked("chat.startStream"), *slack.asked("chat.appendStream"), *slack.asked("chat.stopStream")]
    assert "](" not in str(streamed)


async def test_a_beginning_that_cannot_be_taken_back_is_completed(slack: SlackApi) -> None:
    """Where Slack refuses to delete it, the reply with its link is written into it: nothing stands twice."""
    slack.refuse("chat.delete", "cant_delete_message")
    made = sink(slack, incoming())
    await made.append(FIRST)
    await made.finish(Reply(FIRST + LINKED, "en", None, "model"))
    assert slack.shown(GENERAL) == [FIRST + LINKED]
    assert slack.asked("chat.postMessage") == []


@pytest.mark.parametrize("method", ["chat.startStream", "chat.postMessage"])
async def test_what_may_have_been_posted_is_not_posted_again(slack: SlackApi, method: str) -> None:
    """Slack takes it and answers 503: neither the reply nor an apology comes beside it."""
    slack.streams = method == "chat.startStream"
    slack.lose(method)
    made = sink(slack, incoming())
    with pytest.raises(SlackTrouble, match="unreachable"):
        await finished_by(made)
    for step in (made.finish(WHOLE), made.replace(SORRY)):
        with pytest.raises(SlackTrouble, match="unreachable"):
            await step
    assert len(slack.shown(GENERAL)) == 1


async def test_an_update_that_may_have_been_taken_is_not_taken_back(slack: SlackApi) -> None:
    """The message stays and the error comes out: whoever looks later sees what it says."""
    slack.refuse("chat.update", "internal_error")
    made = sink(slack, incoming())
    await made.append(FIRST)
    with pytest.raises(SlackTrouble, match="internal_error"):
        await made.replace(SORRY)
    assert slack.asked("chat.delete") == slack.asked("chat.postMessage") == []


async def test_half_a_reply_gives_way_to_the_apology(slack: SlackApi) -> None:
    """When the rest never comes, nothing of the beginning stays."""
    made = sink(slack, incoming())
    await made.append(FIRST)
    await made.replace(SORRY)
    assert slack.shown(GENERAL) == [SORRY.text]


async def test_an_apology_alone_is_a_plain_message(slack: SlackApi) -> None:
    """When nothing was shown, the apology is posted and no stream is begun."""
    await sink(slack, incoming()).replace(SORRY)
    assert slack.shown(GENERAL) == [SORRY.text]
    assert slack.asked("chat.startStream") == []


async def test_half_a_reply_that_cannot_be_changed_is_withdrawn(slack: SlackApi) -> None:
    """When Slack refuses the update, the beginning is deleted and the apology posted."""
    slack.refuse("chat.update", "cant_update_message")
    made = sink(slack, incoming())
    await made.append(FIRST)
    await made.replace(SORRY)
    assert slack.shown(GENERAL) == [SORRY.text]


@pytest.mark.parametrize(("thread", "streamed"), [(None, False), ("1780000000.000100", True)])
async def test_direct_messages_stream_in_their_threads_only(
    slack: SlackApi, thread: str | None, *, streamed: bool
) -> None:
    """Slack streams into threads; a direct message outside them is answered beside it, without recipients."""
    await finished(slack, incoming(Place.DIRECT, thread))
    (message,) = slack.messages[DIRECT]
    assert message.get("thread_ts") == thread
    started = slack.asked("chat.startStream")
    assert bool(started) is streamed
    assert all("recipient_user_id" not in call for call in started)


async def test_a_reply_longer_than_a_stream_takes_is_shown_whole(slack: SlackApi) -> None:
    """Past Slack's limit of a stream the message is completed by an update, in sections that Slack takes."""
    long = [f"Sentence {number} of a long reply. " * 10 for number in range(40)]
    made = sink(slack, incoming())
    for part in long:
        await made.append(part)
    await made.finish(Reply("".join(long), "en", None, "model"))
    assert [text.strip() for text in slack.shown(GENERAL)] == ["".join(long).strip()]
    *parts, button = slack.messages[GENERAL][0]["blocks"]
    assert " ".join(part["text"]["text"].strip() for part in parts) == "".join(long).strip()
    assert all(len(part["text"]["text"]) <= 3000 for part in parts)
    assert button["type"] == "actions"


async def test_what_slack_refuses_comes_out_as_ours(slack: SlackApi) -> None:
    """The error names Slack's code and nothing else: not what was to be posted."""
    slack.refuse("chat.postMessage", "not_in_channel")
    with pytest.raises(SlackTrouble) as caught:
        await finished(slack, incoming(), streams=False)
    assert caught.value.code == "not_in_channel"
    assert "sentence" not in repr(caught.value)
    assert caught.value.__suppress_context__
