"""Who the bot is in this workspace."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from handlers.slack.errors import REFUSED_TOKEN, slack_trouble


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own ids."""

    team: str
    user: str
    bot: str | None
    enterprise: str | None = None
    """The organisation, where the workspace is part of an Enterprise Grid."""

    def wrote(self, message: Mapping[str, Any]) -> bool:
        """Whether the bot wrote it."""
        return message.get("user") == self.user or (self.bot is not None and message.get("bot_id") == self.bot)


class Identity:
    """Asks Slack once, at the first need."""

    def __init__(self, client: AsyncWebClient) -> None:
        """`client` holds the bot token."""
        self._client = client
        self._me: Me | None = None
        self._asking = asyncio.Lock()

    @property
    def team(self) -> str | None:
        """The workspace; None as long as Slack has not said."""
        return self._me.team if self._me is not None else None

    async def installed_in(self) -> str | None:
        """The workspace in which the app is installed at this moment; None where Slack takes the token no more.

        SlackTrouble when Slack does not say.
        """
        try:
            with slack_trouble():
                return str((await self._client.auth_test())["team_id"])
        except SlackTrouble as error:
            if error.code in REFUSED_TOKEN:
                return None
            raise

    async def get(self) -> Me:
        """The ids; SlackTrouble when Slack does not say."""
        async with self._asking:
            if self._me is None:
                with slack_trouble():
                    said = await self._client.auth_test()
                self._me = Me(
                    team=str(said["team_id"]),
                    user=str(said["user_id"]),
                    bot=said.get("bot_id"),
                    enterprise=said.get("enterprise_id"),
                )
            return self._me

    async def authorize(self) -> AuthorizeResult:
        """What Bolt asks before each delivery.

        Bolt's own check acknowledges a delivery when `auth.test` is refused (a rate limit, say), and the message
        would be lost. Here it raises, so the delivery is not acknowledged and comes again.
        """
        me = await self.get()
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=self._client.token
        )
