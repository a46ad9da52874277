"""What Slack says of a person: language, time zone, role."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Locale, Viewer
from handlers.slack.cache import Fleeting
from handlers.slack.errors import slack_trouble
from handlers.slack.identity import Me
from handlers.slack.text import words

log = logging.getLogger(__name__)

_MINUTES: Final = 10
_SIZE: Final = 5000
_PATIENCE: Final = 1.0
"""Seconds a delivery waits for Slack's word on its author: it must be acknowledged within 3."""
PATIENT: Final = 10.0
"""Seconds that somebody who is already acknowledged waits for it."""
_PAGE: Final = 200
_ZONES: Final = frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Profile:
    """One person, as Slack knows them."""

    locale: Locale = "en"
    timezone: str = "UTC"
    is_admin: bool = False
    """Workspace administrator, owner or primary owner."""
    is_stranger: bool = False
    """Somebody from another organisation, met in a shared channel, by Slack's own word for it."""
    teams: frozenset[str] = frozenset()
    """The workspaces the account belongs to; empty where Slack does not say."""
    enterprise: str | None = None
    is_bot: bool = False

    @property
    def viewer(self) -> Viewer:
        """For whom something is drawn."""
        return Viewer(self.locale, self.timezone)

    def is_outsider(self, me: Me, said: Iterable[str | None] = ()) -> bool:
        """Whether the person belongs to another organisation than the bot.

        `said` are the teams that an event or a button names for its author: where one is not ours, a profile that
        could not be had makes nobody one of us. Guests of the workspace are no outsiders.
        """
        if self.is_stranger:
            return True
        if me.enterprise is not None and self.enterprise == me.enterprise:
            return False
        ours = {None, me.team, me.enterprise}
        return any(team not in ours for team in said) or (bool(self.teams) and me.team not in self.teams)


def profile(user: Mapping[str, Any]) -> Profile:
    """Slack's user object as ours. A time zone that this machine does not know becomes UTC."""
    zone = user.get("tz")
    grid = user.get("enterprise_user") or {}
    teams = (user.get("team_id"), *(grid.get("teams") or ()))
    return Profile(
        locale="ko" if str(user.get("locale") or "").lower().startswith("ko") else "en",
        timezone=zone if zone in _ZONES else "UTC",
        is_admin=any(user.get(role) is True for role in ("is_admin", "is_owner", "is_primary_owner")),
        is_stranger=user.get("is_stranger") is True,
        teams=frozenset(team for team in teams if isinstance(team, str)),
        enterprise=grid.get("enterprise_id"),
        is_bot=user.get("is_bot") is True,
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """Who is behind some pseudonyms. Whoever stands in neither is not listed by Slack: that says nothing of them."""

    members: Mapping[UUID, str]
    """Their ids."""
    left: Collection[UUID]
    """Whom Slack lists as deactivated."""


class People:
    """Asks Slack, and remembers for minutes what may be remembered."""

    def __init__(self, client: AsyncWebClient, known: Fleeting[str, Profile] | None = None) -> None:
        """`known` is the memory."""
        self._client = client
        self._known = Fleeting[str, Profile](60 * _MINUTES, _SIZE) if known is None else known

    async def profile(self, user: str, patience: float = _PATIENCE) -> Profile:
        """Language and time zone, at most ten minutes old. A person Slack says nothing of reads English, in UTC.

        Never decide a role by this: it may be old. Waits so many seconds at most.
        """
        found = self._known.get(user)
        if found is not None:
            return found
        try:
            async with asyncio.timeout(patience):
                return await self.now(user)
        except (SlackTrouble, TimeoutError) as error:
            log.warning("no profile: %s", error.code if isinstance(error, SlackTrouble) else "no answer in time")
            return Profile()

    async def now(self, user: str) -> Profile:
        """The profile as it is at this moment, role included. SlackTrouble when Slack does not say."""
        with slack_trouble():
            said = await self._client.users_info(user=user, include_locale=True)
        found = profile(said["user"])
        self._known.put(user, found)
        return found

    def forget(self, user: str) -> None:
        """What was known of the person has changed."""
        self._known.drop(user)

    def forget_where(self, whom: Callable[[str], bool]) -> None:
        """Forget those whose ids are told to be meant."""
        self._known.drop_where(whom)

    def forget_all(self) -> None:
        """Forget everybody."""
        self._known.clear()

    def sweep(self) -> None:
        """Forget what is past its time."""
        self._known.sweep()

    async def named(self, name: str) -> list[str]:
        """The ids of those whose handle or display name this is, those who left included. Case does not matter."""
        wanted = words(name)
        found: list[str] = []
        async for user in self._everybody():
            names = (user.get("name"), (user.get("profile") or {}).get("display_name"))
            if any(isinstance(one, str) and words(one) == wanted for one in names):
                found.append(user["id"])
        return found

    async def behind(self, pseudonyms: Collection[UUID], of: Callable[[str], UUID]) -> Behind:
        """Who has these pseudonyms, of those whom Slack lists; `of` makes one of an id.

        SlackTrouble when Slack does not say of everybody.
        """
        members: dict[UUID, str] = {}
        left: set[UUID] = set()
        async for user in self._everybody():
            if (pseudonym := of(user["id"])) not in pseudonyms:
                continue
            if user.get("deleted") is True:
                left.add(pseudonym)
            else:
                members[pseudonym] = user["id"]
        return Behind(members, left)

    async def left(self) -> list[str]:
        """The ids of those who are members no more, as far as Slack still lists them."""
        return [user["id"] async for user in self._everybody() if user.get("deleted") is True]

    async def _everybody(self) -> AsyncIterator[Mapping[str, Any]]:
        cursor: str | None = None
        while True:
            with slack_trouble():
                page = await self._client.users_list(limit=_PAGE, cursor=cursor)
            for user in page["members"]:
                yield user
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
