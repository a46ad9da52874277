"""`/emotion-admin`: the rules of a workspace, the deletion of a person, the audit log. For administrators alone."""

import asyncio
import csv
import io
import json
from typing import Any, get_args

import pytest
from sqlalchemy import select, text

from bot.messages import Person
from bot.privacy import Reason
from bot.rules import RuleChange, Scheduling
from bot.store.base import Store
from bot.store.tables import AuditActorRow
from bot.wiring import Services
from handlers.slack import admin_audit, admin_delete, admin_rules
from handlers.slack.words import knows
from tests.fakes import Clock
from tests.handlers.house import ALICE, BOSS, GENERAL, MINJI, Driver
from tests.handlers.slack.lived import audits, read
from tests.slack_api import TEAM, SlackApi

Values = dict[str, dict[str, Any]]

# ---- Deleting a person by words


@pytest.mark.parametrize("named", [f"<@{ALICE}|alice>", f"<@{ALICE}>", ALICE, "@alice", "Alice"])
async def test_an_administrator_deletes_a_person(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, store: Store, named: str
) -> None:
    """A dialog says what kinds of things will go; confirmed, all goes, and the administrator gets the receipt."""
    await read(services, clock, [ALICE, MINJI])
    await driver.command("/emotion-admin", f"delete {named}", user=BOSS)
    (opened,) = slack.asked("views.open")
    view = opened["view"]
    assert json.loads(view["private_metadata"])["user"] == ALICE
    assert view["blocks"][1]["text"]["text"] == (
        "• consent\n• records of when you decided what\n• readings of feelings\n• the same, counted by hour"
    )
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3
    await driver.submit(view["callback_id"], view["private_metadata"])
    assert not any((await services.privacy.holdings(Person(TEAM, ALICE))).values())
    assert (await services.consent.status(Person(TEAM, MINJI))).readings == 3
    assert await audits(store) == ["looked:erase", "erase:administrator"]
    (receipt,) = slack.shown(f"D{BOSS}")
    assert "readings of feelings: 3" in receipt
    (home,) = slack.asked("views.publish")  # it may have shown their week
    assert home["user_id"] == ALICE
    assert "Nothing of yours is stored" in str(home["view"])


async def test_a_look_that_deletes_nothing_tells_no_counts_and_is_written_down(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, store: Store
) -> None:
    """An administrator who cancels has learned how much of nobody, and the audit names the administrator."""
    await read(services, clock, [ALICE])
    for user in (ALICE, MINJI):
        await driver.command("/emotion-admin", f"delete <@{user}>", user=BOSS)
    (opened,) = slack.asked("views.open")
    assert not any(sign.isdigit() for sign in opened["view"]["blocks"][1]["text"]["text"])
    assert "Nothing is stored about" in slack.responses[0]["text"]
    assert await audits(store) == ["looked:erase"] * 2
    async with store.read() as session:
        actors = list(await session.scalars(select(AuditActorRow.user_id)))
    assert actors == [services.pseudonyms.person(Person(TEAM, BOSS))] * 2


@pytest.mark.parametrize(
    ("named", "found"),
    [("WENDY", "U04AAAAAA"), ("UMBERTO", "U05BBBBBB"), ("UABCDEFGH", "UABCDEFGH"), ("U0UNKNOWN", "U0UNKNOWN")],
)
async def test_a_name_in_capitals_is_no_member_id(  # noqa: PLR0913, PLR0917 - the whole story
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, named: str, found: str
) -> None:
    """Slack is asked whether there is a member of that id; one that it has forgotten is known by its digits."""
    slack.user("U04AAAAAA", name="wendy")
    slack.user("U05BBBBBB", name="ub", profile={"display_name": "Umberto"})
    slack.user("UABCDEFGH", name="gil")
    await read(services, clock, [found])
    await driver.command("/emotion-admin", f"delete {named}", user=BOSS)
    (opened,) = slack.asked("views.open")
    assert json.loads(opened["view"]["private_metadata"])["user"] == found


async def test_a_name_in_capitals_that_nobody_has_is_said_to_be_unknown(driver: Driver, slack: SlackApi) -> None:
    """And not that nothing is stored about somebody of that id."""
    await driver.command("/emotion-admin", "delete WENDY", user=BOSS)
    assert "I do not know anybody of that name" in slack.responses[0]["text"]


async def test_a_receipt_that_cannot_be_sent_directly_is_shown_where_it_was_asked(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """The person's data is gone, so the administrator is told that and no failure, by whatever way there is."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=BOSS)
    view = slack.asked("views.open")[0]["view"]
    slack.refuse("conversations.open", "cannot_dm_bot")
    await driver.submit(view["callback_id"], view["private_metadata"])
    (said,) = slack.responses
    assert said["text"].startswith(f"Deleted for <@{ALICE}>")
    assert said["response_type"] == "ephemeral"
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 0


async def test_a_receipt_that_cannot_be_shown_at_all_is_no_failure(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The log keeps its number."""
    await read(services, clock, [ALICE])
    slack.refuse("conversations.open", "cannot_dm_bot", times=2)
    await driver.submit("maeum_erase", json.dumps({"user": ALICE}))
    assert slack.responses == []
    assert not any((await services.privacy.holdings(Person(TEAM, ALICE))).values())
    assert "could not be shown" in caplog.text


async def test_an_administrator_elsewhere_is_none_here(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What somebody may do in another organisation says nothing of this one."""
    await read(services, clock, [ALICE])
    slack.user("U0AWAY", is_admin=True, team_id="T0OTHER")
    await driver.submit("maeum_erase", json.dumps({"user": ALICE}), user="U0AWAY")
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user="U0AWAY")
    await driver.command("/emotion-schedule", "daily 18:00", user="U0AWAY")
    await driver.press(admin_delete.OPEN, user=BOSS, team="T0OTHER")  # where the payload says so of anybody
    assert slack.asked("views.push") == []
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3
    assert await services.schedules.list(TEAM, GENERAL) == []
    assert slack.asked("views.open") == []


async def test_an_administrator_elsewhere_is_none_here_although_slack_said_nothing_of_them_before(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What Slack says at the moment of the action counts for where somebody belongs, as for what they may do."""
    await read(services, clock, [ALICE])
    slack.user("U0AWAY", is_admin=True, is_stranger=True)
    slack.refuse("users.info", "internal_error")
    await driver.submit("maeum_erase", json.dumps({"user": ALICE}), user="U0AWAY")
    assert len(slack.asked("users.info")) == 2
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3


async def test_somebody_who_left_can_be_deleted(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """By name while Slack still lists them, and by id when it knows nothing of them any more."""
    slack.user("U0GONER", name="goner", deleted=True)
    await read(services, clock, ["U0GONER", "U0UNKNOWN"])
    for named in ("@goner", "U0UNKNOWN"):
        await driver.command("/emotion-admin", f"삭제 {named}", user=BOSS)
    assert len(slack.asked("views.open")) == 2


async def test_others_are_refused_and_it_is_written_down(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, store: Store
) -> None:
    """Neither the command nor a made-up confirmation gets anybody else anywhere."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=MINJI)
    assert "관리자와 소유자만" in slack.responses[0]["text"]
    await driver.submit("maeum_erase", json.dumps({"user": ALICE}), user=MINJI)
    assert slack.asked("views.open") == []
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3
    assert await audits(store) == ["refused:erase"] * 2


async def test_the_role_is_asked_again_at_the_confirmation(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Whoever is no administrator any more when the dialog is confirmed deletes nothing."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=BOSS)
    slack.users[BOSS]["is_admin"] = False
    await driver.submit("maeum_erase", json.dumps({"user": ALICE}))
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3


async def test_without_slacks_word_nobody_is_an_administrator(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """A refused users.info opens no dialog."""
    await read(services, clock, [ALICE])
    slack.refuse("users.info", "internal_error", times=5)
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=BOSS)
    assert slack.asked("views.open") == []
    assert "Slack did not let me" in slack.responses[0]["text"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("delete @nobody", "I do not know anybody of that name"),
        ("delete @kim", "Several people have that name"),
        ("delete", "`/emotion-admin delete @somebody`"),
        ("show @alice", "`/emotion-admin delete @somebody`"),
        (f"delete <@{MINJI}>", "Nothing is stored about"),
    ],
)
async def test_an_unclear_name_deletes_nobody(driver: Driver, slack: SlackApi, words: str, answer: str) -> None:
    """Unknown, ambiguous, missing, or somebody of whom nothing is stored: said so, and no dialog."""
    slack.user("U1", name="kim")
    slack.user("U2", name="kim2", profile={"display_name": "Kim"})
    await driver.command("/emotion-admin", words, user=BOSS)
    assert answer in slack.responses[0]["text"]
    assert slack.asked("views.open") == []


@pytest.mark.parametrize("code", ["expired_trigger_id", "trigger_expired", "trigger_exchanged"])
async def test_a_dialog_that_comes_too_late_is_no_matter_of_the_channel(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, code: str
) -> None:
    """The administrator is asked to try again, and not whether the bot is a member."""
    await read(services, clock, [ALICE])
    slack.refuse("views.open", code)
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=BOSS)
    assert code in slack.responses[0]["text"]
    assert "try again" in slack.responses[0]["text"]
    assert "member" not in slack.responses[0]["text"]


# ---- The dialog of the rules


async def opened(driver: Driver, slack: SlackApi, *, user: str = BOSS) -> dict[str, Any]:
    """The dialog, as an administrator opens it."""
    await driver.command("/emotion-admin", "", user=user)
    view: dict[str, Any] = slack.asked("views.open")[-1]["view"]
    return view


def kept(view: dict[str, Any]) -> Values:
    """What Slack sends of a dialog in which nothing was touched."""
    found: Values = {}
    for block in view["blocks"]:
        element = block.get("element", {})
        match element.get("type"):
            case "plain_text_input":
                found[block["block_id"]] = {"type": element["type"], "value": element.get("initial_value")}
            case "radio_buttons" | "static_select":
                found[block["block_id"]] = {"type": element["type"], "selected_option": element["initial_option"]}
            case "multi_conversations_select":
                chosen = element.get("initial_conversations", [])
                found[block["block_id"]] = {"type": element["type"], "selected_conversations": chosen}
    return found


def typed(value: str | None) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


def conversations(*channels: str) -> dict[str, Any]:
    return {"type": "multi_conversations_select", "selected_conversations": list(channels)}


async def save(driver: Driver, view: dict[str, Any], values: Values, *, user: str = BOSS) -> Any:  # noqa: ANN401 - JSON
    """Save the dialog with these values in the place of what it showed; what Slack is answered."""
    answer = await driver.submit(
        view["callback_id"], view["private_metadata"], user=user, values={**kept(view), **values}
    )
    return json.loads(answer.body) if answer.body else {}


async def test_the_dialog_shows_the_rules_and_fits_slack(driver: Driver, slack: SlackApi) -> None:
    """Every rule with its value, the ways to the deletion and to the audit log, and Slack's limits kept."""
    view = await opened(driver, slack)
    values = kept(view)
    assert values["retention"]["value"] == "30"
    assert values["people"]["value"] == "5"
    assert values["where"]["selected_option"]["value"] == "all"
    assert values["scheduling"]["selected_option"]["value"] == "creators"
    offered = next(block["element"] for block in view["blocks"] if block.get("block_id") == "channels")
    assert offered["filter"]["include"] == ["public", "private"]
    (row,) = (block for block in view["blocks"] if block["type"] == "actions")
    assert [button["action_id"] for button in row["elements"]] == [admin_delete.OPEN, admin_audit.OPEN]
    for key in ("title", "submit", "close"):
        assert len(view[key]["text"]) <= 24
    assert len(view["blocks"]) <= 100
    assert len(view["private_metadata"]) <= 3000


async def test_a_channel_that_was_promised_more_is_told_again(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Readings kept for longer, or fewer people in a picture: it says the new number. Stricter rules need no word."""
    assert await services.consent.notice_due(TEAM, GENERAL)
    await save(driver, await opened(driver, slack), {"retention": typed("20"), "people": typed("6")})
    assert slack.asked("chat.postMessage") == []
    await save(driver, await opened(driver, slack), {"retention": typed("45")})
    (told,) = slack.asked("chat.postMessage")
    assert told["channel"] == GENERAL
    assert "45 days" in json.dumps(told["blocks"])
    await save(driver, await opened(driver, slack), {"people": typed("5")})
    assert len(slack.asked("chat.postMessage")) == 2


async def test_a_dialog_saved_untouched_changes_nothing(
    driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """Neither the rules nor the audit."""
    before = await services.rules.of(TEAM)
    assert await save(driver, await opened(driver, slack), {}) == {}
    assert await services.rules.of(TEAM) == before
    assert await audits(store) == []
    assert slack.responses[-1]["text"] == "The rules stay as they are."


async def test_what_is_saved_holds_and_is_audited(
    driver: Driver, services: Services, slack: SlackApi, store: Store
) -> None:
    """Each rule that was changed, with a row each; the administrator is told what holds now."""
    values = {
        "retention": typed(" １４ "),  # full width, as a Korean keyboard may write it
        "people": typed("7"),
        "where": option("only"),
        "channels": conversations("C01GEN", "G02PRIVATE"),
        "scheduling": option("administrators"),
    }
    assert await save(driver, await opened(driver, slack), values) == {}
    rules = await services.rules.of(TEAM)
    assert (rules.retention_days, rules.minimum_people, rules.scheduling) == (14, 7, "administrators")
    assert rules.reading_channels == ["C01GEN", "G02PRIVATE"]
    assert await audits(store) == [
        "set:retention_days",
        "set:minimum_people",
        "set:reading_channels",
        "set:scheduling:administrators",
    ]
    said = slack.responses[-1]
    assert said["response_type"] == "ephemeral"
    assert "14 days" in said["text"]
    assert "<#G02PRIVATE>" in said["text"]
    again = await opened(driver, slack)
    assert kept(again)["channels"]["selected_conversations"] == ["C01GEN", "G02PRIVATE"]
    assert await save(driver, again, {"where": option("all")}) == {}
    assert (await services.rules.of(TEAM)).reading_channels is None


@pytest.mark.parametrize(
    ("values", "block"),
    [
        ({"retention": typed("0")}, "retention"),
        ({"retention": typed("-1")}, "retention"),
        ({"retention": typed("a month")}, "retention"),
        ({"retention": typed("30.5")}, "retention"),
        ({"retention": typed("99999999999999999999")}, "retention"),
        ({"people": typed("1")}, "people"),
        ({"people": typed("2")}, "people"),
        ({"people": typed("五")}, "people"),
        ({"where": option("only"), "channels": conversations()}, "channels"),
        ({"where": option("only"), "channels": conversations("D01ALICE")}, "channels"),
        ({"channels": conversations("C01GEN")}, "where"),
        ({"scheduling": option("everybody")}, "scheduling"),
    ],
)
async def test_a_value_that_cannot_be_is_named_at_its_field_and_nothing_is_set(  # noqa: PLR0913, PLR0917 - one story
    driver: Driver, services: Services, slack: SlackApi, store: Store, values: Values, block: str
) -> None:
    """The dialog stays open with a sentence there; what else was typed right is not set either."""
    before = await services.rules.of(TEAM)
    good = {"people": typed("9")} if block != "people" else {"retention": typed("9")}
    answer = await save(driver, await opened(driver, slack), {**good, **values})
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [block]
    assert len(answer["errors"][block]) > 20
    assert await services.rules.of(TEAM) == before
    assert await audits(store) == []


async def test_two_dialogs_at_once_both_stand(driver: Driver, services: Services, slack: SlackApi) -> None:
    """Who saves second changes only what they changed, and not back what the first has set meanwhile."""
    slack.user("U04CHIEF", is_owner=True)
    first, second = await opened(driver, slack), await opened(driver, slack, user="U04CHIEF")
    await save(driver, first, {"retention": typed("7")})
    await save(driver, second, {"people": typed("8")}, user="U04CHIEF")
    rules = await services.rules.of(TEAM)
    assert (rules.retention_days, rules.minimum_people) == (7, 8)


async def test_a_shorter_time_takes_effect_at_once(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """What is older goes when the rule is saved, and not only with the next round of retention."""
    await read(services, clock, [ALICE])
    clock.advance(days=5)
    await save(driver, await opened(driver, slack), {"retention": typed("4")})
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 0


async def test_a_shorter_time_is_said_although_it_takes_effect_later(
    driver: Driver, slack: SlackApi, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """The rule is saved and retention fails: whoever saved it hears what holds, the log that the next one does it."""
    view = await opened(driver, slack)
    async with store.begin() as session:
        await session.execute(text("ALTER TABLE retractions RENAME TO elsewhere"))
    await save(driver, view, {"retention": typed("4")})
    assert "4 days" in slack.responses[-1]["text"]
    assert "goes with the next retention: StoreUnavailable" in caplog.text


@pytest.mark.parametrize("private", ["", "no JSON", "[]", "{}", '{"shown": 3, "answer": 5}'])
async def test_a_dialog_that_lost_what_it_carried_still_sets_what_was_typed(
    driver: Driver, services: Services, slack: SlackApi, private: str
) -> None:
    """And answers directly."""
    answer = await driver.submit(admin_rules.RULES, private, values={"retention": typed("20")})
    assert answer.status == 200
    assert (await services.rules.of(TEAM)).retention_days == 20
    assert "20 days" in slack.shown(f"D{BOSS}")[0]


async def test_every_way_in_asks_slack_for_the_role(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, store: Store
) -> None:
    """Commands, buttons and submissions of somebody who is no administrator (any more) do nothing, and are audited."""
    await read(services, clock, [ALICE])
    before = await services.rules.of(TEAM)
    view = await opened(driver, slack)
    shown = len(slack.asked("views.open"))
    slack.users[BOSS]["is_admin"] = False
    for words in ("", "audit", "감사", "help", f"delete <@{ALICE}>", "nonsense"):
        await driver.command("/emotion-admin", words, user=BOSS)
    for action in (admin_delete.OPEN, admin_audit.OPEN, admin_audit.EXPORT):
        await driver.press(action, user=BOSS)
    assert await save(driver, view, {"retention": typed("1")}) == {}
    whom = {"person": {"type": "users_select", "selected_user": ALICE}}
    await driver.submit(admin_delete.WHOM, view["private_metadata"], values=whom)
    await driver.submit(admin_delete.ERASE, json.dumps({"user": ALICE}))
    assert await services.rules.of(TEAM) == before
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3
    assert len(slack.asked("views.open")) == shown
    assert slack.asked("views.push") == []
    assert slack.uploads == {}
    rows = await audits(store)
    assert len(rows) == 12
    assert {row.split(":")[0] for row in rows} == {"refused"}


async def test_without_slacks_word_nothing_is_saved(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The role cannot be asked: the dialog closes, and the administrator is told to try again."""
    view = await opened(driver, slack)
    slack.refuse("users.info", "internal_error", times=5)
    assert await save(driver, view, {"retention": typed("9")}) == {}
    assert (await services.rules.of(TEAM)).retention_days == 30
    assert "try again" in slack.responses[-1]["text"]


async def test_a_slack_that_hangs_holds_up_no_dialog(driver: Driver, services: Services, slack: SlackApi) -> None:
    """The submission is acknowledged within Slack's three seconds, and the administrator told to look again."""
    view = await opened(driver, slack)
    answering = slack.hold("users.info")
    async with asyncio.timeout(3):
        answer = await driver.deliver(submission(view))
    answering.set()
    await driver.done()
    assert answer.status == 200
    assert (await services.rules.of(TEAM)).retention_days == 30
    assert "open `/emotion-admin` again" in slack.responses[-1]["text"]


def submission(view: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "view_submission",
        "user": {"id": BOSS, "team_id": TEAM},
        "team": {"id": TEAM},
        "view": {
            "type": "modal",
            "callback_id": view["callback_id"],
            "private_metadata": view["private_metadata"],
            "id": "V1",
            "state": {"values": {"retention": {"value": typed("9")}}},
        },
    }


# ---- Who may schedule


@pytest.mark.parametrize(
    ("scheduling", "allowed"),
    [("creators", {"maker", "boss"}), ("administrators", {"boss"}), ("members", {"maker", "boss", "alice"})],
)
async def test_the_rule_says_who_may_schedule(
    driver: Driver, services: Services, slack: SlackApi, scheduling: str, allowed: set[str]
) -> None:
    """From the next command on; the others get a sentence, and a row in the audit."""
    slack.user("U0MAKER", name="maker")
    await services.rules.change(TEAM, RuleChange(scheduling=scheduling), None)
    for name, user in {"maker": "U0MAKER", "boss": BOSS, "alice": ALICE}.items():
        await driver.command("/emotion-schedule", "off", user=user)
        await driver.command("/emotion-schedule", "daily 18:00", user=user)
        assert bool(await services.schedules.list(TEAM, GENERAL)) is (name in allowed), name
        await services.schedules.off(TEAM, GENERAL)


# ---- Deleting a person from the dialog


async def test_a_person_is_named_in_the_dialog_and_the_question_follows(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock
) -> None:
    """Picked from the list, or typed as a member id; the question takes the form's place."""
    await read(services, clock, [ALICE, "U0UNKNOWN"])
    await driver.press(admin_delete.OPEN, user=BOSS, channel=None)
    (form,) = (asked["view"] for asked in slack.asked("views.push"))
    for person, member in ((ALICE, ""), (None, "U0UNKNOWN"), (ALICE, ALICE)):
        answer = await named(driver, form, person, member)
        assert answer["response_action"] == "update"
        view = answer["view"]
        await driver.submit(view["callback_id"], view["private_metadata"])
        if person is None:
            break
    assert not any((await services.privacy.holdings(Person(TEAM, ALICE))).values())


@pytest.mark.parametrize(
    ("person", "member", "block", "words"),
    [
        (None, "", "person", "Pick a person"),
        (None, "alice", "member", "no member ID"),
        (None, "<script>", "member", "no member ID"),
        (None, "C01GEN", "member", "no member ID"),
        (None, "WENDY", "member", "knows nobody"),
        (ALICE, "U02MINJI", "member", "another person"),
        (MINJI, "", "person", "Nothing is stored"),
        (None, MINJI, "member", "Nothing is stored"),
    ],
)
async def test_what_is_no_person_is_said_at_the_field(  # noqa: PLR0913, PLR0917 - one story
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, person: str, member: str, block: str, words: str
) -> None:
    """Nobody, a name, another kind of id, two people, or somebody of whom nothing is stored."""
    await read(services, clock, [ALICE])
    await driver.press(admin_delete.OPEN, user=BOSS, channel=None)
    answer = await named(driver, slack.asked("views.push")[0]["view"], person, member)
    assert answer["response_action"] == "errors"
    assert words in answer["errors"][block]
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3


async def test_deleting_twice_says_that_nothing_is_left(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, store: Store
) -> None:
    """The second confirmation of the same question makes up no receipt, and counts nothing in the audit."""
    await read(services, clock, [ALICE])
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=BOSS)
    view = slack.asked("views.open")[0]["view"]
    for _ in range(2):
        await driver.submit(view["callback_id"], view["private_metadata"])
    assert await audits(store) == ["looked:erase", "erase:administrator"]
    assert "Nothing is stored about" in slack.responses[-1]["text"]


@pytest.mark.parametrize("private", ["", "no JSON", "{}", '{"user": "C01GEN"}', '{"user": 5}'])
async def test_a_question_about_nobody_deletes_nobody(
    driver: Driver, services: Services, slack: SlackApi, clock: Clock, private: str
) -> None:
    """A confirmation that carries no member id is answered with what can be typed."""
    await read(services, clock, [ALICE])
    await driver.submit(admin_delete.ERASE, private)
    assert "/emotion-admin" in slack.shown(f"D{BOSS}")[0]
    assert (await services.consent.status(Person(TEAM, ALICE))).readings == 3


async def named(driver: Driver, form: dict[str, Any], person: str | None, member: str) -> Any:  # noqa: ANN401 - JSON
    values = {"person": {"type": "users_select", "selected_user": person}, "member": typed(member or None)}
    answer = await driver.submit(form["callback_id"], form["private_metadata"], values=values)
    return json.loads(answer.body)


# ---- The audit log


@pytest.mark.parametrize("words", ["audit", "감사", "AUDIT"])
async def test_the_latest_entries_are_said_in_words_and_in_the_administrators_time(
    driver: Driver, services: Services, slack: SlackApi, words: str
) -> None:
    """Newest first, to the asker alone, in their language; the look is audited."""
    slack.user("U05SEOUL", locale="ko-KR", tz="Asia/Seoul", is_admin=True)
    await services.rules.change(TEAM, RuleChange(retention_days=14), None)
    await driver.command("/emotion-admin", f"delete <@{ALICE}>", user=MINJI)
    await driver.command("/emotion-admin", words, user="U05SEOUL")
    (said,) = (one for one in slack.responses if one.get("blocks"))
    assert said["response_type"] == "ephemeral"
    first, second = said["blocks"][0]["text"]["text"].splitlines()
    assert "2026년 11월 20일 18:00" in first  # 09:00 UTC
    assert "멤버: 다른 분의 정보 삭제를 거절당함" in first
    assert "운영자: 보관 일수를 30일에서 14일로 바꿈" in second
    assert [entry.action for entry in await services.audit.latest(1)] == ["looked:audit"]


async def test_the_log_opens_on_top_of_the_dialog(driver: Driver, services: Services, slack: SlackApi) -> None:
    """It can only be looked at, and fits Slack however long it is."""
    for _ in range(40):
        await services.privacy.note(Person(TEAM, BOSS), "looked:erase")
    await driver.press(admin_audit.OPEN, user=BOSS, channel=None)
    (view,) = (asked["view"] for asked in slack.asked("views.push"))
    assert "submit" not in view
    assert len(view["title"]["text"]) <= 24
    texts = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert sum(text.count("•") for text in texts) == 15
    assert all(len(text) <= 3000 for text in texts)


async def test_the_whole_log_goes_to_the_administrator_as_csv_and_json(
    driver: Driver, services: Services, slack: SlackApi
) -> None:
    """Oldest first, every entry, the export's own included; the JSON says how to go through the chain."""
    await services.rules.change(TEAM, RuleChange(minimum_people=9), None)
    await driver.press(admin_audit.EXPORT, user=BOSS)
    table, tree = sorted(slack.uploads.values(), key=lambda content: b'"about"' in content)
    rows = list(csv.DictReader(io.StringIO(_file(table).decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["set:minimum_people", "exported:audit"]
    exported = json.loads(_file(tree))
    assert [entry["hash"] for entry in exported["entries"]] == [row["hash"] for row in rows]
    assert "SHA-256" in exported["about"]
    names = [file["name"] for file in slack.messages[f"D{BOSS}"][0]["files"]]
    assert names == ["maeum-audit-2026-11-20.csv", "maeum-audit-2026-11-20.json"]
    assert slack.shown(GENERAL) == []


def _file(upload: bytes) -> bytes:
    """What was uploaded, without the form around it."""
    if not upload.startswith(b"--"):
        return upload
    return upload.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]


async def test_every_kind_of_entry_has_words_in_both_languages(services: Services) -> None:
    """Nothing that this version writes goes by its code."""
    reasons = [f"erase:{reason}" for reason in get_args(Reason)]
    rules = [f"set:scheduling:{who}" for who in get_args(Scheduling)]
    for action in ("retain", "looked:erase", "looked:audit", "exported:audit", *reasons, *rules):
        assert knows(f"audit:{action}"), action
    await services.privacy.note(Person(TEAM, BOSS), "of a later version")
    (entry,) = await services.audit.latest(1)
    assert "`of a later version`" in admin_audit.told(entry, "en", "UTC")
