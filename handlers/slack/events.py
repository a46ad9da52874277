"""Everything that happens in a workspace besides messages."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.errors import SlackTrouble
from handlers.slack.errors import slack_trouble
from handlers.slack.forgetting import erase_as_left
from handlers.slack.home import opened
from handlers.slack.kit import Kit
from handlers.slack.notice import post_notice
from handlers.slack.words import say

log = logging.getLogger(__name__)

_PROMPTS = ("prompt_day", "prompt_stuck", "prompt_good")


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every event that the manifest subscribes to; one without a listener is never acknowledged."""

    async def home_opened(event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            kit.tasks.start(opened(kit, event["user"]), "the Home tab")
        elif event.get("tab") == "messages":
            kit.tasks.start(suggest(kit, event["user"], event["channel"]), "suggested prompts")

    async def joined(event: dict[str, Any]) -> None:
        me = await kit.identity.get()
        if event.get("user") == me.user and await kit.services.consent.notice_due(me.team, event["channel"]):
            kit.tasks.start(post_notice(kit, event["channel"]), "the notice")

    async def user_changed(event: dict[str, Any]) -> None:
        await changed(kit, event["user"])

    async def uninstalled(body: dict[str, Any]) -> None:
        await left(kit, body.get("team_id"))

    async def revoked(event: dict[str, Any], body: dict[str, Any]) -> None:
        tokens = event.get("tokens")
        if isinstance(tokens, dict) and tokens.get("bot"):  # people's own tokens are none of ours
            await left(kit, body.get("team_id"))

    app.event("app_home_opened")(home_opened)
    app.event("member_joined_channel")(joined)
    app.event("user_change")(user_changed)
    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)


async def left(kit: Kit, team: object) -> None:
    """The workspace has uninstalled the app: everything about it goes when its grace has run out, or at once.

    The clock does that, so that a workspace that installs the app again in time loses nothing.
    """
    ours = kit.identity.team or team
    if not isinstance(ours, str) or team not in {ours, None}:
        return
    privacy, days = kit.services.privacy, kit.services.settings.uninstall_grace_days
    await privacy.depart(ours)
    if days == 0:
        await privacy.forget_team(ours, days)
        log.warning("the app was uninstalled: everything about the workspace is deleted")
        return
    log.warning(
        "the app was uninstalled: unless it is installed again, all is deleted in %d days; keep me running", days
    )


async def changed(kit: Kit, user: Mapping[str, Any]) -> None:
    """Somebody's account changed; whoever left the workspace is erased before the delivery is acknowledged.

    Slack tells of later changes of such an account too: where nothing is stored, nothing is erased and audited.
    """
    kit.people.forget(user["id"])
    if user.get("deleted") is True:
        await erase_as_left(kit, user["id"])
        kit.context.clear()


async def suggest(kit: Kit, user: str, channel: str) -> None:
    """Offer ways to begin. Called without `thread_ts`: with one, Slack shows nothing to users of agent apps."""
    locale = (await kit.people.profile(user)).locale
    prompts = [{"title": say(key, locale), "message": say(f"{key}_message", locale)} for key in _PROMPTS]
    try:
        with slack_trouble():
            await kit.client.assistant_threads_setSuggestedPrompts(
                channel_id=channel, title=say("prompts_title", locale), prompts=prompts
            )
    except SlackTrouble as error:
        log.info("no suggested prompts: %s", error.code)
