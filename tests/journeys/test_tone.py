"""`Why this tone?`: whoever was answered is told what was read and may say otherwise; nobody else learns anything."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.base import Base
from handlers.slack.tone import FELT, WHY
from tests.journeys.conftest import OpenTown, Town
from tests.localslack import ADMINISTRATOR, ALICE, GENERAL, JUNHO, PRIYA, Json, wait_for
from tests.openai_server import OpenAIServer, Says

FAST = {"llm_connect_seconds": 1, "llm_first_token_seconds": 1, "llm_total_seconds": 3}
HAPPY = "I am so happy, we won the award!!"


async def answered(town: Town, user: str = ALICE, text: str = HAPPY) -> tuple[str, Json]:
    """Somebody mentions the bot; the message's ts, and the reply."""
    ts = await town.say(user, f"{town.mention} {text}")
    (reply,) = await town.replies(1, thread=ts)
    await town.rest()
    (reply,) = await town.slack.said_by_bot(GENERAL, thread=ts)
    return ts, reply


async def whispers(town: Town, user: str, before: int = 0) -> Json:
    """The next answer that one person alone sees, after so many."""

    async def probe() -> list[Json]:
        return (await town.slack.said_by_bot(GENERAL, to=user))[before:]

    return (await wait_for(probe, f"an answer to {user}"))[-1]


async def act(town: Town, user: str, ts: str, **action: Any) -> None:  # noqa: ANN401 - Slack's action
    """Use a button or a menu in a message, or pretend that it was there."""
    body = {"channel": GENERAL, "messageTs": ts, "user": user, "action": {"block_id": "b", **action}}
    await town.slack.control("interact", body)


async def choose(town: Town, user: str, ts: str, message: str, label: str) -> None:
    """Pick a label in the menu."""
    option = {"value": json.dumps({"message": message, "label": label}), "text": {"type": "plain_text", "text": label}}
    await act(town, user, ts, type="static_select", action_id=FELT, selected_option=option)


def menu(message: Json) -> Json | None:
    """The menu of an answer, where it has one."""
    return next((block["accessory"] for block in message.get("blocks") or () if "accessory" in block), None)


async def corrections(town: Town) -> list[tuple[str, str]]:
    """Every correction: what was read, and what it was."""
    table = Base.metadata.tables["corrections"]
    async with town.services.store.read() as session:
        return [(row.predicted, row.label) for row in await session.execute(select(table))]


async def test_the_author_asks_and_corrects(town: Town) -> None:
    """Told to them alone, in the thread; another choice replaces the first; the reading stays what it was."""
    await town.opt_in(ALICE)
    before = len(await town.slack.said_by_bot(GENERAL, to=ALICE))
    ts, reply = await answered(town)
    await town.slack.press(ALICE, GENERAL, reply["ts"], WHY)
    told = await whispers(town, ALICE, before)
    assert told["thread_ts"] == ts
    assert "*joy*" in told["text"]
    assert "Only you see this" in told["text"]
    offered = menu(told)
    assert offered is not None
    assert len(offered["options"]) == 7
    for label in ("surprise", "neutral"):
        await choose(town, ALICE, told["ts"], ts, label)
        await wait_for(lambda label=label: _said(town, ("joy", label)), "the correction")  # type: ignore[misc]
    assert [reading["top_label"] for reading in await town.readings()] == ["joy"]
    assert await town.slack.said_by_bot(GENERAL) == [reply]


async def test_a_korean_reader_is_told_in_korean(town: Town) -> None:
    """Whatever language the button is in: the person's own is Slack's word for it."""
    await town.opt_in(JUNHO)
    before = len(await town.slack.said_by_bot(GENERAL, to=JUNHO))
    _, reply = await answered(town, JUNHO, "오늘 발표가 잘 끝나서 너무 기뻐요!")
    assert "왜 이렇게 답했나요?" in json.dumps(reply["blocks"], ensure_ascii=False)
    await town.slack.press(JUNHO, GENERAL, reply["ts"], WHY)
    assert "*기쁨*" in (await whispers(town, JUNHO, before))["text"]


async def test_nobody_else_is_told(town: Town) -> None:
    """Another person, an administrator, a guest and somebody of another organisation, each by a kind sentence."""
    await town.opt_in(ALICE)
    ts, reply = await answered(town)
    await town.slack.person(PRIYA, is_stranger=True)
    await town.slack.person(JUNHO, is_restricted=True)
    for user in (ADMINISTRATOR, JUNHO, PRIYA):
        await town.slack.press(user, GENERAL, reply["ts"], WHY)
        told = await whispers(town, user)
        assert "joy" not in json.dumps(told)
        assert "기쁨" not in json.dumps(told, ensure_ascii=False)
        assert menu(told) is None
        await choose(town, user, reply["ts"], ts, "anger")
        await whispers(town, user, 1)
    assert await corrections(town) == []
    assert [reading["top_label"] for reading in await town.readings()] == ["joy"]


@pytest.mark.parametrize("value", ["1790000000.000100", "no ts", ""])
async def test_a_forged_message_tells_nothing(town: Town, value: str) -> None:
    """A press that names a message nobody knows is answered like one that names somebody else's."""
    await town.opt_in(ALICE)
    before = len(await town.slack.said_by_bot(GENERAL, to=ALICE))
    _, reply = await answered(town)
    await act(town, ALICE, reply["ts"], type="button", action_id=WHY, value=value)
    assert "only to whoever wrote" in (await whispers(town, ALICE, before))["text"]
    await choose(town, ALICE, reply["ts"], value, "anger")
    await whispers(town, ALICE, before + 1)
    assert await corrections(town) == []


async def test_what_is_gone_is_neither_told_nor_corrected(town: Town) -> None:
    """The deleted message takes reading and correction along; after opting out nothing is corrected."""
    await town.opt_in(ALICE)
    before = len(await town.slack.said_by_bot(GENERAL, to=ALICE))
    ts, reply = await answered(town)
    await choose(town, ALICE, reply["ts"], ts, "anger")
    await wait_for(lambda: _said(town, ("joy", "anger")), "the correction")
    await whispers(town, ALICE, before)
    await town.slack.command(ALICE, GENERAL, "/emotion off")
    await wait_for(lambda: _off(town), "the withdrawal")
    await whispers(town, ALICE, before + 1)
    await choose(town, ALICE, reply["ts"], ts, "fear")
    assert "noted nothing" in (await whispers(town, ALICE, before + 2))["text"]
    assert await corrections(town) == [("joy", "anger")]
    await town.slack.delete(ALICE, GENERAL, ts)
    await wait_for(lambda: _nothing(town), "the deletion of reading and correction")
    await town.slack.press(ALICE, GENERAL, reply["ts"], WHY)
    assert "no reading of that message" in (await whispers(town, ALICE, before + 3))["text"]


@pytest.mark.parametrize("streams", [True, False])
async def test_a_written_reply_has_the_button_streamed_or_not(open_town: OpenTown, *, streams: bool) -> None:
    """Below the text, which stands there whole either way; pressed, it is answered."""
    async with (
        OpenAIServer(Says("I hear you. Shall we look at it together?")) as server,
        open_town(openai_base_url=server.url, openai_model="m", **FAST) as town,
    ):
        if not streams:
            await town.slack.fault("chat.startStream", error="unknown_method", times=5)
        _, reply = await answered(town)
        assert "Shall we look at it together?" in reply["text"]
        assert bool(await town.slack.calls("chat.stopStream")) is streams
        await town.slack.press(ALICE, GENERAL, reply["ts"], WHY)
        assert "reading was not on for you" in (await whispers(town, ALICE))["text"]


async def _said(town: Town, correction: tuple[str, str]) -> bool:
    return await corrections(town) == [correction]


async def _off(town: Town) -> bool:
    return not await town.consents(ALICE)


async def _nothing(town: Town) -> bool:
    return await town.readings() == [] and await corrections(town) == []
