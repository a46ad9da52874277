"""What becomes of a person, and of a workspace, that goes: in Slack, in the database, and in what is under way."""

from slack_sdk.errors import SlackApiError

from handlers.slack import make_client
from tests.journeys.conftest import OpenTown, Town
from tests.localslack import ALICE, GENERAL, JUNHO, wait_for


async def test_pictures_that_were_sent_to_a_person_go_with_them(town: Town) -> None:
    """The file is deleted in Slack soon after the person left, and somebody else's stays."""
    await town.opt_in(ALICE, JUNHO)
    for who in (ALICE, JUNHO):
        await town.say(who, "today went so well, I am really happy")
        await town.slack.command(who, GENERAL, "/emotion-graph me 7d")
        await wait_for(lambda who=who: _picture(town, who), "the picture")  # type: ignore[misc]
    user = {"id": ALICE, "team_id": town.slack.workspace.team, "deleted": True}
    await town.slack.event({"type": "user_change", "user": user})
    await wait_for(lambda: _gone(town, ALICE), "the picture to be gone")
    assert await _picture(town, JUNHO)
    assert not any((await town.services.privacy.holdings(town.person(ALICE))).values())
    assert (await town.services.privacy.holdings(town.person(JUNHO)))["sent_files"] == 2  # the file, and its message


async def test_a_workspace_that_uninstalls_the_app_is_forgotten(open_town: OpenTown) -> None:
    """At once, where no grace is set; a person's own token that is revoked means nothing."""
    async with open_town(uninstall_grace_days=0) as town:
        await town.opt_in(ALICE)
        await town.say(ALICE, "a last look around before we go")
        await town.slack.event({"type": "tokens_revoked", "tokens": {"oauth": [ALICE], "bot": []}})
        await town.rest()
        assert len(await town.readings()) == 1
        await town.slack.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [town.bot]}})
        await wait_for(lambda: _forgotten(town), "the erasure")
        assert str(town.services.pseudonyms.person(town.person(ALICE))) not in await town.everything_stored()
        assert "erase:uninstalled" in await town.everything_stored()


async def test_a_workspace_that_uninstalls_the_app_has_a_week_to_come_back(town: Town) -> None:
    """Everything is still there, and the clock of a bot whose token is good leaves it."""
    await town.opt_in(ALICE)
    await town.say(ALICE, "a last look around before we go")
    await town.slack.event({"type": "app_uninstalled"})
    await wait_for(town.services.privacy.departed, "the departure")
    await town.clock.forget_departed()
    assert len(await town.readings()) == 1


async def _picture(town: Town, user: str) -> bool:
    """Whether the picture that was sent to them stands in Slack: a message may go on naming a file that is gone."""
    said = await town.slack.messages(await town.slack.direct(user))
    names = [file["id"] for message in said for file in message.get("files") or ()]
    try:
        return [await make_client(town.settings).files_info(file=name) for name in names] != []
    except SlackApiError as error:
        if error.response["error"] not in {"file_not_found", "file_deleted"}:
            raise
        return False


async def _gone(town: Town, user: str) -> bool:
    return not await _picture(town, user)


async def _forgotten(town: Town) -> bool:
    return await town.readings() == []
