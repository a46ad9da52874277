"""Replies by a model service over real HTTP: streamed, fitting, and never half a sentence."""

import re

import pytest

from emotion.labels import EMOTIONS
from tests.journeys.conftest import OpenTown
from tests.localslack import ALICE, GENERAL, JUNHO
from tests.openai_server import Answer, Cut, OpenAIServer, Raw, Says, Silence, Status

FAST = {"llm_connect_seconds": 1, "llm_first_token_seconds": 1, "llm_total_seconds": 3}


async def test_the_model_is_told_the_feeling_and_its_reply_is_posted_escaped(open_town: OpenTown) -> None:
    """The prompt carries the label's style; what the model writes cannot ping."""
    async with (
        OpenAIServer(Says("That is wonderful! <!channel> & <@U01MINJI> should hear it.")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        await town.opt_in(ALICE)
        ts = await town.say(ALICE, f"{town.mention} I am so happy, we won the award!!")
        (reply,) = await town.replies(1, thread=ts)
        await town.rest()
        assert "That is wonderful!" in reply["text"]
        assert "<!channel>" not in reply["text"]
        assert "<@U01MINJI>" not in reply["text"]
        (asked,) = server.asked
        assert "joy" in asked.instructions
        assert "I am so happy" in asked.message


async def test_without_consent_the_model_is_told_no_feeling(open_town: OpenTown) -> None:
    """The reply is written without a reading."""
    async with (
        OpenAIServer(Says("Happy to help.")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        await town.say(ALICE, f"{town.mention} I am furious about the outage!")
        await town.replies(1)
        named = set(re.findall(r"[a-z]+", server.asked[0].instructions.lower())) & set(EMOTIONS)
        assert named == set()


async def test_the_thread_is_the_context_of_a_later_question(open_town: OpenTown) -> None:
    """What was said before in the thread reaches the model, and is not stored."""
    async with (
        OpenAIServer(Says("Noted."), Says("You said Thursday.")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        ts = await town.say(ALICE, f"{town.mention} the release is on Thursday")
        await town.replies(1, thread=ts)
        await town.say(ALICE, "when was the release again?", thread=ts)
        await town.replies(2, thread=ts)
        assert any("Thursday" in turn["content"] for turn in server.asked[1].body["messages"][:-1])


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((Status(500), Status(500), Status(500), Status(500)), id="500"),
        pytest.param((Status(401),), id="401"),
        pytest.param((Cut("I hear you. And then the line"),), id="cut"),
        pytest.param((Silence(),), id="silence"),
        pytest.param((Raw(b"<html>not the protocol</html>", "text/html"),), id="garbage"),
    ],
)
async def test_a_failing_service_leaves_one_plain_reply_and_the_reading(
    open_town: OpenTown, answers: tuple[Answer, ...]
) -> None:
    """Whatever breaks, the person gets one whole reply, in their language, and the reading stays."""
    async with (
        OpenAIServer(*answers) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        await town.opt_in(JUNHO)
        await town.say(JUNHO, f"{town.mention} 오늘 너무 지치고 슬퍼요")
        (reply,) = await town.replies(1)
        await town.rest()
        (reply,) = await town.slack.said_by_bot(GENERAL)
        assert "And then the line" not in reply["text"]
        assert "Traceback" not in reply["text"]
        assert reply["text"].strip().endswith((".", "!", "?", "요", "…"))
        assert len(await town.readings()) == 1
        assert len(await town.slack.said_by_bot(GENERAL)) == 1


async def test_a_busy_service_is_asked_again(open_town: OpenTown) -> None:
    """429 with Retry-After, then an answer: the person gets the answer."""
    busy = Status(429, headers={"Retry-After": "0"})
    async with (
        OpenAIServer(busy, Says("Here I am.")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        await town.say(ALICE, f"{town.mention} are you there?")
        (reply,) = await town.replies(1)
        await town.rest()
        assert "Here I am." in reply["text"]
        assert len(server.asked) == 2


async def test_a_workspace_that_cannot_stream_gets_a_plain_post(open_town: OpenTown) -> None:
    """Where chat.startStream is unknown, the whole reply is posted at once."""
    async with (
        OpenAIServer(Says("I hear you. Shall we look at it together?")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        await town.slack.fault("chat.startStream", error="unknown_method", times=5)
        await town.say(ALICE, f"{town.mention} nothing works today")
        (reply,) = await town.replies(1)
        await town.rest()
        assert reply["text"] == "I hear you. Shall we look at it together?"
        assert len(await town.slack.said_by_bot(GENERAL)) == 1
