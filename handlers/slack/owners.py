"""Tells whoever set a schedule that had to be paused, in their direct message, soon after.

Only their pseudonym is stored, so whose it is shows by going through the people whom Slack lists; that is done only
while somebody has not been told, and by one process at a time. It is told first and noted after: where a process dies
in between, the next one looks for the message by its marker before it writes another. Twice is a nuisance, never would
be worse. Who cannot be told in this way hears of it at their next command (`handlers.slack.schedules`), and sees it in
the Home tab either way.
"""

import logging
from collections.abc import Callable, Collection
from time import monotonic
from typing import Final
from uuid import UUID

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackTrouble
from bot.messages import Locale, Person
from bot.pseudonyms import Pseudonyms
from bot.scheduling import TOLD_WITHIN, Schedule, Schedules
from handlers.posting import CLOSED
from handlers.slack.asked import direct_channel
from handlers.slack.board import SlackBoard
from handlers.slack.cache import Fleeting
from handlers.slack.errors import LASTING, REFUSED_TOKEN
from handlers.slack.identity import Identity
from handlers.slack.people import People
from handlers.slack.rests import Rests
from handlers.slack.schedule_text import trouble

log = logging.getLogger(__name__)

_REFUSED: Final = CLOSED | LASTING - REFUSED_TOKEN
"""What Slack says of a direct message that it will not take tomorrow either."""


class Owners:
    """One process's share of telling. Any number may run beside each other: each piece of news is given to one."""

    def __init__(
        self,
        schedules: Schedules,
        pseudonyms: Pseudonyms,
        client: AsyncWebClient,
        identity: Identity,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`client` holds the bot token, `identity` is the bot's; `now` counts seconds, never backwards."""
        self._schedules = schedules
        self._pseudonyms = pseudonyms
        self._client = client
        self._identity = identity
        self._people = People(client, Fleeting(0, 0))  # nothing is kept of people whom nobody may ask for again
        self._board = SlackBoard(client, identity)
        self._rests = Rests(now)

    async def tell(self) -> None:
        """Tell whoever has not been told. Where there is nobody, Slack is asked nothing.

        Whom Slack lists as deactivated is told nothing and not looked for again. What Slack refuses is logged by its
        code. That, whom Slack does not list, and what another process is about to tell, is looked at again a quarter
        of an hour later, then half an hour, at last once a day; a direct message that is refused for good, in a week.
        StoreUnavailable where it cannot be known who has not been told.
        """
        untold = await self._schedules.untold()
        self._rests.keep({owner for _, owner in untold})
        waiting = {(team, owner) for team, owner in untold if not self._rests.has(owner)}
        if not waiting:
            return
        try:
            ours = (await self._identity.get()).team
        except SlackTrouble as error:
            self._missed({owner for _, owner in waiting}, error)
            return
        owners = {owner for team, owner in waiting if team == ours}
        if owners and await self._schedules.begin_looking(ours):
            try:
                still = {owner for _, owner in await self._schedules.untold()}  # another has just been through them
                await self._tell(owners & still, ours)
            finally:
                await self._schedules.end_looking(ours)

    async def _tell(self, owners: Collection[UUID], team: str) -> None:
        if not owners:
            return
        try:
            found = await self._people.behind(owners, lambda user: self._pseudonyms.person(Person(team, user)))
        except SlackTrouble as error:
            self._missed(owners, error)
            return
        for owner in owners:
            if owner in found.members:
                await self._tell_one(owner, Person(team, found.members[owner]))
            elif owner in found.left:
                await self._schedules.nobody_to_tell(team, owner)
            else:
                self._rests.begin(owner)

    def _missed(self, owners: Collection[UUID], error: SlackTrouble) -> None:
        log.warning("whoever set a paused schedule cannot be looked for: %s", error.code)
        for owner in owners:
            self._rests.begin(owner)

    async def _tell_one(self, owner: UUID, person: Person) -> None:
        """Tell one person, or leave them alone for a while: another may be about to, or Slack does not take it."""
        news = await self._schedules.news(person)
        if not news:
            self._rests.begin(owner)
            return
        try:
            locale = (await self._people.now(person.user)).locale  # of a profile that cannot be had, no language
            channel = await direct_channel(self._client, person.user)
            for schedule in news:
                await self._say(channel, schedule, locale)
                await self._schedules.told(schedule)
        except SlackTrouble as error:
            log.warning("whoever set a paused schedule could not be told: %s", error.code)
            self._rests.begin(owner, TOLD_WITHIN.total_seconds() if error.code in _REFUSED else None)

    async def _say(self, channel: str, schedule: Schedule, locale: Locale) -> None:
        """Write it, unless it stands there: somebody may have died before that was noted."""
        if schedule.problem_since is None:
            return
        marker = f"maeum-paused-{schedule.id}-{schedule.problem_since:%Y%m%dT%H%M%S.%fZ}"
        if not await self._board.standing(channel, schedule.problem_since, marker):
            await self._board.say(channel, trouble(schedule, locale), marker)
