import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import Person
from bot.rules import RuleChange
from bot.store.base import Store
from bot.store.tables import AuditRow, ReadingRow
from bot.wiring import Services
from tests.factories import agreed_earlier
from tests.fakes import Clock
from tests.handlers.house import ALICE, MINJI, Driver, actions
from tests.slack_api import BOT, TEAM, SlackApi

PERSON = Person(TEAM, ALICE)


@pytest.mark.parametrize("word", ["on", "ON", "ｏｎ", "켜기", unicodedata.normalize("NFD", "켜기")])
async def test_on_takes_effect_and_is_answered_to_the_person_alone(
    driver: Driver, services: Services, slack: SlackApi, word: str
) -> None:
    """Acknowledged without words, then answered so that nobody else sees it."""
    answer = await driver.command("/emotion", word)
    assert (answer.status, answer.body) == (200, "")
    assert (await services.consent.status(PERSON)).on
    (said,) = slack.responses
    assert said["response_type"] == "ephemeral"
    assert said["text"].startswith("From now on I read")
    assert slack.asked("chat.postMessage") == []


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize("word", ["off", "끄기"])
async def test_off_takes_effect_and_asks_what_becomes_of_the_readings(
    driver: Driver, services: Services, slack: SlackApi, word: str
) -> None:
    """Nothing is deleted unasked; the answer says how much is there and offers both."""
    await driver.command("/emotion", word)
    status = await services.consent.status(PERSON)
    assert (status.on, status.readings) == (False, 2)
    (said,) = slack.responses
    assert "2 readings, November 20, 2026" in said["text"]
    assert actions(said) == ["maeum_forget", "maeum_keep"]


async def test_off_with_nothing_stored_asks_nothing(driver: Driver, slack: SlackApi) -> None:
    """There is nothing to decide."""
    await driver.command("/emotion", "off")
    assert actions(slack.responses[0]) == []


@pytest.mark.usefixtures("read_before")
async def test_after_off_the_next_message_is_not_read(driver: Driver, store: Store, clock: Clock) -> None:
    """Off takes effect on the next message."""
    await driver.command("/emotion", "off")
    clock.advance(seconds=1)
    await driver.event(driver.message("hello"))
    async with store.read() as session:
        assert len((await session.scalars(select(ReadingRow))).all()) == 2


@pytest.mark.usefixtures("read_before")
async def test_keeping_changes_nothing(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The question is answered and says for how long the readings stay."""
    await driver.press("maeum_keep")
    assert (await services.consent.status(PERSON)).readings == 2
    assert "30 days" in slack.responses[0]["text"]


@pytest.mark.parametrize(("user", "words"), [(ALICE, "those of other people"), (MINJI, "다른 분이 쓰신 글도")])
async def test_people_are_told_that_others_words_go_to_the_model_service_too(
    driver: Driver, slack: SlackApi, user: str, words: str
) -> None:
    """With a question go the last messages of its thread, whoever wrote them."""
    await driver.press("maeum_about", user=user)
    assert words in slack.responses[0]["text"]


@pytest.mark.parametrize(("user", "words"), [(ALICE, "*Off*"), (MINJI, "*꺼져* 있어요")])
async def test_the_status_is_told_in_ones_language(driver: Driver, slack: SlackApi, user: str, words: str) -> None:
    """Whoever uses Slack in Korean is answered in Korean."""
    await driver.command("/emotion", "status", user=user)
    assert words in slack.responses[0]["text"]


@pytest.mark.parametrize("word", ["", "help", "도움말", "what?"])
async def test_anything_else_shows_what_there_is(driver: Driver, slack: SlackApi, word: str) -> None:
    """Every command is named."""
    await driver.command("/emotion", word)
    for name in ("/emotion", "/emotion-graph", "/emotion-schedule"):
        assert name in slack.responses[0]["text"]


async def mention(driver: Driver, clock: Clock, user: str = ALICE) -> None:
    """Address the bot once."""
    await driver.event(driver.message(f"<@{BOT}> hello", user=user))
    clock.advance(seconds=1)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (ALICE, "Stored: no readings; 1 short-lived record of a message you addressed to me."),
        (MINJI, "저장된 것: 읽은 감정 없음; 저에게 말을 거신 메시지의 단기 기록 1건."),
    ],
)
async def test_the_status_tells_of_all_that_is_stored(
    driver: Driver, slack: SlackApi, clock: Clock, user: str, words: str
) -> None:
    """Somebody who never opted in and once addressed the bot is told of the record of it, and can delete it."""
    await mention(driver, clock, user)
    await driver.command("/emotion", "status", user=user)
    assert words in slack.responses[0]["text"]
    assert "maeum_forget" in actions(slack.responses[0])
    await driver.submit("maeum_forget_all", "{}", user=user)
    await driver.command("/emotion", "status", user=user)
    assert "maeum_forget" not in actions(slack.responses[-1])
    assert "Nothing of yours" in slack.responses[-1]["text"] or "저장된 것이 없어요" in slack.responses[-1]["text"]


async def test_off_asks_about_records_of_messages_too(driver: Driver, slack: SlackApi, clock: Clock) -> None:
    """Without readings there may still be something to delete."""
    for _ in range(2):
        await mention(driver, clock)
    await driver.command("/emotion", "off")
    assert "2 short-lived records" in slack.responses[0]["text"]
    assert actions(slack.responses[0]) == ["maeum_forget", "maeum_keep"]


# ---- The pause


@pytest.mark.parametrize(
    ("word", "days"),
    [
        ("pause", 1),
        ("pause day", 1),
        ("PAUSE ＷＥＥＫ", 7),
        ("멈춤", 1),
        ("멈춤 하루", 1),
        ("일시정지 일주일", 7),
        (unicodedata.normalize("NFD", "멈춤 한 주"), 7),
    ],
)
@pytest.mark.usefixtures("read_before")
async def test_a_pause_has_the_span_that_was_said(
    driver: Driver, services: Services, clock: Clock, word: str, days: int
) -> None:
    """A day unless a week is said; the answer says until when, to the person alone, and offers both ways out."""
    await driver.command("/emotion", word)
    status = await services.consent.status(PERSON)
    assert (status.on, status.paused_until) == (True, clock() + timedelta(days=days))
    (said,) = driver.slack.responses
    assert said["response_type"] == "ephemeral"
    assert said["text"].startswith("I pause until November 2")
    assert actions(said) == ["maeum_on", "maeum_off"]


@pytest.mark.parametrize("span", ["month", "9", "-1", "day week", "<!channel>"])
@pytest.mark.usefixtures("read_before")
async def test_another_span_pauses_nothing(driver: Driver, services: Services, slack: SlackApi, span: str) -> None:
    """What is not understood is answered with what would be, and repeats nothing."""
    await driver.command("/emotion", f"pause {span}")
    assert (await services.consent.status(PERSON)).paused_until is None
    (said,) = slack.responses
    assert "`/emotion pause week`" in said["text"]
    assert span not in said["text"].replace("pause day", "").replace("pause week", "")


async def test_who_is_off_is_told_that_there_is_nothing_to_pause(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """And is not turned on by it."""
    await driver.command("/emotion", "멈춤", user=MINJI)
    assert "멈출 것이 없어요" in slack.responses[0]["text"]
    assert not (await services.consent.status(Person(TEAM, MINJI))).on


@pytest.mark.parametrize("late", [False, True])
async def test_a_message_of_the_pause_is_never_read(
    driver: Driver, services: Services, store: Store, clock: Clock, *, late: bool
) -> None:
    """Delivered during the pause or after it: no reading, and the bot still answers."""
    await services.consent.grant(PERSON, "test")
    await driver.command("/emotion", "pause day")
    clock.advance(hours=2)
    written = driver.message(f"<@{BOT}> hello")
    if late:
        clock.advance(days=2)
    await driver.event(written)
    async with store.read() as session:
        assert (await session.scalars(select(ReadingRow))).all() == []
    assert len(driver.slack.messages[written["channel"]]) == 1


@pytest.mark.parametrize("word", ["on", "켜기", "resume", "재개"])
async def test_on_ends_a_pause(driver: Driver, services: Services, store: Store, clock: Clock, word: str) -> None:
    """From then on messages are read again."""
    await services.consent.grant(PERSON, "test")
    await driver.command("/emotion", "pause week")
    clock.advance(hours=2)
    await driver.command("/emotion", word)
    clock.advance(seconds=5)
    await driver.event(driver.message("hello"))
    async with store.read() as session:
        assert len((await session.scalars(select(ReadingRow))).all()) == 1


# ---- What a person sees of what they decided


@pytest.mark.parametrize(
    ("user", "lines"),
    [
        (
            ALICE,
            [
                "*Paused* until November 28, 2026, 10:00",
                "*What you decided*",
                "• November 21, 2026, 10:00: paused until November 28, 2026, 10:00 with a button",
                "• November 21, 2026, 09:00: turned on by command, under notice 2",
                "• November 20, 2026, 09:00: turned off in the Home tab",
            ],
        ),
        (
            MINJI,
            [
                "2026년 11월 28일 19:00까지 *멈춰* 있어요.",
                "*지금까지의 선택*",
                "• 2026년 11월 21일 19:00: 버튼으로 2026년 11월 28일 19:00까지 멈추셨어요",
                "• 2026년 11월 21일 18:00: 명령어로 켜셨어요(안내 2번)",
                "• 2026년 11월 20일 18:00: 홈 탭에서 끄셨어요",
            ],
        ),
    ],
)
async def test_the_status_tells_what_was_decided_when_and_how(
    driver: Driver, services: Services, clock: Clock, user: str, lines: list[str]
) -> None:
    """Newest first, in the person's language and time zone."""
    await services.consent.grant(Person(TEAM, user), "test")
    await driver.press("maeum_off", user=user, channel=None)
    clock.advance(days=1)
    await driver.command("/emotion", "on", user=user)
    clock.advance(hours=1)
    await driver.press("maeum_pause_week", user=user)
    await driver.command("/emotion", "status", user=user)
    said = driver.slack.responses[-1]["text"].splitlines()
    for expected in lines:
        assert any(line.startswith(expected) for line in said), expected


async def test_only_the_newest_acts_are_listed(driver: Driver, slack: SlackApi, clock: Clock) -> None:
    """Five, and how many there are besides."""
    for _ in range(4):
        clock.advance(minutes=1)
        await driver.press("maeum_on")
        await driver.press("maeum_off")
    await driver.command("/emotion", "status")
    said = slack.responses[-1]["text"]
    assert said.count("turned o") == 5
    assert "3 earlier" in said


@pytest.mark.usefixtures("read_before")
async def test_the_status_never_says_what_the_readings_say(driver: Driver, slack: SlackApi) -> None:
    """Counts and dates; the person may share their screen."""
    await driver.command("/emotion", "status")
    shown = str(slack.responses[0])
    assert "2 readings" in shown
    assert "joy" not in shown
    assert "%" not in shown


async def test_who_agreed_to_an_earlier_notice_is_told_and_can_agree(
    driver: Driver, services: Services, slack: SlackApi, store: Store, clock: Clock
) -> None:
    """Off until then; the button agrees."""
    await agreed_earlier(store, services.pseudonyms, PERSON, clock())
    await driver.command("/emotion", "status")
    (said,) = slack.responses
    assert said["text"].startswith("*Off* until you agree again")
    assert "before such a record was kept" in said["text"]
    assert actions(said)[:2] == ["maeum_on", "maeum_off"]
    await driver.press("maeum_on")
    assert (await services.consent.status(PERSON)).on


# ---- The workspace's own rules


@pytest.mark.usefixtures("read_before")
async def test_what_is_said_of_days_and_people_is_the_workspaces_rule(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """As administrators have set it, not as the environment says."""
    await services.rules.change(TEAM, RuleChange(retention_days=1, minimum_people=8), None)
    await driver.press("maeum_keep")
    await driver.press("maeum_about")
    await driver.command("/emotion", "help")
    kept, about, help_ = (said["text"] for said in slack.responses)
    assert "after 1 day;" in kept
    assert "kept for 1 day under" in about
    assert "at least 8 people" in about
    assert "from 8 people on" in help_


# ---- Other organisations


OUTSIDERS: list[dict[str, Any]] = [
    {"is_stranger": True},
    {"team_id": "T0OTHER"},
    {"team_id": "T0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER", "teams": ["T0OTHER"]}},
]


@pytest.mark.parametrize("traits", OUTSIDERS)
@pytest.mark.parametrize("how", ["command", "button"])
async def test_people_of_other_organisations_cannot_opt_in(
    driver: Driver, services: Services, slack: SlackApi, traits: dict[str, Any], how: str
) -> None:
    """They are told so in their language, and nothing is stored; the other commands are not for them either."""
    slack.user("U0AWAY", locale="ko-KR", **traits)
    if how == "command":
        await driver.command("/emotion", "on", user="U0AWAY")
        await driver.command("/emotion-graph", "here", user="U0AWAY")
    else:
        await driver.press("maeum_on", user="U0AWAY")
        await driver.press("maeum_share", user="U0AWAY", value='{"days": 7}')
    assert [said["text"].split(".")[0] for said in slack.responses] == [
        "저는 이 워크스페이스를 쓰는 조직의 분들만 도와드리고 있어요"
    ] * 2
    assert not any((await services.privacy.holdings(Person(TEAM, "U0AWAY"))).values())
    assert slack.uploads == {}


async def test_a_profile_that_cannot_be_had_makes_nobody_one_of_us(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Where the button itself names another team, that decides."""
    slack.refuse("users.info", "internal_error", times=9)
    await driver.press("maeum_on", user="U0AWAY", team="T0OTHER")
    assert not (await services.consent.status(Person(TEAM, "U0AWAY"))).on
    await driver.press("maeum_on", user=ALICE)
    assert (await services.consent.status(PERSON)).on


@pytest.mark.parametrize("role", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_may_opt_in(driver: Driver, services: Services, slack: SlackApi, role: str) -> None:
    """Guests belong to the workspace and decide for themselves."""
    slack.user("U0GUEST", **{role: True})
    await driver.command("/emotion", "on", user="U0GUEST")
    assert (await services.consent.status(Person(TEAM, "U0GUEST"))).on


# ---- Leaving


@pytest.mark.usefixtures("read_before")
@pytest.mark.parametrize(("deleted", "left"), [(True, 0), (False, 2)])
async def test_who_leaves_the_workspace_is_erased(
    driver: Driver, services: Services, *, deleted: bool, left: int
) -> None:
    """A deactivated account takes everything with it; any other change of it takes nothing."""
    await driver.event({"type": "user_change", "user": {"id": ALICE, "deleted": deleted}})
    assert (await services.consent.status(PERSON)).readings == left


@pytest.mark.usefixtures("read_before")
async def test_a_later_change_of_an_account_that_left_is_not_audited_again(driver: Driver, store: Store) -> None:
    """There is nothing to erase any more, and a row of zeros would say nothing."""
    for _ in range(3):
        await driver.event({"type": "user_change", "user": {"id": ALICE, "deleted": True}})
    async with store.read() as session:
        assert list(await session.scalars(select(AuditRow.action))) == ["erase:left"]


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_being_uninstalled_is_acknowledged(driver: Driver, kind: str) -> None:
    """Slack need not say it twice."""
    assert (await driver.event({"type": kind})).status == 200


# ---- When something is wrong


async def test_an_error_is_told_kindly_in_ones_language(driver: Driver, slack: SlackApi, store: Store) -> None:
    """Without its tables a command is acknowledged and answered with the sentence of the error."""
    async with store.begin() as session:
        await (await session.connection()).exec_driver_sql("ALTER TABLE people RENAME TO gone")
    answer = await driver.command("/emotion", "on", user=MINJI)
    assert answer.status == 200
    assert slack.responses[0]["text"].startswith("지금 데이터베이스에 연결할 수 없어요")
