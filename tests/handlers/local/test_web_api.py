"""These check our own stand-in (extras.js) for what local-slack lacks, not an independent Slack."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.local.workspace import BOT, PEOPLE, TEAM
from tests.localslack import ADMINISTRATOR, ALICE, DESIGN, GENERAL, JUNHO, LocalSlack, local_slack

pytestmark = pytest.mark.slack


def client(slack: LocalSlack, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token or slack.workspace.bot_token, base_url=slack.workspace.api_url)


async def test_exactly_one_of_six_people_is_an_administrator(slack: LocalSlack) -> None:
    """users.info says is_admin and is_owner of one person, and of nobody else."""
    people = [(await slack.api("users.info", user=person.id))["user"] for person in PEOPLE]

    assert len(people) == 6
    assert [person["id"] for person in people if person["is_admin"]] == [ADMINISTRATOR]
    assert [person["id"] for person in people if person["is_owner"]] == [ADMINISTRATOR]


async def test_people_have_languages_and_time_zones(slack: LocalSlack) -> None:
    """The locale is told to who asks for it only, as in Slack; the time zone always."""
    plain = (await client(slack).users_info(user=JUNHO))["user"]
    asked = (await client(slack).users_info(user=JUNHO, include_locale=True))["user"]

    assert "locale" not in plain
    assert asked["locale"] == "ko-KR"
    assert (asked["tz"], asked["tz_offset"]) == ("Asia/Seoul", 9 * 3600)


async def test_a_role_can_be_taken_away_in_a_test(slack: LocalSlack) -> None:
    """What `person` sets is told by the next users.info."""
    await slack.person(ADMINISTRATOR, is_admin=False, is_owner=False)

    assert not (await slack.api("users.info", user=ADMINISTRATOR))["user"]["is_admin"]


async def test_a_stream_becomes_one_message_with_the_whole_text(slack: LocalSlack) -> None:
    """Started, appended and stopped through the SDK, it is one reply in the thread, and the metadata stays."""
    root = await slack.say(ALICE, GENERAL, "오늘 어때요?")
    stream = await client(slack).chat_stream(
        buffer_size=1, channel=GENERAL, thread_ts=root, recipient_team_id=TEAM, recipient_user_id=ALICE
    )
    await stream.append(markdown_text="좋은 하루예요. ")
    await stream.append(markdown_text="It is **good**. ")
    await stream.stop(markdown_text="끝.", metadata={"event_type": "maeum_reply", "event_payload": {"n": 1}})

    replies = await slack.said_by_bot(GENERAL, thread=root)
    assert [reply["text"] for reply in replies] == ["좋은 하루예요. It is *good*. 끝."]
    read = await client(slack).conversations_replies(channel=GENERAL, ts=root, include_all_metadata=True)
    assert read["messages"][-1]["metadata"]["event_payload"] == {"n": 1}


async def test_the_rules_of_streams_are_those_of_slack(slack: LocalSlack) -> None:
    """Recipients outside DMs, 12,000 characters a call, and nothing after the end."""
    root = await slack.say(ALICE, GENERAL, "hello")
    to = {"channel": GENERAL, "thread_ts": root}
    whom = {**to, "recipient_team_id": TEAM, "recipient_user_id": ALICE}
    start = "chat.startStream"

    assert (await slack.api(start, **to))["error"] == "missing_recipient_user_id"
    assert (await slack.api(start, **whom, markdown_text="x" * 12_001))["error"] == "msg_too_long"
    direct = await slack.direct(ALICE)
    assert (await slack.api(start, channel=direct, thread_ts=root))["ok"]
    ts = (await slack.api(start, **whom))["ts"]
    assert (await slack.api("chat.update", channel=GENERAL, ts=ts, text="x"))["error"] == "streaming_state_conflict"
    assert (await slack.api("chat.stopStream", channel=GENERAL, ts=ts, markdown_text="x" * 12_000))["ok"]
    late = await slack.api("chat.appendStream", channel=GENERAL, ts=ts, markdown_text="late")
    assert late["error"] == "message_not_in_streaming_state"


async def test_a_finished_stream_can_be_replaced(slack: LocalSlack) -> None:
    """After its end a stream is a message like any other, so that chat.update shows an apology in its place."""
    root = await slack.say(ALICE, GENERAL, "hello")
    stream = await client(slack).chat_stream(
        buffer_size=1, channel=GENERAL, thread_ts=root, recipient_team_id=TEAM, recipient_user_id=ALICE
    )
    await stream.append(markdown_text="Half a sen")
    await stream.stop()
    await client(slack).chat_update(channel=GENERAL, ts=str(stream.ts), text="Sorry.")

    assert [reply["text"] for reply in await slack.said_by_bot(GENERAL, thread=root)] == ["Sorry."]


async def test_prompts_and_statuses_are_answered_and_kept_within_limits(slack: LocalSlack) -> None:
    """Four suggested prompts, ten loading messages and four session statuses; more is refused."""
    web = client(slack)
    channel = await slack.direct(ALICE)
    prompt = {"title": "How am I?", "message": "How was my week?"}

    assert (await web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=[prompt] * 4))["ok"]
    assert (await web.agents_sessions_setStatus(channel_id=channel, status="processing"))["ok"]
    assert (await web.assistant_threads_setStatus(channel_id=channel, thread_ts="1.0", status="is reading"))["ok"]
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=[prompt] * 5)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await web.agents_sessions_setStatus(channel_id=channel, status="asleep")


async def test_a_wrong_token_is_refused() -> None:
    """No token, a foreign one and the wrong kind are told apart; the right one tells its scopes."""
    async with local_slack(scopes=("chat:write", "commands")) as slack:
        assert (await slack._send("api/auth.test", {}))["error"] == "not_authed"  # noqa: SLF001 - without our header
        for token, code in (("xoxb-foreign", "invalid_auth"), (slack.workspace.app_token, "not_allowed_token_type")):
            with pytest.raises(SlackApiError, match=code):
                await client(slack, token).auth_test()
        assert (await client(slack).auth_test()).headers["x-oauth-scopes"] == "chat:write,commands"


async def test_history_is_what_slack_tells(slack: LocalSlack) -> None:
    """Ephemeral messages are left out, and `limit` and `oldest` are honoured."""
    first = await slack.say(ALICE, GENERAL, "one")
    await slack.api("chat.postEphemeral", channel=GENERAL, user=ALICE, text="psst")
    second = await slack.say(ALICE, GENERAL, "two")
    web = client(slack)

    everything = await web.conversations_history(channel=GENERAL)
    newest = await web.conversations_history(channel=GENERAL, limit=1)
    later = await web.conversations_history(channel=GENERAL, oldest=first)

    assert [message["ts"] for message in everything["messages"]] == [second, first]
    assert [message["ts"] for message in newest["messages"]] == [second]
    assert newest["has_more"]
    assert [message["ts"] for message in later["messages"]] == [second]


async def test_channels_have_creators(slack: LocalSlack) -> None:
    """conversations.info tells who made a channel, which decides who may schedule in it."""
    assert (await slack.api("conversations.info", channel=DESIGN))["channel"]["creator"] == ALICE


async def test_empty_messages_are_refused(slack: LocalSlack) -> None:
    """A message needs text, blocks or attachments."""
    assert (await slack.api("chat.postMessage", channel=GENERAL, text=""))["error"] == "no_text"


async def test_faults_strike_as_often_as_told(slack: LocalSlack) -> None:
    """A rate limit comes with its header, an error with its code, and both end; the calls are recorded."""
    await slack.fault("chat.postMessage", error="ratelimited", retry_after=7)
    await slack.fault("users.info", error="user_not_found", times=2)
    web = client(slack)

    with pytest.raises(SlackApiError) as limited:
        await web.chat_postMessage(channel=GENERAL, text="hello")
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "7"
    assert (await web.chat_postMessage(channel=GENERAL, text="hello"))["ok"]
    for _ in range(2):
        assert (await slack.api("users.info", user=BOT))["error"] == "user_not_found"
    assert (await slack.api("users.info", user=BOT))["ok"]
    assert [call["error"] for call in await slack.calls("chat.postMessage")] == ["ratelimited", None]
