"""An administrator deletes a person; nobody else can."""

from tests.journeys.conftest import Town
from tests.localslack import ADMINISTRATOR, ALICE, GENERAL, JUNHO, wait_for


async def test_an_administrator_deletes_a_person_after_a_confirmation_and_gets_a_receipt(town: Town) -> None:
    """The modal shows what will go; then everything about the person goes, and an audit row without them stays."""
    await town.opt_in(ALICE, JUNHO)
    await town.say(ALICE, "I am so tired of this and so sad")
    await town.say(JUNHO, "오늘은 기분이 좋아요")
    await town.slack.command(ADMINISTRATOR, GENERAL, f"/emotion-admin delete <@{ALICE}>")
    modal = await wait_for(town.slack.modal, "the question")
    assert ALICE in str(modal)
    assert len(await town.readings()) == 2
    await town.slack.submit(ADMINISTRATOR)
    direct = await town.slack.direct(ADMINISTRATOR)
    (receipt,) = await town.replies(1, direct)
    assert ALICE in receipt["text"]
    pseudonym = town.services.pseudonyms.person(town.person(ALICE))
    assert [reading["user_id"] for reading in await town.readings()] != [pseudonym]
    assert len(await town.readings()) == 1
    stored = await town.everything_stored()
    assert str(pseudonym) not in stored
    assert pseudonym.hex not in stored
    assert "erase:administrator" in stored
    assert not await town.consents(ALICE)
    assert await town.consents(JUNHO)


async def test_closing_the_question_deletes_nothing(town: Town) -> None:
    """Without the confirmation everything stays."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "a quiet afternoon at the desk")
    await town.slack.command(ADMINISTRATOR, GENERAL, f"/emotion-admin delete <@{ALICE}>")
    await wait_for(town.slack.modal, "the question")
    await town.slack.close_modal(ADMINISTRATOR)
    await town.rest()
    assert len(await town.readings()) == 1


async def test_anybody_else_is_refused_and_the_refusal_is_audited(town: Town) -> None:
    """The role is asked of Slack; without it there is a sentence, no modal, and a row in the audit."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "a quiet afternoon at the desk")
    await town.slack.command(JUNHO, GENERAL, f"/emotion-admin delete <@{ALICE}>")
    assert "관리자" in (await town.whisper(JUNHO))["text"]
    assert await town.slack.modal() is None
    assert len(await town.readings()) == 1
    assert "refused:" in await town.everything_stored()


async def test_who_lost_the_role_while_the_question_was_open_is_refused(town: Town) -> None:
    """The role is asked again at the confirmation."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "a quiet afternoon at the desk")
    await town.slack.command(ADMINISTRATOR, GENERAL, f"/emotion-admin delete <@{ALICE}>")
    await wait_for(town.slack.modal, "the question")
    await town.slack.person(ADMINISTRATOR, is_admin=False, is_owner=False, is_primary_owner=False)
    await town.slack.submit(ADMINISTRATOR)
    await wait_for(lambda: _refused(town), "the refusal")
    assert len(await town.readings()) == 1


async def test_somebody_who_left_the_workspace_is_forgotten(town: Town) -> None:
    """A deactivated account takes everything along."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "my last day, thank you for everything")
    assert len(await town.readings()) == 1
    user = {"id": ALICE, "team_id": town.slack.workspace.team, "deleted": True}
    await town.slack.event({"type": "user_change", "user": user})
    await wait_for(lambda: _gone(town), "the erasure")


async def _refused(town: Town) -> bool:
    return "refused:" in await town.everything_stored()


async def _gone(town: Town) -> bool:
    return await town.readings() == []
