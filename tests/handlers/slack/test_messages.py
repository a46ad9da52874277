import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.consent import Consent
from bot.conversation import Conversation
from bot.llm import ReplyRequest
from bot.messages import Incoming, MessageId, Person, Place, Receipt
from bot.settings import Settings
from bot.store.base import Store
from bot.store.tables import ReadingRow, ReplyRow
from bot.wiring import Services
from emotion.language import language_of
from handlers.slack import SlackDoor
from handlers.slack.identity import Me
from handlers.slack.messages import written
from handlers.slack.recovery import recover
from tests.conftest import opened
from tests.fakes import Clock
from tests.handlers.house import ALICE, DIRECT, GENERAL, MINJI, AlwaysJoy, Driver, House, Scripted, envelope, until
from tests.slack_api import BOT, BOT_ID, TEAM, SlackApi

ME = Me(TEAM, BOT, BOT_ID)
PLAIN: dict[str, Any] = {
    "type": "message",
    "user": ALICE,
    "channel": GENERAL,
    "channel_type": "channel",
    "ts": "1790000000.000100",
    "text": "hello",
}


async def readings(store: Store) -> list[ReadingRow]:
    async with store.read() as session:
        return list(await session.scalars(select(ReadingRow)))


async def replies(store: Store) -> list[ReplyRow]:
    async with store.read() as session:
        return list(await session.scalars(select(ReplyRow)))


@pytest.fixture
async def consented(services: Services) -> Consent:
    """Alice has opted in."""
    await services.consent.grant(Person(TEAM, ALICE), "test")
    return services.consent


# ---- The filter


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"bot_id": "B9"}, "another bot's message"),
        ({"bot_profile": {"id": "B9"}}, "another bot's message that says so elsewhere"),
        ({"subtype": "bot_message"}, "an integration's message"),
        ({"user": BOT}, "the bot's own"),
        ({"user": "USLACKBOT"}, "Slackbot's"),
        ({"subtype": "channel_join"}, "a notice that somebody joined"),
        ({"subtype": "channel_topic"}, "a notice of a new topic"),
        ({"subtype": "reminder_add"}, "a reminder"),
        ({"hidden": True}, "something that nobody sees"),
        ({"user": None}, "nobody's"),
        ({"ts": "soon"}, "no identity"),
        ({"ts": "1790000000.0001; DROP TABLE"}, "no identity"),
        ({"channel": None}, "nowhere"),
    ],
)
def test_what_no_person_wrote_is_left_alone(change: dict[str, Any], why: str) -> None:
    """Bots, notices and what has no identity give no Incoming."""
    assert written({**PLAIN, **change}, ME) is None, why


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "me_message"])
def test_what_a_person_wrote_is_taken_with_its_text_only(subtype: str | None) -> None:
    """Text that comes with a file, or is broadcast from a thread, is a person's text."""
    files = [{"id": "F1", "mimetype": "audio/mp4"}]
    assert written({**PLAIN, "subtype": subtype, "files": files}, ME) == Incoming(
        MessageId(TEAM, GENERAL, "1790000000.000100"), Person(TEAM, ALICE), "hello", Place.CHANNEL
    )


@pytest.mark.parametrize(
    ("channel", "kind", "place"),
    [
        (GENERAL, "channel", Place.CHANNEL),
        ("C07PRIV", "group", Place.CHANNEL),
        ("C09MANY", "mpim", Place.GROUP),
        (DIRECT, "im", Place.DIRECT),
        (DIRECT, None, Place.DIRECT),
    ],
)
def test_the_place_follows_from_the_channel(channel: str, kind: str | None, place: Place) -> None:
    """Public and private channels, group direct messages and direct messages are told apart."""
    incoming = written({**PLAIN, "channel": channel, "channel_type": kind}, ME)
    assert incoming is not None
    assert incoming.place is place


def test_a_mention_gives_the_same_from_both_of_its_events() -> None:
    """`message` and `app_mention` of one mention are one message."""
    text = f"<@{BOT}> hello"
    first = written({**PLAIN, "text": text}, ME)
    second = {key: value for key, value in PLAIN.items() if key != "channel_type"}
    assert first == written({**second, "type": "app_mention", "text": text}, ME)
    assert first is not None
    assert first.mentioned


# ---- Reading


@pytest.mark.usefixtures("consented")
async def test_a_message_is_read_and_not_answered(driver: Driver, store: Store, slack: SlackApi) -> None:
    """In a channel, without a mention, the reading is stored and the bot says nothing."""
    answer = await driver.event(driver.message("오늘 정말 기뻐요"))
    assert answer.status == 200
    assert [row.top_label for row in await readings(store)] == ["joy"]
    assert slack.asked("chat.postMessage") == slack.asked("chat.startStream") == []


async def test_nobody_is_read_before_opting_in(driver: Driver, store: Store, classifier: AlwaysJoy) -> None:
    """Without consent the classifier never sees the text, and the bot still answers a mention."""
    await driver.event(driver.message(f"<@{BOT}> hello"))
    assert classifier.texts == []
    assert await readings(store) == []
    assert [row.state for row in await replies(store)] == ["sent"]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_a_message_without_text_is_nothing(driver: Driver, store: Store, text: str) -> None:
    """A picture alone is neither read nor answered, not even in a direct message."""
    answer = await driver.event(driver.message(text, channel=DIRECT, channel_type="im", subtype="file_share"))
    assert answer.status == 200
    assert await replies(store) == []


@pytest.mark.usefixtures("consented")
@pytest.mark.parametrize(
    "trait",
    [
        {"user_team": "T0OTHER"},
        {"source_team": "T0OTHER"},
        {"user": "U0STRANGER"},
        {"user": "U0ELSEWHERE"},
        {"user": "U0NOBODY", "team": "T0OTHER"},
        {"user": "U0ROBOT"},
    ],
)
async def test_people_from_other_organisations_are_left_alone(
    driver: Driver, slack: SlackApi, store: Store, trait: dict[str, str]
) -> None:
    """Not even a mention of theirs is answered; the event says where they are from, or their profile does."""
    slack.user("U0STRANGER", is_stranger=True)
    slack.user("U0ELSEWHERE", team_id="T0OTHER")
    slack.user("U0ROBOT", is_bot=True)
    answer = await driver.event(driver.message(f"<@{BOT}> hello", **trait))
    assert answer.status == 200
    assert await replies(store) == []
    assert await readings(store) == []


@pytest.mark.usefixtures("consented")
@pytest.mark.parametrize(
    "text",
    [
        "x" * 40_000,
        "😀😀😀",
        "a\0b",
        "half a pair \ud83d of surrogates",
        "\u202eright to left",
        "Z̸̡̛a̶l̵g̷o̴" * 50,
        "ㅋㅋㅋㅋ",
        "```code```",
        "<!channel> &amp; <@U9|x>",
        "a" + " " * 40_000 + "b",
        "a" + "\n" * 40_000 + "b",
        f"<@{BOT}|" * 5_000,
        "&lt;" * 10_000,
    ],
)
async def test_hostile_text_is_read_and_answered(driver: Driver, slack: SlackApi, store: Store, text: str) -> None:
    """Whatever a person writes, the delivery is acknowledged, there is one reply, and nothing of it pings."""
    async with asyncio.timeout(20):
        answer = await driver.event(driver.message(f"<@{BOT}> {text}"))
    assert answer.status == 200
    assert [row.state for row in await replies(store)] == ["sent"]
    assert len(slack.shown(GENERAL)) == 1


# ---- Identity, acknowledgement


@pytest.mark.usefixtures("consented")
async def test_a_mention_that_comes_as_two_events_and_again_earns_one_reply(
    driver: Driver, slack: SlackApi, store: Store
) -> None:
    """Redeliveries and double events of one message give one reading and one reply."""
    message = driver.message(f"<@{BOT}> hello")
    mention = {**message, "type": "app_mention"}
    await asyncio.gather(
        *(driver.deliver(envelope(event, f"Ev{number}")) for number, event in enumerate([message, mention] * 3))
    )
    await driver.done()
    assert len(await readings(store)) == 1
    assert len(slack.shown(GENERAL)) == 1


class HeldBack(Conversation):
    """A conversation whose commit waits to be released."""

    arrived: asyncio.Event
    release: asyncio.Event

    async def receive(self, incoming: Incoming) -> Receipt:
        """Wait, then commit."""
        self.arrived.set()
        await self.release.wait()
        return await super().receive(incoming)


@pytest.mark.usefixtures("consented")
async def test_a_delivery_is_acknowledged_after_the_commit(
    settings: Settings, services: Services, slack: SlackApi, clock: Clock, house: House
) -> None:
    """While the commit is held back there is no acknowledgement; once it is through there is."""
    held = HeldBack(*house)
    held.arrived, held.release = asyncio.Event(), asyncio.Event()
    driver = Driver(SlackDoor(settings, replace(services, conversation=held)), slack, clock)
    delivery = asyncio.create_task(driver.deliver(envelope(driver.message("hello"))))
    await held.arrived.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not delivery.done()
    held.release.set()
    assert (await delivery).status == 200
    assert len(await readings(services.store)) == 1


async def test_without_a_database_there_is_no_acknowledgement(
    settings: Settings, services: Services, slack: SlackApi, clock: Clock, house: House
) -> None:
    """A delivery that cannot be committed is refused, so that it comes again."""
    async with opened("postgresql+psycopg://127.0.0.1:9/nowhere") as away:
        conversation = Conversation(away, *house[1:])
        driver = Driver(SlackDoor(settings, replace(services, conversation=conversation)), slack, clock)
        assert (await driver.event(driver.message("hello"))).status == 500
        assert (await driver.event(driver.message("x", subtype="channel_join"))).status == 200


async def test_when_slack_does_not_say_who_we_are_there_is_no_acknowledgement(driver: Driver, slack: SlackApi) -> None:
    """A delivery that meets a refused auth.test comes again instead of being lost."""
    slack.refuse("auth.test", "internal_error")
    assert (await driver.event(driver.message("hello"))).status == 500
    assert (await driver.event(driver.message("hello"))).status == 200


async def test_an_event_that_nobody_listens_to_is_acknowledged(driver: Driver) -> None:
    """Otherwise Slack would send it again and again."""
    assert (await driver.event({"type": "pin_added", "user": ALICE})).status == 200
    assert (await driver.event(driver.message("x", subtype="channel_join"))).status == 200


# ---- Edits and deletions


def edited(driver: Driver, ts: str, text: str, before: str, **more: object) -> dict[str, Any]:
    message = {"type": "message", "user": ALICE, "ts": ts, "text": text, **more}
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": GENERAL,
        "channel_type": "channel",
        "ts": driver.message("")["ts"],
        "message": message,
        "previous_message": {**message, "text": before},
    }


@pytest.mark.usefixtures("consented")
async def test_an_edit_reads_again_and_earns_no_reply(
    driver: Driver, store: Store, slack: SlackApi, classifier: AlwaysJoy
) -> None:
    """The reading is replaced; a mention that is edited in is not answered."""
    event = driver.message("hello")
    await driver.event(event)
    (before,) = await readings(store)
    await driver.event(edited(driver, event["ts"], f"<@{BOT}> goodbye", "hello"))
    (after,) = await readings(store)
    assert after.text_hash != before.text_hash
    assert classifier.texts == ["hello", f"<@{BOT}> goodbye"]
    assert slack.shown(GENERAL) == []


@pytest.mark.usefixtures("consented")
async def test_an_edit_that_a_later_one_has_overtaken_changes_nothing(
    driver: Driver, store: Store, classifier: AlwaysJoy
) -> None:
    """Slack says when an edit was made; the order in which edits arrive does not matter."""
    event = driver.message("hello")
    await driver.event(event)
    now = driver.clock().timestamp()
    later, earlier = ({"edited": {"user": ALICE, "ts": f"{now + seconds:.6f}"}} for seconds in (2, 1))
    await driver.event(edited(driver, event["ts"], "second edit", "first edit", **later))
    (after,) = await readings(store)
    await driver.event(edited(driver, event["ts"], "first edit", "hello", **earlier))
    (still,) = await readings(store)
    assert still.text_hash == after.text_hash
    assert classifier.texts[:2] == ["hello", "second edit"]


@pytest.mark.usefixtures("consented")
async def test_a_link_that_unfolds_is_no_edit(driver: Driver, classifier: AlwaysJoy) -> None:
    """The same text with an attachment is not read again."""
    event = driver.message("see https://example.com")
    await driver.event(event)
    await driver.event(edited(driver, event["ts"], event["text"], event["text"], attachments=[{"id": 1}]))
    assert len(classifier.texts) == 1


@pytest.mark.usefixtures("consented")
@pytest.mark.parametrize("kind", ["deleted", "tombstone", "emptied"])
async def test_a_deletion_removes_the_reading(driver: Driver, store: Store, kind: str) -> None:
    """Deleted, deleted with a thread below it, or edited to nothing: the reading goes."""
    event = driver.message("hello")
    await driver.event(event)
    if kind == "deleted":
        gone = {"subtype": "message_deleted", "deleted_ts": event["ts"], "previous_message": event}
        await driver.event({"type": "message", "channel": GENERAL, "ts": "1790000099.000100", **gone})
    elif kind == "tombstone":
        await driver.event(edited(driver, event["ts"], "This message was deleted.", "hello", subtype="tombstone"))
    else:
        await driver.event(edited(driver, event["ts"], "", "hello"))
    assert await readings(store) == []


# ---- The reply


async def test_a_mention_is_answered_in_its_thread_as_a_stream(driver: Driver, slack: SlackApi) -> None:
    """The reply is streamed to its author in the message's own thread and carries its marker."""
    event = driver.message(f"<@{BOT}> hello")
    await driver.event(event)
    (started,) = slack.asked("chat.startStream")
    assert (started["thread_ts"], started["recipient_team_id"], started["recipient_user_id"]) == (
        event["ts"],
        TEAM,
        ALICE,
    )
    (reply,) = slack.messages[GENERAL]
    assert reply["text"] == "That is good to hear. Tell me more."
    assert reply["metadata"] == {"event_type": "maeum_reply", "event_payload": {"message_ts": event["ts"]}}


async def test_a_thread_in_which_the_bot_was_addressed_goes_on(driver: Driver, slack: SlackApi) -> None:
    """A later message there is answered without a mention; the same in another thread is not."""
    first = driver.message(f"<@{BOT}> hello")
    await driver.event(first)
    driver.clock.advance(seconds=5)
    await driver.event(driver.message("and another thing", thread_ts=first["ts"]))
    driver.clock.advance(seconds=5)
    await driver.event(driver.message("elsewhere", thread_ts="1700000000.000100"))
    assert len(slack.shown(GENERAL)) == 2


async def test_a_direct_message_is_answered_where_it_stands(driver: Driver, slack: SlackApi) -> None:
    """Outside threads the answer is a plain message, without unfolded links."""
    await driver.event(driver.message("hello", channel=DIRECT, channel_type="im"))
    (posted,) = slack.asked("chat.postMessage")
    assert "thread_ts" not in posted
    assert posted["text"] == "That is good to hear. Tell me more."
    assert posted["unfurl_links"] is posted["unfurl_media"] is False


async def test_the_writer_hears_words_and_not_markup(driver: Driver, writer: Scripted) -> None:
    """The bot's name is gone and entities are decoded; the classifier gets the text as Slack gave it."""
    await driver.event(driver.message(f"<@{BOT}> 1 &lt; 2 &amp; so on"))
    assert [request.text for request in writer.requests] == ["1 < 2 & so on"]


async def test_the_thread_so_far_is_the_context(driver: Driver, slack: SlackApi, writer: Scripted) -> None:
    """What was said before in the thread goes to the writer, people and bot told apart, the message itself left out."""
    await driver.event(driver.message(f"<@{BOT}> first"))
    root = driver.message("")["ts"]
    slack.messages[GENERAL].insert(0, {"user": ALICE, "ts": root, "thread_ts": root, "text": f"<@{BOT}> first"})
    for message in slack.messages[GENERAL][1:]:
        message["ts"] = f"{driver.clock().timestamp() + 1:.6f}"
    driver.clock.advance(seconds=9)
    again = driver.message("second", thread_ts=root)
    slack.messages[GENERAL].append({**again})
    await driver.event(again)
    assert [(turn.role, turn.text) for turn in writer.requests[-1].history] == [
        ("person", "first"),
        ("bot", "That is good to hear. Tell me more."),
    ]


async def test_a_reply_is_written_without_context_when_slack_refuses_it(driver: Driver, slack: SlackApi) -> None:
    """A missing scope costs the context, never the reply."""
    first = driver.message(f"<@{BOT}> hello")
    await driver.event(first)
    slack.refuse("conversations.replies", "missing_scope")
    driver.clock.advance(seconds=5)
    await driver.event(driver.message("more", thread_ts=first["ts"], user=MINJI))
    assert len(slack.shown(GENERAL)) == 2


async def test_a_reply_that_slack_refuses_for_good_is_owed_no_more(
    driver: Driver, slack: SlackApi, store: Store
) -> None:
    """An archived channel is not tried again; a passing failure stays owed."""
    slack.streams = False
    slack.refuse("chat.postMessage", "is_archived")
    await driver.event(driver.message(f"<@{BOT}> hello"))
    slack.refuse("chat.postMessage", "fatal_error")
    driver.clock.advance(seconds=5)
    await driver.event(driver.message(f"<@{BOT}> hello again"))
    assert sorted(row.state for row in await replies(store)) == ["owed", "sent"]


async def test_a_reply_survives_a_rate_limit(driver: Driver, slack: SlackApi) -> None:
    """Slack took nothing: it is asked again when its time has come, and the reply stands once."""
    slack.streams = False
    slack.refuse("chat.postMessage", "ratelimited", status=429)
    await driver.event(driver.message(f"<@{BOT}> hello"))
    assert len(slack.asked("chat.postMessage")) == 2
    assert len(slack.shown(GENERAL)) == 1


@pytest.mark.parametrize("method", ["chat.startStream", "chat.postMessage"])
@pytest.mark.parametrize("taken", [True, False])
async def test_a_reply_survives_an_outage_and_is_not_doubled(
    driver: Driver, slack: SlackApi, store: Store, method: str, *, taken: bool
) -> None:
    """Slack may have taken a post that it answers with 503: it is not sent again blindly; recovery looks first."""
    slack.streams = method == "chat.startStream"
    event = driver.message(f"<@{BOT}> hello")
    slack.messages[GENERAL].append({**event, "ts": event["ts"]})
    if taken:
        slack.lose(method)
    else:
        slack.refuse(method, "service_unavailable", status=503)
    await driver.event(event)
    assert len(slack.asked(method)) == 1
    assert [row.state for row in await replies(store)] == ["owed"]
    for reply in slack.messages[GENERAL][1:]:
        reply["ts"] = f"{driver.clock().timestamp() + 1:.6f}"
    driver.clock.advance(minutes=7)
    await recover(driver.door.kit)
    assert slack.shown(GENERAL)[1:] == ["That is good to hear. Tell me more."]
    assert [row.state for row in await replies(store)] == ["sent"]


# ---- The end of the process


class Endless(Scripted):
    """A writer that begins and never ends."""

    async def stream(self, request: ReplyRequest) -> AsyncGenerator[str, None]:
        """The sentences, then silence."""
        async for sentence in super().stream(request):
            yield sentence
        await asyncio.Event().wait()


@pytest.fixture
def endless(settings: Settings, services: Services, slack: SlackApi, clock: Clock, house: House) -> Driver:
    """The door of a process whose writer never ends."""
    writer = Endless(sentences=("A first sentence that is long enough to be shown to somebody at once. ",))
    store, pseudonyms, reader, _, _ = house
    conversation = Conversation(store, pseudonyms, reader, writer, clock)
    return Driver(SlackDoor(settings, replace(services, conversation=conversation, writer=writer)), slack, clock)


@pytest.mark.parametrize("text", ["hello", "안녕하세요"])
async def test_a_process_that_ends_leaves_no_half_reply(
    endless: Driver, slack: SlackApi, store: Store, text: str
) -> None:
    """What was shown gives way to an apology in the person's language, marked, and nobody owes it any more."""
    event = endless.message(f"<@{BOT}> {text}")
    await endless.deliver(envelope(event))
    await until(lambda: slack.shown(GENERAL))
    await endless.door.stop(0)
    (shown,) = slack.messages[GENERAL]
    assert "A first sentence" not in shown["text"]
    assert (language_of(shown["text"]) == "ko") is (text == "안녕하세요")
    assert slack.asked("chat.update")[0]["metadata"]["event_payload"] == {"message_ts": event["ts"]}
    assert [row.state for row in await replies(store)] == ["sent"]


async def test_a_process_that_ends_before_its_reply_begins_apologises(
    endless: Driver, slack: SlackApi, store: Store
) -> None:
    """Nobody waits for an answer that nobody is writing."""
    slack.streams = False
    await endless.deliver(envelope(endless.message(f"<@{BOT}> hello")))
    await until(lambda: slack.asked("chat.startStream"))
    await endless.door.stop(0)
    assert len(slack.shown(GENERAL)) == 1
    assert "A first sentence" not in slack.shown(GENERAL)[0]
    assert [row.state for row in await replies(store)] == ["sent"]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.update"])
async def test_a_process_that_cannot_apologise_in_time_leaves_the_reply_owed(
    endless: Driver, slack: SlackApi, store: Store, method: str
) -> None:
    """Slack does not answer: the process ends all the same, and nothing is posted beside what may stand there."""
    held = slack.hold(method)
    event = endless.message(f"<@{BOT}> hello")
    slack.messages[GENERAL].append({**event})
    await endless.deliver(envelope(event))
    await until(lambda: len(slack.shown(GENERAL)) == 2)
    await endless.door.stop(0)
    assert [row.state for row in await replies(store)] == ["owed"]
    assert slack.asked("chat.postMessage") == []
    held.set()


async def test_a_reply_that_is_cut_off_while_it_closes_stands(driver: Driver, slack: SlackApi, store: Store) -> None:
    """It is whole: no apology takes its place."""
    held = slack.hold("chat.stopStream")
    await driver.deliver(envelope(driver.message(f"<@{BOT}> hello")))
    await until(lambda: slack.asked("chat.stopStream"))
    stopping = asyncio.create_task(driver.door.stop(0))
    await asyncio.sleep(0)
    held.set()
    await stopping
    assert slack.shown(GENERAL) == ["That is good to hear. Tell me more."]
    assert [row.state for row in await replies(store)] == ["sent"]
