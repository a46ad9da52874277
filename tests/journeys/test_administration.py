"""An administrator sets the rules of the workspace in Slack; nobody else can, and nobody is shown anybody's readings.

local-slack shows and submits what a person typed or chose, and nothing that they left alone; Slack sends that too.
"""

from typing import Any

from tests.journeys.conftest import Town
from tests.localslack import ADMINISTRATOR, ALICE, DESIGN, GENERAL, JUNHO, Json, wait_for

Values = dict[str, dict[str, Any]]


def typed(block: str, value: str) -> Values:
    return {block: {"value": {"type": "plain_text_input", "value": value}}}


def only(*channels: str) -> Values:
    return {
        "where": {"value": {"type": "radio_buttons", "selected_option": {"value": "only"}}},
        "channels": {"value": {"type": "multi_conversations_select", "selected_conversations": list(channels)}},
    }


async def opened(town: Town, user: str = ADMINISTRATOR) -> Json:
    """The dialog, once it is open."""
    await town.slack.command(user, GENERAL, "/emotion-admin")
    await wait_for(town.slack.modal, "the dialog")
    return await town.slack.modal() or {}


async def errors(town: Town, values: Values, user: str = ADMINISTRATOR) -> dict[str, str]:
    """Submit the open dialog, and return what the page shows at its fields."""
    return await town.slack.submit_and_see(user, values)


async def test_the_rules_are_set_and_hold_from_the_next_message_on(town: Town) -> None:
    """Wrong values are named at their fields and the dialog stays open; right ones close it and hold."""
    await town.opt_in(ALICE)
    await opened(town)
    assert list(await errors(town, typed("retention", "0"))) == ["retention"]
    assert list(await errors(town, {**typed("people", "1"), **typed("retention", "a month")})) == [
        "retention",
        "people",
    ]
    assert list(await errors(town, only())) == ["channels"]
    assert await town.slack.modal() is not None
    assert await errors(town, {**typed("retention", "14"), **only(DESIGN)}) == {}
    said = await town.whisper(ADMINISTRATOR)
    assert "14일" in said["text"]
    assert f"<#{DESIGN}>" in said["text"]
    await town.say(ALICE, "this must not be read in here", GENERAL)
    await town.say(ALICE, "and this may be read, I am so happy", DESIGN)
    assert [reading["channel_id"] for reading in await town.readings()] == [DESIGN]
    rules = await town.services.rules.of(town.slack.workspace.team)
    assert (rules.retention_days, rules.minimum_people) == (14, town.settings.minimum_people)


async def test_a_person_is_deleted_from_the_dialog_by_their_member_id(town: Town) -> None:
    """The form, its complaints, the question, the receipt."""
    await town.opt_in(ALICE, JUNHO)
    await town.say(ALICE, "a quiet afternoon at the desk")
    await opened(town)
    await town.slack.press_in_modal(ADMINISTRATOR, "maeum_admin_delete")
    await wait_for(lambda: _on_top(town, "maeum_admin_whom"), "the form")
    assert list(await errors(town, {})) == ["person"]
    assert list(await errors(town, typed("member", "alice"))) == ["member"]
    assert list(await errors(town, typed("member", "U0NOBODY1"))) == ["member"]
    assert await errors(town, typed("member", ALICE)) == {}
    await wait_for(lambda: _on_top(town, "maeum_erase"), "the question")
    await town.slack.submit(ADMINISTRATOR)
    (receipt,) = await town.replies(1, await town.slack.direct(ADMINISTRATOR))
    assert ALICE in receipt["text"]
    assert await town.readings() == []
    assert await town.consents(JUNHO)
    await town.slack.command(ADMINISTRATOR, GENERAL, f"/emotion-admin delete <@{ALICE}>")
    assert "저장된 것이 없어요" in (await town.whisper(ADMINISTRATOR))["text"]


async def test_the_audit_log_is_shown_and_sent_to_the_administrator_alone(town: Town) -> None:
    """In words, newest first; as files in the direct message; and it is whole."""
    await town.opt_in(ALICE)
    await town.slack.command(JUNHO, GENERAL, "/emotion-admin")
    await town.whisper(JUNHO)
    await town.slack.command(ADMINISTRATOR, GENERAL, "/emotion-admin 감사")
    shown = await town.whisper(ADMINISTRATOR)
    assert "거절당함" in str(shown["blocks"])
    await town.slack.press(ADMINISTRATOR, GENERAL, shown["ts"], "maeum_admin_export")
    (sent,) = await town.replies(1, await town.slack.direct(ADMINISTRATOR))
    assert sorted(file["name"].rsplit(".")[-1] for file in sent["files"]) == ["csv", "json"]
    assert (await town.services.audit.verify()).whole
    kinds = [entry.action for entry in (await town.services.audit.latest())[::-1]]
    assert kinds == ["refused:rules", "looked:audit", "exported:audit"]


async def test_nobody_else_gets_in_by_any_way(town: Town) -> None:
    """A member, a guest and somebody of another organisation: no dialog, no log, no file; and it is audited."""
    await town.opt_in(ALICE)
    await town.slack.person(JUNHO, is_admin=False, is_restricted=True)
    before = await town.services.rules.of(town.slack.workspace.team)
    for user in (ALICE, JUNHO):
        for number, words in enumerate(("", " audit", f" delete <@{ALICE}>")):
            await town.slack.command(user, GENERAL, f"/emotion-admin{words}")
            await town.whisper(user, after=number + (1 if user == ALICE else 0))  # she opted in before
    await town.slack.person(JUNHO, is_stranger=True, team_id="T0ELSEWHERE")
    await town.slack.command(JUNHO, GENERAL, "/emotion-admin")
    await town.rest()
    assert await town.slack.modal() is None
    assert await town.services.rules.of(town.slack.workspace.team) == before
    kinds = {entry.action for entry in await town.services.audit.latest()}
    assert kinds == {"refused:rules", "refused:audit", "refused:erase"}


async def test_who_lost_the_role_while_the_dialog_was_open_sets_nothing(town: Town) -> None:
    """The role is asked again when it is saved."""
    await opened(town)
    await town.slack.person(ADMINISTRATOR, is_admin=False, is_owner=False, is_primary_owner=False)
    await town.slack.submit(ADMINISTRATOR, typed("retention", "1"))
    said = await town.whisper(ADMINISTRATOR)
    assert "관리자" in said["text"]
    rules = await town.services.rules.of(town.slack.workspace.team)
    assert rules.retention_days == town.settings.retention_days


async def _on_top(town: Town, callback: str) -> bool:
    modal = await town.slack.modal()
    return modal is not None and modal["callback_id"] == callback
