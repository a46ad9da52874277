"""Everything that happens in a workspace besides messages."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.errors import SlackTrouble
from handlers.slack.consent import post_notice, show_home
from handlers.slack.errors import slack_trouble
from handlers.slack.kit import Kit
from handlers.slack.words import say

log = logging.getLogger(__name__)

_PROMPTS = ("prompt_day", "prompt_stuck", "prompt_good")


def register(app: AsyncApp, kit: Kit) -> None:
    """Listen to every event that the manifest subscribes to; one without a listener is never acknowledged."""

    async def home_opened(event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            kit.tasks.start(show_home(kit, event["user"]), "the Home tab")
        elif event.get("tab") == "messages":
            kit.tasks.start(suggest(kit, event["user"], event["channel"]), "suggested prompts")

    async def joined(event: dict[str, Any]) -> None:
        me = await kit.identity.get()
        if event.get("user") == me.user and await kit.services.consent.notice_due(me.team, event["channel"]):
            kit.tasks.start(post_notice(kit, event["channel"]), "the notice")

    async def user_changed(event: dict[str, Any]) -> None:
        await changed(kit, event["user"])

    async def left(event: dict[str, Any]) -> None:
        log.warning("Slack says %s: the app is no longer wanted there", event.get("type"))

    app.event("app_home_opened")(home_opened)
    app.event("member_joined_channel")(joined)
    app.event("user_change")(user_changed)
    # The workspace's data is not erased yet when the app is uninstalled: the end of retention takes the readings,
    # and whoever runs the bot can drop the database.
    app.event("app_uninstalled")(left)
    app.event("tokens_revoked")(left)


async def changed(kit: Kit, user: Mapping[str, Any]) -> None:
    """Somebody's account changed; whoever left the workspace is erased before the delivery is acknowledged.

    Slack tells of later changes of such an account too: where nothing is stored, nothing is erased and audited.
    """
    kit.people.forget(user["id"])
    if user.get("deleted") is True:
        privacy = kit.services.privacy
        person = await kit.person(user["id"])
        if any((await privacy.holdings(person)).values()):
            await privacy.erase(person, actor=None, reason="left")
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
